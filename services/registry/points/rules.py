"""The regulations on service points and assignments, as functions of plain values."""

from datetime import date

from services.contracts.divisions import TIER_NAMES, Tier
from services.contracts.registry import POINT_TIER_NAMES, PointTier
from services.kernel.errors import Conflict, Unprocessable

# A main station may serve a functional zone, too: the 15 of 2021 were 12 districts and 3 zones (COV-02, COV-09).
TIERS: dict[PointTier, frozenset[Tier]] = {
    PointTier.CITY_GUIDANCE_CENTRE: frozenset({Tier.CITY}),
    PointTier.DISTRICT_MAIN_STATION: frozenset({Tier.DISTRICT, Tier.ZONE}),
    PointTier.STREET_STATION: frozenset({Tier.STREET}),
    PointTier.VILLAGE_SERVICE_ROOM: frozenset({Tier.VILLAGE}),
}


class TierMismatch(Unprocessable):
    english = "A service point of this tier does not belong to a division of that tier."


class PointNotOpen(Conflict):
    english = "The service point is not open on that day."


class PointClosed(Conflict):
    english = "The service point is closed already."


class WrongDay(Conflict):
    english = "The day does not fit the period."


def check_tier(tier: PointTier, of: Tier) -> None:
    if of not in TIERS[tier]:
        raise TierMismatch(
            f"{POINT_TIER_NAMES[tier]}不能设在{TIER_NAMES[of]}一级的区划，请核对层级和所在区划。", rule="COV-05"
        )


def is_open(day: date, *, opened_on: date, closed_on: date | None) -> bool:
    return opened_on <= day and (closed_on is None or day < closed_on)


def check_open(day: date, *, opened_on: date, closed_on: date | None) -> None:
    """Nobody starts to work at a point before it opens, or after it has closed."""
    if not is_open(day, opened_on=opened_on, closed_on=closed_on):
        raise PointNotOpen("到岗当日该站点没有开放，请核对到岗日期和站点的开站、撤站日期。")


def check_closing(closed_on: date, *, opened_on: date, already: date | None) -> None:
    if already is not None:
        raise PointClosed("该站点已登记撤站，不能重复撤站。")
    if closed_on <= opened_on:
        raise WrongDay("撤站日期应晚于开站日期，请核对。", code="closed_before_opened")


def check_ending(ended_on: date, *, started_on: date, already: date | None) -> None:
    """A planned end may be brought forward; what is over is not prolonged."""
    if already is not None and already <= ended_on:
        raise WrongDay("该人员已登记在这一天之前离岗，只能改为更早的日期。", code="already_ended")
    if ended_on <= started_on:
        raise WrongDay("离岗日期应晚于到岗日期，请核对。", code="ended_before_started")
