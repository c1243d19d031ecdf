"""Retention over HTTP: the table, and the legal holds."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.contracts.retention import HoldOut, PlaceHold, RetentionDue, RetentionOut
from services.kernel.clock import Now, Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry import disclosure_examples as examples
from services.registry.asking import Reading, ReadingRights, WritingRights
from services.registry.examples import answer, asked, page
from services.registry.retention import commands, queries
from services.registry.retention.table import RETENTION

router = APIRouter(tags=["保存期限"])
Standing = Annotated[bool, Query(description="只看还没有解除的")]


@router.get("/retention", responses=page(examples.RETENTION))
async def list_retention(actor: Reading) -> Page[RetentionOut]:
    """各类数据保存多久、依据哪条法律。"""
    return Page(items=list(RETENTION.values()), next=None)


@router.get("/retention/due", responses=page(examples.RETENTION_DUE))
async def list_due(actor: ReadingRights, db: Hot, today: Today) -> Page[RetentionDue]:
    """管辖范围内已办完的记录何时到期清除、现在有多少到期；被保全的除外。"""
    return Page(items=await queries.due(db, actor, today), next=None)


@router.get("/legal-holds", responses=page(examples.HOLD))
async def list_holds(
    actor: ReadingRights, db: Hot, standing: Standing = False, limit: Limit = 50, cursor: Cursor = None
) -> Page[HoldOut]:
    """管辖范围内的保全，新的在前。"""
    return await queries.holds(db, actor, standing=standing, limit=limit, cursor=cursor)


@router.get("/legal-holds/{id}", responses=answer(examples.HOLD))
async def read_hold(id: UUID, actor: ReadingRights, db: Hot) -> HoldOut:
    """一项保全。"""
    return await queries.hold(db, actor, id)


@router.post(
    "/legal-holds", status_code=201, responses=answer(examples.HOLD, 201), openapi_extra=asked(examples.NEW_HOLD)
)
async def place_hold(order: PlaceHold, actor: WritingRights, tx: Tx, once: OnceOnly, now: Now) -> HoldOut:
    """要求保全：解除之前，该区划及其下级人员（或其中某人）的这类数据到期也不清除。"""
    await once.begin(tx, actor)
    placed = await commands.place_hold(tx, actor, order, now)
    return await once.keep(tx, await queries.hold(await plain(tx), actor, placed.id))


@router.post("/legal-holds/{id}/lift", responses=answer(examples.HOLD))
async def lift_hold(id: UUID, actor: WritingRights, tx: Tx, once: OnceOnly, now: Now) -> HoldOut:
    """解除保全。"""
    await once.begin(tx, actor)
    return await once.keep(tx, await commands.lift_hold(tx, actor, id, now), 200)
