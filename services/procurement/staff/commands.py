"""Everything that changes project staff."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import Period, overlap
from services.contracts.procurement import AddStaff, RuleWarning, UpdateStaff
from services.contracts.procurement_events import StaffAdded, StaffChanged
from services.kernel.actor import Actor
from services.kernel.errors import Conflict
from services.kernel.feed import record
from services.kernel.listing import plain
from services.kernel.versions import check_version
from services.procurement import copied
from services.procurement.changes import changed
from services.procurement.contracts.queries import contracted
from services.procurement.projects import rules as project_rules
from services.procurement.projects.queries import for_update as project_for_update
from services.procurement.publishing import hold, publish_staff
from services.procurement.staff import queries, rules
from services.procurement.staff.models import ProjectStaff

REQUIRED = frozenset({"role", "fte", "start"})


class AlreadyThere(Conflict):
    english = "This person is on the project in that period already."


async def add_staff(tx: AsyncSession, actor: Actor, order: AddStaff) -> ProjectStaff:
    project = await project_for_update(tx, actor, order.project_id)
    project_rules.check_active(project.state, "登记人员")
    await hold(tx, project.id, f"person:{order.person_id}")
    await copied.person(tx, actor, order.person_id, project.provider_id)
    staff = ProjectStaff(**order.model_dump(exclude={"start", "end"}), start_on=order.start, end_on=order.end)
    await check(tx, staff)
    tx.add(staff)
    await tx.flush()
    added = StaffAdded(staff_id=staff.id, project_id=project.id, person_id=staff.person_id, start=staff.start_on)
    await record(tx, actor, f"project_staff:{staff.id}", added)
    await publish_staff(await plain(tx), [project.id], column="project_id")
    return staff


async def check(tx: AsyncSession, staff: ProjectStaff) -> None:
    """While the project has a contract, and once at a time."""
    rules.check_period(staff.start_on, staff.end_on)
    rules.check_within(staff.start_on, staff.end_on, await contracted(tx, staff.project_id))
    mine = [Period(staff.start_on, staff.end_on)]
    same = [s for s in await others(tx, staff) if s.project_id == staff.project_id]
    if any(overlap(mine, [Period(s.start_on, s.end_on)]) for s in same):
        raise AlreadyThere("该人员在这一期间已在项目上，请核对日期，或更正已有的记录。")


async def others(tx: AsyncSession, staff: ProjectStaff) -> Sequence[ProjectStaff]:
    return [s for s in await queries.of_person(tx, staff.person_id) if s.id != staff.id]


async def warnings(tx: AsyncSession, staff: ProjectStaff) -> list[RuleWarning]:
    """While this one is there, on all projects."""
    mine = [Period(staff.start_on, staff.end_on)]
    engaged = queries.engaged([staff, *await others(tx, staff)])
    beside = [rules.Engaged(e.fte, period) for e in engaged for period in overlap(mine, [e.period])]
    return rules.warnings(beside)


async def change_staff(
    tx: AsyncSession, actor: Actor, id: UUID, order: UpdateStaff, if_match: str | None
) -> ProjectStaff:
    project, staff = await queries.for_update(tx, actor, id)
    check_version(staff.version, if_match)
    project_rules.check_active(project.state, "更正人员")
    changes = changed(staff, order, required=REQUIRED)
    if not changes:
        return staff
    await hold(tx, project.id)
    with tx.no_autoflush:
        staff.sqlmodel_update(changes)
        await check(tx, staff)
    staff.version += 1
    event = StaffChanged(
        staff_id=id, project_id=project.id, person_id=staff.person_id, start=staff.start_on, fields=sorted(changes)
    )
    await record(tx, actor, f"project_staff:{id}", event)
    await publish_staff(await plain(tx), [project.id], column="project_id")
    return staff
