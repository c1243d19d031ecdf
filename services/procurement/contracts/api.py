"""Contracts over HTTP."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Request, Response

from services.contracts.procurement import ContractOut, CreateContract, TerminateContract, UpdateContract
from services.kernel import export, listing
from services.kernel.actor import Actor
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch
from services.procurement import examples
from services.procurement.asking import READ, WRITE, OnDay, Reading, Text, Within, Writing, tagged, unless_known
from services.procurement.contracts import commands, queries
from services.procurement.contracts.exports import TABLE

router = APIRouter(prefix="/contracts", tags=["合同"])


async def _sought(
    q: Text = None, project_id: UUID | None = None, service_point_id: UUID | None = None, on: OnDay = None
) -> queries.Sought:
    return queries.Sought(q=q, project_id=project_id, service_point_id=service_point_id, on=on)


Sought = Annotated[queries.Sought, Depends(_sought)]


@router.get("", responses=examples.page(examples.CONTRACT_OUT))
async def list_contracts(
    actor: Reading, db: Hot, sought: Sought, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[ContractOut]:
    """管辖范围内项目的合同；给出 on 时只列当日在执行的。"""
    within = await listing.scope(db, actor, READ, division)
    return await queries.contracts(db, actor, sought, within=within, limit=limit, cursor=cursor)


@router.get("/export", response_class=Response, responses=export.FILE)
async def export_contracts(
    request: Request,
    actor: Reading,
    sought: Sought,
    division: Within = None,
    format: export.As = export.Format.XLSX,
) -> Response:
    """管辖范围内的合同，筛选条件与列表相同，导出为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[ContractOut]:
        within = await listing.scope(db, actor, READ, division)
        return await queries.contracts(db, actor, sought, within=within, limit=export.AT_ONCE, cursor=cursor)

    criteria = {"日期": sought.on, "区划": division, "查询": sought.q}
    return await export.exported(request, actor, TABLE, pages, format, criteria)


@router.post(
    "",
    status_code=201,
    responses=examples.answer(examples.CONTRACT_OUT, 201),
    openapi_extra=examples.asked(examples.NEW_CONTRACT),
)
async def sign_contract(
    order: CreateContract, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> ContractOut:
    """登记一份合同；第一份合同使项目进入执行。"""
    await once.begin(tx, actor)
    signed = await commands.sign_contract(tx, actor, order, today)
    return await once.keep(tx, tagged(response, await written(tx, actor, signed.id)))


@router.get("/{id}", response_model=ContractOut, responses=examples.answer(examples.CONTRACT_OUT))
async def read_contract(
    id: UUID, request: Request, actor: Reading, db: Hot, response: Response
) -> ContractOut | Response:
    """一份合同。"""
    return unless_known(request, response, await queries.contract(db, actor, id))


@router.patch(
    "/{id}",
    responses=examples.answer(examples.CONTRACT_OUT),
    openapi_extra=examples.asked(examples.CHANGED_CONTRACT),
)
async def change_contract(
    id: UUID, order: UpdateContract, actor: Writing, tx: Tx, today: Today, response: Response, if_match: IfMatch = None
) -> ContractOut:
    """更正合同，须带 If-Match；金额不能少于已支付和待审批的付款。"""
    await commands.change_contract(tx, actor, id, order, if_match, today)
    return tagged(response, await written(tx, actor, id))


@router.post(
    "/{id}/terminate",
    responses=examples.answer(examples.CONTRACT_OUT),
    openapi_extra=examples.asked(examples.ENDING),
)
async def terminate_contract(
    id: UUID, order: TerminateContract, actor: Writing, tx: Tx, once: OnceOnly, response: Response
) -> ContractOut:
    """登记合同提前终止。"""
    await once.begin(tx, actor)
    await commands.terminate_contract(tx, actor, id, order.ended_on, order.reason)
    return await once.keep(tx, tagged(response, await written(tx, actor, id)), 200)


async def written(tx: Tx, actor: Actor, id: UUID) -> ContractOut:
    return await queries.contract(await listing.plain(tx), actor, id, WRITE)
