"""Many projects at once, for whoever makes a whole city: COPY, with history, events and facts.

Rows refer to one another by ids that the caller gives. The database refuses what its constraints forbid, all or
nothing; the copies of the registry may come later, and are reacted to then.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.practice import PracticeField
from services.contracts.procurement import PaymentState, ProjectState, StaffRole
from services.contracts.procurement_events import ContractSigned, PaymentRequested, ProjectAdded, StaffAdded
from services.kernel.actor import Actor
from services.kernel.db import copy_rows, run
from services.kernel.feed import record_all
from services.kernel.listing import plain
from services.procurement.publishing import publish_contracts, publish_payments, publish_projects, publish_staff
from services.procurement.tables import NOTHING

# Nobody follows the registry meanwhile: what it says of people and points comes wholly before these rows or after them.
TAKE = text("insert into feed_cursor (source) values ('registry') on conflict do nothing")
HOLD = text("select from feed_cursor where source = 'registry' for update")


REVERSAL = ("payment_id", "amount", "reversed_on", "reason", "decided_by")


class ProjectRow(NamedTuple):
    """`division` is the buyer's; a project that is over has a day, a terminated one a reason, too."""

    id: UUID
    number: str
    name: str
    buyer_id: UUID
    provider_id: UUID
    division: str
    fields: Sequence[PracticeField]
    state: ProjectState
    created_by: str
    closed_on: date | None = None
    close_reason: str | None = None


class ContractRow(NamedTuple):
    """Contracts of one project do not overlap."""

    id: UUID
    project_id: UUID
    number: str
    signed_on: date
    start_on: date
    end_on: date
    value: Decimal
    created_by: str
    stable: bool = False
    served_divisions: Sequence[str] = ()
    service_point_ids: Sequence[UUID] = ()
    ended_on: date | None = None
    end_reason: str | None = None


class StaffRow(NamedTuple):
    id: UUID
    project_id: UUID
    person_id: UUID
    role: StaffRole
    fte: Decimal
    start_on: date
    end_on: date | None = None


class PaymentRow(NamedTuple):
    """Decided by somebody, unless it is still requested; never more than the contract."""

    id: UUID
    contract_id: UUID
    project_id: UUID
    amount: Decimal
    paid_on: date
    payee: str
    document_number: str
    requested_by: str
    state: PaymentState = PaymentState.APPROVED
    decided_by: str | None = None
    reason: str | None = None
    reversed_on: date | None = None
    reversed_amount: Decimal | None = None


class Bulk(NamedTuple):
    projects: Sequence[ProjectRow]
    contracts: Sequence[ContractRow]
    staff: Sequence[StaffRow]
    payments: Sequence[PaymentRow]


class Spent(NamedTuple):
    committed: Decimal = NOTHING
    paid: Decimal = NOTHING


async def load(tx: AsyncSession, actor: Actor, bulk: Bulk, batch_id: UUID | None = None) -> None:
    """Trusted rows, of which none is there yet."""
    await run(tx, TAKE, {})
    await run(tx, HOLD, {})
    spent = spent_on(bulk.payments)
    sums = [(*c, *spent[c.id]) for c in bulk.contracts]
    await copy_rows(tx, "project", ProjectRow._fields, bulk.projects)
    await copy_rows(tx, "contract", (*ContractRow._fields, *Spent._fields), sums)
    await copy_rows(tx, "project_staff", StaffRow._fields, bulk.staff)
    await copy_rows(tx, "payment", PaymentRow._fields, bulk.payments)
    await copy_rows(tx, "reversal", REVERSAL, list(reversals(bulk.payments)))
    await record_all(tx, actor, list(events(bulk, batch_id)))
    db = await plain(tx)
    await publish_projects(db, ids(bulk.projects))
    await publish_contracts(db, ids(bulk.contracts))
    await publish_staff(db, ids(bulk.staff))
    await publish_payments(db, ids(bulk.payments))


def ids(rows: Sequence[ProjectRow | ContractRow | StaffRow | PaymentRow]) -> list[UUID]:
    return [row.id for row in rows]


def spent_on(payments: Iterable[PaymentRow]) -> dict[UUID, Spent]:
    """The sums of each contract."""
    spent: dict[UUID, Spent] = defaultdict(Spent)
    for p in payments:
        if p.state is PaymentState.REJECTED:
            continue
        committed, paid = spent[p.contract_id]
        amount = p.amount - (p.reversed_amount or NOTHING)
        spent[p.contract_id] = Spent(committed + amount, paid if p.state is PaymentState.REQUESTED else paid + amount)
    return spent


def reversals(payments: Iterable[PaymentRow]) -> Iterable[tuple[object, ...]]:
    """What came back, at once."""
    for p in payments:
        if p.reversed_on is not None:
            yield p.id, p.reversed_amount, p.reversed_on, p.reason, p.decided_by


def events(bulk: Bulk, batch_id: UUID | None) -> Iterable[tuple[str, BaseModel]]:
    """One for each record."""
    for p in bulk.projects:
        yield f"project:{p.id}", ProjectAdded(project_id=p.id, division=p.division, batch_id=batch_id)
    for c in bulk.contracts:
        yield (
            f"contract:{c.id}",
            ContractSigned(
                contract_id=c.id, project_id=c.project_id, start=c.start_on, end=c.end_on, value=c.value,
                batch_id=batch_id,
            ),
        )  # fmt: skip
    for s in bulk.staff:
        yield (
            f"project_staff:{s.id}",
            StaffAdded(
                staff_id=s.id, project_id=s.project_id, person_id=s.person_id, start=s.start_on, batch_id=batch_id
            ),
        )
    for y in bulk.payments:
        yield (
            f"payment:{y.id}",
            PaymentRequested(
                payment_id=y.id, contract_id=y.contract_id, amount=y.amount, paid_on=y.paid_on, batch_id=batch_id
            ),
        )
