"""Every question put to the table of projects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from uuid import UUID

import asyncpg
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import CodeRange
from services.contracts.practice import PracticeField
from services.contracts.procurement import ProjectOut, ProjectState
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.db import everywhere
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.procurement.asking import READ, WRITE
from services.procurement.projects.models import Project

Within = Sequence[Sequence[CodeRange]]
LIVE = "c.start_on <= {0} and {0} < least(c.end_on, c.ended_on)"
# `$1` is the day asked for. A page is chosen before anything is looked up for its projects.
SELECT = f"""
select p.id, p.number, p.name, p.buyer_id, b.record->>'name' as buyer_name, p.provider_id,
  r.record->>'name' as provider_name, p.division, d.record->>'name' as division_name, p.fields, p.state, p.closed_on,
  p.close_reason, p.version, t.*{{keys}}
from (select p.* from project p {{rows}}) p
left join known_subject b on b.subject = 'organization:' || p.buyer_id
left join known_subject r on r.subject = 'organization:' || p.provider_id
left join known_subject d on d.subject = 'division:' || p.division
cross join lateral (
  select coalesce(bool_or({LIVE.format("$1::date")}), false) as in_force, min(c.start_on) as start,
    max(least(c.end_on, c.ended_on)) as end, coalesce(sum(c.value), 0.00) as value, coalesce(sum(c.paid), 0.00) as paid
  from contract c where c.project_id = p.id) t
{{order}}"""
IN_ORDER: listing.Key = [("p.division", str), ("p.id", UUID)]
BY_NUMBER: listing.Key = [("p.number", str)]


class Sort(StrEnum):
    """Ids grow with time."""

    DIVISION = "division"
    DIVISION_BACK = "-division"
    NUMBER = "number"
    NUMBER_BACK = "-number"
    NEWEST = "newest"


ORDERS: dict[Sort, listing.Order] = {
    Sort.DIVISION: (IN_ORDER, False),
    Sort.DIVISION_BACK: (IN_ORDER, True),
    Sort.NUMBER: (BY_NUMBER, False),
    Sort.NUMBER_BACK: (BY_NUMBER, True),
    Sort.NEWEST: (IN_ORDER[1:], True),
}

MAY: dict[ProjectState, list[str]] = {
    ProjectState.PLANNED: ["update", "sign", "terminate"],
    ProjectState.ACTIVE: ["update", "sign", "add_staff", "complete", "terminate"],
    ProjectState.COMPLETED: [],
    ProjectState.TERMINATED: [],
}


@dataclass(frozen=True)
class Sought:
    """What a list of projects is narrowed to; `in_force` means on the day asked for."""

    q: str | None = None
    state: ProjectState | None = None
    in_force: bool | None = None
    buyer_id: UUID | None = None
    provider_id: UUID | None = None
    field: PracticeField | None = None
    sort: Sort = Sort.DIVISION


def on_day(on: date) -> Conditions:
    conditions = Conditions()
    conditions.value(on)
    return conditions


def made(row: asyncpg.Record, *, actor: Actor) -> ProjectOut:
    may = MAY[ProjectState(row["state"])] if actor.reaches(WRITE, row["division"]) else []
    return ProjectOut.model_validate({**row, "may": may})


async def projects(
    db: asyncpg.Connection, actor: Actor, sought: Sought, *, within: Within, on: date, limit: int, cursor: str | None
) -> Page[ProjectOut]:
    conditions = on_day(on)
    for ranges in within:
        conditions.within("p.division", ranges)
    if sought.q is not None:
        conditions.add("(p.name like {} or p.number = {})", f"%{listing.literally(sought.q)}%", sought.q)
    for column, value in (("state", sought.state), ("buyer_id", sought.buyer_id), ("provider_id", sought.provider_id)):
        if value is not None:
            conditions.add(f"p.{column} = {{}}", value)
    if sought.field is not None:
        conditions.add("{} = any(p.fields)", sought.field)
    if sought.in_force is not None:
        live = LIVE.format("$1::date")
        conditions.add(f"exists (select from contract c where c.project_id = p.id and {live}) = {{}}", sought.in_force)
    key, descending = ORDERS[sought.sort]
    return await listing.page(
        db, SELECT, conditions, key=key, descending=descending, cursor=cursor, limit=limit,
        made=partial(made, actor=actor),
    )  # fmt: skip


async def project(db: asyncpg.Connection, actor: Actor, id: UUID, *, on: date, permission: str = READ) -> ProjectOut:
    conditions = on_day(on)
    conditions.add("p.id = {}", id)
    conditions.within("p.division", actor.ranges(permission))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


async def for_update(tx: AsyncSession, actor: Actor, id: UUID) -> Project:
    """To be changed: within reach of the one who wants to."""
    found = await tx.get(Project, id, with_for_update=True)
    if found is None:
        raise NotFound(listing.NOT_HERE)
    actor.require_at(WRITE, found.division)
    return found


async def number_taken(tx: AsyncSession, number: str) -> bool:
    async with everywhere(tx, "a number is given once in the whole city"):
        return (await tx.exec(select(Project.id).where(Project.number == number))).first() is not None
