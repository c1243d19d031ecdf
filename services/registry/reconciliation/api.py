"""Reconciliation with the national system over HTTP: exports, what their columns mean, figures, the queue."""

import asyncio
from datetime import date
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.imports import ImportJob
from services.contracts.reconciliation import (
    CASE_STATE_NAMES,
    KIND_NAMES,
    CaseOut,
    CaseState,
    CaseVerb,
    CaseVersion,
    ConfirmPerson,
    DifferenceKind,
    FiguresOut,
    HeadingsOut,
    KeepOurs,
    MapHeadings,
    MappingOut,
    Postpone,
    SnapshotOut,
    TakeNational,
)
from services.kernel import export
from services.kernel.clock import Now, Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import Once, OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry import listing
from services.registry.asking import Reading, Reviewing, Within, Writing
from services.registry.examples import answer, asked, page
from services.registry.imports import commands as imports
from services.registry.imports import jobs
from services.registry.imports.workbook import check_at_once
from services.registry.personal import VaultOf
from services.registry.reconciliation import cases, commands, examples, figures, mapping
from services.registry.reconciliation.exports import TABLE

router = APIRouter(prefix="/reconciliation", tags=["与全国系统核对"])
of_imports = APIRouter(prefix="/imports", tags=["与全国系统核对"])  # whose file it is, like all that is asked of one
OfKind = Annotated[DifferenceKind | None, Query(description="只看哪一种差异")]
InState = Annotated[CaseState | None, Query(description="只看处于哪一步的")]
Unfinished = Annotated[bool, Query(description="只看还没有一致的")]
Due = Annotated[bool, Query(description="只看今天要处理的：未处理的，和暂缓到期的")]
Older = Annotated[int | None, Query(ge=0, le=3650, description="只看发现后超过这么多天的")]
Where = Annotated[DivisionCode | None, Form(description="导出的是哪个区划的数据；只管一个区划的可以不填")]
ExportedOn = Annotated[Day | None, Form(description="导出的日期；文件有“导出日期”列的可以不填")]
Kept = Annotated[UUID | None, Form(description="用哪一份保存过的列名对应")]


async def _sought(
    kind: OfKind = None, state: InState = None, unfinished: Unfinished = False, due: Due = False,
    older_than: Older = None,
) -> cases.Sought:  # fmt: skip
    return cases.Sought(kind, state, unfinished, due, older_than)


Sought = Annotated[cases.Sought, Depends(_sought)]


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@router.get("/figures", responses=answer(examples.FIGURES))
async def read_figures(actor: Reading, db: Hot, division: Within = None) -> FiguresOut:
    """本系统与全国系统的数字并列，差数按原因分列，各原因之和等于差数。以最近一次比对为准；不填区划的看自己的管辖范围。"""
    return await figures.figures(db, actor, division)


# ── exports ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@router.get("/exports", responses=page(examples.SNAPSHOT))
async def list_exports(
    actor: Reading, db: Hot, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[SnapshotOut]:
    """管辖范围内导入过的全国系统导出，新的在前；每个区划以最新的一份为准。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await cases.snapshots(db, actor, within=within, limit=limit, cursor=cursor)


@router.post("/exports", status_code=202, responses=answer(examples.EXPORT_JOB, 202))
async def import_export(
    file: Annotated[UploadFile, File(description=".xlsx 工作簿或 .csv 文本，最大 20 MB")],
    actor: Writing,
    tx: Tx,
    once: OnceOnly,
    vault: VaultOf,
    today: Today,
    now: Now,
    response: Response,
    division: Where = None,
    exported_on: ExportedOn = None,
    mapping_id: Kept = None,
) -> ImportJob:
    """上传全国系统的登记状态导出。有不认识的列时停下来，对应列名之后继续；确认之后入库并比对。须带 Idempotency-Key。"""
    content = await file.read()
    await asyncio.to_thread(check_at_once, content, csv=True)
    said = f"{division} {exported_on} {mapping_id}\n".encode() + content
    await once.begin(tx, actor, required=True, content=said)
    id = await mapping.begin(
        tx, actor, vault, division=division, exported_on=exported_on, mapping=mapping_id, today=today,
        name=imports.named(file.filename), content=content,
    )  # fmt: skip
    return await begun(tx, actor, id, now, once, response)


async def begun(tx: Tx, actor: Writing, id: UUID, now: Now, once: Once, response: Response) -> ImportJob:
    job, _ = await jobs.one(await plain(tx), actor, id, now)
    response.headers["location"] = f"/imports/{id}"
    return await once.keep(tx, job, 202)


@router.get("/mappings", responses=page(examples.MAPPING))
async def list_mappings(
    actor: Writing, db: Hot, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[MappingOut]:
    """保存过的列名对应，新的在前。"""
    return await mapping.mappings(db, actor, division, limit=limit, cursor=cursor)


@of_imports.get("/{id}/headings", responses=answer(examples.HEADINGS))
async def read_headings(id: UUID, actor: Writing, db: Hot, now: Now) -> HeadingsOut:
    """自己上传的一份导出有哪些列，各是什么；认得的、以前对应过的已经填好。"""
    job, _ = await jobs.one(db, actor, id, now)
    return await mapping.proposed(db, actor, id, job)


@of_imports.post(
    "/{id}/headings",
    status_code=202,
    responses=answer(examples.EXPORT_JOB, 202),
    openapi_extra=asked(examples.MAPPING_ORDER),
)
async def map_headings(
    id: UUID, order: MapHeadings, actor: Writing, tx: Tx, once: OnceOnly, now: Now, response: Response
) -> ImportJob:
    """说明每一列是什么（不要的列也要说明），按名称保存，并继续读取文件。"""
    await once.begin(tx, actor)
    await mapping.map_headings(tx, actor, id, order)
    return await begun(tx, actor, id, now, once, response)


@router.post("/exports/{id}/compare", responses=answer(examples.SNAPSHOT))
async def compare_export(id: UUID, actor: Writing, tx: Tx, once: OnceOnly) -> SnapshotOut:
    """把一个区划最新的导出与本系统现在的登记重新比对。"""
    await once.begin(tx, actor)
    await cases.one_snapshot(await plain(tx), actor, id, "registry:write")
    await commands.compare(tx, actor, id)
    return await once.keep(tx, await cases.one_snapshot(await plain(tx), actor, id, "registry:write"), 200)


# ── the queue ────────────────────────────────────────────────────────────────────────────────────────────────────────
@router.get("/cases", responses=page(examples.CASE))
async def list_cases(
    actor: Reading, db: Hot, sought: Sought, today: Today, division: Within = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CaseOut]:  # fmt: skip
    """管辖范围内与全国系统的差异，先发现的在前。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await cases.cases(db, actor, sought, today, within=within, limit=limit, cursor=cursor)


@router.get("/cases/export", response_class=Response, responses=export.FILE)
async def export_cases(
    request: Request, actor: Reading, sought: Sought, today: Today, division: Within = None,
    format: export.As = export.Format.XLSX,
) -> Response:  # fmt: skip
    """差异清单，筛选条件与列表相同，导出为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[CaseOut]:
        within = await listing.scope(db, actor, "registry:read", division)
        return await cases.cases(db, actor, sought, today, within=within, limit=export.AT_ONCE, cursor=cursor)

    criteria = {
        "区划": division, "差异": sought.kind and KIND_NAMES[sought.kind], "超过天数": sought.older_than,
        "处理": sought.state and CASE_STATE_NAMES[sought.state], "只看未一致的": sought.unfinished or None,
        "只看今天要处理的": sought.due or None,
    }  # fmt: skip
    return await export.exported(request, actor, TABLE, pages, format, criteria)


@router.get("/cases/{id}", responses=answer(examples.CASE))
async def read_reconciliation_case(id: UUID, actor: Reading, db: Hot, today: Today) -> CaseOut:
    """一项差异，两边的内容并列。"""
    return await cases.case(db, actor, id, today)


@router.get("/cases/{id}/history", responses=page(examples.CASE_VERSION))
async def read_case_history(
    id: UUID, actor: Reading, db: Hot, today: Today, limit: Limit = 50, cursor: Cursor = None
) -> Page[CaseVersion]:
    """这项差异的来龙去脉，新的在前。"""
    return await cases.history(db, actor, id, today, limit=limit, cursor=cursor)


@router.post("/cases/{id}/ours", responses=answer(examples.CASE), openapi_extra=asked(examples.KEEPING))
async def keep_ours(id: UUID, order: KeepOurs, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today) -> CaseOut:
    """本系统正确：报全国系统更正；以后的导出一致时自动办结。"""
    return await decided(tx, actor, id, CaseVerb.OURS, order, once, today)


@router.post("/cases/{id}/national", responses=answer(examples.CASE), openapi_extra=asked(examples.TAKING))
async def take_national(
    id: UUID, order: TakeNational, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today
) -> CaseOut:
    """全国系统正确：本系统须另行申请或更正，可注明申请；这里不改动登记。"""
    return await decided(tx, actor, id, CaseVerb.NATIONAL, order, once, today)


@router.post("/cases/{id}/confirm", responses=answer(examples.CASE), openapi_extra=asked(examples.CONFIRMING))
async def confirm_person(
    id: UUID, order: ConfirmPerson, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today
) -> CaseOut:
    """确认是同一人：下次比对时不再核对姓名和证件号码，其余照常比对。"""
    return await decided(tx, actor, id, CaseVerb.CONFIRM, order, once, today)


@router.post("/cases/{id}/postpone", responses=answer(examples.CASE), openapi_extra=asked(examples.POSTPONING))
async def postpone_case(id: UUID, order: Postpone, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today) -> CaseOut:
    """暂缓到某一天，说明理由。"""
    return await decided(tx, actor, id, CaseVerb.POSTPONE, order, once, today)


async def decided(
    tx: Tx, actor: Reviewing, id: UUID, verb: CaseVerb, order: commands.Order, once: Once, today: date
) -> CaseOut:
    await once.begin(tx, actor)
    await commands.decide(tx, actor, id, verb, order, today)
    return await once.keep(tx, await cases.case(await plain(tx), actor, id, today, cases.REVIEW), 200)
