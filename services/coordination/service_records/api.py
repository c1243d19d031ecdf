"""Service records over HTTP."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.coordination import (
    SERVICE_KIND_NAMES,
    SERVICE_RECORD_STATE_NAMES,
    CorrectServiceRecord,
    CreateServiceRecord,
    ServiceKind,
    ServiceRecordBatch,
    ServiceRecordBatchResult,
    ServiceRecordOut,
    ServiceRecordState,
    WithdrawServiceRecord,
)
from services.contracts.practice import PRACTICE_FIELD_NAMES, PracticeField
from services.coordination import examples
from services.coordination.asking import WRITE, From, OnDay, Reading, Text, To, Within, Writing
from services.coordination.service_records import commands, entry, queries
from services.coordination.service_records.exports import TABLE
from services.kernel import export
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import check_period, plain
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch, etag, not_modified

router = APIRouter(tags=["服务记录"])


async def _sought(
    start: From = None,
    end: To = None,
    on: OnDay = None,
    kind: ServiceKind | None = None,
    field: PracticeField | None = None,
    service_point_id: UUID | None = None,
    worker: Annotated[UUID | None, Query(description="在场社工的人员编号")] = None,
    state: ServiceRecordState | None = None,
    q: Text = None,
) -> queries.Sought:
    check_period(start, end)
    return queries.Sought(
        start=start, end=end, on=on, kind=kind, field=field, service_point_id=service_point_id, worker=worker,
        state=state, q=q,
    )  # fmt: skip


Sought = Annotated[queries.Sought, Depends(_sought)]


@router.get("/service-records", responses=examples.page(examples.SERVICE_RECORD))
async def list_service_records(
    actor: Reading, db: Hot, sought: Sought, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[ServiceRecordOut]:
    """管辖范围内的服务记录，最近的在前；on 指有效期覆盖这一天的记录。"""
    return await queries.service_records(db, actor, sought, division=division, limit=limit, cursor=cursor)


@router.get("/service-records/export", responses=export.FILE)
async def export_service_records(
    request: Request, actor: Reading, sought: Sought, division: Within = None, format: export.As = export.Format.XLSX
) -> Response:
    """同样的服务记录，作为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[ServiceRecordOut]:
        return await queries.service_records(db, actor, sought, division=division, limit=export.AT_ONCE, cursor=cursor)

    return await export.exported(request, actor, TABLE, pages, format, criteria(sought, division))


def criteria(sought: queries.Sought, division: str | None) -> dict[str, object]:
    """What the file was narrowed to, in words."""
    return {
        "区划": division,
        "起": sought.start,
        "止": sought.end,
        "有效期覆盖": sought.on,
        "项目": sought.kind and SERVICE_KIND_NAMES[sought.kind],
        "领域": sought.field and PRACTICE_FIELD_NAMES[sought.field],
        "站点": sought.service_point_id,
        "社工": sought.worker,
        "状态": sought.state and SERVICE_RECORD_STATE_NAMES[sought.state],
        "查询": sought.q,
    }


@router.post(
    "/service-records",
    status_code=201,
    responses=examples.answer(examples.SERVICE_RECORD, 201),
    openapi_extra=examples.asked(examples.NEW_SERVICE_RECORD),
)
async def enter_service_record(
    order: CreateServiceRecord, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> ServiceRecordOut:
    """录入一项服务；站点或区划二者填一。不收集服务对象的姓名等个人信息。"""
    await once.begin(tx, actor)
    id = await entry.enter(tx, actor, order, today)
    answer = await queries.service_record(await plain(tx), actor, id, permission=WRITE)
    return await once.keep(tx, tagged(response, answer))


@router.post(
    "/service-records/batch",
    responses=examples.answer(examples.BATCH_RESULT),
    openapi_extra=examples.asked(examples.BATCH),
)
async def enter_service_records(
    order: ServiceRecordBatch, actor: Writing, tx: Tx, once: OnceOnly, today: Today
) -> ServiceRecordBatchResult:
    """一次录入至多 1000 项，须带 Idempotency-Key；有一行错误则整批不录入，已录入过的行不变。"""
    await once.begin(tx, actor, required=True)
    return await once.keep(tx, await entry.enter_batch(tx, actor, order.rows, today), 200)


@router.get(
    "/service-records/{id}", response_model=ServiceRecordOut, responses=examples.answer(examples.SERVICE_RECORD)
)
async def read_service_record(
    id: UUID, request: Request, actor: Reading, db: Hot, response: Response
) -> ServiceRecordOut | Response:
    """一条服务记录。"""
    answer = await queries.service_record(db, actor, id)
    return not_modified(request, etag(answer.version, answer)) or tagged(response, answer)


@router.patch(
    "/service-records/{id}",
    responses=examples.answer(examples.SERVICE_RECORD),
    openapi_extra=examples.asked(examples.CORRECTION),
)
async def correct_service_record(
    id: UUID,
    order: CorrectServiceRecord,
    actor: Writing,
    tx: Tx,
    today: Today,
    response: Response,
    if_match: IfMatch = None,
) -> ServiceRecordOut:
    """更正一条服务记录，须带 If-Match；站点和区划不能改，录错地点请撤回重录。"""
    await commands.correct(tx, actor, id, order, if_match, today)
    return tagged(response, await queries.service_record(await plain(tx), actor, id, permission=WRITE))


@router.post(
    "/service-records/{id}/withdraw",
    responses=examples.answer(examples.SERVICE_RECORD),
    openapi_extra=examples.asked(examples.WITHDRAWAL),
)
async def withdraw_service_record(
    id: UUID, order: WithdrawServiceRecord, actor: Writing, tx: Tx, once: OnceOnly, response: Response
) -> ServiceRecordOut:
    """撤回一条服务记录，须说明原因；记录保留，不再计入。"""
    await once.begin(tx, actor)
    await commands.withdraw(tx, actor, id, order)
    answer = await queries.service_record(await plain(tx), actor, id, permission=WRITE)
    return await once.keep(tx, tagged(response, answer), 200)


def tagged(response: Response, answer: ServiceRecordOut) -> ServiceRecordOut:
    """With the ETag that a correction must bring back."""
    response.headers["etag"] = etag(answer.version, answer)
    return answer
