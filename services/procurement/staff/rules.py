"""The regulations on project staff, as functions of plain values."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.contracts.facts import Period, merged, overlap
from services.contracts.procurement import RuleWarning, StaffShare
from services.kernel.errors import Conflict, Unprocessable

# The qualified share asked for from a day on (QUAL-01).
THRESHOLDS = {date(2022, 12, 31): Decimal(60), date(2025, 12, 31): Decimal(80)}
FULL_TIME = Decimal(1)
CENT = Decimal("0.01")


class OutsideContract(Conflict):
    english = "The period is not within the project's contracts."


class WrongPeriod(Unprocessable):
    english = "Whoever joins a project leaves later."


class Engaged(NamedTuple):
    """A share of somebody's time over a period."""

    fte: Decimal
    period: Period


def check_period(start: date, end: date | None) -> None:
    if end is not None and end <= start:
        raise WrongPeriod("离开项目的日期应晚于加入日期，请核对。", code="staff_backwards")


def check_within(start: date, end: date | None, contracted: Sequence[Period]) -> None:
    """Within one run of contracts, each going on where the one before ended; without an end, from a day in it."""
    there = overlap([Period(start, end)], merged(contracted))
    whole = bool(there) and there[0].start == start and (end is None or there[0].end == end)
    if not whole:
        raise OutsideContract("人员在项目上的起止日期应在项目的合同期内，请核对日期或先登记合同。")


def warnings(engaged: Sequence[Engaged]) -> list[RuleWarning]:
    """Shares that add up to more than one post on some day (QUAL-04)."""
    most = max((sum(e.fte for e in engaged if covers(e.period, day.period.start)) for day in engaged), default=0)
    if most <= FULL_TIME:
        return []
    detail = f"该人员在各项目上的投入比例合计达 {most}，超过 1，请核对。"
    return [RuleWarning(code="fte_above_one", detail=detail, rule="QUAL-04")]


def covers(period: Period, day: date) -> bool:
    return period.start <= day and (period.end is None or day < period.end)


def percent(numerator: int, denominator: int) -> Decimal:
    """Rounded down, as everywhere: what falls short of a threshold does not look as if it reached it."""
    return (Decimal(10_000 * numerator // denominator) / 100).quantize(CENT)


def share(denominator: int, numerator: int, registered: int, on: date) -> StaffShare:
    """Of nobody there is no share."""
    threshold = max((value for since, value in THRESHOLDS.items() if since <= on), default=None)
    value = None if denominator == 0 else percent(numerator, denominator)
    reached = None if threshold is None or denominator == 0 else 100 * numerator >= threshold * denominator
    return StaffShare(
        denominator=denominator, numerator=numerator, registered=registered, value=value, threshold=threshold,
        reached=reached,
    )  # fmt: skip
