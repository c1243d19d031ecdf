"""Every question put to the table of project staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import Period
from services.contracts.procurement import ProjectState, StaffOut, StaffShare
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.copies import NOW
from services.kernel.db import everywhere
from services.kernel.errors import NotFound
from services.kernel.paging import Page
from services.procurement.asking import READ, WRITE
from services.procurement.projects.models import Project
from services.procurement.projects.queries import LIVE, Within, on_day
from services.procurement.projects.queries import for_update as project_for_update
from services.procurement.staff import rules
from services.procurement.staff.models import ProjectStaff

# `$1` is the day asked for, in every statement on staff.
HELD = """exists (select from jsonb_to_recordset(k.record->'{}') as h(start date, "end" date)
 where h.start <= $1::date and (h."end" is null or $1 < h."end"))"""
CERTIFIED, REGISTERED = HELD.format("certified"), HELD.format("registered")
RELATED = "(k.record->>'related_major')::boolean"
# Whoever was found to be somebody else is that one.
KNOWN_NOW = f"""
left join lateral (
  select coalesce(n.subject, k.subject) as subject, coalesce(n.record, k.record) as record
  from known_subject k {NOW} where k.subject = 'person:' || s.person_id) k on true"""
KNOWN = "when k.record is not null and k.record <> '{{}}' then"
THERE = f"""s.start_on <= $1 and (s.end_on is null or $1 < s.end_on)
 and exists (select from contract c where c.project_id = s.project_id and {LIVE.format("$1::date")})"""
SELECT = f"""
select s.id, s.project_id, p.name as project_name, p.state, p.division, s.person_id, s.role, s.fte,
  s.start_on as start, s.end_on as end, s.version, {RELATED} as related_major,
  case {KNOWN} {RELATED} or {CERTIFIED} end as qualified,
  case {KNOWN} {CERTIFIED} end as certified, case {KNOWN} {REGISTERED} end as registered{{keys}}
from project_staff s join project p on p.id = s.project_id {KNOWN_NOW} {{rows}}"""
IN_ORDER: listing.Key = [("p.division", str), ("p.id", UUID), ("s.id", UUID)]
HEAD = "count(distinct coalesce(k.subject, s.person_id::text))"
HEADS = f"""
select {HEAD} as denominator, {HEAD} filter (where {RELATED} or {CERTIFIED}) as numerator,
  {HEAD} filter (where {REGISTERED}) as registered
from project_staff s {KNOWN_NOW}
where s.project_id = $2 and {THERE}"""


@dataclass(frozen=True)
class Sought:
    """What a list of staff is narrowed to; `there` means on the day asked for."""

    project_id: UUID | None = None
    person_id: UUID | None = None
    there: bool | None = None
    qualified: bool | None = None


def made(row: asyncpg.Record, *, actor: Actor) -> StaffOut:
    mine = actor.reaches(WRITE, row["division"]) and row["state"] == ProjectState.ACTIVE
    return StaffOut.model_validate({**row, "may": ["update"] if mine else []})


async def staff(
    db: asyncpg.Connection, actor: Actor, sought: Sought, *, within: Within, on: date, limit: int, cursor: str | None
) -> Page[StaffOut]:
    conditions = on_day(on)
    for ranges in within:
        conditions.within("p.division", ranges)
    if sought.project_id is not None:
        conditions.add("s.project_id = {}", sought.project_id)
    if sought.person_id is not None:
        conditions.add("s.person_id = {}", sought.person_id)
    if sought.there is not None:
        conditions.add(f"({THERE}) = {{}}", sought.there)
    if sought.qualified is not None:
        conditions.add(f"coalesce({RELATED} or {CERTIFIED}, false) = {{}}", sought.qualified)
    made_ = partial(made, actor=actor)
    return await listing.page(db, SELECT, conditions, key=IN_ORDER, cursor=cursor, limit=limit, made=made_)


async def member(db: asyncpg.Connection, actor: Actor, id: UUID, *, on: date, permission: str = READ) -> StaffOut:
    conditions = on_day(on)
    conditions.add("s.id = {}", id)
    conditions.within("p.division", actor.ranges(permission))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


async def share(db: asyncpg.Connection, project: UUID, on: date) -> StaffShare:
    [heads] = await db.fetch(HEADS, on, project)
    return rules.share(heads["denominator"], heads["numerator"], heads["registered"], on)


# ── to be changed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def for_update(tx: AsyncSession, actor: Actor, id: UUID) -> tuple[Project, ProjectStaff]:
    project = (await tx.exec(select(ProjectStaff.project_id).where(ProjectStaff.id == id))).first()
    if project is None:
        raise NotFound(listing.NOT_HERE)
    found = await project_for_update(tx, actor, project)
    return found, await tx.get_one(ProjectStaff, id, with_for_update=True)


async def of_person(tx: AsyncSession, person: UUID) -> Sequence[ProjectStaff]:
    """On whatever project."""
    theirs = select(ProjectStaff).where(ProjectStaff.person_id == person).order_by(col(ProjectStaff.id))
    async with everywhere(tx, "nobody is engaged twice over, whoever buys"):
        return (await tx.exec(theirs)).all()


def engaged(rows: Sequence[ProjectStaff]) -> list[rules.Engaged]:
    return [rules.Engaged(s.fte, Period(s.start_on, s.end_on)) for s in rows]
