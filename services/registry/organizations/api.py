"""Organizations over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.contracts.registry import CreateOrganization, OrganizationKind, OrganizationOut, UpdateOrganization
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch
from services.registry import examples, listing
from services.registry.asking import Reading, Text, Within, Writing, tagged, unless_known
from services.registry.organizations import commands, queries

router = APIRouter(prefix="/organizations", tags=["机构"])


@router.get("", responses=examples.page(examples.ORGANIZATION))
async def list_organizations(
    actor: Reading,
    db: Hot,
    division: Within = None,
    q: Text = None,
    kind: OrganizationKind | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[OrganizationOut]:
    """管辖范围内的机构。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.organizations(db, actor, within=within, q=q, kind=kind, limit=limit, cursor=cursor)


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
    answer = await queries.organization(await listing.plain(tx), actor, added.id, "registry:write")
    return await once.keep(tx, tagged(response, answer))


@router.get("/{id}", response_model=OrganizationOut, responses=examples.answer(examples.ORGANIZATION))
async def read_organization(
    id: UUID, request: Request, actor: Reading, db: Hot, response: Response
) -> OrganizationOut | Response:
    """一个机构。"""
    return unless_known(request, response, await queries.organization(db, actor, id))


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
    return tagged(response, await queries.organization(await listing.plain(tx), actor, id, "registry:write"))
