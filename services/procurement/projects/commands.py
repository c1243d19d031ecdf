"""Everything that changes projects."""

from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.procurement import CreateProject, ProjectState, UpdateProject
from services.contracts.procurement_events import (
    ContractTerminated,
    ProjectAdded,
    ProjectChanged,
    ProjectCompleted,
    ProjectTerminated,
)
from services.kernel.actor import Actor
from services.kernel.errors import Conflict
from services.kernel.feed import record
from services.kernel.listing import plain
from services.kernel.versions import check_version
from services.procurement import copied
from services.procurement.changes import changed
from services.procurement.contracts import queries as contracts
from services.procurement.contracts.models import Contract
from services.procurement.contracts.rules import check_unpaid, in_force
from services.procurement.projects import queries, rules
from services.procurement.projects.models import Project
from services.procurement.publishing import hold, publish_projects, publish_whole

REQUIRED = frozenset({"name", "buyer_id", "provider_id", "fields"})
PARTIES = {"buyer_id", "provider_id"}


class NumberTaken(Conflict):
    english = "This number belongs to another project."


async def add_project(tx: AsyncSession, actor: Actor, order: CreateProject) -> Project:
    division = await check_parties(tx, actor, order.buyer_id, order.provider_id)
    if await queries.number_taken(tx, order.number):
        raise NumberTaken(f"项目编号“{order.number}”已被使用，请换一个编号。")
    project = Project(**order.model_dump(), division=division, created_by=actor.id)
    tx.add(project)
    await tx.flush()
    await record(tx, actor, f"project:{project.id}", ProjectAdded(project_id=project.id, division=division))
    await publish_projects(await plain(tx), [project.id])
    return project


async def check_parties(tx: AsyncSession, actor: Actor, buyer_id: UUID, provider_id: UUID) -> str:
    """Both may take part; the buyer's division."""
    buyer, provider = await copied.parties(tx, actor, buyer_id, provider_id)
    if buyer_id == provider_id:
        raise rules.SameParty("购买主体和承接主体不能是同一机构，请核对。")
    rules.check_parties(buyer.kind, provider.kind)
    return buyer.division


async def change_project(
    tx: AsyncSession, actor: Actor, id: UUID, order: UpdateProject, if_match: str | None
) -> Project:
    project = await queries.for_update(tx, actor, id)
    check_version(project.version, if_match)
    rules.check_open(project.state, "更正")
    changes = changed(project, order, required=REQUIRED)
    if not changes:
        return project
    if PARTIES & changes.keys():
        if project.state is not ProjectState.PLANNED:
            raise rules.Settled("项目已签合同，购买主体和承接主体不能再改；请终止后另立项目。")
        parties = [UUID(str(changes.get(name, getattr(project, name)))) for name in ("buyer_id", "provider_id")]
        changes["division"] = await check_parties(tx, actor, *parties)
    project.sqlmodel_update(changes)
    project.version += 1
    event = ProjectChanged(project_id=id, division=project.division, fields=sorted(changes))
    await record(tx, actor, f"project:{id}", event)
    await publish_projects(await plain(tx), [id])
    return project


async def complete_project(tx: AsyncSession, actor: Actor, id: UUID, completed_on: date) -> Project:
    project = await queries.for_update(tx, actor, id)
    rules.check_active(project.state, "登记完成")
    rules.check_completed(completed_on, [end_of(c) for c in await contracts.of_project(tx, id)])
    close(project, ProjectState.COMPLETED, completed_on)
    event = ProjectCompleted(project_id=id, division=project.division, completed_on=completed_on)
    await record(tx, actor, f"project:{id}", event)
    await publish_projects(await plain(tx), [id])
    return project


async def terminate_project(tx: AsyncSession, actor: Actor, id: UUID, terminated_on: date, reason: str) -> Project:
    """Whatever is in force on that day or later ends; a contract that would only have begun never was."""
    project = await queries.for_update(tx, actor, id)
    rules.check_open(project.state, "终止")
    theirs = await contracts.of_project(tx, id)
    await hold(tx, id)
    for contract in theirs:
        if end_of(contract) > terminated_on and in_force(contract.start_on, contract.end_on, contract.ended_on):
            ended_on = max(contract.start_on, terminated_on)
            check_unpaid(
                "terminated_on", number=contract.number, start=contract.start_on, ended_on=ended_on, paid=contract.paid
            )
            contract.ended_on, contract.end_reason = ended_on, reason
            contract.version += 1
            event = ContractTerminated(contract_id=contract.id, project_id=id, ended_on=contract.ended_on)
            await record(tx, actor, f"contract:{contract.id}", event)
    close(project, ProjectState.TERMINATED, terminated_on)
    project.close_reason = reason
    ended = ProjectTerminated(project_id=id, division=project.division, terminated_on=terminated_on)
    await record(tx, actor, f"project:{id}", ended)
    await publish_whole(tx, id)
    return project


def close(project: Project, state: ProjectState, closed_on: date) -> None:
    project.state, project.closed_on = state, closed_on
    project.version += 1


def end_of(contract: Contract) -> date:
    """The first day on which it is no longer in force."""
    return contract.end_on if contract.ended_on is None else contract.ended_on
