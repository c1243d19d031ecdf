"""Payments over HTTP."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.days import Day
from services.contracts.procurement import PaymentOut, PaymentState, RejectPayment, RequestPayment, ReversePayment
from services.kernel import export, listing
from services.kernel.actor import Actor
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Cursor, Limit, Page
from services.procurement import examples
from services.procurement.asking import PAY, READ, WRITE, Paying, Reading, Text, Within, Writing, tagged, unless_known
from services.procurement.payments import commands, queries
from services.procurement.payments.exports import TABLE

router = APIRouter(prefix="/payments", tags=["付款"])
Since = Annotated[Day | None, Query(alias="from", description="付款日期不早于")]
Until = Annotated[Day | None, Query(alias="to", description="付款日期不晚于")]


async def _sought(
    q: Text = None,
    project_id: UUID | None = None,
    contract_id: UUID | None = None,
    state: PaymentState | None = None,
    since: Since = None,
    until: Until = None,
) -> queries.Sought:
    listing.check_period(since, until)
    return queries.Sought(q=q, project_id=project_id, contract_id=contract_id, state=state, since=since, until=until)


Sought = Annotated[queries.Sought, Depends(_sought)]


@router.get("", responses=examples.page(examples.PAYMENT_OUT))
async def list_payments(
    actor: Reading, db: Hot, sought: Sought, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[PaymentOut]:
    """管辖范围内项目的付款。"""
    within = await listing.scope(db, actor, READ, division)
    return await queries.payments(db, actor, sought, within=within, limit=limit, cursor=cursor)


@router.get("/export", response_class=Response, responses=export.FILE)
async def export_payments(
    request: Request,
    actor: Reading,
    sought: Sought,
    division: Within = None,
    format: export.As = export.Format.XLSX,
) -> Response:
    """管辖范围内的付款，筛选条件与列表相同，导出为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[PaymentOut]:
        within = await listing.scope(db, actor, READ, division)
        return await queries.payments(db, actor, sought, within=within, limit=export.AT_ONCE, cursor=cursor)

    criteria = {
        "区划": division, "查询": sought.q, "状态": sought.state, "付款日期自": sought.since, "至": sought.until
    }  # fmt: skip
    return await export.exported(request, actor, TABLE, pages, format, criteria)


@router.post(
    "",
    status_code=201,
    responses=examples.answer(examples.PAYMENT_OUT, 201),
    openapi_extra=examples.asked(examples.NEW_PAYMENT),
)
async def request_payment(
    order: RequestPayment, actor: Writing, tx: Tx, once: OnceOnly, response: Response
) -> PaymentOut:
    """提请付款，须带 Idempotency-Key；由付款审批人员批准后才算已支付。"""
    await once.begin(tx, actor, required=True)
    payment = await commands.request_payment(tx, actor, order)
    return await once.keep(tx, tagged(response, await written(tx, actor, payment.id, WRITE)))


@router.get("/{id}", response_model=PaymentOut, responses=examples.answer(examples.PAYMENT_OUT))
async def read_payment(
    id: UUID, request: Request, actor: Reading, db: Hot, response: Response
) -> PaymentOut | Response:
    """一笔付款。"""
    return unless_known(request, response, await queries.payment(db, actor, id))


@router.post("/{id}/approve", responses=examples.answer({**examples.PAYMENT_OUT, "state": "approved"}))
async def approve_payment(
    id: UUID, actor: Paying, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> PaymentOut:
    """批准付款；不能批准自己经办的项目。"""
    await once.begin(tx, actor)
    await commands.approve(tx, actor, id, today)
    return await once.keep(tx, tagged(response, await written(tx, actor, id, PAY)), 200)


@router.post(
    "/{id}/reject",
    responses=examples.answer({**examples.PAYMENT_OUT, "state": "rejected"}),
    openapi_extra=examples.asked(examples.REJECTING),
)
async def reject_payment(
    id: UUID, order: RejectPayment, actor: Paying, tx: Tx, once: OnceOnly, response: Response
) -> PaymentOut:
    """驳回付款；金额退回合同余额。"""
    await once.begin(tx, actor)
    await commands.reject(tx, actor, id, order.reason)
    return await once.keep(tx, tagged(response, await written(tx, actor, id, PAY)), 200)


@router.post(
    "/{id}/reverse",
    responses=examples.answer({**examples.PAYMENT_OUT, "state": "reversed"}),
    openapi_extra=examples.asked(examples.REVERSING),
)
async def reverse_payment(
    id: UUID, order: ReversePayment, actor: Paying, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> PaymentOut:
    """冲回已支付的款项，须带 Idempotency-Key；可分次冲回，自冲回日期起从已支付中减去。"""
    await once.begin(tx, actor, required=True)
    await commands.reverse(tx, actor, id, order, today)
    return await once.keep(tx, tagged(response, await written(tx, actor, id, PAY)), 200)


async def written(tx: Tx, actor: Actor, id: UUID, permission: str) -> PaymentOut:
    return await queries.payment(await listing.plain(tx), actor, id, permission)
