"""Everything that changes contracts."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import Period, overlap
from services.contracts.procurement import CreateContract, ProjectState, UpdateContract
from services.contracts.procurement_events import ContractChanged, ContractSigned, ContractTerminated
from services.kernel.actor import Actor
from services.kernel.errors import Conflict
from services.kernel.feed import record
from services.kernel.versions import check_version
from services.procurement import copied
from services.procurement.changes import changed
from services.procurement.contracts import queries, rules
from services.procurement.contracts.models import Contract
from services.procurement.payments import queries as payments
from services.procurement.payments.rules import most
from services.procurement.projects import rules as project_rules
from services.procurement.projects.commands import check_parties
from services.procurement.projects.models import Project
from services.procurement.projects.queries import for_update as project_for_update
from services.procurement.publishing import hold, publish_whole

REQUIRED = frozenset(UpdateContract.model_fields)


class NumberTaken(Conflict):
    english = "This number belongs to another contract."


class PeriodsOverlap(Conflict):
    english = "Another contract of the project is in force in this period."


async def sign_contract(tx: AsyncSession, actor: Actor, order: CreateContract, today: date) -> Contract:
    """The first one makes the project active."""
    project = await project_for_update(tx, actor, order.project_id)
    project_rules.check_open(project.state, "登记合同")
    rules.check_signed(order.signed_on, today)
    rules.check_period(order.start, order.end)
    await hold(tx, project.id, *copies_of(project, order.service_point_ids))
    await check_parties(tx, actor, project.buyer_id, project.provider_id)
    if await queries.number_taken(tx, order.number):
        raise NumberTaken(f"合同编号“{order.number}”已被使用，请换一个编号。")
    plain = order.model_dump(exclude={"start", "end"})
    contract = Contract(**plain, start_on=order.start, end_on=order.end, created_by=actor.id)
    await check(tx, actor, contract)
    tx.add(contract)
    activate(project)
    await tx.flush()
    signed = ContractSigned(
        contract_id=contract.id, project_id=project.id, start=order.start, end=order.end, value=order.value
    )
    await record(tx, actor, f"contract:{contract.id}", signed)
    await publish_whole(tx, project.id)
    return contract


def copies_of(project: Project, points: Sequence[UUID]) -> list[str]:
    parties = [f"organization:{project.buyer_id}", f"organization:{project.provider_id}"]
    return [*parties, *(f"service_point:{id}" for id in points)]


def activate(project: Project) -> None:
    if project.state is ProjectState.PLANNED:
        project.state = ProjectState.ACTIVE
        project.version += 1


async def check(tx: AsyncSession, actor: Actor, contract: Contract) -> None:
    """It serves what is there, on its first day, and no other contract of the project runs beside it."""
    points = await copied.points(tx, actor, contract.service_point_ids)
    closed = [p.name for p in points if not is_open(contract.start_on, p.opened_on, p.closed_on)]
    rules.check_points_open(closed)
    await copied.divisions(tx, actor, contract.served_divisions)
    mine = [Period(contract.start_on, contract.end_on)]
    others = [c for c in await queries.of_project(tx, contract.project_id) if c.id != contract.id]
    if any(overlap(mine, rules.in_force(c.start_on, c.end_on, c.ended_on)) for c in others):
        raise PeriodsOverlap("同一项目已有合同与这一合同期重叠，请核对起止日期；续签应从上一合同终止之日起。")


def is_open(day: date, opened_on: date, closed_on: date | None) -> bool:
    return opened_on <= day and (closed_on is None or day < closed_on)


async def change_contract(
    tx: AsyncSession, actor: Actor, id: UUID, order: UpdateContract, if_match: str | None, today: date
) -> Contract:
    project, contract = await queries.for_update(tx, actor, id)
    check_version(contract.version, if_match)
    check_changeable(project, contract, "更正合同")
    changes = changed(contract, order, required=REQUIRED)
    if not changes:
        return contract
    await hold(tx, project.id, *copies_of(project, order.service_point_ids or []))
    await check_payments(tx, contract, order)
    with tx.no_autoflush:
        contract.sqlmodel_update(changes)
        rules.check_signed(contract.signed_on, today)
        rules.check_period(contract.start_on, contract.end_on)
        await check(tx, actor, contract)
    contract.version += 1
    event = ContractChanged(contract_id=id, project_id=project.id, fields=sorted(changes))
    await record(tx, actor, f"contract:{id}", event)
    await publish_whole(tx, project.id)
    return contract


async def check_payments(tx: AsyncSession, contract: Contract, order: UpdateContract) -> None:
    """What is paid, or about to be, fits it still."""
    moves = await payments.moves(tx, contract.id)
    paid = [day for day, amount in moves if amount > 0]
    if order.value is not None and order.value < contract.value:
        rules.check_value(order.value, most(moves))
    rules.check_moved("signed_on", contract.signed_on, order.signed_on or contract.signed_on, paid)
    rules.check_moved("start", contract.start_on, order.start or contract.start_on, paid)


def check_changeable(project: Project, contract: Contract, doing: str) -> None:
    project_rules.check_active(project.state, doing)
    if contract.ended_on is not None:
        raise rules.ContractOver(f"该合同已登记提前终止，不能{doing}。")


async def terminate_contract(tx: AsyncSession, actor: Actor, id: UUID, ended_on: date, reason: str) -> Contract:
    project, contract = await queries.for_update(tx, actor, id)
    check_changeable(project, contract, "登记提前终止")
    rules.check_ending(ended_on, start=contract.start_on, end=contract.end_on)
    rules.check_unpaid(
        "ended_on", number=contract.number, start=contract.start_on, ended_on=ended_on, paid=contract.paid
    )
    await hold(tx, project.id)
    contract.ended_on, contract.end_reason = ended_on, reason
    contract.version += 1
    ended = ContractTerminated(contract_id=id, project_id=project.id, ended_on=ended_on)
    await record(tx, actor, f"contract:{id}", ended)
    await publish_whole(tx, project.id)
    return contract
