"""The rules of continuing education held against one person, as functions of plain values."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from services.contracts.facts import Period
from services.contracts.registry import LEVEL_NAMES, Level, PersonRecord
from services.contracts.training import Requirement, Verdict
from services.training.facts import compliant
from services.training.hours import by_day, class_hours, hours
from services.training.parameters import ANNUAL_CLASS_HOURS, HOUR_MINUTES, PERIOD_HOURS, always, on

Attended = Sequence[tuple[date, int]]


def of_year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year + 1, 1, 1))


def within(period: Period, attended: Attended) -> list[tuple[date, int]]:
    return [(d, m) for d, m in attended if period.start <= d and (period.end is None or d < period.end)]


def since(year: int, attended: Attended) -> date | None:
    """The day on which the class hours of a year were reached."""
    return next((p.start for p in compliant(by_day(within(of_year(year), attended)))), None)


def annual(person: PersonRecord, year: int, attended: Attended) -> Requirement:
    """CE-06: 60 class hours in each calendar year for whoever serves directly; nothing is carried over (CE-08)."""
    period = of_year(year)
    reached = class_hours(sum(m for _, m in within(period, attended)), year)
    asked, reached_on = on(ANNUAL_CLASS_HOURS, period.start), since(year, attended)
    verdict, detail = judged(person.direct_service, asked, reached_on is not None)
    return Requirement(
        rule="CE-06", name="年度专业培训学时", unit="学时", start=period.start, end=period.end,
        required=None if asked is None else hours(asked, 1), reached=reached, verdict=verdict,
        since=reached_on, missing=["direct_service"] if person.direct_service is None else [], detail=detail,
    )  # fmt: skip


def judged(direct_service: bool | None, asked: int | None, reached: bool) -> tuple[Verdict, str]:
    if asked is None:
        return Verdict.NOT_BOUND, "该年度尚无年度学时要求。"
    if direct_service is None:
        return Verdict.CANNOT_DECIDE, "未登记是否直接从事社会服务，无法判断是否受年度学时要求约束；请在登记信息中补充。"
    if not direct_service:
        return Verdict.NOT_BOUND, "不直接从事社会服务，不受年度学时要求约束。"
    if reached:
        return Verdict.MET, f"已满 {asked} 学时。"
    return Verdict.NOT_MET, f"未满 {asked} 学时。"


def level_on(person: PersonRecord, day: date) -> Level | None:
    """The highest certificate valid on a day."""
    order = list(Level)
    valid = [c.level for c in person.certificates if c.start <= day and (c.end is None or day < c.end)]
    return max(valid, key=order.index, default=None)


def registration(person: PersonRecord, year: int) -> Period | None:
    """The last registration period that touches a year."""
    whole = of_year(year)
    touching = [
        p for p in person.registered if whole.end and p.start < whole.end and (p.end is None or p.end > whole.start)
    ]
    return Period(touching[-1].start, touching[-1].end) if touching else None


def of_period(person: PersonRecord, year: int, attended: Attended) -> Requirement:
    """CE-02: 72 or 90 hours within the registration period, for whoever is registered (CE-12)."""
    period = registration(person, year)
    level = None if period is None else level_on(person, period.start) or person.level
    asked = None if period is None or level is None else on(PERIOD_HOURS[level], period.start)
    minutes = 0 if period is None else sum(m for _, m in within(period, attended))
    reached = hours(minutes, always(HOUR_MINUTES, of_year(year).start))
    verdict, missing, detail = judged_by_level(period, level, asked, reached)
    return Requirement(
        rule="CE-02", name="登记有效期继续教育", unit="小时", start=period and period.start, end=period and period.end,
        required=None if asked is None else hours(asked, 1), reached=reached, verdict=verdict,
        since=None, missing=missing, detail=detail,
    )  # fmt: skip


def judged_by_level(
    period: Period | None, level: Level | None, asked: int | None, reached: Decimal
) -> tuple[Verdict, list[str], str]:
    if period is None:
        return Verdict.CANNOT_DECIDE, ["registration"], "该年度没有登记有效期，无法判断。"
    if level is None or asked is None:
        return Verdict.CANNOT_DECIDE, ["level"], "没有有效的证书级别，无法判断应修多少小时。"
    if reached >= asked:
        return Verdict.MET, [], f"{LEVEL_NAMES[level]}登记有效期内应修 {asked} 小时，已满足。"
    return Verdict.NOT_MET, [], f"{LEVEL_NAMES[level]}登记有效期内应修 {asked} 小时，尚未满足。"
