"""The units below a division that are not effectively covered, ordered by what they lack."""

from collections.abc import Sequence
from typing import NamedTuple

from asyncpg import Connection, Record

from gateway.coverage.answers import UNITS_OF, Asked
from gateway.coverage.lay import lay
from gateway.coverage.numbering import PER_METRIC, PRESENCE, TIER_NUMBER, TIERS, cover_number
from gateway.coverage.places import STEPS
from services.contracts.coverage import DivisionRef, Gap, GapCount, GapKind, Gaps, Lack
from services.contracts.divisions import CodeRange, Tier, subtree
from services.kernel.paging import BadCursor, decode_cursor, page_of

RANKS: dict[GapKind, int] = {kind: rank for rank, kind in enumerate(GapKind)}
KIND_OF: dict[int, GapKind] = {rank: kind for kind, rank in RANKS.items()}

# $1 division, $2 $3 its codes, $4 day, $5 map, $6 `exists` and $7 `effective` by tier, $8 presence by tier.
# A unit that has places counts where these say, not where its code lies.
LIVES = "f.map = any(array[0, $5]::smallint[]) and f.start <= $4 and $4 < f.stop"
MOVED = "p.map = $5 and p.start <= $4 and $4 < p.stop"
HERE = f"{MOVED} and (p.above @> array[$1::bigint] or p.unit = $1)"
BELOW = f"""
with moved as (select p.division, p.unit from place p where {HERE}),
near as materialized (
  select f.division as unit, f.metric from fact f
  where f.metric = any($6::smallint[] || $7::smallint[] || $8::smallint[]) and {{lives}}
    and f.division between $2 and $3 and not exists (select from place p where p.division = f.division)
  union all
  select m.unit, f.metric from moved m join fact f on f.division = m.division
  where f.metric = any($6::smallint[] || $7::smallint[] || $8::smallint[]) and {{lives}}),
held as (
  select unit, metric % {PER_METRIC} as tier, bool_or(metric = any($6)) as exists,
    bool_or(metric = any($7)) as effective, bool_or(metric / {PER_METRIC} = {PRESENCE["point_open"]}) as point,
    bool_or(metric / {PER_METRIC} = {PRESENCE["point_staffed"]}) as staff,
    bool_or(metric / {PER_METRIC} in ({PRESENCE["point_contracted"]}, {PRESENCE["point_own_staff"]})) as contract,
    bool_or(metric / {PER_METRIC} = {PRESENCE["service_delivered"]}) as service
  from near group by 1, 2),
gap as materialized (
  select *, case when not point then 0 when not staff then 1 else 2 end as rank
  from held where exists and not effective)""".format(lives=LIVES)  # fmt: skip
SCOPED = "exists (select from unnest($9::bigint[], $10::bigint[]) s(low, high) where gap.unit between s.low and s.high)"
ABOVE = f"(select max(unit - unit % s) from unnest(array{list(STEPS)}::bigint[]) s where unit % s <> 0)"
# The gaps are found once: how many of each kind, then a page of them.
FOUND = f"""{BELOW},
counted as (
  select rank, tier, count(*) as units, count(*) filter (where {SCOPED}) as inside from gap group by 1, 2),
page as (
  select *, {ABOVE} as parent from gap
  where {SCOPED} and (rank = $11 or $11 is null) and (tier = $12 or $12 is null) and (rank, unit) > ($13, $14)
  order by rank, unit limit $15)
select rank, tier, units, inside, null::bigint as unit, null::boolean as point, null::boolean as staff,
  null::boolean as contract, null::boolean as service, null as name, null as above, null as above_name,
  null as above_tier
from counted
union all
select page.rank, page.tier, null, null, page.unit, page.point, page.staff, page.contract, page.service,
  coalesce(d.name, lpad(page.unit::text, 12, '0')), a.code, a.name, a.tier
from page left join division d on d.code = page.unit left join division a on a.code = page.parent"""


class Sought(NamedTuple):
    """Which gaps, within which area, from where on."""

    kind: GapKind | None
    tier: Tier | None
    scope: Sequence[CodeRange]
    cursor: str | None
    limit: int


async def gaps(db: Connection, asked: Asked, sought: Sought) -> Gaps:
    """What is counted is the whole division; what is listed lies in the asker's area."""
    here = await lay(db, asked.division, asked.on, asked.on_map)
    tiers = [tier for tier in UNITS_OF[here.itself.ref.tier] if tier is not Tier.ZONE]
    where = arguments(asked, tiers, sought.scope)
    rank, tier = (RANKS[sought.kind] if sought.kind else None), (TIER_NUMBER[sought.tier] if sought.tier else None)
    found = await db.fetch(FOUND, *where, rank, tier, *after(sought.cursor), sought.limit + 1)
    counted = [row for row in found if row["unit"] is None]
    rows = sorted((row for row in found if row["unit"] is not None), key=lambda row: (row["rank"], row["unit"]))
    shown, following = page_of(rows, sought.limit, lambda row: (row["rank"], row["unit"]))
    return Gaps(
        division=here.itself.ref,
        on=asked.on,
        counts=sorted(map(count_of, counted), key=lambda c: (RANKS[c.kind], TIER_NUMBER[c.tier])),
        outside=sum(row["units"] - row["inside"] for row in counted),
        items=[gap_of(row) for row in shown],
        next=following,
    )


def arguments(asked: Asked, tiers: Sequence[Tier], scope: Sequence[CodeRange]) -> list[object]:
    low, high = subtree(asked.division)
    exists, effective = ([cover_number(name, tier) for tier in tiers] for name in ("exists", "effective"))
    presence = [number * PER_METRIC + TIER_NUMBER[tier] for number in PRESENCE.values() for tier in tiers]
    ranges = [int(r.low) for r in scope], [int(r.high) for r in scope]
    return [int(asked.division), int(low), int(high), asked.on, asked.on_map, exists, effective, presence, *ranges]


def after(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return -1, -1
    rank, unit = decode_cursor(cursor, 2)
    if rank not in KIND_OF or not isinstance(unit, int):
        raise BadCursor("翻页游标无效，请从第一页重新查询。")
    return int(rank), unit


def count_of(row: Record) -> GapCount:
    return GapCount(kind=KIND_OF[row["rank"]], tier=TIERS[row["tier"] - 1], units=row["units"])


def gap_of(row: Record) -> Gap:
    unit = DivisionRef(code=f"{row['unit']:012}", name=row["name"], tier=TIERS[row["tier"] - 1])
    above = row["above"] and DivisionRef(code=f"{row['above']:012}", name=row["above_name"], tier=row["above_tier"])
    lacks = [lack for lack in Lack if not row[lack.value]]
    return Gap(division=unit, within=above, kind=KIND_OF[row["rank"]], lacks=lacks)
