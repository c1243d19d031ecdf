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
from services.procurement.payments.models import Payment
from services.procurement.projects.models import Project
from services.procurement.projects.queries import Within

SELECT = """
select y.id, y.contract_id, c.number as contract_number, y.project_id, p.name as project_name, p.division, y.amount,
  y.paid_on, y.payee, y.document_number, y.state, y.reason, y.reversed_on, y.reversed_amount, y.version,
  array[p.created_by, c.created_by, y.requested_by] as bought_by{keys}
from payment y join contract c on c.id = y.contract_id join project p on p.id = y.project_id {rows}"""
IN_ORDER: listing.Key = [("p.division", str), ("p.id", UUID), ("y.id", UUID)]
MAY: dict[PaymentState, list[str]] = {
    PaymentState.REQUESTED: ["approve", "reject"],
    PaymentState.APPROVED: ["reverse"],
}


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
    """What a payment belongs to."""

    project: Project
    contract: Contract
    payment: Payment

    @property
    def by(self) -> set[str]:
        return {self.project.created_by, self.contract.created_by, self.payment.requested_by}


def made(row: asyncpg.Record, *, actor: Actor) -> PaymentOut:
    mine = actor.reaches(PAY, row["division"]) and actor.id not in row["bought_by"]
    return PaymentOut.model_validate({**row, "may": MAY.get(PaymentState(row["state"]), []) if mine else []})


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
    bought = await contract_for_update(tx, actor, contract, PAY)
    return Bought(*bought, await tx.get_one(Payment, id, with_for_update=True))


async def document_known(tx: AsyncSession, contract: UUID, number: str) -> bool:
    same = select(Payment.id).where(Payment.contract_id == contract, Payment.document_number == number)
    return (await tx.exec(same.where(Payment.state != PaymentState.REJECTED))).first() is not None
