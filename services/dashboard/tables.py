"""The coverage answer laid out as tables: what counts, the zones apart, the units that do not count apart. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from services.contracts.coverage import ChildCoverage, Coverage, TierCoverage
from services.contracts.divisions import Tier

ORDER = list(Tier)


class Row(NamedTuple):
    """`own`: what the child has itself; `below`: what lies in it, tier by tier."""

    child: ChildCoverage
    own: TierCoverage | None
    below: dict[Tier, TierCoverage]


class Table(NamedTuple):
    """`own`: the tier of its rows, `below`: the tiers that have columns of counts; `total`: the division itself."""

    own: Tier | None
    below: list[Tier]
    rows: list[Row]
    total: dict[Tier, TierCoverage]


def table_of(coverage: Coverage) -> Table:
    """The statutory children that count."""
    return _table(coverage, (c for c in coverage.children if c.counts and c.tier is not Tier.ZONE))


def zones_of(coverage: Coverage) -> Table:
    """Zones overlap with districts: their streets count there already, so there is no total."""
    return _table(coverage, (c for c in coverage.children if c.tier is Tier.ZONE))._replace(total={})


def quasi_of(coverage: Coverage) -> list[ChildCoverage]:
    return [c for c in coverage.children if not c.counts and c.tier is not Tier.ZONE]


def served_known(coverage: Coverage) -> bool:
    """Where no service is recorded anywhere yet, 0 would be a claim."""
    return "served" not in coverage.unrecorded


def _table(coverage: Coverage, children: Iterable[ChildCoverage]) -> Table:
    rows = [_row(c) for c in children]
    found = {tier for row in rows for tier in row.below}
    own = rows[0].child.tier if rows else None
    return Table(own, [t for t in ORDER if t in found], rows, {t.tier: t for t in coverage.tiers})


def _row(child: ChildCoverage) -> Row:
    tiers = {t.tier: t for t in child.tiers}
    return Row(child, tiers.pop(child.tier, None), tiers)
