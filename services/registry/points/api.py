"""Service points and assignments over HTTP."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.registry import (
    POINT_TIER_NAMES,
    AssignmentOut,
    CloseServicePoint,
    CreateAssignment,
    CreateServicePoint,
    EndAssignment,
    PointTier,
    ServicePointOut,
    UpdateServicePoint,
)
from services.kernel import export
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch
from services.registry import examples, listing
from services.registry.asking import Ids, On, OnDay, Reading, Text, Within, Writing, tagged, unless_known
from services.registry.personal import VaultOf
from services.registry.points import commands, exports, queries

router = APIRouter(tags=["服务站点"])
Open = Annotated[bool | None, Query(description="当日是否开放")]


async def _sought(
    q: Text = None,
    tier: PointTier | None = None,
    open: Open = None,
    id: Ids = None,
    sort: queries.Sort = queries.Sort.DIVISION,
) -> queries.Sought:
    return queries.Sought(q=q, tier=tier, open=open, ids=id, sort=sort)


Sought = Annotated[queries.Sought, Depends(_sought)]


@router.get("/service-points", responses=examples.page(examples.POINT_OUT))
async def list_service_points(
    actor: Reading,
    db: Hot,
    on: On,
    sought: Sought,
    division: Within = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ServicePointOut]:
    """管辖范围内的服务站点。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.service_points(db, actor, sought, within=within, on=on, limit=limit, cursor=cursor)


@router.get("/service-points/export", response_class=Response, responses=export.FILE)
async def export_service_points(
    request: Request,
    actor: Reading,
    on: On,
    sought: Sought,
    division: Within = None,
    format: export.As = export.Format.XLSX,
) -> Response:
    """管辖范围内的服务站点，筛选条件与列表相同，导出为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[ServicePointOut]:
        within = await listing.scope(db, actor, "registry:read", division)
        return await queries.service_points(
            db, actor, sought, within=within, on=on, limit=export.AT_ONCE, cursor=cursor
        )

    tier = sought.tier and POINT_TIER_NAMES[sought.tier]
    criteria = {"日期": on, "区划": division, "查询": sought.q, "层级": tier, "开放": sought.open, "编号": sought.ids}
    return await export.exported(request, actor, exports.POINTS, pages, format, criteria)


@router.post(
    "/service-points",
    status_code=201,
    responses=examples.answer(examples.POINT_OUT, 201),
    openapi_extra=examples.asked(examples.NEW_POINT),
)
async def open_service_point(
    order: CreateServicePoint, actor: Writing, tx: Tx, once: OnceOnly, vault: VaultOf, today: Today, response: Response
) -> ServicePointOut:
    """登记一个服务站点。"""
    await once.begin(tx, actor)
    opened = await commands.open_point(tx, actor, vault, order)
    db = await plain(tx)
    answer = await queries.service_point(db, actor, opened.id, on=today, permission="registry:write")
    return await once.keep(tx, tagged(response, answer))


@router.get("/service-points/{id}", response_model=ServicePointOut, responses=examples.answer(examples.POINT_OUT))
async def read_service_point(
    id: UUID, request: Request, actor: Reading, db: Hot, on: On, response: Response
) -> ServicePointOut | Response:
    """一个服务站点在某一天的情况。"""
    return unless_known(request, response, await queries.service_point(db, actor, id, on=on))


@router.patch(
    "/service-points/{id}",
    responses=examples.answer(examples.POINT_OUT),
    openapi_extra=examples.asked(examples.CHANGED_POINT),
)
async def change_service_point(
    id: UUID,
    order: UpdateServicePoint,
    actor: Writing,
    tx: Tx,
    vault: VaultOf,
    today: Today,
    response: Response,
    if_match: IfMatch = None,
) -> ServicePointOut:
    """更正服务站点信息，须带 If-Match；编号、层级和区划不能改。"""
    await commands.change_point(tx, actor, vault, id, order, if_match)
    db = await plain(tx)
    return tagged(response, await queries.service_point(db, actor, id, on=today, permission="registry:write"))


@router.post(
    "/service-points/{id}/close",
    responses=examples.answer(examples.POINT_OUT),
    openapi_extra=examples.asked(examples.CLOSING),
)
async def close_service_point(
    id: UUID, order: CloseServicePoint, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> ServicePointOut:
    """登记撤站；在岗人员同日离岗。"""
    await once.begin(tx, actor)
    await commands.close_point(tx, actor, id, order.closed_on)
    db = await plain(tx)
    answer = await queries.service_point(db, actor, id, on=today, permission="registry:write")
    return await once.keep(tx, tagged(response, answer), 200)


@router.get("/assignments", responses=examples.page(examples.ASSIGNMENT))
async def list_assignments(
    actor: Reading,
    db: Hot,
    division: Within = None,
    person_id: UUID | None = None,
    service_point_id: UUID | None = None,
    on: OnDay = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AssignmentOut]:
    """管辖范围内站点的到岗记录；给出 on 时只列当日在岗的。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.assignments(
        db,
        actor,
        within=within,
        person_id=person_id,
        service_point_id=service_point_id,
        on=on,
        limit=limit,
        cursor=cursor,
    )


@router.get("/assignments/export", response_class=Response, responses=export.FILE)
async def export_assignments(
    request: Request,
    actor: Reading,
    division: Within = None,
    person_id: UUID | None = None,
    service_point_id: UUID | None = None,
    on: OnDay = None,
    format: export.As = export.Format.XLSX,
) -> Response:
    """管辖范围内站点的到岗记录，筛选条件与列表相同，导出为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[AssignmentOut]:
        within = await listing.scope(db, actor, "registry:read", division)
        return await queries.assignments(
            db, actor, within=within, person_id=person_id, service_point_id=service_point_id, on=on,
            limit=export.AT_ONCE, cursor=cursor,
        )  # fmt: skip

    criteria = {"日期": on, "区划": division, "人员": person_id, "站点": service_point_id}
    return await export.exported(request, actor, exports.ASSIGNMENTS, pages, format, criteria)


@router.post(
    "/assignments",
    status_code=201,
    responses=examples.answer(examples.ASSIGNMENT, 201),
    openapi_extra=examples.asked(examples.NEW_ASSIGNMENT),
)
async def start_assignment(order: CreateAssignment, actor: Writing, tx: Tx, once: OnceOnly) -> AssignmentOut:
    """登记到岗；站点当日须开放。"""
    await once.begin(tx, actor)
    started = await commands.start_assignment(tx, actor, order)
    db = await plain(tx)
    return await once.keep(tx, await queries.assignment(db, actor, started.id, "registry:write"))


@router.get("/assignments/{id}", responses=examples.answer(examples.ASSIGNMENT))
async def read_assignment(id: UUID, actor: Reading, db: Hot) -> AssignmentOut:
    """一条到岗记录。"""
    return await queries.assignment(db, actor, id)


@router.post(
    "/assignments/{id}/end",
    responses=examples.answer(examples.ASSIGNMENT),
    openapi_extra=examples.asked(examples.ENDING),
)
async def end_assignment(id: UUID, order: EndAssignment, actor: Writing, tx: Tx, once: OnceOnly) -> AssignmentOut:
    """登记离岗。"""
    await once.begin(tx, actor)
    ended = await commands.end_assignment(tx, actor, id, order)
    answer = await queries.assignment(await plain(tx), actor, ended.id, "registry:write")
    return await once.keep(tx, answer, 200)
