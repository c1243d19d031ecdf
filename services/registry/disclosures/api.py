"""Exports with personal data over HTTP: asked for, decided on, fetched once."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.contracts.disclosure import DisclosureOut, DisclosureState, Refusal, RequestDisclosure
from services.kernel.clock import Now
from services.kernel.db import Hot, Tx, database_of, reached
from services.kernel.export import XLSX, named
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry import disclosure_examples as examples
from services.registry.asking import Deciding, Exporting, Fetching, Reading, Reviewing
from services.registry.disclosures import commands, queries
from services.registry.examples import answer, asked, page
from services.registry.personal import VaultOf

router = APIRouter(prefix="/disclosures", tags=["个人信息导出"])
InState = Annotated[DisclosureState | None, Query(description="只看哪种状态的")]
BOOK: dict[int | str, dict[str, Any]] = {
    200: {"description": "成功", "content": {XLSX: {"example": "（.xlsx 工作簿）"}}}
}


@router.get("", responses=page(examples.DISCLOSURE))
async def list_disclosures(
    actor: Reading, db: Hot, state: InState = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[DisclosureOut]:
    """自己申请的，和可以由自己审批的，新的在前。"""
    return await queries.disclosures(db, actor, state, limit=limit, cursor=cursor)


@router.post("", status_code=201, responses=answer(examples.DISCLOSURE, 201), openapi_extra=asked(examples.DISCLOSING))
async def request_disclosure(
    order: RequestDisclosure, actor: Exporting, tx: Tx, once: OnceOnly, now: Now
) -> DisclosureOut:
    """申请导出个人信息明文；须由他人批准，批准后生成文件。"""
    await once.begin(tx, actor)
    made = await commands.request_disclosure(tx, actor, order, now)
    return await once.keep(tx, await queries.disclosure(await plain(tx), actor, made.id))


@router.get("/{id}", responses=answer(examples.DISCLOSURE))
async def read_disclosure(id: UUID, actor: Reading, db: Hot) -> DisclosureOut:
    """一项申请和它的进度。"""
    return await queries.disclosure(db, actor, id)


@router.post("/{id}/approve", responses=answer(examples.DISCLOSURE))
async def approve_disclosure(id: UUID, actor: Deciding, tx: Tx, once: OnceOnly, now: Now) -> DisclosureOut:
    """批准他人的申请，须刚刚验证过身份；随后生成文件。"""
    await once.begin(tx, actor)
    await commands.decide(tx, actor, id, now, refusal=None)
    return await once.keep(tx, await queries.disclosure(await plain(tx), actor, id), 200)


@router.post("/{id}/refuse", responses=answer(examples.DISCLOSURE), openapi_extra=asked(examples.REFUSAL))
async def refuse_disclosure(
    id: UUID, order: Refusal, actor: Reviewing, tx: Tx, once: OnceOnly, now: Now
) -> DisclosureOut:
    """不批准，并说明理由。"""
    await once.begin(tx, actor)
    await commands.decide(tx, actor, id, now, refusal=order.reason)
    return await once.keep(tx, await queries.disclosure(await plain(tx), actor, id), 200)


@router.post("/{id}/withdraw", responses=answer(examples.DISCLOSURE))
async def withdraw_disclosure(id: UUID, actor: Exporting, tx: Tx, once: OnceOnly) -> DisclosureOut:
    """撤回自己的申请。"""
    await once.begin(tx, actor)
    await commands.withdraw(tx, actor, id)
    return await once.keep(tx, await queries.disclosure(await plain(tx), actor, id), 200)


@router.post("/{id}/fetch", response_class=Response, responses=BOOK)
async def fetch_disclosure(id: UUID, request: Request, actor: Fetching, vault: VaultOf, now: Now) -> Response:
    """下载文件：只限申请人，只能一次，生成后十五分钟内有效；再次下载答 410。"""
    scope = await reached(request)
    disclosure, file = await commands.fetch(database_of(request), scope, vault, actor, id, now)
    request.app.state.bell.ring()
    headers = named(f"disclosure-{disclosure.number}.xlsx", f"个人信息导出-{disclosure.number}")
    return Response(file, media_type=XLSX, headers={**headers, "cache-control": "no-store"})
