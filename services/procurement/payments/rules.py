"""The regulations on payments, as functions of plain values."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from services.contracts.procurement import PAYMENT_STATE_NAMES, PaymentState
from services.kernel.errors import Conflict, Forbidden

# Which state a payment must be in for each verb.
FROM = {"approve": PaymentState.REQUESTED, "reject": PaymentState.REQUESTED, "reverse": PaymentState.APPROVED}
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
    english = "Nothing comes back before it was paid."


class NotYetPaid(Conflict):
    english = "The day of payment is still to come."


def check_request(amount: Decimal, paid_on: date, *, signed_on: date, left: Decimal) -> None:
    """Payments, those that wait included, never exceed the contract."""
    if paid_on < signed_on:
        raise BeforeSigning(f"付款日期不能早于合同签订日期 {signed_on}，请核对。")
    if amount > left:
        raise Overspent(f"合同余额为 {left} 元，不足以支付 {amount} 元；请核对金额，或先变更合同。")


def check_turn(verb: str, state: PaymentState) -> None:
    if state is not FROM[verb]:
        raise WrongState(f"该付款{PAYMENT_STATE_NAMES[state]}，不能{VERBS[verb]}。", code=f"payment_{state.value}")


def check_other(asker: str, bought: Collection[str]) -> None:
    """Not by whoever entered the project, the contract or the payment."""
    if asker in bought:
        raise OwnPurchase("项目、合同或付款由您经办，不能由您审批；请由其他付款审批人员办理。", code="own_purchase")


def check_approval(paid_on: date, today: date) -> None:
    if paid_on > today:
        raise NotYetPaid(f"付款日期 {paid_on} 还没有到，请在当日或之后批准。")


def check_reversal(amount: Decimal, reversed_on: date, *, paid: Decimal, paid_on: date) -> None:
    if amount > paid:
        raise ReversedTooMuch(f"冲回金额不能超过已支付的 {paid} 元，请核对。")
    if reversed_on < paid_on:
        raise WrongDay(f"冲回日期不能早于付款日期 {paid_on}，请核对。", code="reversed_before_paid")
