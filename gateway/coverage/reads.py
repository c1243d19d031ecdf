"""Values: what curves (and, for villages, facts) add up to on a day. Days are dates, maps 1 (then) or 2 (today's)."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from asyncpg import Connection

from gateway.coverage.numbering import COVERS, ONE, PER_METRIC
from gateway.coverage.places import is_village
from gateway.coverage.steps import INFINITY, Longs, Steps, drawn

DAY_0 = date(2000, 1, 1).toordinal()

Values = dict[tuple[int, int], int]  # (division, metric) → tenthousandths; what is missing is 0

# Value = opening of the quarter + movement within it: two rows a curve, however long the history.
# A village has no curve: its few facts are its value; a flow lies where its division lay when it happened.
FAMILY = """
select division, metric, sum(coalesce(levels[width_bucket($3::date, days)], 0))::bigint as value
from curve
where division = any($1::bigint[]) and period = any(array['0', to_char($3::date, 'YYYYQ')]::smallint[])
  and metric = any($2::smallint[]) and map = any(array[0, $4]::smallint[])
group by division, metric
union all
select coalesce(p.unit, f.division), f.metric, sum(f.amount)::bigint
from fact f left join place p on p.division = f.division and p.map = $4
     and p.start <= case when f.flow then f.start else $3 end and case when f.flow then f.start else $3 end < p.stop
where f.metric = any($2) and f.map = any(array[0, $4]::smallint[]) and f.start <= $3 and $3 < f.stop
  and f.division = any($5::bigint[] || array(select division from place where unit = any($5) and map = $4))
  and coalesce(p.unit, f.division) = any($5)
group by 1, 2"""

FAMILIES = f"""
select q.day, v.* from unnest($3::date[]) q(day)
cross join lateral ({FAMILY.replace("$3::date", "q.day").replace("$3", "q.day")}) v"""

POINTS = """
select coalesce(c.value, 0)
from unnest($2::smallint[], $3::date[]) with ordinality q(metric, day, i) left join lateral (
  select sum(coalesce(levels[width_bucket(q.day, days)], 0))::bigint as value
  from curve where division = $1 and metric = q.metric and map = any(array[0, $4]::smallint[])
               and period = any(array['0', to_char(q.day, 'YYYYQ')]::smallint[])) c on true
order by q.i"""
POINTS_OF_VILLAGE = """
select coalesce(c.value, 0)
from unnest($2::smallint[], $3::date[]) with ordinality q(metric, day, i) left join lateral (
  select sum(f.amount)::bigint as value
  from fact f left join place p on p.division = f.division and p.map = $4 and p.start <=
       case when f.flow then f.start else q.day end and case when f.flow then f.start else q.day end < p.stop
  where f.metric = q.metric and f.map = any(array[0, $4]::smallint[]) and f.start <= q.day and q.day < f.stop
    and f.division = any($1::bigint || array(select division from place where unit = $1 and map = $4))
    and coalesce(p.unit, f.division) = $1) c on true
order by q.i"""


# Covers are made by us: of them 0 is a finding. Of anything else it is one only where somebody has said something.
# The next metric in the index: an `exists` is planned as a reading of all facts, which finds nothing.
SAID = f"""
select m from unnest($1::smallint[]) m
where m >= {min(COVERS.values()) * PER_METRIC}
  or m = (select metric from fact where metric >= m order by metric limit 1)"""


async def said(db: Connection, metrics: Collection[int]) -> set[int]:
    """Those of which there is any record at all, at any place and time."""
    return {row[0] for row in await db.fetch(SAID, list(metrics))}


async def family(db: Connection, codes: Sequence[int], metrics: Sequence[int], day: date, on_map: int) -> Values:
    """Any divisions, of any tier, by any metrics, on one day."""
    inner = [c for c in codes if not is_village(c)]
    leaves = [c for c in codes if is_village(c)]
    return {(d, m): value for d, m, value in await db.fetch(FAMILY, inner, metrics, day, on_map, leaves)}


async def families(
    db: Connection, codes: Sequence[int], metrics: Collection[int], days: Collection[date], on_map: int
) -> dict[date, Values]:
    """The same on several days."""
    inner = [c for c in codes if not is_village(c)]
    leaves = [c for c in codes if is_village(c)]
    found: dict[date, Values] = {day: {} for day in days}
    for day, division, metric, value in await db.fetch(FAMILIES, inner, list(metrics), list(days), on_map, leaves):
        found[day][division, metric] = value
    return found


async def points(db: Connection, division: int, asked: Sequence[tuple[int, date]], on_map: int) -> list[int]:
    """One division, metric by metric and day by day, in the order asked."""
    if not asked:
        return []
    metrics, days = zip(*asked, strict=True)
    sql = POINTS_OF_VILLAGE if is_village(division) else POINTS
    return [row[0] for row in await db.fetch(sql, division, metrics, days, on_map)]


MOVEMENTS = """
select metric, array_send(days), array_send(levels) from curve
where division = $1 and period > 0 and metric = any($2::smallint[]) and map = any(array[0, $3]::smallint[])"""
MOVEMENTS_OF_VILLAGE = """
select metric, array_send(array[e.day]), array_send(array[e.delta])
from located l cross join lateral (values (start, amount), (stop, -amount)) e(day, delta)
where l.unit = $1 and metric = any($2::smallint[]) and map = any(array[0, $3]::smallint[]) and isfinite(e.day)
  and l.division = any($1::bigint || array(select division from place where unit = $1 and map = $3))"""


class Question(NamedTuple):
    """When did (above − base) ÷ below (0: above itself) first reach `value`, from `since` to `until`, both included?"""

    above: int
    below: int
    base: int
    value: Decimal
    since: date
    until: date


async def reached(db: Connection, division: int, asked: Sequence[Question], on_map: int) -> list[date | None]:
    """The days, in the order asked; None: never. All movements, one after another, are the whole curve."""
    if not asked:
        return []
    metrics = sorted({m for q in asked for m in (q.above, q.below) if m})
    sql = MOVEMENTS_OF_VILLAGE if is_village(division) else MOVEMENTS
    rows = await db.fetch(sql, division, metrics, on_map)
    keys = np.array([row[0] for row in rows], np.int64)
    steps = drawn(keys, np.ones(len(rows), np.int16), [row[1] for row in rows], [row[2] for row in rows])
    return [first_day(steps, q) for q in asked]


def first_day(steps: Steps, q: Question) -> date | None:
    mine = steps.at((steps.key == q.above) | (steps.key == q.below))
    days, place = np.unique(mine.day, return_inverse=True)
    part = level(mine, q.above, place, len(days)) - q.base
    whole = level(mine, q.below, place, len(days)) if q.below else np.full(len(days), ONE)
    top, bottom = q.value.as_integer_ratio()
    first = np.maximum(days, day_number(q.since))
    lasts = np.append(days[1:], INFINITY) > day_number(q.since)
    held = (whole > 0) & (part * bottom >= whole * top) & lasts & (first <= day_number(q.until))
    return date.fromordinal(int(first[held][0]) + DAY_0) if held.any() else None


def level(steps: Steps, metric: int, place: npt.NDArray[np.intp], days: int) -> Longs:
    moved = np.zeros(days, np.int64)
    of_metric = steps.key == metric
    np.add.at(moved, place[of_metric], steps.delta[of_metric])
    return np.cumsum(moved)


def day_number(day: date) -> int:
    """As PostgreSQL counts."""
    return day.toordinal() - DAY_0
