"""The regulations on payments, as functions of plain values."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from itertools import accumulate

from services.contracts.procurement import PAYMENT_STATE_NAMES, PaymentState
from services.kernel.errors import Conflict, FieldError, Forbidden
from services.procurement.contracts.rules import in_force
from services.procurement.tables import NOTHING

Move = tuple[date, Decimal]  # what is paid on a day, or comes back (below zero)
# Which states a payment may be in for each verb.
FROM = {
    "approve": [PaymentState.REQUESTED],
    "reject": [PaymentState.REQUESTED],
    "reverse": [PaymentState.APPROVED, PaymentState.REVERSED],
}
VERBS = {"approve": "批准", "reject": "驳回", "reverse": "冲回"}


class Overspent(Conflict):
    english = "The payments would exceed the value of the contract."


class BeforeSigning(Conflict):
    english = "Nothing is paid before the contract is signed."


class WrongState(Conflict):
    english = "The payment is in another state."


class OwnPurchase(Forbidden):
    english = "Nobody pays what she bought."


class ReversedTooMuch(Conflict):
    english = "More would come back than was paid."


class WrongDay(Conflict):
    english = "Money comes back after it was paid, and until today."


class NeverInForce(Conflict):
    english = "The contract was never in force."


class NotYetPaid(Conflict):
    english = "The day of payment is still to come."


def most(moves: Iterable[Move], since: date = date.min) -> Decimal:
    """The highest sum at the end of this day or a later one."""
    by_day = sorted(moves)
    standing = sum((amount for day, amount in by_day if day <= since), NOTHING)
    return max(accumulate((amount for day, amount in by_day if day > since), initial=standing))


def check_left(amount: Decimal, paid_on: date, *, value: Decimal, moves: Iterable[Move]) -> None:
    """Payments, those that wait included, never exceed the contract, on no day."""
    left = value - most(moves, paid_on)
    if amount > left:
        raise Overspent(
            f"自 {paid_on} 起合同余额最少时为 {left} 元，不足以支付 {amount} 元；请核对金额和付款日期，或先变更合同。"
        )


def check_payable(paid_on: date, *, signed_on: date, start: date, end: date, ended_on: date | None) -> None:
    """Once it is signed, before its time and after it, too; but not if that time never was."""
    if paid_on < signed_on:
        raise BeforeSigning(f"付款日期不能早于合同签订日期 {signed_on}，请核对。")
    if not in_force(start, end, ended_on):
        raise NeverInForce(f"该合同自起始日 {start} 起即终止，没有执行过，不能付款；已提请的请驳回。")


def turns(state: PaymentState, rest: Decimal) -> list[str]:
    """What may be done to it; `rest` has not come back."""
    return [verb for verb, states in FROM.items() if state in states and rest]


def check_turn(verb: str, state: PaymentState, rest: Decimal) -> None:
    if verb not in turns(state, rest):
        raise WrongState(f"该付款{PAYMENT_STATE_NAMES[state]}，不能{VERBS[verb]}。", code=f"payment_{state.value}")


def check_other(asker: str, bought: Collection[str]) -> None:
    """Not by whoever entered or changed the project or the contract, or asked for the payment."""
    if asker in bought:
        raise OwnPurchase("项目、合同或付款由您经办，不能由您审批；请由其他付款审批人员办理。", code="own_purchase")


def check_approval(paid_on: date, today: date) -> None:
    if paid_on > today:
        raise NotYetPaid(f"付款日期 {paid_on} 还没有到，请在当日或之后批准。")


def check_reversal(amount: Decimal, reversed_on: date, *, rest: Decimal, paid_on: date, today: date) -> None:
    if amount > rest:
        raise ReversedTooMuch(f"冲回金额不能超过已支付而尚未冲回的 {rest} 元，请核对。")
    if reversed_on < paid_on:
        raise WrongDay(f"冲回日期不能早于付款日期 {paid_on}，请核对。", code="reversed_before_paid")
    if reversed_on > today:
        wrong = FieldError(field="reversed_on", code="reversed_in_the_future", detail="冲回日期不能晚于今天")
        raise WrongDay(f"冲回日期 {reversed_on} 还没有到，请在款项退回后登记。", code=wrong.code, errors=[wrong])
