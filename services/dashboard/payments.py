"""Payments: the list in which their approver works, one of them, and approval, rejection and reversal."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator, Field

from services.contracts.procurement import (
    PAYMENT_STATE_NAMES,
    PaymentOut,
    PaymentState,
    RejectPayment,
    ReversePayment,
)
from services.dashboard import lists, numbers, steps
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import REASON, Input, Kind
from services.dashboard.labels import name_of
from services.dashboard.links import Day, blank_is_none
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/procurement/payments"
STATE_LIGHTS = {
    PaymentState.REQUESTED: "at_risk", PaymentState.APPROVED: "achieved", PaymentState.REJECTED: "behind",
    PaymentState.REVERSED: "no_target",
}  # fmt: skip
AMOUNT_HINT = "元；半角数字，不带逗号，最多两位小数，例如 12000.00"


async def told(gateway: Gateway, payment: PaymentOut) -> dict[str, str]:
    """What whoever decides on it has to see."""
    return {
        "金额": f"{numbers.money(payment.amount)} 元", "收款单位": payment.payee, "付款日期": str(payment.paid_on),
        "项目": payment.project_name, "合同": payment.contract_number,
    }  # fmt: skip


REGISTER = Register(
    name="付款", path="/payments", api=API, out=PaymentOut, title=lambda y: y.document_number, facts=told,
    steps={
        "approve": Step(
            "批准付款", word="批准", done="付款已批准，计入已支付。",
            said="批准后计入合同的已支付金额。项目、合同或付款由本人经办的，不能由本人审批。",
        ),
        "reject": Step(
            "驳回付款", (REASON,), RejectPayment, word="驳回", done="付款已驳回，金额退回合同余额。",
            said="驳回后金额退回合同余额。项目、合同或付款由本人经办的，不能由本人审批。",
        ),
        "reverse": Step(
            "冲回付款",
            (
                Input("reversed_on", "冲回日期", Kind.DATE), REASON,
                Input("amount", "冲回金额", required=False, hint=f"不填表示尚未冲回的全部冲回；{AMOUNT_HINT}", most=13),
            ),
            ReversePayment, word="冲回", done="付款已冲回。", begins=lambda p, today: {"reversed_on": today},
            about={"reversed_too_much": "amount", "reversed_before_paid": "reversed_on"},
            said="冲回的金额自冲回日期起从已支付中减去，退回合同余额。",
        ),
    },
)  # fmt: skip


class PaymentFilter(lists.Filter):
    state: Annotated[PaymentState | None, BeforeValidator(blank_is_none)] = None
    project_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    since: Day = Field(None, alias="from")
    until: Day = Field(None, alias="to")


Asked = Annotated[PaymentFilter, Query()]


@router.get("/payments")
async def payments(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    return await lists.listed(
        request, gateway, me, "payments.html", Page[PaymentOut], API, asked, states=PAYMENT_STATE_NAMES,
        state_lights=STATE_LIGHTS,
        project=await name_of(gateway, "/procurement/projects", asked.project_id),
    )  # fmt: skip


@router.get("/payments/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


@router.get("/payments/{id}")
async def payment(request: Request, id: UUID, gateway: SignedIn, done: str = "") -> Response:
    found = await gateway.ask(PaymentOut, f"{API}/{id}")
    return render(
        request, "payment.html", payment=found, states=PAYMENT_STATE_NAMES, state_lights=STATE_LIGHTS, done=done,
        words=REGISTER.done,
    )  # fmt: skip


router.include_router(steps.routes(REGISTER))
