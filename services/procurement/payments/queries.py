"""Every question put to the table of payments."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple
from uuid import UUID

import asyncpg
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.procurement import PaymentOut, PaymentState
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.procurement.asking import PAY, READ
from services.procurement.contracts.models import Contract
from services.procurement.payments import rules
from services.procurement.payments.models import Payment
from services.procurement.projects.models import Project
from services.procurement.projects.queries import Within

# Whoever did anything to a project or a contract has left an event.
BUYERS = "select actor from event where subject in ('project:' || {project}, 'contract:' || {contract})"
SELECT = f"""
select y.id, y.contract_id, c.number as contract_number, y.project_id, p.name as project_name, p.division, y.amount,
  y.paid_on, y.payee, y.document_number, y.state, y.reason, y.reversed_on, y.reversed_amount, y.version,
  array[p.created_by, c.created_by, y.requested_by] || array({BUYERS.format(project="p.id", contract="c.id")})
    as bought_by{{keys}}
from payment y join contract c on c.id = y.contract_id join project p on p.id = y.project_id {{rows}}"""
MOVES = """
select paid_on as day, amount from payment where contract_id = $1 and state <> 'rejected'
union all
select r.reversed_on, -r.amount from payment y join reversal r on r.payment_id = y.id
where y.contract_id = $1 and y.state <> 'rejected'"""
IN_ORDER: listing.Key = [("p.division", str), ("p.id", UUID), ("y.id", UUID)]


@dataclass(frozen=True)
class Sought:
    """What a list of payments is narrowed to, `since` and `until` by their day, both included."""

    q: str | None = None
    project_id: UUID | None = None
    contract_id: UUID | None = None
    state: PaymentState | None = None
    since: date | None = None
    until: date | None = None


class Bought(NamedTuple):
    """A payment, and who bought what it is for."""

    contract: Contract
    payment: Payment
    by: set[str]


def made(row: asyncpg.Record, *, actor: Actor) -> PaymentOut:
    mine = actor.reaches(PAY, row["division"]) and actor.id not in row["bought_by"]
    rest = row["amount"] - (row["reversed_amount"] or 0)
    return PaymentOut.model_validate({**row, "may": rules.turns(PaymentState(row["state"]), rest) if mine else []})


async def payments(
    db: asyncpg.Connection, actor: Actor, sought: Sought, *, within: Within, limit: int, cursor: str | None
) -> Page[PaymentOut]:
    conditions = Conditions()
    for ranges in within:
        conditions.within("p.division", ranges)
    if sought.q is not None:
        conditions.add("(y.payee like {} or y.document_number = {})", f"%{listing.literally(sought.q)}%", sought.q)
    for column, value in (
        ("project_id", sought.project_id),
        ("contract_id", sought.contract_id),
        ("state", sought.state),
    ):
        if value is not None:
            conditions.add(f"y.{column} = {{}}", value)
    if sought.since is not None:
        conditions.add("y.paid_on >= {}", sought.since)
    if sought.until is not None:
        conditions.add("y.paid_on <= {}", sought.until)
    made_ = partial(made, actor=actor)
    return await listing.page(db, SELECT, conditions, key=IN_ORDER, cursor=cursor, limit=limit, made=made_)


async def payment(db: asyncpg.Connection, actor: Actor, id: UUID, permission: str = READ) -> PaymentOut:
    conditions = Conditions()
    conditions.add("y.id = {}", id)
    conditions.within("p.division", actor.ranges(permission))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


# ── to be changed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def contract_for_update(tx: AsyncSession, actor: Actor, id: UUID, permission: str) -> tuple[Project, Contract]:
    """Held until the sum of its payments is written. Of the project nothing is needed that could change."""
    contract = await tx.get(Contract, id, with_for_update=True)
    if contract is None:
        raise NotFound(listing.NOT_HERE)
    project = await tx.get_one(Project, contract.project_id)
    actor.require_at(permission, project.division)
    return project, contract


async def for_update(tx: AsyncSession, actor: Actor, id: UUID) -> Bought:
    """The contract first, then the payment."""
    contract = (await tx.exec(select(Payment.contract_id).where(Payment.id == id))).first()
    if contract is None:
        raise NotFound(listing.NOT_HERE)
    project, held = await contract_for_update(tx, actor, contract, PAY)
    payment = await tx.get_one(Payment, id, with_for_update=True)
    return Bought(held, payment, await buyers(tx, project, held) | {payment.requested_by})


async def buyers(tx: AsyncSession, project: Project, contract: Contract) -> set[str]:
    """Whoever entered or changed what is paid for."""
    db = await listing.plain(tx)
    acted = await db.fetch(BUYERS.format(project="$1::uuid", contract="$2::uuid"), project.id, contract.id)
    return {project.created_by, contract.created_by, *(r["actor"] for r in acted)}


async def moves(tx: AsyncSession, contract: UUID) -> list[rules.Move]:
    """What is paid or waits to be, and what came back, each on its day."""
    db = await listing.plain(tx)
    return [(r["day"], r["amount"]) for r in await db.fetch(MOVES, contract)]


async def document_known(tx: AsyncSession, contract: UUID, number: str) -> bool:
    same = select(Payment.id).where(Payment.contract_id == contract, Payment.document_number == number)
    return (await tx.exec(same.where(Payment.state != PaymentState.REJECTED))).first() is not None
