"""Every question put to the table of legal holds; and whether one stands against what is to be purged or erased."""

from datetime import date
from functools import partial
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import PREFIX, Tier
from services.contracts.retention import DataClass, HoldAction, HoldOut, RetentionDue
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.retention.rules import kept_until, last_to_go
from services.registry.retention.table import RETENTION

SELECT = """
select h.id, h.division, h.data_class, h.person_id, h.reason, h.placed_by, h.placed_at, h.lifted_by, h.lifted_at,
  p.name as person_name{keys}
from legal_hold h left join person p on p.id = h.person_id {rows}"""
# Of each table that is purged: which of its records are done with, and from when the law counts.
DONE = {
    "reveal": {"since": "t.at", "done": "true"},
    "rights_request": {"since": "t.decided_at", "done": "t.state in ('done', 'refused')"},
    "disclosure": {
        "since": "t.requested_at", "done": "t.state in ('refused', 'withdrawn', 'fetched', 'expired', 'failed')"
    },
}  # fmt: skip
COUNT = """
select '{table}' as kind, count(*) as rows, count(*) filter (where d.day <= {last}) as due, min(d.day) as first
from {table} t cross join lateral (select ({since} at time zone 'Asia/Shanghai')::date as day) d
where {done} and {here}"""
NEWEST: listing.Key = [("h.id", UUID)]
TIERS = (Tier.NATION, Tier.PROVINCE, Tier.CITY, Tier.DISTRICT, Tier.STREET, Tier.VILLAGE)


def digits(code: str) -> str:
    """As SQL: how many leading digits name a division (divisions.subtree)."""
    tiers = [f"when {code} like '%{'0' * (12 - PREFIX[t])}' then {PREFIX[t]}" for t in TIERS[:-1]]
    return f"case {' '.join(tiers)} else {PREFIX[Tier.VILLAGE]} end"


def below(place: str, division: str) -> str:
    """As SQL: in the subtree of a division, of which a zone's streets are a part."""
    return f"""(left({place}, {digits(division)}) = left({division}, {digits(division)}) or exists (
      select from division z where z.zone = {division} and z.tier = 'street' and left({place}, 9) = left(z.code, 9)))"""


def holding(person: str, place: str, classes: str = "'procurement_file', 'processing_record'") -> str:
    """As SQL, in a transaction that reaches everything: whether a hold stands against it (rules.holds)."""
    return f"""exists (
    select from legal_hold h where h.lifted_at is null and h.data_class in ({classes}) and (
      h.person_id = {person} or (h.person_id is null and exists (
        select from (
          select {place} as code
          union all select n.division from person n where n.id = {person}
          union all select t.row ->> 'division' from person_history t where t.id = cast({person} as text)
            and t.recorded_from <= h.placed_at and coalesce(t.recorded_to, 'infinity') > h.placed_at) at
        where {below("at.code", "h.division")}))))"""


def holding_area(division: str, classes: str) -> str:
    """As SQL, of what is about many people of a division: whether a hold on any of them may stand against it."""
    return f"""exists (
    select from legal_hold h where h.lifted_at is null and h.data_class in ({classes}) and h.person_id is null
    and ({below(division, "h.division")} or {below("h.division", division)} or exists (
      select from division s where s.tier = 'street' and s.zone = h.division and {below("s.code", division)})))"""


HELD = text(f"select {holding('cast(:person as uuid)', 'cast(:place as text)')}")


def made(row: asyncpg.Record, *, actor: Actor) -> HoldOut:
    lifts = row["lifted_at"] is None and actor.reaches("rights:write", row["division"])
    return HoldOut.model_validate({**row, "may": [HoldAction.LIFT] if lifts else []})


async def holds(
    db: asyncpg.Connection, actor: Actor, *, standing: bool = False, limit: int, cursor: str | None
) -> Page[HoldOut]:
    conditions = Conditions()
    conditions.within("h.division", actor.ranges("rights:read"))
    if standing:
        conditions.parts.append("h.lifted_at is null")
    return await listing.page(
        db, SELECT, conditions, key=NEWEST, cursor=cursor, limit=limit, made=partial(made, actor=actor),
        descending=True,
    )  # fmt: skip


async def hold(db: asyncpg.Connection, actor: Actor, id: UUID) -> HoldOut:
    conditions = Conditions()
    conditions.add("h.id = {}", id)
    conditions.within("h.division", actor.ranges("rights:read"))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


async def due(db: asyncpg.Connection, actor: Actor, today: date) -> list[RetentionDue]:
    kept, conditions = RETENTION[DataClass.PROCESSING_RECORD], Conditions()
    last = conditions.value(last_to_go(kept, today))
    conditions.within("t.division", actor.ranges("rights:read"))
    counted = [COUNT.format(table=table, last=last, here=conditions.sql(), **of) for table, of in DONE.items()]
    return [
        RetentionDue(
            data_class=kept.data_class, table=row["kind"], rows=row["rows"], due=row["due"],
            first_goes_on=row["first"] and kept_until(kept, row["first"]),
        )
        for row in await db.fetch(" union all ".join(counted), *conditions.parameters)
    ]  # fmt: skip


async def held(tx: AsyncSession, person: UUID, place: str) -> bool:
    """Whether anything about this person must stay; `place` is where they counted when it was asked for."""
    return bool((await run(tx, HELD, {"person": person, "place": place})).scalar_one())
