"""Project staff over HTTP. People are known by their number in the registry; names are asked for there."""

from datetime import date
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.procurement import AddStaff, StaffOut, UpdateStaff
from services.kernel import export, listing
from services.kernel.actor import Actor
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch
from services.procurement import examples
from services.procurement.asking import READ, WRITE, On, Reading, Within, Writing, tagged, unless_known
from services.procurement.staff import commands, queries
from services.procurement.staff.exports import TABLE
from services.procurement.staff.models import ProjectStaff

router = APIRouter(prefix="/staff", tags=["项目人员"])
There = Annotated[bool | None, Query(description="当日是否在项目上")]
Qualified = Annotated[bool | None, Query(description="当日是否合格：相关专业毕业或持证")]


async def _sought(
    project_id: UUID | None = None,
    person_id: UUID | None = None,
    there: There = None,
    qualified: Qualified = None,
) -> queries.Sought:
    return queries.Sought(project_id=project_id, person_id=person_id, there=there, qualified=qualified)


Sought = Annotated[queries.Sought, Depends(_sought)]


@router.get("", responses=examples.page(examples.STAFF_OUT))
async def list_staff(
    actor: Reading, db: Hot, on: On, sought: Sought, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[StaffOut]:
    """管辖范围内项目的人员，以及当日是否合格。"""
    within = await listing.scope(db, actor, READ, division)
    return await queries.staff(db, actor, sought, within=within, on=on, limit=limit, cursor=cursor)


@router.get("/export", response_class=Response, responses=export.FILE)
async def export_staff(
    request: Request,
    actor: Reading,
    on: On,
    sought: Sought,
    division: Within = None,
    format: export.As = export.Format.XLSX,
) -> Response:
    """管辖范围内的项目人员，筛选条件与列表相同，导出为文件；只有人员编号，没有姓名。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[StaffOut]:
        within = await listing.scope(db, actor, READ, division)
        return await queries.staff(db, actor, sought, within=within, on=on, limit=export.AT_ONCE, cursor=cursor)

    criteria = {"日期": on, "区划": division, "当日在项目上": sought.there, "合格": sought.qualified}
    return await export.exported(request, actor, TABLE, pages, format, criteria)


@router.post(
    "",
    status_code=201,
    responses=examples.answer(examples.STAFF_OUT, 201),
    openapi_extra=examples.asked(examples.NEW_STAFF),
)
async def add_staff(
    order: AddStaff, actor: Writing, tx: Tx, once: OnceOnly, today: Today, response: Response
) -> StaffOut:
    """登记项目人员；起止日期应在合同期内。"""
    await once.begin(tx, actor)
    added = await commands.add_staff(tx, actor, order)
    return await once.keep(tx, tagged(response, await written(tx, actor, added, today)))


@router.get("/{id}", response_model=StaffOut, responses=examples.answer(examples.STAFF_OUT))
async def read_staff(
    id: UUID, request: Request, actor: Reading, db: Hot, on: On, response: Response
) -> StaffOut | Response:
    """一条项目人员记录。"""
    return unless_known(request, response, await queries.member(db, actor, id, on=on))


@router.patch(
    "/{id}",
    responses=examples.answer(examples.STAFF_OUT),
    openapi_extra=examples.asked(examples.CHANGED_STAFF),
)
async def change_staff(
    id: UUID, order: UpdateStaff, actor: Writing, tx: Tx, today: Today, response: Response, if_match: IfMatch = None
) -> StaffOut:
    """更正项目人员，须带 If-Match；离开项目时填写 end。"""
    changed = await commands.change_staff(tx, actor, id, order, if_match)
    return tagged(response, await written(tx, actor, changed, today))


async def written(tx: Tx, actor: Actor, staff: ProjectStaff, today: date) -> StaffOut:
    answer = await queries.member(await listing.plain(tx), actor, staff.id, on=today, permission=WRITE)
    return answer.model_copy(update={"warnings": await commands.warnings(tx, staff)})
