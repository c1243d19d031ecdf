"""Reveals over HTTP: one person's data in clear, this once; and, for auditors, who saw whom."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.contracts.days import Day
from services.contracts.disclosure import Revealed, RevealOut, RevealPerson
from services.contracts.text import Line
from services.kernel.clock import Now
from services.kernel.db import Hot, database_of, reached
from services.kernel.paging import Cursor, Limit, Page
from services.registry import disclosure_examples as examples
from services.registry.asking import Auditing, Revealing
from services.registry.examples import answer, asked, page
from services.registry.personal import VaultOf
from services.registry.reveals import commands, queries

router = APIRouter(tags=["个人信息查看"])
Person = Annotated[UUID | None, Query(description="只看谁的信息被查看")]
Asker = Annotated[Line | None, Query(description="只看哪个账号查看的")]
OfDay = Annotated[Day | None, Query(description="只看哪一天")]


@router.post("/people/{id}/reveal", responses=answer(examples.REVEALED), openapi_extra=asked(examples.REVEALING))
async def reveal_person(
    id: UUID, order: RevealPerson, request: Request, actor: Revealing, vault: VaultOf, now: Now, response: Response
) -> Revealed:
    """查看一个人的证件号码、手机号明文：须说明用途和事由，先留痕，后显示。答复不保留，再看须再申请。"""
    response.headers["cache-control"] = "no-store"
    scope = await reached(request)
    seen = await commands.revealed(database_of(request), scope, vault, actor, id, order, now)
    request.app.state.bell.ring()
    return seen


@router.get("/reveals", responses=page(examples.REVEAL))
async def list_reveals(
    actor: Auditing,
    db: Hot,
    person_id: Person = None,
    asker: Asker = None,
    day: OfDay = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RevealOut]:
    """谁在什么时候、因为什么看过谁的个人信息；新的在前，个人信息部分隐去。"""
    sought = queries.Sought(person_id=person_id, actor=asker, day=day)
    return await queries.reveals(db, actor, sought, limit=limit, cursor=cursor)
