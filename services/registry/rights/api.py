"""Requests of data subjects over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.contracts.disclosure import (
    CompleteRightsRequest,
    ReceiveRightsRequest,
    Refusal,
    RightsRequestOut,
    RightsState,
)
from services.kernel.actor import Actor
from services.kernel.clock import Now, Today, business_date
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import Once, OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry import disclosure_examples as examples
from services.registry import listing
from services.registry.asking import DecidingRights, ReadingRights, Within, Writing, WritingRights
from services.registry.examples import answer, asked, page
from services.registry.rights import commands, queries

router = APIRouter(prefix="/rights-requests", tags=["个人权利请求"])
InState = Annotated[RightsState | None, Query(description="只看哪种状态的")]
OfPerson = Annotated[UUID | None, Query(description="只看谁的请求")]
Unfinished = Annotated[bool, Query(description="只看还没有办完的，最早到期的在前")]
Overdue = Annotated[bool, Query(description="只看已过期限还没有办完的，最早到期的在前")]


@router.get("", responses=page(examples.RIGHTS_REQUEST))
async def list_rights_requests(
    actor: ReadingRights,
    db: Hot,
    today: Today,
    division: Within = None,
    state: InState = None,
    person_id: OfPerson = None,
    unfinished: Unfinished = False,
    overdue: Overdue = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RightsRequestOut]:
    """管辖范围内人员提出的请求，新的在前。"""
    within = await listing.scope(db, actor, "rights:read", division)
    return await queries.requests(
        db, actor, within=list(within), state=state, person_id=person_id, unfinished=unfinished, overdue=overdue,
        today=today, limit=limit, cursor=cursor,
    )  # fmt: skip


@router.post(
    "",
    status_code=201,
    responses=answer(examples.RIGHTS_REQUEST, 201),
    openapi_extra=asked(examples.NEW_RIGHTS_REQUEST),
)
async def receive_rights_request(
    order: ReceiveRightsRequest, actor: Writing, tx: Tx, once: OnceOnly, now: Now
) -> RightsRequestOut:
    """登记一项请求（查阅、复制、更正、删除、解释、撤回同意）；期限随即算出。"""
    await once.begin(tx, actor)
    request = await commands.receive(tx, actor, order, now)
    found = await queries.request(await plain(tx), actor, request.id, business_date(now), "registry:write")
    return await once.keep(tx, found)


@router.get("/{id}", responses=answer(examples.RIGHTS_REQUEST))
async def read_rights_request(id: UUID, actor: ReadingRights, db: Hot, today: Today) -> RightsRequestOut:
    """一项请求。"""
    return await queries.request(db, actor, id, today)


@router.post("/{id}/start", responses=answer(examples.RIGHTS_REQUEST))
async def start_rights_request(id: UUID, actor: WritingRights, tx: Tx, once: OnceOnly, now: Now) -> RightsRequestOut:
    """开始办理。"""
    await once.begin(tx, actor)
    await commands.start(tx, actor, id)
    return await answered(tx, actor, id, once, now)


@router.post("/{id}/complete", responses=answer(examples.RIGHTS_REQUEST), openapi_extra=asked(examples.COMPLETING))
async def complete_rights_request(
    id: UUID, order: CompleteRightsRequest, actor: DecidingRights, tx: Tx, once: OnceOnly, now: Now
) -> RightsRequestOut:
    """办结，不由登记的人。删除、撤回同意：依法仍须保存的，改为限制处理；否则销毁此人的密钥，无法恢复。须刚验证过身份。"""
    await once.begin(tx, actor)
    await commands.complete(tx, actor, id, order.answer, now)
    return await answered(tx, actor, id, once, now)


@router.post("/{id}/refuse", responses=answer(examples.RIGHTS_REQUEST), openapi_extra=asked(examples.REFUSAL))
async def refuse_rights_request(
    id: UUID, order: Refusal, actor: WritingRights, tx: Tx, once: OnceOnly, now: Now
) -> RightsRequestOut:
    """拒绝，并说明理由；不由登记的人。"""
    await once.begin(tx, actor)
    await commands.refuse(tx, actor, id, order.reason, now)
    return await answered(tx, actor, id, once, now)


async def answered(tx: Tx, actor: Actor, id: UUID, once: Once, now: Now) -> RightsRequestOut:
    found = await queries.request(await plain(tx), actor, id, business_date(now), "rights:write")
    return await once.keep(tx, found, 200)
