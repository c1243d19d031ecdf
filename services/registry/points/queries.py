"""Every question put to the tables of service points and assignments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from uuid import UUID

import asyncpg
from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import AssignmentOut, CreateAssignment, PointTier, ServicePointOut
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.db import everywhere
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.people.models import Person
from services.registry.people.queries import Within, on_day
from services.registry.points.models import Assignment, ServicePoint

SELECT = """
select s.id, s.number, s.name, s.tier, s.division, d.name as division_name, s.address, s.manager,
  s.phone_masked as phone, s.operator_id, organization_name(s.operator_id) as operator_name, s.opened_on,
  s.closed_on, s.staffing_basis, s.version,
  (select count(distinct a.person_id) from assignment a where a.service_point_id = s.id
   and a.started_on <= $1 and (a.ended_on is null or $1 < a.ended_on)) as staff{keys}
from service_point s join division d on d.code = s.division
{rows}"""
IN_ORDER: listing.Key = [("s.division", str), ("s.id", UUID)]
BY_NUMBER: listing.Key = [("s.number", str)]
ASSIGNMENTS = """
select a.id, a.person_id, person_name(a.person_id) as person_name, a.service_point_id, s.number as service_point_number,
  s.name as service_point_name, s.division, a.started_on, a.ended_on{keys}
from assignment a join service_point s on s.id = a.service_point_id
{rows}"""
ASSIGNMENTS_IN_ORDER: listing.Key = [("s.division", str), ("s.id", UUID), ("a.id", UUID)]


class Sort(StrEnum):
    """Each is served by an index; ids grow with time."""

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


@dataclass(frozen=True)
class Sought:
    """What a list of points is narrowed to; `open` means on the day asked for."""

    q: str | None = None
    tier: PointTier | None = None
    open: bool | None = None
    ids: Sequence[UUID] | None = None
    sort: Sort = Sort.DIVISION


def made(row: asyncpg.Record, *, actor: Actor) -> ServicePointOut:
    may = ["update", "close", "assign"] if row["closed_on"] is None else ["update"]
    allowed = may if actor.reaches("registry:write", row["division"]) else []
    return ServicePointOut.model_validate({**row, "may": allowed})


async def service_points(
    db: asyncpg.Connection, actor: Actor, sought: Sought, *, within: Within, on: date, limit: int, cursor: str | None
) -> Page[ServicePointOut]:
    conditions = on_day(on)
    for ranges in within:
        conditions.within("s.division", ranges)
    if sought.q is not None:
        conditions.add("(s.name like {} or s.number = {})", f"%{listing.literally(sought.q)}%", sought.q)
    if sought.tier is not None:
        conditions.add("s.tier = {}", sought.tier.value)
    if sought.open is not None:
        conditions.add("(s.opened_on <= $1 and (s.closed_on is null or $1 < s.closed_on)) = {}", sought.open)
    if sought.ids is not None:
        conditions.add("s.id = any({})", sought.ids)
    key, descending = ORDERS[sought.sort]
    return await listing.page(
        db, SELECT, conditions, key=key, descending=descending, cursor=cursor, limit=limit,
        made=partial(made, actor=actor),
    )  # fmt: skip


async def service_point(
    db: asyncpg.Connection, actor: Actor, id: UUID, *, on: date, permission: str = "registry:read"
) -> ServicePointOut:
    conditions = on_day(on)
    conditions.add("s.id = {}", id)
    conditions.within("s.division", actor.ranges(permission))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


def assignment_made(row: asyncpg.Record, *, actor: Actor) -> AssignmentOut:
    may_end = actor.reaches("registry:write", row["division"])
    return AssignmentOut.model_validate({**row, "may": ["end"] if may_end else []})


async def assignments(
    db: asyncpg.Connection,
    actor: Actor,
    *,
    within: Within,
    person_id: UUID | None,
    service_point_id: UUID | None,
    on: date | None,
    limit: int,
    cursor: str | None,
) -> Page[AssignmentOut]:
    """Those at points of the area."""
    conditions = Conditions()
    for ranges in within:
        conditions.within("s.division", ranges)
    if person_id is not None:
        conditions.add("a.person_id = {}", person_id)
    if service_point_id is not None:
        conditions.add("a.service_point_id = {}", service_point_id)
    if on is not None:
        conditions.add("a.started_on <= {} and (a.ended_on is null or {} < a.ended_on)", on, on)
    made_ = partial(assignment_made, actor=actor)
    return await listing.page(
        db, ASSIGNMENTS, conditions, key=ASSIGNMENTS_IN_ORDER, cursor=cursor, limit=limit, made=made_
    )


async def assignment(
    db: asyncpg.Connection, actor: Actor, id: UUID, permission: str = "registry:read"
) -> AssignmentOut:
    conditions = Conditions()
    conditions.add("a.id = {}", id)
    conditions.within("s.division", actor.ranges(permission))
    return await listing.one(db, ASSIGNMENTS, conditions, made=partial(assignment_made, actor=actor))


# ── to be changed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def point_for_update(tx: AsyncSession, actor: Actor, id: UUID) -> ServicePoint:
    found = await tx.get(ServicePoint, id, with_for_update=True)
    if found is None:
        raise NotFound(listing.NOT_HERE)
    actor.require_at("registry:write", found.division)
    return found


async def person_for_update(tx: AsyncSession, actor: Actor, id: UUID) -> Person:
    """Locked until what depends on the person's registrations is published."""
    found = await tx.get(Person, id)
    if found is None or not actor.reaches("registry:read", found.division):
        raise NotFound("没有找到这个人员，或不在您的管辖范围内。请核对人员编号。", code="no_such_person")
    async with everywhere(tx, "whoever assigns somebody may only read them, and locks them nevertheless"):
        await tx.refresh(found, with_for_update=True)
    return found


async def assignment_for_update(tx: AsyncSession, actor: Actor, id: UUID) -> Assignment:
    """The point first: organization, person, point, assignment is the one order in which everybody locks."""
    point = (await tx.exec(select(Assignment.service_point_id).where(Assignment.id == id))).first()
    if point is None:
        raise NotFound(listing.NOT_HERE)
    await point_for_update(tx, actor, point)
    return await tx.get_one(Assignment, id, with_for_update=True)


async def assignments_beyond(tx: AsyncSession, point: ServicePoint, day: date) -> Sequence[Assignment]:
    """Those at a point that are not over on a day."""
    unfinished = or_(col(Assignment.ended_on).is_(None), col(Assignment.ended_on) > day)
    theirs = select(Assignment).where(Assignment.service_point_id == point.id, unfinished)
    return (await tx.exec(theirs.order_by(col(Assignment.id)).with_for_update())).all()


async def number_taken(tx: AsyncSession, number: str) -> bool:
    return (await tx.exec(select(ServicePoint.id).where(ServicePoint.number == number))).first() is not None


async def somebody_before(tx: AsyncSession, point: ServicePoint, day: date) -> bool:
    early = select(Assignment.id).where(Assignment.service_point_id == point.id, Assignment.started_on < day)
    return (await tx.exec(early.limit(1))).first() is not None


async def works_there(tx: AsyncSession, order: CreateAssignment) -> bool:
    """From the day on, at any time."""
    same = select(Assignment.id).where(
        Assignment.person_id == order.person_id, Assignment.service_point_id == order.service_point_id
    )
    later = or_(col(Assignment.ended_on).is_(None), col(Assignment.ended_on) > order.started_on)
    return (await tx.exec(same.where(later).limit(1))).first() is not None
