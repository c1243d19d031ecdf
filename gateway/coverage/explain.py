"""The facts behind a number, by pages: all pages, and what lies outside the asker's area, add up to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from asyncpg import Connection, Record

from gateway.coverage.numbering import ONE, PER_METRIC, PRESENCE
from gateway.coverage.places import NEVER
from services.contracts.divisions import CodeRange, subtree

FIRST_FACT = (-1, NEVER, NEVER, "")
FIRST_UNIT = (0, -1)
NESTED = 50  # facts shown inside one unit

# A fact is inside a division by its code, or because the map of the day says so; a flow lies where it happened.
# $1 division, $2 metrics, $3 day, $4 map, $5 the day before a flow is counted (null: a stock), $6 $7 scope,
# $8 whether what is in scope is asked for or what is outside it, $9 $10 the division's codes, $11 whether any of these
# can be what is asked for at all
ALIVE = """f.map = any(array[0, $4]::smallint[])
  and (f.start <= $3 and $3 < f.stop) is distinct from coalesce(f.start <= $5::date and $5 < f.stop, false)"""
SCOPED = "exists (select from unnest($6::bigint[], $7::bigint[]) s(low, high) where {} between s.low and s.high) = $8"
OF_FACT, OF_UNIT = SCOPED.format("f.division"), SCOPED.format("p.unit")
BY_CODE = f"""{ALIVE} and {OF_FACT} and f.division between $9 and $10 and $11::boolean
  and not exists (select from place p where p.division = f.division)"""
BY_PLACE = f"""{ALIVE} and p.map = $4 and (p.above @> array[$1::bigint] or p.unit = $1)
  and p.start <= case when f.flow then f.start else $3 end and case when f.flow then f.start else $3 end < p.stop"""

# One metric, in the order of the index: a page costs what it shows.
METRIC, SIGNED = (
    "f.metric = ($2::smallint[])[1]",
    "case when f.start <= $3 and $3 < f.stop then f.amount else -f.amount end",
)
ROWS = f"select f.division, f.start, f.stop, f.subject, f.metric, {SIGNED} as amount from"
NEXT = """(f.division, f.start, f.stop, f.subject) > ($12, $13, $14, $15)
 order by f.division, f.start, f.stop, f.subject limit $16"""
FACTS = f"""
({ROWS} fact f where {METRIC} and {BY_CODE} and {NEXT})
union all
({ROWS} place p join fact f on f.division = p.division where {METRIC} and {BY_PLACE} and {OF_FACT} and {NEXT})
order by division, start, stop, subject limit $16"""
SUM_OF_FACTS = f"""
select count(*), coalesce(sum(amount), 0)::bigint from (
  {ROWS} fact f where {METRIC} and {BY_CODE}
  union all
  {ROWS} place p join fact f on f.division = p.division where {METRIC} and {BY_PLACE} and {OF_FACT}) sums"""

# Units in which a presence, or a cover, holds: each counts once, whatever the number of facts. A unit that has places
# is found by these only, so that none is found twice.
ANY, PERIOD = "f.metric = any($2::smallint[])", "min(f.start) as start, max(f.stop) as stop"
UNITS = f"""
(select f.metric, f.division as unit, {PERIOD} from fact f where {ANY} and {BY_CODE} {{code}})
union all
(select f.metric, p.unit, {PERIOD} from place p join fact f on f.division = p.division
 where {ANY} and {BY_PLACE} and {OF_UNIT} {{place}})"""
LATER = "and (f.metric, {0}) > ($12, $13) group by f.metric, {0} order by f.metric, {0} limit $14"
UNIT_PAGE = UNITS.format(code=LATER.format("f.division"), place=LATER.format("p.unit")) + " order by 1, 2 limit $14"
GROUPED = UNITS.format(code="group by f.metric, f.division", place="group by f.metric, p.unit")
SUM_OF_UNITS = f"select count(*), count(*) * {ONE} from ({GROUPED}) u"
OF_UNITS = f"""
select * from (
  select coalesce(p.unit, f.division) as unit, f.division, f.subject, f.metric, f.start, f.stop, f.amount,
         row_number() over (partition by coalesce(p.unit, f.division), f.metric % {PER_METRIC}
                            order by f.metric, f.subject, f.start) as n
  from fact f left join place p on p.division = f.division and p.map = $4 and p.start <= $3 and $3 < p.stop
  where f.metric = any($2::smallint[]) and f.start <= $3 and $3 < f.stop
    and f.division = any($1::bigint[] || array(select division from place where unit = any($1) and map = $4))
    and coalesce(p.unit, f.division) = any($1)) nested
where n <= {NESTED} order by unit, n"""


@dataclass(frozen=True)
class Behind:
    """Which number is to be explained, to whom; `before` only for a flow, `units` for presence and covers."""

    division: str
    metrics: Sequence[int]
    day: date
    before: date | None
    on_map: int
    scope: Sequence[CodeRange]
    units: bool

    def arguments(self, *, inside: bool) -> list[object]:
        low, high = subtree(self.division)
        scope = [int(r.low) for r in self.scope], [int(r.high) for r in self.scope]
        touched = any(r.low <= high and low <= r.high for r in self.scope)
        whole = any(r.low <= low and high <= r.high for r in self.scope)
        asked = [int(self.division), self.metrics, self.day, self.on_map, self.before, *scope, inside]
        return [*asked, int(low), int(high), touched if inside else not whole]


class Sum(NamedTuple):
    facts: int
    amount: int


async def page(db: Connection, asked: Behind, after: tuple[object, ...], limit: int) -> list[Record]:
    """One more than `limit`, if there are more; only what the asker may see."""
    sql = UNIT_PAGE if asked.units else FACTS
    return await db.fetch(sql, *asked.arguments(inside=True), *after, limit + 1)


async def outside(db: Connection, asked: Behind) -> Sum:
    return await total(db, asked, inside=False)


async def total(db: Connection, asked: Behind, *, inside: bool) -> Sum:
    row = await db.fetchrow(SUM_OF_UNITS if asked.units else SUM_OF_FACTS, *asked.arguments(inside=inside))
    return Sum(row[0], row[1]) if row else Sum(0, 0)


async def nested(db: Connection, units: Sequence[Record], day: date, on_map: int) -> list[Record]:
    """What was said of these units: every kind of presence at their tier."""
    tiers = {unit["metric"] % PER_METRIC for unit in units}
    metrics = [n * PER_METRIC + tier for n in PRESENCE.values() for tier in tiers]
    return await db.fetch(OF_UNITS, sorted({unit["unit"] for unit in units}), metrics, day, on_map)
