"""The answers about coverage, indicators, series and targets, made from readings. No SQL, no HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from asyncpg import Connection

from gateway.coverage import reads, rules
from gateway.coverage.lay import Lay, Near, lay
from gateway.coverage.numbering import COVERS, ONE, THEN, TODAY, cover_number, metric_number
from gateway.coverage.policy import IndicatorRow, Pack
from gateway.coverage.readings import Judged, Reading, judge, needed, numbers, reading, since
from gateway.coverage.sources import followed, sources_of
from gateway.coverage.targets import Target, goal_of, holding, showing, targets_at
from services.contracts import coverage as out
from services.contracts.divisions import Tier
from services.contracts.metrics import METRICS, Metric

# The tiers that a division has units of, itself included.
UNITS_OF: dict[Tier, tuple[Tier, ...]] = {
    Tier.VILLAGE: (Tier.VILLAGE,),
    Tier.STREET: (Tier.STREET, Tier.VILLAGE),
    Tier.DISTRICT: (Tier.DISTRICT, Tier.STREET, Tier.VILLAGE),
    Tier.ZONE: (Tier.ZONE, Tier.STREET, Tier.VILLAGE),
    Tier.CITY: (Tier.CITY, Tier.DISTRICT, Tier.ZONE, Tier.STREET, Tier.VILLAGE),
    Tier.PROVINCE: (Tier.PROVINCE, Tier.CITY, Tier.DISTRICT, Tier.ZONE, Tier.STREET, Tier.VILLAGE),
    Tier.NATION: (Tier.NATION, Tier.PROVINCE, Tier.CITY, Tier.DISTRICT, Tier.ZONE, Tier.STREET, Tier.VILLAGE),
}
FACTS_OF_COVERAGE = ("registry", "procurement", "coordination")


@dataclass(frozen=True)
class Asked:
    """What every answer depends on: a division, a day, a map, a pack, and the instant of asking."""

    division: str
    on: date
    map: out.Map
    pack: Pack
    now: datetime

    @property
    def on_map(self) -> int:
        return THEN if self.map is out.Map.THEN else TODAY


async def coverage(db: Connection, asked: Asked) -> out.Coverage:
    here = await lay(db, asked.division, asked.on, asked.on_map)
    tiers = UNITS_OF[here.itself.ref.tier]
    metrics = [cover_number(name, tier) for name in COVERS for tier in tiers]
    codes = [here.itself.code, *(child.code for child in here.children)]
    values = await reads.family(db, codes, metrics, asked.on, asked.on_map)
    targets = await coverage_targets(db, asked, here, tiers)
    children = [child_of(child, values) for child in here.children]
    return out.Coverage(
        division=here.itself.ref,
        path=[above.ref for above in here.path],
        on=asked.on,
        map=asked.map,
        tiers=[t.model_copy(update={"target": targets.get(t.tier)}) for t in counted(here.itself, values)],
        children=[c for c in children if c is not None],
        unrecorded=await unrecorded(db),
        sources=sources_of(await followed(db), asked.now, FACTS_OF_COVERAGE),
    )


SERVED = frozenset(metric_number(Metric.SERVICE_DELIVERED, tier) for tier in Tier)


async def unrecorded(db: Connection) -> list[str]:
    """Nobody has recorded a service yet: then nobody knows who is served."""
    return [] if await reads.said(db, SERVED) else ["served"]


def counted(near: Near, values: reads.Values) -> list[out.TierCoverage]:
    """Every tier it has units of; zones only where one counts as a unit (COV-09)."""

    def row(tier: Tier) -> out.TierCoverage:
        counts = [values.get((near.code, cover_number(name, tier)), 0) // ONE for name in COVERS]
        units, established, effective, served = counts
        return out.TierCoverage(tier=tier, units=units, established=established, effective=effective, served=served)

    rows = [row(tier) for tier in UNITS_OF[near.ref.tier]]
    return [r for r in rows if r.tier is not Tier.ZONE or r.units]


def child_of(child: Near, values: reads.Values) -> out.ChildCoverage | None:
    """One that is not in force is shown only while something counts there."""
    tiers = counted(child, values)
    if not child.lives and not any(t.units for t in tiers):
        return None
    ref = child.ref
    return out.ChildCoverage(code=ref.code, name=ref.name, tier=ref.tier, counts=child.counts, tiers=tiers)


async def coverage_targets(
    db: Connection, asked: Asked, here: Lay, tiers: Sequence[Tier]
) -> dict[Tier, out.CoverageTarget]:
    """The target of a tier is that of the indicator which is its share of established units."""
    by_tier = {tier: i for tier in tiers if (i := share_indicator(asked.pack, tier)) is not None}
    held = await held_at(db, asked.pack, here)
    shown = {i.id: t for i in by_tier.values() if (t := shown_of(held, i, asked.on)) is not None}
    judged = await judge(db, asked.pack, here.itself.code, list(shown.values()), held, asked.on, asked.on_map)
    by_id = {j.target.indicator: j for j in judged}
    return {tier: coverage_target(by_id[i.id]) for tier, i in by_tier.items() if i.id in by_id}


def share_indicator(pack: Pack, tier: Tier) -> IndicatorRow | None:
    parts = (f"established@{tier}", f"exists@{tier}")
    return next((i for i in pack.indicators if tuple(p.metric for p in i.parts) == parts), None)


def coverage_target(judged: Judged) -> out.CoverageTarget:
    target, status, achieved_on = judged
    return out.CoverageTarget(
        due=target.due, value=target.value, status=status, achieved_on=achieved_on, of="established",
        clause=target.clause, note=target.note,
    )  # fmt: skip


async def held_at(db: Connection, pack: Pack, here: Lay) -> list[Target]:
    """The targets that hold for a division."""
    found = await targets_at(db, pack.id, here.itself.code, [above.code for above in here.path])
    return holding(found, here.itself.code)


def shown_of(held: Sequence[Target], indicator: IndicatorRow, day: date) -> Target | None:
    return showing([t for t in held if t.indicator == indicator.id], day)


# Indicators


async def indicators(db: Connection, asked: Asked, start: date | None, end: date) -> out.Indicators:
    """Stocks on a day; flows from `start` (else as the pack counts them) to `end`."""
    here = await lay(db, asked.division, asked.on, asked.on_map)
    rows = [i for i in asked.pack.indicators if measurable(i, here.itself.ref.tier)]
    wanted = [a for i in rows for a in needed(i, day_of(i, asked.on, end), start)]
    found = await numbers(db, here.itself.code, wanted, asked.on_map)
    held = await held_at(db, asked.pack, here)
    shown = {i.id: t for i in rows if (t := shown_of(held, i, asked.on)) is not None}
    judged = await judge(db, asked.pack, here.itself.code, list(shown.values()), held, asked.on, asked.on_map)
    by_id = {j.target.indicator: j for j in judged}
    items = [
        indicator_of(i, reading(i, day_of(i, asked.on, end), found, start), by_id.get(i.id), held, asked.on, start)
        for i in rows
    ]
    owners = {owner for i in rows for owner in owners_of(i)}
    sources = sources_of(await followed(db), asked.now, owners)
    return out.Indicators(division=here.itself.ref, on=asked.on, items=items, sources=sources)


def day_of(indicator: IndicatorRow, on: date, end: date) -> date:
    return end if any(part.window is not None for part in indicator.parts) else on


def measurable(indicator: IndicatorRow, tier: Tier) -> bool:
    """A district has no city-tier units: such a share is not asked of it."""
    tiers = {Tier(t) for part in indicator.parts if (t := part.metric.partition("@")[2])}
    return tiers <= set(UNITS_OF[tier])


def owners_of(indicator: IndicatorRow) -> set[str]:
    bases = {part.metric.partition("@")[0] for part in indicator.parts}
    return {METRICS[Metric(b)].owner if b not in COVERS else "registry" for b in bases}


def indicator_of(
    row: IndicatorRow, found: Reading, judged: Judged | None, held: Sequence[Target], on: date, start: date | None
) -> out.Indicator:
    return out.Indicator(
        id=row.id, name=row.name, kind=row.kind, metric=row.metric, value=found.value, unit=row.unit,
        numerator=found.numerator, denominator=found.denominator, meaning=row.meaning,
        parts=[out.IndicatorPart(metric=part.metric, since=since(part, on, start)) for part in row.parts],
        target=None if judged is None else indicator_target(row, judged, held, found.value, on),
    )  # fmt: skip


def indicator_target(
    row: IndicatorRow, judged: Judged, held: Sequence[Target], value: Decimal | None, on: date
) -> out.IndicatorTarget:
    target, status, achieved_on = judged
    gap = None if value is None or target.value is None else value - target.value
    return out.IndicatorTarget(
        due=target.due, value=target.value, clause=target.clause, status=status, achieved_on=achieved_on, gap=gap,
        pace=rules.pace(gap, target.due, on), plan=planned(row, [t for t in held if t.indicator == row.id], on),
        note=target.note,
    )  # fmt: skip


# Series


async def series(db: Connection, asked: Asked, row: IndicatorRow, days: Sequence[date]) -> out.Series:
    """The indicator as it was, or will be, on each of these days, beside its plan."""
    here = await lay(db, asked.division, asked.on, asked.on_map)
    found = await numbers(db, here.itself.code, [a for d in days for a in needed(row, d)], asked.on_map)
    held = [t for t in await held_at(db, asked.pack, here) if t.indicator == row.id]
    points = [out.SeriesPoint(day=d, value=reading(row, d, found).value, plan=planned(row, held, d)) for d in days]
    return out.Series(id=row.id, name=row.name, unit=row.unit, division=here.itself.ref, points=points)


def planned(row: IndicatorRow, held: Sequence[Target], day: date) -> Decimal | None:
    """After the last target there is no plan."""
    target = showing(held, day)
    if target is None or day > target.due:
        return None
    value = rules.plan(goal_of(target, held, row).path, day)
    return None if value is None else value.quantize(Decimal("0.01"))


def ends_of(start: date, end: date, months: int) -> list[date]:
    """The last day of each step of so many months (0: each day) from `start` to `end`; the last one is `end`."""
    if months == 0:
        return [start + timedelta(n) for n in range((end - start).days + 1)]
    found, first = [], date(start.year, (start.month - 1) // months * months + 1, 1)
    while first <= end:
        total = first.year * 12 + first.month - 1 + months
        first = date(total // 12, total % 12 + 1, 1)
        found.append(min(first - timedelta(1), end))
    return found


# Targets


async def targets(db: Connection, asked: Asked) -> out.TargetList:
    """All targets of a division; one that is set for a division above, and only for it, is `no_target` here."""
    here = await lay(db, asked.division, asked.on, asked.on_map)
    known = await targets_at(db, asked.pack.id, here.itself.code, [above.code for above in here.path])
    held = holding(known, here.itself.code)
    judged = await judge(db, asked.pack, here.itself.code, held, held, asked.on, asked.on_map)
    items = [target_of(asked, j) for j in judged]
    set_here = {(t.indicator, t.due) for t in held}
    absent = [t for t in known if (t.indicator, t.due) not in set_here]
    nothing = [target_of(asked, Judged(without(t), out.TargetStatus.NO_TARGET, None)) for t in absent]
    return out.TargetList(items=sorted([*items, *nothing], key=lambda t: (t.indicator, t.due)))


def without(target: Target) -> Target:
    return target._replace(value=None, baseline_on=None, baseline=None, note=None)


def target_of(asked: Asked, judged: Judged) -> out.Target:
    t = judged.target
    row = asked.pack.indicator(t.indicator)
    return out.Target(
        indicator=t.indicator, name=row.name if row else t.indicator, division=asked.division, pack=t.pack, due=t.due,
        value=t.value, baseline_on=t.baseline_on, baseline=t.baseline, clause=t.clause, status=judged.status,
        achieved_on=judged.achieved_on, note=t.note,
    )  # fmt: skip
