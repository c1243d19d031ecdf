"""Terms of registration and their ends over HTTP; amnesty windows."""

from uuid import UUID

from fastapi import APIRouter

from services.contracts.registrations import (
    AmnestyOut,
    CloseAmnesty,
    OpenAmnesty,
    RevokeRegistration,
    TermOut,
    Terms,
    VoidCertificate,
)
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry.asking import Deciding, On, Reading, Reviewing, Within
from services.registry.examples import answer, asked, page
from services.registry.people.queries import certificate
from services.registry.registrations import amnesties, commands, examples, queries, terms
from services.registry.registrations.may import amnesty_may

router = APIRouter(tags=["登记有效期"])


@router.get("/certificates/{id}/terms", responses=answer(examples.TERMS))
async def list_terms(id: UUID, actor: Reading, db: Hot, on: On) -> Terms:
    """一本证书的全部登记有效期，按先后；on 当日各处于什么状态。中间断开的，前一期的 end 早于后一期的 start。"""
    await certificate(db, actor, id)
    return Terms(items=await queries.terms(db, actor, id, on))


@router.post("/registrations/{id}/revoke", responses=answer(examples.TERM), openapi_extra=asked(examples.REVOKING))
async def revoke_registration(
    id: UUID, order: RevokeRegistration, actor: Deciding, tx: Tx, once: OnceOnly, today: Today
) -> TermOut:
    """撤销登记，自今天起；之后的有效期一并撤销。由市级审核人员办理，须刚刚验证过身份。"""
    await once.begin(tx, actor)
    await terms.revoke(tx, actor, id, order, today)
    found = await queries.term(await plain(tx), actor, id, today, commands.REVIEW)
    return await once.keep(tx, found, 200)


@router.post("/certificates/{id}/void", responses=answer(examples.TERMS), openapi_extra=asked(examples.VOIDING))
async def void_certificate(
    id: UUID, order: VoidCertificate, actor: Deciding, tx: Tx, once: OnceOnly, today: Today
) -> Terms:
    """登记人事考试机构关于证书无效的通知：证书失效，其登记一律撤销。须刚刚验证过身份。"""
    await once.begin(tx, actor)
    await terms.void(tx, actor, id, order, today)
    found = await queries.terms(await plain(tx), actor, id, today, commands.REVIEW)
    return await once.keep(tx, Terms(items=found), 200)


@router.get("/amnesty-windows", responses=page(examples.AMNESTY))
async def list_amnesty_windows(
    actor: Reading, db: Hot, today: Today, division: Within = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[AmnestyOut]:
    """集中补办期，新的在前；填了区划的，列在那里适用的（含上级的）。"""
    found = await queries.amnesty_windows(db, division, limit=limit, cursor=cursor)
    return Page(items=[amnesty_may(actor, a, today) for a in found.items], next=found.next)


@router.get("/amnesty-windows/{id}", responses=answer(examples.AMNESTY))
async def read_amnesty_window(id: UUID, actor: Reading, db: Hot, today: Today) -> AmnestyOut:
    """一个集中补办期。"""
    return amnesty_may(actor, await queries.amnesty(db, id), today)


@router.post(
    "/amnesty-windows",
    status_code=201,
    responses=answer(examples.AMNESTY, 201),
    openapi_extra=asked(examples.AMNESTY_ORDER),
)
async def open_amnesty_window(order: OpenAmnesty, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today) -> AmnestyOut:
    """开一个集中补办期：期内提交的，不论是否过了受理期都予受理。"""
    await once.begin(tx, actor)
    opened = await commands.open_amnesty(tx, actor, order)
    found = await queries.amnesty(await plain(tx), opened.id)
    return await once.keep(tx, amnesty_may(actor, found, today))


@router.post("/amnesty-windows/{id}/close", responses=answer(examples.AMNESTY), openapi_extra=asked(examples.CLOSING))
async def close_amnesty_window(
    id: UUID, order: CloseAmnesty, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today
) -> AmnestyOut:
    """提前结束一个集中补办期；已经过去的日子不收回。"""
    await once.begin(tx, actor)
    await amnesties.close(tx, actor, id, order, today)
    found = await queries.amnesty(await plain(tx), id)
    return await once.keep(tx, amnesty_may(actor, found, today), 200)
