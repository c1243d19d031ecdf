"""Everything that changes payments. The contract is held: its sum and its payments change together."""

from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.procurement import PaymentState, RequestPayment, ReversePayment
from services.contracts.procurement_events import (
    Event,
    PaymentApproved,
    PaymentRejected,
    PaymentRequested,
    PaymentReversed,
)
from services.kernel.actor import Actor
from services.kernel.errors import Conflict
from services.kernel.feed import record
from services.kernel.listing import plain
from services.procurement.asking import WRITE
from services.procurement.payments import queries, rules
from services.procurement.payments.models import Payment
from services.procurement.publishing import publish_payments

Told = TypeVar("Told", bound=PaymentRequested)


class DocumentKnown(Conflict):
    english = "A payment with this document number is there already."


async def request_payment(tx: AsyncSession, actor: Actor, order: RequestPayment) -> Payment:
    """It takes its share of the contract at once: what waits cannot be spent twice."""
    project, contract = await queries.contract_for_update(tx, actor, order.contract_id, WRITE)
    left = contract.value - contract.committed
    rules.check_request(order.amount, order.paid_on, signed_on=contract.signed_on, left=left)
    if await queries.document_known(tx, contract.id, order.document_number):
        raise DocumentKnown(f"该合同已有凭证号“{order.document_number}”的付款，请核对，勿重复录入。")
    payment = Payment(**order.model_dump(), project_id=project.id, requested_by=actor.id)
    contract.committed += order.amount
    tx.add(payment)
    await tx.flush()
    await tell(tx, actor, payment, told(PaymentRequested, payment))
    return payment


async def approve(tx: AsyncSession, actor: Actor, id: UUID, today: date) -> Payment:
    """It counts as paid from now on."""
    _, contract, payment = await for_verb(tx, actor, id, "approve")
    rules.check_approval(payment.paid_on, today)
    decide(payment, PaymentState.APPROVED, actor)
    contract.paid += payment.amount
    await tell(tx, actor, payment, told(PaymentApproved, payment))
    return payment


async def reject(tx: AsyncSession, actor: Actor, id: UUID, reason: str) -> Payment:
    _, contract, payment = await for_verb(tx, actor, id, "reject")
    decide(payment, PaymentState.REJECTED, actor)
    payment.reason = reason
    contract.committed -= payment.amount
    await tell(tx, actor, payment, told(PaymentRejected, payment))
    return payment


async def reverse(tx: AsyncSession, actor: Actor, id: UUID, order: ReversePayment) -> Payment:
    """All of it, or a part, comes back and may be spent again."""
    _, contract, payment = await for_verb(tx, actor, id, "reverse")
    back = order.amount or payment.amount
    rules.check_reversal(back, order.reversed_on, paid=payment.amount, paid_on=payment.paid_on)
    decide(payment, PaymentState.REVERSED, actor)
    payment.reason, payment.reversed_on, payment.reversed_amount = order.reason, order.reversed_on, back
    contract.paid -= back
    contract.committed -= back
    event = PaymentReversed(payment_id=id, contract_id=contract.id, amount=back, reversed_on=order.reversed_on)
    await tell(tx, actor, payment, event)
    return payment


async def for_verb(tx: AsyncSession, actor: Actor, id: UUID, verb: str) -> queries.Bought:
    """By somebody else than whoever bought, and in the state that the verb needs."""
    bought = await queries.for_update(tx, actor, id)
    rules.check_other(actor.id, bought.by)
    rules.check_turn(verb, bought.payment.state)
    return bought


def decide(payment: Payment, state: PaymentState, actor: Actor) -> None:
    payment.state, payment.decided_by = state, actor.id
    payment.version += 1


def told(kind: type[Told], payment: Payment) -> Told:
    return kind(payment_id=payment.id, contract_id=payment.contract_id, amount=payment.amount, paid_on=payment.paid_on)


async def tell(tx: AsyncSession, actor: Actor, payment: Payment, event: Event) -> None:
    await record(tx, actor, f"payment:{payment.id}", event)
    await publish_payments(await plain(tx), [payment.id])
