"""Counting working days (ID-09). Pure: the table of holidays is an argument, and a year without one stays undecided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.contracts.divisions import Tier, tier_by_code
from services.contracts.working_days import DayKind, Deadline, SpecialDay
from services.kernel.errors import FieldError, Unprocessable

SATURDAY = 5
ONE_DAY = timedelta(days=1)
OF_CITY = (Tier.NATION, Tier.PROVINCE, Tier.CITY)


@dataclass(frozen=True)
class Calendar:
    """`days` are those that are not what their weekday says; `years` those of which there is a table."""

    days: Mapping[date, DayKind] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def works(self, day: date) -> bool:
        """By the table; of a year without one by the weekday alone."""
        kind = self.days.get(day)
        return kind is DayKind.WORKDAY if kind else day.weekday() < SATURDAY

    def knows(self, day: date) -> bool:
        return day.year in self.years


NO_TABLE = Calendar()


class BadHolidays(Unprocessable):
    english = "The table of holidays is wrong."


def working_days_after(start: date, count: int, calendar: Calendar) -> Deadline:
    """The day after the event is the first (Civil Code 201). The end is decided only if every year in between is."""
    day, left, missing = start, count, set[int]()
    while left > 0:
        day += ONE_DAY
        left -= calendar.works(day)
        if not calendar.knows(day):
            missing.add(day.year)
    return Deadline(due_on=None if missing else day, estimated_on=day, missing_years=sorted(missing))


def working_days_between(start: date, end: date, calendar: Calendar) -> int:
    """How many have passed since `start`, `end` included; in years without a table Mondays to Fridays."""
    return sum(map(calendar.works, days(start, end)))


def days(start: date, end: date) -> Iterator[date]:
    """After `start`, up to `end`."""
    return (start + ONE_DAY * n for n in range(1, (end - start).days + 1))


def is_overdue(deadline: Deadline, today: date) -> bool | None:
    """None where it cannot be told: by an estimate nobody is late, and nobody is in time."""
    return None if deadline.due_on is None else deadline.due_on < today


def latest_overdue(today: date, count: int, calendar: Calendar) -> date:
    """The last day on which a clock began that has run out before `today`, where undecided by the estimate."""
    day = today - ONE_DAY * (count + 1)
    while working_days_after(day, count, calendar).estimated_on >= today:
        day -= ONE_DAY
    return day


def check_table(division: str, year: int, table: Sequence[SpecialDay]) -> None:
    """Each day once, of this year; who works on a holiday's account does so on a weekend."""
    if tier_by_code(division) not in OF_CITY:
        raise BadHolidays("放假安排按市统一维护。请填写市级区划代码。", code="holidays_of_a_city", rule="ID-09")
    wrong = [
        FieldError(field=f"days.{n}.on", code=code, detail=detail)
        for n, d in enumerate(table)
        for code, detail in complaints(d, year, [other.on for other in table[:n]])
    ]
    if wrong:
        raise BadHolidays("放假安排中有的日期不对，请对照公布的通知改正。", errors=wrong, rule="ID-09")


def complaints(day: SpecialDay, year: int, before: Sequence[date]) -> Iterator[tuple[str, str]]:
    if day.on.year != year:
        yield "other_year", f"{day.on} 不是 {year} 年的日期"
    if day.on in before:
        yield "day_twice", f"{day.on} 出现了两次"
    if day.kind is DayKind.WORKDAY and day.on.weekday() < SATURDAY:
        yield "no_weekend", f"{day.on} 不是星期六或星期日，不能是补班日"
