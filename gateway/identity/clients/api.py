"""`/clients`: other systems and what they may do, by security administrators; `/client-scopes`: what they can hold."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.clients import commands, queries
from gateway.identity.house import house_of
from gateway.identity.policy import policy
from services.contracts.administration import Because, PermissionOut
from services.contracts.clients import ChangeClient, ClientDetail, ClientOut, ClientState, NewClient, ScopeList
from services.contracts.text import Search
from services.kernel.actor import Actor, Requires
from services.kernel.clock import business_date
from services.kernel.db import Hot, Reader, Tx
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch, etag

router = APIRouter(tags=["clients"])
Looking = Annotated[Actor, Requires("accounts:read")]
Granting = Annotated[Actor, Requires("grants:write", fresh=True)]
Client = Annotated[str, Path(max_length=64, pattern="^[a-z0-9._-]+$")]


class Told:
    """What a client is after a change, read back in the same transaction; what is held in memory is forgotten."""

    def __init__(self, request: Request, response: Response) -> None:
        self.house, self.response = house_of(request), response
        self.at = self.house.clock()

    async def of(self, tx: AsyncSession, actor: Actor, id: str) -> ClientDetail:
        db = await plain(tx)
        self.house.standings.forget()
        return tagged(self.response, await queries.detail(db, tx, actor, id, business_date(self.at)))


Telling = Annotated[Told, Depends()]


def tagged(response: Response, shown: ClientDetail) -> ClientDetail:
    response.headers["etag"] = etag(shown.version, shown)
    return shown


@router.get("/client-scopes", summary="对接系统可以持有的权限")
async def client_scopes(actor: Looking) -> ScopeList:
    known = policy().permissions.items()
    return ScopeList(items=[PermissionOut(id=id, name=p.name, writes=p.writes) for id, p in known if not p.people_only])


@router.get("/clients", summary="对接系统")
async def clients(
    request: Request,
    actor: Looking,
    db: Hot,
    search: Annotated[Search | None, Query(description="名称或 client_id 的一部分")] = None,
    state: Annotated[ClientState | None, Query(description="只看这种状态的")] = None,
    waiting: Annotated[bool | None, Query(description="只看有（true）或没有（false）待复核事项的")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ClientOut]:
    """按 client_id 排列。"""
    today = business_date(house_of(request).clock())
    return await queries.clients(
        db, actor, today, search=search, state=state, waiting=waiting, cursor=cursor, limit=limit
    )


@router.get("/clients/{id}", summary="对接系统及其变更")
async def client(
    id: Client, request: Request, response: Response, actor: Looking, db: Hot, orm: Reader
) -> ClientDetail:
    today = business_date(house_of(request).clock())
    return tagged(response, await queries.detail(db, orm, actor, id, today))


@router.post("/clients", status_code=201, summary="新建对接系统")
async def create_client(order: NewClient, actor: Granting, tx: Tx, told: Telling) -> ClientDetail:
    """须在五分钟内验证过身份。经另一名安全管理员批准后才能使用；公钥另行登记。"""
    await commands.create(tx, actor, order, told.at)
    return await told.of(tx, actor, order.id)


@router.patch("/clients/{id}", summary="变更对接系统的权限、区划、期限或联系方式")
async def change_client(
    id: Client, order: ChangeClient, actor: Granting, tx: Tx, told: Telling, if_match: IfMatch = None
) -> ClientDetail:
    """须带 If-Match。只缩小的立即生效；有任何扩大的，整项待另一名安全管理员批准。"""
    await commands.change(tx, actor, id, order, if_match, told.at)
    return await told.of(tx, actor, id)


@router.post("/clients/{id}/disable", summary="停用对接系统")
async def disable_client(id: Client, order: Because, actor: Granting, tx: Tx, told: Telling) -> ClientDetail:
    """立即生效，已取得的令牌随之失效；待复核的变更作废。"""
    await commands.disable(tx, actor, id, order.reason, told.at)
    return await told.of(tx, actor, id)


@router.post("/clients/{id}/enable", summary="启用对接系统")
async def enable_client(id: Client, order: Because, actor: Granting, tx: Tx, told: Telling) -> ClientDetail:
    """经另一名安全管理员批准后生效，权限和公钥照旧。"""
    await commands.enable(tx, actor, id, order.reason, told.at)
    return await told.of(tx, actor, id)


@router.post("/clients/{id}/changes/{change}/approve", summary="复核对接系统的变更")
async def approve_client_change(id: Client, change: UUID, actor: Granting, tx: Tx, told: Telling) -> ClientDetail:
    """须由录入人以外的安全管理员办理。"""
    await commands.approve(tx, actor, id, change, told.at)
    return await told.of(tx, actor, id)


@router.post("/clients/{id}/changes/{change}/end", summary="退回或撤回对接系统的变更")
async def end_client_change(
    id: Client, change: UUID, order: Because, actor: Granting, tx: Tx, told: Telling
) -> ClientDetail:
    await commands.end(tx, actor, id, change, order.reason, told.at)
    return await told.of(tx, actor, id)
