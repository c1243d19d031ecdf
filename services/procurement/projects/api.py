"""Projects over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.practice import PracticeField
from services.contracts.procurement import (
    CompleteProject,
    CreateProject,
    ProjectDetail,
    ProjectOut,
    ProjectState,
    TerminateProject,
    UpdateProject,
)
from services.kernel import export, listing
from services.kernel.actor import Actor
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch
from services.procurement import examples
from services.procurement.asking import READ, WRITE, On, Reading, Text, Within, Writing, tagged, unless_known
from services.procurement.projects import commands, detail, queries
from services.procurement.projects.exports import TABLE

router = APIRouter(prefix="/projects", tags=["项目"])
InForce = Annotated[bool | None, Query(description="当日是否有合同在执行")]


async def _sought(
    q: Text = None,
    state: ProjectState | None = None,
    in_force: InForce = None,
    buyer_id: UUID | None = None,
    provider_id: UUID | None = None,
    field: PracticeField | None = None,
    sort: queries.Sort = queries.Sort.DIVISION,
) -> queries.Sought:
    return queries.Sought(
        q=q, state=state, in_force=in_force, buyer_id=buyer_id, provider_id=provider_id, field=field, sort=sort
    )


Sought = Annotated[queries.Sought, Depends(_sought)]


@router.get("", responses=examples.page(examples.PROJECT_OUT))
async def list_projects(
    actor: Reading, db: Hot, on: On, sought: Sought, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[ProjectOut]:
    """管辖范围内的政府购买项目。"""
    within = await listing.scope(db, actor, READ, division)
    return await queries.projects(db, actor, sought, within=within, on=on, limit=limit, cursor=cursor)


@router.get("/export", response_class=Response, responses=export.FILE)
async def export_projects(
    request: Request,
    actor: Reading,
    on: On,
    sought: Sought,
    division: Within = None,
    format: export.As = export.Format.XLSX,
) -> Response:
    """管辖范围内的项目，筛选条件与列表相同，导出为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[ProjectOut]:
        within = await listing.scope(db, actor, READ, division)
        return await queries.projects(db, actor, sought, within=within, on=on, limit=export.AT_ONCE, cursor=cursor)

    criteria = {"日期": on, "区划": division, "查询": sought.q, "状态": sought.state}
    return await export.exported(request, actor, TABLE, pages, format, criteria)


@router.post(
    "",
    status_code=201,
    responses=examples.answer(examples.PROJECT_OUT, 201),
    openapi_extra=examples.asked(examples.NEW_PROJECT),
)
async def add_project(
    order: CreateProject, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> ProjectOut:
    """登记一个项目；所属区划为购买主体的区划。"""
    await once.begin(tx, actor)
    added = await commands.add_project(tx, actor, order)
    return await once.keep(tx, tagged(response, await written(tx, actor, added.id, today)))


@router.get("/{id}", response_model=ProjectDetail, responses=examples.answer(examples.DETAIL))
async def read_project(
    id: UUID, request: Request, actor: Reading, db: Hot, on: On, response: Response
) -> ProjectDetail | Response:
    """一个项目的合同、当日人员和合格比例。"""
    return unless_known(request, response, await detail.detail(db, actor, id, on))


@router.patch(
    "/{id}",
    responses=examples.answer(examples.PROJECT_OUT),
    openapi_extra=examples.asked(examples.CHANGED_PROJECT),
)
async def change_project(
    id: UUID, order: UpdateProject, actor: Writing, tx: Tx, today: Today, response: Response, if_match: IfMatch = None
) -> ProjectOut:
    """更正项目信息，须带 If-Match；签订合同后不能再改购买主体和承接主体。"""
    await commands.change_project(tx, actor, id, order, if_match)
    return tagged(response, await written(tx, actor, id, today))


@router.post(
    "/{id}/complete",
    responses=examples.answer(examples.PROJECT_OUT),
    openapi_extra=examples.asked(examples.COMPLETING),
)
async def complete_project(
    id: UUID, order: CompleteProject, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> ProjectOut:
    """登记项目完成；合同须已全部结束。"""
    await once.begin(tx, actor)
    await commands.complete_project(tx, actor, id, order.completed_on)
    return await once.keep(tx, tagged(response, await written(tx, actor, id, today)), 200)


@router.post(
    "/{id}/terminate",
    responses=examples.answer(examples.PROJECT_OUT),
    openapi_extra=examples.asked(examples.TERMINATING),
)
async def terminate_project(
    id: UUID, order: TerminateProject, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> ProjectOut:
    """登记项目终止；尚在执行的合同同日终止。"""
    await once.begin(tx, actor)
    await commands.terminate_project(tx, actor, id, order.terminated_on, order.reason)
    return await once.keep(tx, tagged(response, await written(tx, actor, id, today)), 200)


async def written(tx: Tx, actor: Actor, id: UUID, today: date) -> ProjectOut:
    return await queries.project(await listing.plain(tx), actor, id, on=today, permission=WRITE)
