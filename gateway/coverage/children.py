"""One indicator in every division below another: all days that decide read in one question, each light by itself."""

from collections.abc import Mapping, Sequence
from datetime import date

from asyncpg import Connection

from gateway.coverage import reads
from gateway.coverage.answers import Asked, held_at, indicator_of, measurable, owners_of, shown_of
from gateway.coverage.lay import Lay, Near, lay
from gateway.coverage.numbering import COVERS
from gateway.coverage.policy import IndicatorRow, Pack, Part
from gateway.coverage.readings import Numbers, judge, needed, numbers, reading, status_of
from gateway.coverage.sources import followed, sources_of
from gateway.coverage.targets import Target, holding, targets_at
from services.contracts import coverage as out
from services.contracts.divisions import TIER_NAMES, Tier
from services.contracts.metrics import Kind


def indicator_or_share(pack: Pack, id: str) -> IndicatorRow | None:
    """An indicator of the pack, or `effective@street`: the share of such units (the pack's own, where it has that)."""
    base, _, place = id.partition("@")
    tier = next((t for t in Tier if t == place), None)
    if tier is None or base not in COVERS or base == "exists":
        return pack.indicator(id)
    parts = Part(metric=id), Part(metric=f"exists@{place}")
    known = next((i for i in pack.indicators if i.parts == parts and i.factor == 100), None)
    name = f"{TIER_NAMES[tier]}{pack.coverage[base].name}比例"
    return known or IndicatorRow.model_construct(
        id=id, name=name, kind=Kind.RATIO, unit="%", factor=100, numerator=parts[0], denominator=parts[1]
    )


async def children(db: Connection, asked: Asked, row: IndicatorRow) -> out.ChildValues:
    here = await lay(db, asked.division, asked.on, asked.on_map)
    known = await targets_below(db, asked, here, row)
    shown = {child.code: shown_of(known[child.code], row, asked.on) for child in here.children}
    days = {asked.on, *(t.due for t in shown.values() if t is not None and t.due < asked.on)}
    found = await numbers_below(db, asked, here, row, days)
    items = [child_value(asked, row, c, found[c.code], known[c.code], shown[c.code]) for c in here.children]
    return out.ChildValues(
        division=here.itself.ref,
        on=asked.on,
        whole=await whole(db, asked, here, row),
        items=[item for child, item in zip(here.children, items, strict=True) if child.lives or item.value],
        sources=sources_of(await followed(db), asked.now, owners_of(row)),
    )


async def targets_below(db: Connection, asked: Asked, here: Lay, row: IndicatorRow) -> Mapping[int, list[Target]]:
    """Of each child the targets of this indicator that hold there."""
    above = [near.code for near in (*here.path, here.itself)]
    codes = [child.code for child in here.children]
    rows = [t for t in await targets_at(db, asked.pack.id, here.itself.code, above + codes) if t.indicator == row.id]
    return {code: holding([t for t in rows if t.division in (code, *above)], code) for code in codes}


async def numbers_below(
    db: Connection, asked: Asked, here: Lay, row: IndicatorRow, days: set[date]
) -> Mapping[int, Numbers]:
    wanted = {a for day in days for a in needed(row, day)}
    said = await reads.said(db, {number for number, _ in wanted})
    codes = [child.code for child in here.children]
    values = await reads.families(db, codes, said, {day for _, day in wanted}, asked.on_map)
    return {c: {(n, day): values[day].get((c, n), 0) for n, day in wanted if n in said} for c in codes}


def child_value(
    asked: Asked, row: IndicatorRow, child: Near, found: Numbers, known: Sequence[Target], target: Target | None
) -> out.ChildValue:
    read = reading(row, asked.on, found)
    status = out.TargetStatus.NO_TARGET
    if target is not None and measurable(row, child.ref.tier):
        status = status_of(asked.pack, target, row, known, asked.on, found)
    return out.ChildValue(
        code=child.ref.code, name=child.ref.name, tier=child.ref.tier, counts=child.counts, value=read.value,
        numerator=read.numerator, denominator=read.denominator, target=target and target.value,
        due=target and target.due, status=status,
    )  # fmt: skip


async def whole(db: Connection, asked: Asked, here: Lay, row: IndicatorRow) -> out.Indicator:
    held = await held_at(db, asked.pack, here)
    target = shown_of(held, row, asked.on)
    found = await numbers(db, here.itself.code, needed(row, asked.on), asked.on_map)
    targets = [] if target is None else [target]
    judged = await judge(db, asked.pack, here.itself.code, targets, held, asked.on, asked.on_map)
    return indicator_of(row, reading(row, asked.on, found), next(iter(judged), None), held, asked.on, None)
