"""Everything that changes payments. The contract is held: its sum and its payments change together."""

from datetime import date
from decimal import Decimal
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
from services.procurement.contracts.models import Contract
from services.procurement.payments import queries, rules
from services.procurement.payments.models import Payment, Reversal
from services.procurement.publishing import publish_payments
from services.procurement.tables import NOTHING

Told = TypeVar("Told", bound=PaymentRequested)


class DocumentKnown(Conflict):
    english = "A payment with this document number is there already."


async def request_payment(tx: AsyncSession, actor: Actor, order: RequestPayment) -> Payment:
    """It takes its share of the contract at once: what waits cannot be spent twice."""
    project, contract = await queries.contract_for_update(tx, actor, order.contract_id, WRITE)
    check_payable(contract, order.paid_on)
    moves = await queries.moves(tx, contract.id)
    rules.check_left(order.amount, order.paid_on, value=contract.value, moves=moves)
    if await queries.document_known(tx, contract.id, order.document_number):
        raise DocumentKnown(f"该合同已有凭证号“{order.document_number}”的付款，请核对，勿重复录入。")
    payment = Payment(**order.model_dump(), project_id=project.id, requested_by=actor.id)
    contract.committed += order.amount
    tx.add(payment)
    await tx.flush()
    await tell(tx, actor, payment, told(PaymentRequested, payment))
    return payment


def check_payable(contract: Contract, paid_on: date) -> None:
    rules.check_payable(
        paid_on,
        signed_on=contract.signed_on,
        start=contract.start_on,
        end=contract.end_on,
        ended_on=contract.ended_on,
    )


async def approve(tx: AsyncSession, actor: Actor, id: UUID, today: date) -> Payment:
    """It counts as paid from now on."""
    contract, payment = await for_verb(tx, actor, id, "approve")
    check_payable(contract, payment.paid_on)
    rules.check_approval(payment.paid_on, today)
    decide(payment, PaymentState.APPROVED, actor)
    contract.paid += payment.amount
    await tell(tx, actor, payment, told(PaymentApproved, payment))
    return payment


async def reject(tx: AsyncSession, actor: Actor, id: UUID, reason: str) -> Payment:
    contract, payment = await for_verb(tx, actor, id, "reject")
    decide(payment, PaymentState.REJECTED, actor)
    payment.reason = reason
    contract.committed -= payment.amount
    await tell(tx, actor, payment, told(PaymentRejected, payment))
    return payment


async def reverse(tx: AsyncSession, actor: Actor, id: UUID, order: ReversePayment, today: date) -> Payment:
    """All that is left of it, or a part, comes back and may be spent again."""
    contract, payment = await for_verb(tx, actor, id, "reverse")
    back = order.amount or payment.rest
    rules.check_reversal(back, order.reversed_on, rest=payment.rest, paid_on=payment.paid_on, today=today)
    decide(payment, PaymentState.REVERSED, actor)
    tx.add(taken_back(payment, order, back, actor))
    contract.paid -= back
    contract.committed -= back
    event = PaymentReversed(payment_id=id, contract_id=contract.id, amount=back, reversed_on=order.reversed_on)
    await tell(tx, actor, payment, event)
    return payment


def taken_back(payment: Payment, order: ReversePayment, back: Decimal, actor: Actor) -> Reversal:
    payment.reason = order.reason
    payment.reversed_on = max(order.reversed_on, payment.reversed_on or order.reversed_on)
    payment.reversed_amount = back + (payment.reversed_amount or NOTHING)
    return Reversal(
        payment_id=payment.id,
        amount=back,
        reversed_on=order.reversed_on,
        reason=order.reason,
        decided_by=actor.id,
    )


async def for_verb(tx: AsyncSession, actor: Actor, id: UUID, verb: str) -> tuple[Contract, Payment]:
    """By somebody else than whoever bought, and in the state that the verb needs."""
    contract, payment, buyers = await queries.for_update(tx, actor, id)
    rules.check_other(actor.id, buyers)
    rules.check_turn(verb, payment.state, payment.rest)
    return contract, payment


def decide(payment: Payment, state: PaymentState, actor: Actor) -> None:
    payment.state, payment.decided_by = state, actor.id
    payment.version += 1


def told(kind: type[Told], payment: Payment) -> Told:
    return kind(payment_id=payment.id, contract_id=payment.contract_id, amount=payment.amount, paid_on=payment.paid_on)


async def tell(tx: AsyncSession, actor: Actor, payment: Payment, event: Event) -> None:
    await record(tx, actor, f"payment:{payment.id}", event)
    await publish_payments(await plain(tx), [payment.id])
