"""Exam results, their pass rates and the passes of the senior exam over HTTP. Candidates leave masked."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.divisions import DivisionCode
from services.contracts.exams import (
    ExamPassOut,
    ExamResultOut,
    ExamVerdict,
    ExamYear,
    PassRates,
    PassState,
    RateBy,
    RecordExamPass,
    ReviewExamPass,
    UnitType,
)
from services.contracts.registry import LEVEL_NAMES, Level
from services.kernel import export
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry import listing
from services.registry.asking import On, Reading, Within, Writing, tagged, unless_known
from services.registry.examples import answer, asked, page
from services.registry.exams import commands, examples, queries
from services.registry.exams.exports import RESULTS

router = APIRouter(tags=["考试"])
Year = Annotated[ExamYear | None, Query(description="考试年度")]
District = Annotated[DivisionCode | None, Query(description="只看计入这个区县的；市本级的填市的代码")]


async def _sought(
    from_year: Year = None,
    to_year: Year = None,
    level: Level | None = None,
    district: District = None,
    unit_type: UnitType | None = None,
    verdict: ExamVerdict | None = None,
) -> queries.Sought:
    return queries.Sought(from_year, to_year, level, district, unit_type, verdict)


Sought = Annotated[queries.Sought, Depends(_sought)]


@router.get("/exams/pass-rates", responses=answer(examples.RATES))
async def read_pass_rates(
    actor: Reading, db: Hot, sought: Sought, division: Within = None, by: RateBy = RateBy.ALL
) -> PassRates:
    """管辖范围内各年度、各级别的合格率（合格人数占参考人数），可再按区县或单位类型分列。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return PassRates(items=await queries.pass_rates(db, sought, by, within=within))


@router.get("/exams/results", responses=page(examples.RESULT))
async def list_results(
    actor: Reading, db: Hot, sought: Sought, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[ExamResultOut]:
    """管辖范围内的考试成绩，一行是一名考生一个年度一个级别；证件号码部分隐去。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.results(db, sought, within=within, limit=limit, cursor=cursor)


@router.get("/exams/results/export", response_class=Response, responses=export.FILE)
async def export_results(
    request: Request, actor: Reading, sought: Sought, division: Within = None, format: export.As = export.Format.XLSX
) -> Response:
    """管辖范围内的考试成绩，筛选条件与列表相同，导出为文件；证件号码部分隐去。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[ExamResultOut]:
        within = await listing.scope(db, actor, "registry:read", division)
        return await queries.results(db, sought, within=within, limit=export.AT_ONCE, cursor=cursor)

    years = [year for year in (sought.from_year, sought.to_year) if year]
    criteria = {
        "考试年度": years, "区划": division, "区县": sought.district,
        "级别": sought.level and LEVEL_NAMES[sought.level],
    }  # fmt: skip
    return await export.exported(request, actor, RESULTS, pages, format, criteria)


@router.get("/exam-passes", responses=page(examples.PASS))
async def list_passes(
    actor: Reading,
    db: Hot,
    on: On,
    state: PassState | None = None,
    person_id: UUID | None = None,
    division: Within = None,
    sort: queries.PassSort = queries.PassSort.ENDING,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ExamPassOut]:
    """管辖范围内人员的高级社会工作师考试成绩合格证明，先到期的在前；state=ending 是即将到期而评审还没有通过的。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.passes(
        db, actor, within=within, state=state, person_id=person_id, on=on, sort=sort, limit=limit, cursor=cursor
    )


@router.get("/exam-passes/{id}", response_model=ExamPassOut, responses=answer(examples.PASS))
async def read_pass(
    id: UUID, request: Request, actor: Reading, db: Hot, on: On, response: Response
) -> ExamPassOut | Response:
    """一份成绩合格证明。"""
    return unless_known(request, response, await queries.exam_pass(db, actor, id, on))


@router.post(
    "/people/{id}/exam-passes",
    status_code=201,
    responses=answer(examples.PASS, 201),
    openapi_extra=asked(examples.NEW_PASS),
)
async def record_pass(
    id: UUID, order: RecordExamPass, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> ExamPassOut:
    """登记一份成绩合格证明：自成绩公布之日起三年有效，不是证书，不计入持证人数（CERT-04）。"""
    await once.begin(tx, actor)
    added = await commands.record_pass(tx, actor, id, order, today)
    found = await queries.exam_pass(await plain(tx), actor, added.id, today, "registry:write")
    return await once.keep(tx, tagged(response, found))


@router.post("/exam-passes/{id}/review", responses=answer(examples.PASS), openapi_extra=asked(examples.REVIEWING))
async def review_pass(
    id: UUID, order: ReviewExamPass, actor: Writing, tx: Tx, once: OnceOnly, today: Today
) -> ExamPassOut:
    """登记评审结果：评审通过和公示都须在合格证明有效期内；未通过的，有效期内可再次评审。"""
    await once.begin(tx, actor)
    await commands.review_pass(tx, actor, id, order, today)
    found = await queries.exam_pass(await plain(tx), actor, id, today, "registry:write")
    return await once.keep(tx, found, 200)
