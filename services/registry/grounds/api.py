"""The list of grounds over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from services.contracts.divisions import DivisionCode
from services.contracts.grounds import EndGround, GroundDecision, GroundOut, SetGround
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Page
from services.registry.asking import On, Reading, Reviewing
from services.registry.examples import answer, asked, page
from services.registry.grounds import commands, examples, queries

router = APIRouter(prefix="/registration-grounds", tags=["登记事由"])
For = Annotated[DivisionCode | None, Query(description="在哪个区划适用（含上级的）；不填列出各地的")]
Of = Annotated[GroundDecision | None, Query(description="只看哪一种决定的")]


@router.get("", responses=page(examples.GROUND))
async def list_grounds(actor: Reading, db: Hot, on: On, division: For = None, decision: Of = None) -> Page[GroundOut]:
    """不予登记、注销、撤销和证书无效的事由，on 当日在用的（in_force）和已定将来生效的；unsure 的依据尚待确认。"""
    return Page(items=await queries.grounds(db, division, decision, on), next=None)


@router.post("", status_code=201, responses=answer(examples.GROUNDS, 201), openapi_extra=asked(examples.SETTING))
async def set_ground(order: SetGround, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today) -> Page[GroundOut]:
    """增加一项事由，或自某日起更改一项事由的文字和依据；适用于所选区划及其下级，已作出的决定不受影响。"""
    await once.begin(tx, actor)
    await commands.set_ground(tx, actor, order, today)
    return await answered(tx, order.division, order.decision, today, once, 201)


@router.post("/end", responses=answer(examples.GROUNDS), openapi_extra=asked(examples.ENDING))
async def end_ground(order: EndGround, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today) -> Page[GroundOut]:
    """停用一项事由，自某日起不能再据此作出决定。"""
    await once.begin(tx, actor)
    await commands.end_ground(tx, actor, order, today)
    return await answered(tx, order.division, order.decision, today, once, 200)


async def answered(
    tx: Tx, division: str, decision: GroundDecision, today: date, once: OnceOnly, status: int
) -> Page[GroundOut]:
    await tx.flush()
    found = await queries.grounds(await plain(tx), division, decision, today)
    return await once.keep(tx, Page(items=found, next=None), status)
