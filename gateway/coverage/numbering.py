"""The numbers by which the fold's tables know metrics, tiers, divisions and amounts."""

from datetime import date
from decimal import Decimal

from services.contracts.divisions import Tier
from services.contracts.metrics import METRICS, Kind, Metric

ONE = 10_000  # an amount of 1, in the tables' unit
TIERS = (Tier.CITY, Tier.DISTRICT, Tier.STREET, Tier.VILLAGE, Tier.ZONE, Tier.PROVINCE, Tier.NATION)
# 0 is left to metrics that are not counted by tier.
TIER_NUMBER: dict[Tier, int] = {tier: number for number, tier in enumerate(TIERS, 1)}
PER_METRIC = 8
PRESENCE: dict[str, int] = {m.value: d.number for m, d in METRICS.items() if d.kind is Kind.PRESENCE}
FLOWS = frozenset(m for m, d in METRICS.items() if d.kind is Kind.FLOW)
# Covers that every pack defines, because the answer about coverage shows them (architecture §3).
COVERS: dict[str, int] = {"exists": 120, "established": 121, "effective": 122, "served": 123}
THEN, TODAY = 1, 2
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)  # a period is a smallint: year × 10 + quarter


class Unfoldable(ValueError):
    """A word of a service that the fold cannot take in: it is parked, and the feed goes on."""


def metric_number(metric: Metric, tier: Tier | None) -> int:
    """Presence stands apart by tier; anything else has one number."""
    definition = METRICS[metric]
    own = TIER_NUMBER[tier] if tier and definition.kind is Kind.PRESENCE else 0
    return definition.number * PER_METRIC + own


def cover_number(name: str, tier: Tier) -> int:
    return COVERS[name] * PER_METRIC + TIER_NUMBER[tier]


def number_of(name: str) -> int:
    """`certified_people`, `point_open@street` or `established@street`, as the tables know it."""
    base, _, tier = name.partition("@")
    if base in COVERS:
        return COVERS[base] * PER_METRIC + TIER_NUMBER[Tier(tier)]
    if tier and base not in PRESENCE:
        raise ValueError(f"{base} is not counted by tier")
    number = METRICS[Metric(base)].number * PER_METRIC
    return number + (TIER_NUMBER[Tier(tier)] if tier else 0)


def tenthousandths(amount: Decimal) -> int:
    scaled = amount * ONE
    if scaled != scaled.to_integral_value() or abs(scaled) >= 9 * 10**14:
        raise Unfoldable(f"an amount has at most four decimals and eleven digits: {amount}")
    return int(scaled)


def amount_of(scaled: int) -> Decimal:
    return Decimal(scaled) / ONE
