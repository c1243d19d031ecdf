"""Personal links over HTTP; and, for the gateway, opening one."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.contracts.personal_links import (
    HASH,
    ApplicationSeen,
    MakePersonalLink,
    OpenPersonalLink,
    PersonalLinkMade,
    PersonalLinkOut,
)
from services.kernel.actor import calling_service
from services.kernel.clock import Now, Today
from services.kernel.db import Hot, Tx, database_of
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry.asking import Reading, Writing
from services.registry.examples import answer, asked, page
from services.registry.personal_links import commands, examples, queries, rules
from services.registry.verification.issuing import Issuer, issuer_of

router = APIRouter(tags=["登记申请"])
public = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Depends(calling_service)])
OfApplication = Annotated[UUID | None, Query(description="只看这份申请的")]
Hash = Annotated[str, Path(pattern=HASH)]


@router.get("/personal-links", responses=page(examples.LINK))
async def list_personal_links(
    actor: Reading, db: Hot, application_id: OfApplication = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[PersonalLinkOut]:
    """管辖范围内给申请人的查询链接，新的在前：何时到期、最近何时打开、输错几次。"""
    return await queries.links(db, actor, application_id, limit=limit, cursor=cursor)


@router.post(
    "/registration-applications/{id}/personal-links", status_code=201, responses=answer(examples.MADE, 201),
    openapi_extra=asked(examples.MAKING),
)  # fmt: skip
async def make_personal_link(
    id: UUID, order: MakePersonalLink, request: Request, actor: Writing, tx: Tx, today: Today, now: Now,
    response: Response,
) -> PersonalLinkMade:  # fmt: skip
    """为申请人（没有账号）做一个查询链接：凭链接和查询码查看这份申请办到哪一步。两者只在此时给出，请分开转交。"""
    response.headers["cache-control"] = "no-store"
    issuer: Issuer = issuer_of(request)
    return await commands.make(tx, actor, issuer.url, id, order, today, now)


@router.post("/personal-links/{id}/withdraw", responses=answer(examples.LINK))
async def withdraw_personal_link(id: UUID, actor: Writing, tx: Tx, once: OnceOnly, now: Now) -> PersonalLinkOut:
    """使查询链接作废（误发、遗失）。"""
    await once.begin(tx, actor)
    await commands.withdraw(tx, actor, id, now)
    await tx.flush()
    return await once.keep(tx, await queries.link(await plain(tx), actor, id), 200)


@public.post("/personal-links/{hash}")
async def open_personal_link(
    hash: Hash, order: OpenPersonalLink, request: Request, today: Today, now: Now
) -> ApplicationSeen:
    """What was tried is counted whether it opens or not."""
    found = await tried(request, bytes.fromhex(hash), bytes.fromhex(order.code_hash), today, now)
    if found is None:
        raise rules.cannot_open()
    return found


async def tried(request: Request, hash: bytes, code_hash: bytes, today: date, now: datetime) -> ApplicationSeen | None:
    async with database_of(request).writing() as tx, tx.begin():
        found = await commands.open_link(tx, hash, code_hash, today, now)
    request.app.state.bell.ring()
    return found
