"""How a division lies on a day: its name, what is above it and what is below. Asked of our own copy."""

from dataclasses import dataclass
from datetime import date

from asyncpg import Connection, Record

from gateway.coverage.numbering import TODAY
from gateway.coverage.places import EVER
from services.contracts.coverage import DivisionRef
from services.contracts.divisions import Tier
from services.kernel.errors import NotFound

# $2: the day whose map is asked for; 'infinity' is the latest map known. A division that has been taken over is stood
# for by its successor, above and below; before its first placement it lay where the first one says. A zone's children
# are the streets it manages, not their villages as well.
LAY = """
with recursive up(code, depth) as (
  select $1::bigint, 0
  union all
  select case when u.depth > 0 and d.successor is not null and d.valid_to <= $2 then d.successor else p.parent end,
         u.depth + 1
  from up u left join division d on d.code = u.code left join lateral (
    select parent from placement where division = u.code
    order by (start <= $2) desc, case when start <= $2 then start end desc nulls last, start limit 1) p on true
  where u.code is not null and u.depth < 12
), stood_for(code) as (
  select code from division where code = $1 and (successor is null or $2 < valid_to)
  union
  select d.code from stood_for s join division d on d.successor = s.code and d.valid_to <= $2
), stood as materialized (select array(select code from stood_for) as codes
), below as (
  select c.division as code from (
    select division from placement where parent = any((select codes from stood)::bigint[])
    union select division from placement where zone = any((select codes from stood)::bigint[])) c
  cross join lateral (
    select parent, zone from placement where division = c.division
    order by (start <= $2) desc, case when start <= $2 then start end desc nulls last, start limit 1) p
  left join lateral (
    select zone from placement where division = p.parent
    order by (start <= $2) desc, case when start <= $2 then start end desc nulls last, start limit 1) street on true
  where p.parent = any((select codes from stood)::bigint[])
     or (p.zone = any((select codes from stood)::bigint[]) and street.zone is distinct from p.zone)
)
select -u.depth as place, d.* from up u join division d on d.code = u.code
where d.code = any(array(select code from up)) and (u.depth = 0 or d.successor is null or $2 < d.valid_to)
union all
select 1, d.* from division d
where d.code = any(array(select code from below)) and (d.successor is null or $2 < d.valid_to)
order by 1, 2"""


@dataclass(frozen=True)
class Near:
    code: int
    ref: DivisionRef
    counts: bool
    lives: bool  # it is in force on that map; another one is shown only if something counts there


@dataclass(frozen=True)
class Lay:
    itself: Near
    path: tuple[Near, ...]  # from the top down to the parent
    children: tuple[Near, ...]  # by code; a zone's streets too


def near(row: Record, day: date) -> Near:
    ref = DivisionRef(code=f"{row['code']:012}", name=row["name"], tier=Tier(row["tier"]))
    lives = row["valid_to"] == EVER if day == EVER else row["valid_from"] <= day < row["valid_to"]
    return Near(row["code"], ref, row["counts"], lives)


async def lay(db: Connection, code: str, on: date, on_map: int) -> Lay:
    day = EVER if on_map == TODAY else on
    rows = await db.fetch(LAY, int(code), day)
    found: dict[bool | None, list[Near]] = {True: [], False: [], None: []}
    for row in rows:
        place = row["place"]
        found[None if place == 0 else place > 0].append(near(row, day))
    if not found[None]:
        raise NotFound(f"没有区划代码 {code}，请核对后重试，或从上一级区划逐级选择。", code="no_such_division")
    children = {c.code: c for c in found[True]}
    return Lay(found[None][0], tuple(found[False]), tuple(children.values()))
