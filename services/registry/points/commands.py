"""Everything that changes service points and assignments."""

from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import CreateAssignment, CreateServicePoint, EndAssignment, UpdateServicePoint
from services.contracts.registry_events import (
    AssignmentEnded,
    AssignmentStarted,
    ServicePointChanged,
    ServicePointClosed,
    ServicePointOpened,
)
from services.kernel.actor import Actor
from services.kernel.changes import differences
from services.kernel.crypto import Vault
from services.kernel.errors import Conflict, FieldError, Unprocessable
from services.kernel.feed import record
from services.kernel.listing import plain
from services.kernel.versions import check_version
from services.registry.changes import new_ids
from services.registry.divisions.queries import existing
from services.registry.organizations.queries import organization_name
from services.registry.personal import phone_blinds, sealed_phone
from services.registry.points import queries, rules
from services.registry.points.models import Assignment, ServicePoint
from services.registry.publishing import publish_points

REQUIRED = frozenset({"name", "opened_on", "staffing_basis"})


class NumberTaken(Conflict):
    english = "This number belongs to another service point."


class WorksThere(Conflict):
    english = "This person works at this point in that period already."


class StillStaffed(Conflict):
    english = "Somebody is to work there on a later day, or was there on an earlier one."


async def open_point(tx: AsyncSession, actor: Actor, vault: Vault, order: CreateServicePoint) -> ServicePoint:
    actor.require_at("registry:write", order.division)
    rules.check_tier(order.tier, (await existing(await plain(tx), order.division)).tier)
    await check_operator(tx, order.operator_id)
    if await queries.number_taken(tx, order.number):
        raise NumberTaken(f"站点编号“{order.number}”已被使用，请换一个编号。")
    [id] = await new_ids(tx, 1)
    point = ServicePoint(id=id, **order.model_dump(exclude={"phone"}))
    point.phone, point.phone_index, point.phone_masked = sealed_phone(vault, "service_point", id, order.phone)
    tx.add(point)
    opened = ServicePointOpened(service_point_id=id, division=point.division, opened_on=point.opened_on)
    await record(tx, actor, f"service_point:{id}", opened)
    await publish_points(tx, [id])
    return point


async def check_operator(tx: AsyncSession, id: UUID | None) -> None:
    """Any organization may run a point, wherever it is registered."""
    if id is not None and await organization_name(tx, id) is None:
        wrong = FieldError(field="operator_id", code="no_such_organization", detail="没有这个机构")
        raise Unprocessable("没有这个运营机构，请核对机构编号。", code="no_such_organization", errors=[wrong])


async def change_point(
    tx: AsyncSession, actor: Actor, vault: Vault, id: UUID, order: UpdateServicePoint, if_match: str | None
) -> ServicePoint:
    point = await queries.point_for_update(tx, actor, id)
    check_version(point.version, if_match)
    changes = differences(point, order, required=REQUIRED)
    if "phone" in changes and order.phone and point.phone_index in phone_blinds(vault, order.phone):
        del changes["phone"]
    if not changes:
        return point
    await check_operator(tx, order.operator_id)
    await check_opening(tx, point, order.opened_on)
    if "phone" in changes:
        point.phone, point.phone_index, point.phone_masked = sealed_phone(vault, "service_point", id, order.phone)
    point.sqlmodel_update({name: value for name, value in changes.items() if name != "phone"})
    point.version += 1
    changed = ServicePointChanged(service_point_id=id, division=point.division, fields=sorted(changes))
    await record(tx, actor, f"service_point:{id}", changed)
    await publish_points(tx, [id])
    return point


async def check_opening(tx: AsyncSession, point: ServicePoint, opened_on: date | None) -> None:
    """An opening day put right leaves nobody working at a point that is not open yet."""
    if opened_on is None:
        return
    if point.closed_on is not None and opened_on >= point.closed_on:
        raise rules.WrongDay("开站日期应早于撤站日期，请核对。", code="opened_after_closed")
    if await queries.somebody_before(tx, point, opened_on):
        raise StillStaffed("有人员在这个开站日期之前已经到岗，请先核对到岗日期。")


async def close_point(tx: AsyncSession, actor: Actor, id: UUID, closed_on: date) -> ServicePoint:
    """Whoever works there leaves on that day."""
    point = await queries.point_for_update(tx, actor, id)
    rules.check_closing(closed_on, opened_on=point.opened_on, already=point.closed_on)
    for assignment in await queries.assignments_beyond(tx, point, closed_on):
        if assignment.started_on >= closed_on:
            raise StillStaffed("有人员的到岗日期在撤站之后，请先处理这些到岗记录，再登记撤站。")
        await end(tx, actor, assignment, closed_on)
    point.closed_on = closed_on
    point.version += 1
    closed = ServicePointClosed(service_point_id=id, division=point.division, closed_on=closed_on)
    await record(tx, actor, f"service_point:{id}", closed)
    await publish_points(tx, [id])
    return point


async def start_assignment(tx: AsyncSession, actor: Actor, order: CreateAssignment) -> Assignment:
    person = await queries.person_for_update(tx, actor, order.person_id)
    point = await queries.point_for_update(tx, actor, order.service_point_id)
    rules.check_open(order.started_on, opened_on=point.opened_on, closed_on=point.closed_on)
    if await queries.works_there(tx, order):
        raise WorksThere("该人员在该站点已有在岗记录，且日期重叠，请先登记离岗或核对到岗日期。")
    assignment = Assignment(**order.model_dump(), ended_on=point.closed_on)
    tx.add(assignment)
    await tx.flush()
    started = AssignmentStarted(
        assignment_id=assignment.id, person_id=person.id, service_point_id=point.id, started_on=order.started_on
    )
    await record(tx, actor, f"assignment:{assignment.id}", started)
    await publish_points(tx, [point.id])
    return assignment


async def end_assignment(tx: AsyncSession, actor: Actor, id: UUID, order: EndAssignment) -> Assignment:
    assignment = await queries.assignment_for_update(tx, actor, id)
    rules.check_ending(order.ended_on, started_on=assignment.started_on, already=assignment.ended_on)
    await end(tx, actor, assignment, order.ended_on)
    await publish_points(tx, [assignment.service_point_id])
    return assignment


async def end(tx: AsyncSession, actor: Actor, assignment: Assignment, ended_on: date) -> None:
    assignment.ended_on = ended_on
    ended = AssignmentEnded(
        assignment_id=assignment.id,
        person_id=assignment.person_id,
        service_point_id=assignment.service_point_id,
        ended_on=ended_on,
    )
    await record(tx, actor, f"assignment:{assignment.id}", ended)
