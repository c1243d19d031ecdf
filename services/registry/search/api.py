"""Looking for somebody by number, and saved searches, over HTTP. A number stands in a body, never in an address."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.contracts.search import PageName, PersonFound, RenameSearch, SavedSearchOut, SaveSearch, SearchPeople
from services.kernel.actor import Actor, Requires
from services.kernel.clock import Now
from services.kernel.db import Hot, Tx, database_of, reached
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Cursor, Limit, Page
from services.registry.asking import Reading
from services.registry.examples import answer, asked, page
from services.registry.personal import VaultOf
from services.registry.search import commands, examples, queries

router = APIRouter(tags=["查询"])
Searching = Annotated[Actor, Requires(commands.SEARCH)]
Keeping = Annotated[Actor, Requires("registry:keep")]
OfPage = Annotated[PageName | None, Query(description="只看哪个名录的，例如 people")]


@router.post("/people/search", responses=answer(examples.FOUND), openapi_extra=asked(examples.SEARCHING))
async def search_people(
    order: SearchPeople, request: Request, actor: Searching, vault: VaultOf, now: Now, response: Response
) -> PersonFound:
    """按证件号码查找一个人（空格、全角、小写 x、15 位旧号码都可以），个人信息部分隐去；先留痕，后答复。"""
    response.headers["cache-control"] = "no-store"
    scope = await reached(request)
    found = await commands.found_by_number(database_of(request), scope, vault, actor, order, now)
    request.app.state.bell.ring()
    return PersonFound(person=found)


@router.get("/saved-searches", responses=page(examples.SAVED))
async def list_saved_searches(
    actor: Reading, db: Hot, page: OfPage = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[SavedSearchOut]:
    """本人保存的查询，别人看不到。"""
    return await queries.saved(db, actor.id, page, limit=limit, cursor=cursor)


@router.post(
    "/saved-searches",
    status_code=201,
    responses=answer(examples.SAVED, 201),
    openapi_extra=asked(examples.SAVING),
)
async def save_search(order: SaveSearch, actor: Keeping, tx: Tx, once: OnceOnly, now: Now) -> SavedSearchOut:
    """保存一个名录的筛选条件、排序和显示的列；每人最多 50 个。"""
    await once.begin(tx, actor)
    return await once.keep(tx, await commands.save(tx, actor, order, now))


@router.get("/saved-searches/{id}", responses=answer(examples.SAVED))
async def read_saved_search(id: UUID, actor: Reading, db: Hot) -> SavedSearchOut:
    """本人保存的一个查询。"""
    return await queries.one_saved(db, actor.id, id)


@router.post("/saved-searches/{id}/rename", responses=answer(examples.SAVED), openapi_extra=asked(examples.RENAMING))
async def rename_saved_search(id: UUID, order: RenameSearch, actor: Keeping, tx: Tx) -> SavedSearchOut:
    """改名。"""
    return await commands.rename(tx, actor, id, order)


@router.post("/saved-searches/{id}/delete", status_code=204)
async def delete_saved_search(id: UUID, actor: Keeping, tx: Tx) -> None:
    """删除本人保存的查询。"""
    await commands.delete(tx, actor, id)
