"""Contracts of purchased projects: the list, one of them with its payments, and what is done to it."""

import asyncio
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.procurement import (
    PAYMENT_STATE_NAMES,
    ContractOut,
    PaymentOut,
    RequestPayment,
    TerminateContract,
    UpdateContract,
)
from services.dashboard import lists, naming, steps
from services.dashboard.gateway import SignedIn
from services.dashboard.inputs import REASON, Input, Kind
from services.dashboard.labels import name_of
from services.dashboard.links import blank_is_none
from services.dashboard.panels import panel
from services.dashboard.payments import AMOUNT_HINT
from services.dashboard.payments import API as PAYMENTS
from services.dashboard.payments import STATE_LIGHTS as PAYMENT_LIGHTS
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/procurement/contracts"
NUMBER = Input("number", "合同编号", most=60)
SIGNED = (
    Input("signed_on", "签订日期", Kind.DATE),
    Input("start", "合同起始日期", Kind.DATE),
    Input("end", "合同终止日期（最后一天）", Kind.LAST_DAY),
    Input("value", "合同金额", hint=AMOUNT_HINT, most=13),
    Input("stable", "预算有保障，且内容相对固定、连续性强、经费来源稳定、价格变化幅度小", Kind.CHECK),
    Input(
        "served_divisions", "服务的区划", Kind.DIVISIONS, required=False,
        hint="每行一个街镇或村居，写全称或十二位区划代码；同名的请写代码",
    ),
    Input("service_point_ids", "服务站点", Kind.POINTS, required=False, hint="每行一个，写站点编号或全称"),
)  # fmt: skip
ABOUT = {
    "number_taken": "number", "contract_backwards": "end", "periods_overlap": "start",
    "point_not_open": "service_point_ids", "below_payments": "value", "ended_outside_contract": "ended_on",
}  # fmt: skip
PAYMENT_ABOUT = {"overspent": "amount", "before_signing": "paid_on", "document_known": "document_number"}


def of_contract(contract: ContractOut) -> dict[str, object]:
    return {"contract_id": str(contract.id)}


def paying(contract: ContractOut, today: date) -> dict[str, object]:
    return {"paid_on": today}


REGISTER = Register(
    name="合同", path="/contracts", api=API, out=ContractOut, title=lambda c: c.number,
    way=lambda c: [
        ("政府购买项目", "/projects"), (c.project_name, f"/projects/{c.project_id}"), (c.number, f"/contracts/{c.id}")
    ],
    steps={
        "update": Step("更正合同", SIGNED, UpdateContract, version=True, about=ABOUT, done="合同已更正。"),
        "terminate": Step(
            "登记合同提前终止",
            (Input("ended_on", "终止之日", Kind.DATE, hint="自这一天起不再执行"), REASON),
            TerminateContract, word="登记终止", begins=lambda c, today: {"ended_on": today}, about=ABOUT,
            done="合同已登记提前终止。", said="登记后不能恢复，也不能再更正合同。",
        ),
        "request_payment": Step(
            "提请付款",
            (
                Input("amount", "付款金额", hint=AMOUNT_HINT, most=13), Input("paid_on", "付款日期", Kind.DATE),
                Input("payee", "收款单位"), Input("document_number", "凭证号", most=60),
            ),
            RequestPayment, word="提请付款", at=PAYMENTS, begins=paying, fixed=of_contract, about=PAYMENT_ABOUT,
            done="付款已提请，由付款审批人员批准后计入已支付。",
            said="由付款审批人员批准后才算已支付；经办项目、合同或付款的人员不能审批。",
        ),
    },
)  # fmt: skip


class ContractFilter(lists.Filter):
    service_point_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None


Asked = Annotated[ContractFilter, Query()]


@router.get("/contracts")
async def contracts(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    return await lists.listed(
        request, gateway, me, "contracts.html", Page[ContractOut], API, asked,
        point=await name_of(gateway, "/registry/service-points", asked.service_point_id),
    )  # fmt: skip


@router.get("/contracts/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


@router.get("/contracts/{id}")
async def contract(
    request: Request, id: UUID, gateway: SignedIn, today: Today, payments: lists.CursorText = None, done: str = ""
) -> Response:
    found, paid = await asyncio.gather(
        gateway.ask(ContractOut, f"{API}/{id}"),
        panel(gateway.ask(Page[PaymentOut], PAYMENTS, contract_id=id, limit=lists.PAGE, cursor=payments)),
    )
    units, points = await asyncio.gather(
        naming.divisions(gateway, found.served_divisions), naming.points(gateway, found.service_point_ids)
    )
    here = lists.Here(f"/contracts/{id}", {"payments": payments})
    return render(
        request, "contract.html", contract=found, payments=paid, units=units, points=points, on=today, done=done,
        payment_pages=here.pages("payments", paid), payment_states=PAYMENT_STATE_NAMES, payment_lights=PAYMENT_LIGHTS,
        words=REGISTER.done, way=REGISTER.way_to(found),
    )  # fmt: skip


router.include_router(steps.routes(REGISTER))
