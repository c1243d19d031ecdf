"""Templates of reasons over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.contracts.divisions import DivisionCode
from services.contracts.review import AddTemplate, ChangeTemplate, DecisionKind, EndTemplate, TemplateOut
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry.asking import On, Reading, Reviewing
from services.registry.examples import answer, asked, page
from services.registry.review import commands, examples, queries

router = APIRouter(prefix="/reason-templates", tags=["审核台"])
ONE = answer(examples.TEMPLATE)
For = Annotated[DivisionCode | None, Query(description="在哪个区划可用（含上级的）；不填列出各地的")]
Of = Annotated[DecisionKind | None, Query(description="只看哪一种决定的")]


@router.get("", responses=page(examples.TEMPLATE))
async def list_templates(
    actor: Reading, db: Hot, on: On, division: For = None, decision: Of = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[TemplateOut]:
    """审核的常用意见：on 当日在用的（in_force）和已定将来启用的。"""
    return await queries.templates(db, actor, division, decision, on=on, limit=limit, cursor=cursor)


@router.get("/{id}", responses=ONE)
async def read_reason_template(id: UUID, actor: Reading, db: Hot, today: Today) -> TemplateOut:
    """一条常用意见。"""
    return await queries.template(db, actor, id, today)


@router.post("", status_code=201, responses=answer(examples.TEMPLATE, 201), openapi_extra=asked(examples.ADDING))
async def add_template(order: AddTemplate, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today) -> TemplateOut:
    """增加一条常用意见，所选区划及其下级可用。"""
    await once.begin(tx, actor)
    id = await commands.add_template(tx, actor, order, today)
    return await once.keep(tx, await queries.template(await plain(tx), actor, id, today))


@router.post("/{id}/change", responses=ONE, openapi_extra=asked(examples.CHANGING))
async def change_template(
    id: UUID, order: ChangeTemplate, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today
) -> TemplateOut:
    """自某日起更改文字和依据；已作出的决定仍是当时的文字。"""
    await once.begin(tx, actor)
    changed = await commands.change_template(tx, actor, id, order, today)
    return await once.keep(tx, await queries.template(await plain(tx), actor, changed, today), 200)


@router.post("/{id}/end", responses=ONE, openapi_extra=asked(examples.ENDING))
async def end_template(
    id: UUID, order: EndTemplate, actor: Reviewing, tx: Tx, once: OnceOnly, today: Today
) -> TemplateOut:
    """自某日起停用。"""
    await once.begin(tx, actor)
    await commands.end_template(tx, actor, id, order, today)
    return await once.keep(tx, await queries.template(await plain(tx), actor, id, today), 200)
