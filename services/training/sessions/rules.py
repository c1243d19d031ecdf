"""The regulations on sessions, as functions of plain values."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.contracts.training import DAY_MINUTES, SESSION_STATE_NAMES, SessionDayOrder, SessionState
from services.kernel.clock import SHANGHAI, business_date
from services.kernel.errors import Conflict, FieldError, Unprocessable

LONGEST = timedelta(minutes=DAY_MINUTES)
MOST_DAYS = 366  # from the first to the last

TRANSITIONS: dict[SessionState, frozenset[SessionState]] = {
    SessionState.PLANNED: frozenset({SessionState.HELD, SessionState.CANCELLED}),
    SessionState.HELD: frozenset({SessionState.CANCELLED}),
    SessionState.CANCELLED: frozenset(),
}


class WrongDays(Unprocessable):
    english = "The days of the session do not fit together."


class IllegalTransition(Conflict):
    english = "A session in this state cannot become that."


class NotHeldYet(Conflict):
    english = "A session that has not begun has not been held."


class Day(NamedTuple):
    """One calendar day in Shanghai."""

    day: date
    starts_at: datetime | None
    ends_at: datetime | None
    minutes: int


def refuse(n: int, field: str, code: str, detail: str) -> WrongDays:
    wrong = FieldError(field=f"days.{n}.{field}", code=code, detail=detail)
    return WrongDays(f"第 {n + 1} 段时间有误：{detail}。", code=code, errors=[wrong])


def days_of(orders: Sequence[SessionDayOrder]) -> list[Day]:
    """The calendar days that were meant, none of them twice."""
    days: list[Day] = []
    for n, order in enumerate(orders):
        for day in split(n, order):
            if any(day.day == other.day for other in days):
                raise refuse(n, "day", "day_twice", f"{day.day} 已填写，同一天请合并为一段，并写明去掉休息的分钟数")
            days.append(day)
    days.sort(key=lambda d: d.day)
    if (days[-1].day - days[0].day).days >= MOST_DAYS:
        raise refuse(len(orders) - 1, "day", "session_too_spread", "首日与末日相差超过一年，请分成几期培训登记")
    return days


def split(n: int, order: SessionDayOrder) -> list[Day]:
    """A day and its minutes; or from instant to instant, cut at midnight in Shanghai (CE-12, T09)."""
    if order.starts_at is None and order.ends_at is None:
        if order.day is None or order.minutes is None:
            raise refuse(n, "day", "day_or_instants", "请填写日期和分钟数，或开始和结束时刻")
        return [Day(order.day, None, None, order.minutes)]
    if order.starts_at is None or order.ends_at is None or order.day is not None:
        raise refuse(n, "starts_at", "day_or_instants", "请填写开始和结束两个时刻，并不再另填日期")
    return cut(n, order.starts_at, order.ends_at, order.minutes)


def cut(n: int, starts_at: datetime, ends_at: datetime, minutes: int | None) -> list[Day]:
    if ends_at <= starts_at:  # T05
        raise refuse(n, "ends_at", "ends_before_start", "结束时刻应晚于开始时刻")
    if ends_at - starts_at > LONGEST:  # T01
        raise refuse(n, "ends_at", "session_too_long", "一段培训不能超过 24 小时，多日培训请逐日填写")
    pieces = list(at_midnight(starts_at, ends_at))
    if minutes is not None and (len(pieces) > 1 or timedelta(minutes=minutes) > ends_at - starts_at):
        raise refuse(n, "minutes", "minutes_do_not_fit", "分钟数应不超过起止时刻之间的长度；跨零点的请分两段填写")
    days = [Day(business_date(a), a, b, minutes or int((b - a).total_seconds() // 60)) for a, b in pieces]
    if any(d.minutes < 1 for d in days):
        raise refuse(n, "ends_at", "session_too_short", "每天至少 1 分钟")
    return days


def at_midnight(starts_at: datetime, ends_at: datetime) -> list[tuple[datetime, datetime]]:
    """At most one midnight lies between two instants a day apart."""
    next_day = business_date(starts_at) + timedelta(days=1)
    midnight = datetime(next_day.year, next_day.month, next_day.day, tzinfo=SHANGHAI).astimezone(starts_at.tzinfo)
    return [(starts_at, ends_at)] if ends_at <= midnight else [(starts_at, midnight), (midnight, ends_at)]


def check_transition(state: SessionState, to: SessionState) -> None:
    if to not in TRANSITIONS[state]:
        raise IllegalTransition(
            f"{SESSION_STATE_NAMES[state]}的培训不能再改为{SESSION_STATE_NAMES[to]}，请刷新后核对。", rule="CE-11"
        )


def check_begun(first_day: date, today: date) -> None:
    if first_day > today:
        raise NotHeldYet("培训还没有开始，不能登记为已举办，请核对日期。", rule="CE-11")


def check_organizer(id: object, name: object) -> None:
    """An organization of the registry, or a name; one of the two."""
    if (id is None) == (name is None):
        wrong = FieldError(field="organizer_name", code="one_organizer", detail="主办机构编号和名称填且只填一项")
        raise Unprocessable("请填写主办机构的编号或名称，只填一项。", code="one_organizer", errors=[wrong])
