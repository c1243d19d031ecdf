"""How long data is kept: never less than the law says (reliability 40), and not at all purged under a legal hold."""

import calendar
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from services.contracts.divisions import CodeRange
from services.contracts.retention import DATA_CLASS_NAMES, DataClass, RetentionOut
from services.kernel.errors import Conflict

NONE = {"floor_months": 0, "keep_months": 0, "keep_days": 0, "keep_minutes": 0}
DAY = timedelta(days=1)


class TooShort(Conflict):
    english = "The law asks for a longer time."


class NotYet(Conflict):
    english = "It must be kept for longer."


class Held(Conflict):
    english = "A legal hold stands against it."


class Standing(NamedTuple):
    """A hold that has not been lifted: whom it is about, or all who count in its division and below."""

    within: tuple[CodeRange, ...]
    person_id: UUID | None = None


def holds(hold: Standing, person: UUID, places: Iterable[str]) -> bool:
    """`places`: where the person counted when it was placed, counts now, and what is asked about lies. One is enough:
    by moving nobody gets out of a hold. `queries.holding` says the same to PostgreSQL.
    """
    if hold.person_id is not None:
        return hold.person_id == person
    return any(place in r for place in places for r in hold.within)


def check_keeping(kept: RetentionOut) -> None:
    """Days and minutes are for what no law asks to be kept."""
    if kept.keep_months < kept.floor_months:
        raise TooShort(
            f"“{kept.name}”依法至少保存 {kept.floor_months} 个月（{kept.law}），不能缩短为 {kept.keep_months} 个月。"
            "请改为不短于法定期限。",
            code="below_the_law",
        )
    if not (kept.keep_months or kept.keep_days or kept.keep_minutes):
        raise TooShort(f"没有写明“{kept.name}”保存多久，请填写保存期限。", code="no_period")


def parsed(text: str) -> Mapping[DataClass, RetentionOut]:
    """Every class is there, and none is kept for less than its law asks."""
    said = tomllib.loads(text)
    found = {name: kept_as(name, said[name.value]) for name in DataClass}
    for kept in found.values():
        check_keeping(kept)
    return found


def kept_as(name: DataClass, said: Mapping[str, object]) -> RetentionOut:
    return RetentionOut.model_validate({**NONE, "name": DATA_CLASS_NAMES[name], **said, "data_class": name})


def kept_until(kept: RetentionOut, since: date) -> date:
    """The first day on which it may go: the day after the period has gone."""
    return months_from(since, kept.keep_months) + timedelta(days=kept.keep_days + 1)


def last_to_go(kept: RetentionOut, today: date) -> date:
    """What dates from this day or before has been kept long enough: 29 February as long as the 28th."""
    end = today - timedelta(days=kept.keep_days + 1)
    last = months_from(end, -kept.keep_months)
    while months_from(last + DAY, kept.keep_months) <= end:
        last += DAY
    return last


def check_purge(kept: RetentionOut, since: date, today: date, *, held: bool) -> None:
    if held:
        raise Held(f"“{kept.name}”已被要求保全，解除之前不能清除。请先由审核人员解除保全。", code="held")
    if since > last_to_go(kept, today):
        raise NotYet(
            f"“{kept.name}”须保存到 {kept_until(kept, since)}（{kept.law}），现在不能清除。请届时再办。", code="not_yet"
        )


def months_from(day: date, months: int) -> date:
    """As PostgreSQL adds months: a day that the month has not becomes its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
