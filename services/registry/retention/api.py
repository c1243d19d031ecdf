"""Retention over HTTP: the table, and the legal holds."""

from uuid import UUID

from fastapi import APIRouter

from services.contracts.disclosure import HoldOut, PlaceHold, RetentionOut
from services.kernel.clock import Now
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry import disclosure_examples as examples
from services.registry.asking import Reading, Reviewing
from services.registry.examples import answer, asked, page
from services.registry.retention import commands, queries
from services.registry.retention.table import RETENTION

router = APIRouter(tags=["保存期限"])


@router.get("/retention", responses=page(examples.RETENTION))
async def list_retention(actor: Reading) -> Page[RetentionOut]:
    """各类数据保存多久、依据哪条法律。"""
    return Page(items=list(RETENTION.values()), next=None)


@router.get("/legal-holds", responses=page(examples.HOLD))
async def list_holds(actor: Reading, db: Hot, limit: Limit = 50, cursor: Cursor = None) -> Page[HoldOut]:
    """管辖范围内的保全，新的在前。"""
    return await queries.holds(db, actor, limit=limit, cursor=cursor)


@router.post(
    "/legal-holds", status_code=201, responses=answer(examples.HOLD, 201), openapi_extra=asked(examples.NEW_HOLD)
)
async def place_hold(order: PlaceHold, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now) -> HoldOut:
    """要求保全：解除之前，这类数据（或其中关于某人的）到期也不清除。"""
    await once.begin(tx, actor)
    placed = await commands.place_hold(tx, actor, order, now)
    return await once.keep(tx, await queries.hold(await plain(tx), actor, placed.id))


@router.post("/legal-holds/{id}/lift", responses=answer(examples.HOLD))
async def lift_hold(id: UUID, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now) -> HoldOut:
    """解除保全。"""
    await once.begin(tx, actor)
    return await once.keep(tx, await commands.lift_hold(tx, actor, id, now), 200)
