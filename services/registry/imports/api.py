"""Imports over HTTP: a file becomes a job; its owner watches it, confirms it, and may take it back within a day."""

import asyncio
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile

from services.contracts.imports import OLD_NUMBERS_LABEL, ConfirmImport, ImportJob, ImportRow, RowFilter
from services.contracts.registry import CodeSystem, ImportKind
from services.kernel.clock import Now
from services.kernel.db import Hot, Tx, database_of, reached
from services.kernel.export import XLSX, named
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import etag, not_modified
from services.registry import examples
from services.registry.asking import Reading, Writing
from services.registry.imports import commands, jobs, rows
from services.registry.imports.template import template
from services.registry.imports.workbook import check_at_once
from services.registry.personal import VaultOf

router = APIRouter(prefix="/imports", tags=["导入"])
BOOK = {"description": "成功", "content": {XLSX: {"example": "（.xlsx 工作簿）"}}}
System = Annotated[CodeSystem, Query(description="文件中的区划代码属于哪套体系")]
OldNumbers = Annotated[bool, Form(description=OLD_NUMBERS_LABEL)]
Which = Annotated[RowFilter | None, Query(description="只看哪一类行")]
Open = Annotated[bool, Query(description="只看还没有办完的：正在处理、等待确认、有错误待改正")]


@router.get("/{kind}/template.xlsx", response_class=Response, responses={200: BOOK})
async def read_template(kind: ImportKind, actor: Reading) -> Response:
    """导入用的模板。"""
    body = await asyncio.to_thread(template, kind)
    return Response(body, media_type=XLSX, headers={"content-disposition": f'attachment; filename="{kind.value}.xlsx"'})


@router.post("/{kind}", status_code=202, responses=examples.answer(examples.IMPORT, 202))
async def import_file(
    kind: ImportKind,
    file: Annotated[UploadFile, File(description=".xlsx 工作簿，最大 20 MB")],
    actor: Writing,
    tx: Tx,
    once: OnceOnly,
    vault: VaultOf,
    now: Now,
    response: Response,
    code_system: System = CodeSystem.OWN,
    old_numbers: OldNumbers = False,
) -> ImportJob:
    """上传一份名册：先核对，列出每一行的结果和每一处错误；确认之后才写入。须带 Idempotency-Key。"""
    commands.check_begun_here(kind)
    content = await file.read()
    upload = commands.Upload(kind, code_system, old_numbers, commands.named(file.filename), content)
    await asyncio.to_thread(check_at_once, content)
    said = await asyncio.to_thread(lambda: upload.said)
    await once.begin(tx, actor, required=True, content=said)
    id = await commands.begin(tx, actor, vault, upload)
    return await answered(tx, actor, id, now, once, response)


@router.get("", responses=examples.page(examples.IMPORT))
async def list_imports(
    actor: Writing, db: Hot, now: Now, open: Open = False, limit: Limit = 50, cursor: Cursor = None
) -> Page[ImportJob]:
    """自己发起的导入，新的在前。"""
    return await jobs.own(db, actor, now, open=open, limit=limit, cursor=cursor)


@router.get("/{id}", response_model=ImportJob, responses=examples.answer(examples.IMPORT))
async def read_import(
    id: UUID, request: Request, actor: Writing, db: Hot, now: Now, response: Response
) -> ImportJob | Response:
    """一项导入的进度和结果；带 If-None-Match 时，没有变化即答 304。"""
    job, version = await jobs.one(db, actor, id, now)
    tag = etag(version, job)
    response.headers["etag"] = tag
    return not_modified(request, tag) or job


@router.get("/{id}/rows", responses=examples.page(examples.IMPORT_ROW))
async def read_rows(
    id: UUID,
    request: Request,
    actor: Writing,
    db: Hot,
    now: Now,
    outcome: Which = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ImportRow]:
    """各行的核对结果，按行号排列；changed_since 是导入之后又被改动、因而不能撤销的行。"""
    await jobs.one(db, actor, id, now)
    since: set[UUID] = set()
    if outcome is RowFilter.CHANGED_SINCE:
        async with database_of(request).writing(info={"scope": await reached(request)}) as tx:
            since = await commands.since_of(tx, actor, id)
    return await rows.shown(db, id, outcome, since, cursor=cursor, limit=limit)


@router.get("/{id}/errors.xlsx", response_class=Response, responses={200: BOOK})
async def read_errors(id: UUID, request: Request, actor: Writing, vault: VaultOf, now: Now) -> Response:
    """有错误或冲突的行，附错误说明，改正后可直接重新上传。"""
    reading = partial(database_of(request).hot, await reached(request))
    async with reading() as db:
        job, _ = await jobs.one(db, actor, id, now)
    demo = request.app.state.settings.demo
    body = await rows.wrong_rows(reading, vault, id, ImportKind(job.kind), job.file_name, demo=demo)
    return Response(body, media_type=XLSX, headers=named("errors.xlsx", "有误的行.xlsx"))


@router.post(
    "/{id}/confirm",
    status_code=202,
    responses=examples.answer(examples.IMPORT, 202),
    openapi_extra=examples.asked(examples.CONFIRMING),
)
async def confirm_import(
    id: UUID, actor: Writing, tx: Tx, once: OnceOnly, now: Now, response: Response, order: ConfirmImport
) -> ImportJob:
    """确认写入；登记数据在核对之后有变化的，不写入，重新核对。"""
    await once.begin(tx, actor)
    await commands.confirm(tx, actor, id, skip_conflicts=order.skip_conflicts)
    return await answered(tx, actor, id, now, once, response)


@router.post("/{id}/cancel", responses=examples.answer(examples.IMPORT))
async def cancel_import(id: UUID, actor: Writing, tx: Tx, once: OnceOnly, now: Now, response: Response) -> ImportJob:
    """取消，不写入任何内容。"""
    await once.begin(tx, actor)
    await commands.cancel(tx, actor, id)
    return await answered(tx, actor, id, now, once, response, status=200)


@router.post("/{id}/undo", status_code=202, responses=examples.answer(examples.IMPORT, 202))
async def undo_import(id: UUID, actor: Writing, tx: Tx, once: OnceOnly, now: Now, response: Response) -> ImportJob:
    """一天之内整体撤销；导入之后又被改动的记录会列出，此时不能撤销。"""
    await once.begin(tx, actor)
    await commands.undo(tx, actor, id, now)
    return await answered(tx, actor, id, now, once, response)


async def answered(
    tx: Tx, actor: Writing, id: UUID, now: Now, once: OnceOnly, response: Response, *, status: int = 202
) -> ImportJob:
    job, version = await jobs.one(await plain(tx), actor, id, now)
    response.headers["location"] = f"/imports/{id}"
    response.headers["etag"] = etag(version, job)
    return await once.keep(tx, job, status)
