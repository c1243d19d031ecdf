"""Organizations over HTTP."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Request, Response

from services.contracts.registry import (
    ORGANIZATION_KIND_NAMES,
    CreateOrganization,
    OrganizationKind,
    OrganizationOut,
    UpdateOrganization,
    Uscc,
)
from services.kernel import export
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch
from services.registry import examples, listing
from services.registry.asking import Ids, Reading, Text, Within, Writing, tagged, unless_known
from services.registry.organizations import commands, queries
from services.registry.organizations.exports import TABLE

router = APIRouter(prefix="/organizations", tags=["机构"])


async def _sought(
    q: Text = None,
    kind: OrganizationKind | None = None,
    id: Ids = None,
    sort: queries.Sort = queries.Sort.DIVISION,
) -> queries.Sought:
    return queries.Sought(q=q, kind=kind, ids=id, sort=sort)


Sought = Annotated[queries.Sought, Depends(_sought)]


@router.get("", responses=examples.page(examples.ORGANIZATION))
async def list_organizations(
    actor: Reading,
    db: Hot,
    sought: Sought,
    division: Within = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[OrganizationOut]:
    """管辖范围内的机构。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.organizations(db, actor, sought, within=within, limit=limit, cursor=cursor)


@router.get("/export", response_class=Response, responses=export.FILE)
async def export_organizations(
    request: Request,
    actor: Reading,
    sought: Sought,
    division: Within = None,
    format: export.As = export.Format.XLSX,
) -> Response:
    """管辖范围内的机构，筛选条件与列表相同，导出为文件。"""

    async def pages(db: asyncpg.Connection, cursor: str | None) -> Page[OrganizationOut]:
        within = await listing.scope(db, actor, "registry:read", division)
        return await queries.organizations(db, actor, sought, within=within, limit=export.AT_ONCE, cursor=cursor)

    kind = sought.kind and ORGANIZATION_KIND_NAMES[sought.kind]
    criteria = {"区划": division, "查询": sought.q, "类别": kind, "编号": sought.ids}
    return await export.exported(request, actor, TABLE, pages, format, criteria)


@router.post(
    "",
    status_code=201,
    responses=examples.answer(examples.ORGANIZATION, 201),
    openapi_extra=examples.asked(examples.NEW_ORGANIZATION),
)
async def add_organization(
    order: CreateOrganization, actor: Writing, tx: Tx, once: OnceOnly, response: Response
) -> OrganizationOut:
    """登记一个机构。"""
    await once.begin(tx, actor)
    added = await commands.add_organization(tx, actor, order)
    answer = await queries.organization(await plain(tx), actor, added.id, "registry:write")
    return await once.keep(tx, tagged(response, answer))


@router.get("/{id}", response_model=OrganizationOut, responses=examples.answer(examples.ORGANIZATION))
async def read_organization(
    id: UUID, request: Request, actor: Reading, db: Hot, response: Response
) -> OrganizationOut | Response:
    """一个机构。"""
    return unless_known(request, response, await queries.organization(db, actor, id))


@router.get("/by-uscc/{uscc}", responses=examples.answer(examples.ORGANIZATION))
async def organization_by_uscc(uscc: Uscc, actor: Reading, db: Hot) -> OrganizationOut:
    """凭完整的统一社会信用代码查一个机构，不限管辖范围：政府购买的承接机构可以来自外区。"""
    return await queries.by_uscc(db, actor, uscc)


@router.patch(
    "/{id}",
    responses=examples.answer(examples.ORGANIZATION),
    openapi_extra=examples.asked(examples.CHANGED_ORGANIZATION),
)
async def change_organization(
    id: UUID, order: UpdateOrganization, actor: Writing, tx: Tx, response: Response, if_match: IfMatch = None
) -> OrganizationOut:
    """更正机构信息，须带 If-Match。"""
    await commands.change_organization(tx, actor, id, order, if_match)
    return tagged(response, await queries.organization(await plain(tx), actor, id, "registry:write"))
