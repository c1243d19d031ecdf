"""People, certificates and registrations over HTTP. Personal data leaves masked."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.registry import LEVEL_NAMES, CertificateOut, Level, PersonOut, RegistrationOut
from services.kernel import export
from services.kernel.clock import Today
from services.kernel.db import Hot
from services.kernel.paging import Cursor, Limit, Page
from services.registry import examples, listing
from services.registry.asking import Ids, On, OnDay, Reading, Text, Within, unless_known
from services.registry.people import exports, queries
from services.registry.registrations.may import certificate_may, with_may

router = APIRouter(tags=["人员"])
Registered = Annotated[bool | None, Query(description="当日登记是否有效")]
Incomplete = Annotated[bool, Query(description="只看姓名中有罕用字、自造字或待补字符号，还没有补正或确认的")]
Renewable = Annotated[bool, Query(description="只看当日可以办理再登记、还没有续上的（登记期满前三个月内）")]


async def _sought(
    q: Text = None,
    level: Level | None = None,
    registered: Registered = None,
    id: Ids = None,
    incomplete: Incomplete = False,
    sort: queries.Sort = queries.Sort.DIVISION,
) -> queries.Sought:
    return queries.Sought(q=q, level=level, registered=registered, ids=id, incomplete=incomplete, sort=sort)


Sought = Annotated[queries.Sought, Depends(_sought)]


@router.get("/people", responses=examples.page(examples.PERSON_OUT))
async def list_people(
    actor: Reading,
    db: Hot,
    on: On,
    sought: Sought,
    division: Within = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PersonOut]:
    """管辖范围内的人员；q 是姓名中的至少两个字（间隔号写法不限），或证书的完整管理号。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.people(db, actor, sought, within=within, on=on, limit=limit, cursor=cursor)


@router.get("/people/export", response_class=Response, responses=export.FILE)
async def export_people(
    request: Request,
    actor: Reading,
    on: On,
    sought: Sought,
    division: Within = None,
    format: export.As = export.Format.XLSX,
    columns: export.Columns = None,
) -> Response:
    """管辖范围内的人员，筛选条件与列表相同，导出为文件；个人信息部分隐去。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[PersonOut]:
        within = await listing.scope(db, actor, "registry:read", division)
        return await queries.people(db, actor, sought, within=within, on=on, limit=export.AT_ONCE, cursor=cursor)

    level = sought.level and LEVEL_NAMES[sought.level]
    criteria = {"日期": on, "区划": division, "姓名": sought.q, "证书级别": level, "登记有效": sought.registered,
                "编号": sought.ids, "待补字": sought.incomplete or None}  # fmt: skip
    return await export.exported(request, actor, exports.PEOPLE, pages, format, criteria, columns)


@router.get("/people/{id}", response_model=PersonOut, responses=examples.answer(examples.PERSON_OUT))
async def read_person(
    id: UUID, request: Request, actor: Reading, db: Hot, on: On, response: Response
) -> PersonOut | Response:
    """一个人在某一天的情况。"""
    return unless_known(request, response, await queries.person(db, actor, id, on=on))


@router.get("/certificates", responses=examples.page(examples.CERTIFICATE))
async def list_certificates(
    actor: Reading,
    db: Hot,
    division: Within = None,
    person_id: UUID | None = None,
    level: Level | None = None,
    on: OnDay = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CertificateOut]:
    """管辖范围内人员的证书；给出 on 时只列当日有效的。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.certificates(
        db, actor, within=within, person_id=person_id, level=level, on=on, limit=limit, cursor=cursor
    )


@router.get("/certificates/export", response_class=Response, responses=export.FILE)
async def export_certificates(
    request: Request,
    actor: Reading,
    division: Within = None,
    person_id: UUID | None = None,
    level: Level | None = None,
    on: OnDay = None,
    format: export.As = export.Format.XLSX,
    columns: export.Columns = None,
) -> Response:
    """管辖范围内人员的证书，筛选条件与列表相同，导出为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[CertificateOut]:
        within = await listing.scope(db, actor, "registry:read", division)
        return await queries.certificates(
            db, actor, within=within, person_id=person_id, level=level, on=on, limit=export.AT_ONCE, cursor=cursor
        )

    criteria = {"日期": on, "区划": division, "证书级别": level and LEVEL_NAMES[level], "人员": person_id}
    return await export.exported(request, actor, exports.CERTIFICATES, pages, format, criteria, columns)


@router.get("/certificates/{id}", response_model=CertificateOut, responses=examples.answer(examples.CERTIFICATE))
async def read_certificate(
    id: UUID, request: Request, actor: Reading, db: Hot, response: Response
) -> CertificateOut | Response:
    """一本证书；更正时带上它的 ETag。"""
    return unless_known(request, response, certificate_may(actor, await queries.certificate(db, actor, id)))


@router.get("/registrations", responses=examples.page(examples.REGISTRATION))
async def list_registrations(
    actor: Reading,
    db: Hot,
    today: Today,
    division: Within = None,
    person_id: UUID | None = None,
    on: OnDay = None,
    renewable: Renewable = False,
    sort: queries.RegistrationSort = queries.RegistrationSort.DIVISION,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RegistrationOut]:
    """管辖范围内人员的登记；给出 on 时只列当日有效的。sort=ending 按期满日先后排列。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.registrations(
        db, within=within, person_id=person_id, on=on, renewable_on=(on or today) if renewable else None, sort=sort,
        limit=limit, cursor=cursor,
    )  # fmt: skip


@router.get("/registrations/export", response_class=Response, responses=export.FILE)
async def export_registrations(
    request: Request,
    actor: Reading,
    today: Today,
    division: Within = None,
    person_id: UUID | None = None,
    on: OnDay = None,
    renewable: Renewable = False,
    sort: queries.RegistrationSort = queries.RegistrationSort.DIVISION,
    format: export.As = export.Format.XLSX,
    columns: export.Columns = None,
) -> Response:
    """管辖范围内人员的登记，筛选条件与列表相同，导出为文件。"""
    asked_on = (on or today) if renewable else None

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[RegistrationOut]:
        within = await listing.scope(db, actor, "registry:read", division)
        return await queries.registrations(
            db, within=within, person_id=person_id, on=on, renewable_on=asked_on, sort=sort, limit=export.AT_ONCE,
            cursor=cursor,
        )  # fmt: skip

    criteria = {"日期": on, "区划": division, "可办理再登记": asked_on, "人员": person_id}
    return await export.exported(request, actor, exports.REGISTRATIONS, pages, format, criteria, columns)


@router.get("/registrations/{id}", responses=examples.answer(examples.REGISTRATION))
async def read_registration(id: UUID, actor: Reading, db: Hot, today: Today) -> RegistrationOut:
    """一项登记。"""
    return with_may(actor, await queries.registration(db, actor, id), today)
