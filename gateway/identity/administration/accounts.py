"""`/accounts`: opened, disabled, enabled and given a new password by a system administrator, who grants nothing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from gateway.identity import queries as identity
from gateway.identity.administration import commands, queries
from gateway.identity.administration.handing_over import hand_over
from gateway.identity.areas import LOOKING
from gateway.identity.house import house_of
from gateway.identity.seed import a_password
from services.contracts.administration import AccountDetail, AccountOut, Because, FirstPassword, OpenAccount, Rename
from services.contracts.divisions import DivisionCode
from services.contracts.identity import SessionList, SessionOut
from services.contracts.text import Search
from services.kernel.actor import Actor, Requires
from services.kernel.db import Hot, Reader, Tx
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.kernel.versions import IfMatch, etag

router = APIRouter(prefix="/accounts", tags=["accounts"])
Looking = Annotated[Actor, Requires("accounts:read")]
Ending = Annotated[Actor, Requires("accounts:write")]
Writing = Annotated[Actor, Requires("accounts:write", fresh=True)]
HandingOver = Annotated[Actor, Requires("accounts:handover", fresh=True)]


@router.get("", summary="账号")
async def accounts(
    request: Request,
    actor: Looking,
    db: Hot,
    search: Annotated[Search | None, Query(description="姓名或用户名的一部分")] = None,
    disabled: Annotated[bool | None, Query(description="只看停用的（true）或正常的（false）")] = None,
    role: Annotated[str | None, Query(pattern="^[a-z_]{1,40}$", description="今天有这个角色的")] = None,
    division: Annotated[DivisionCode | None, Query(description="今天的授权在这个区划及其下级的")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AccountOut]:
    """按用户名排列。"""
    house = house_of(request)
    within = None if division is None else house.standings.ranges((division,))
    return await queries.accounts(
        db, actor, house.clock(), search=search, disabled=disabled, role=role, within=within, cursor=cursor, limit=limit
    )


@router.get("/{id}", summary="账号及其授权")
async def account(id: UUID, request: Request, response: Response, actor: Looking, db: Hot) -> AccountDetail:
    shown = await queries.detail(db, actor, id, house_of(request).clock())
    response.headers["etag"] = etag(shown.version, shown)
    return shown


@router.post("", status_code=201, summary="开通账号")
async def open_account(
    order: OpenAccount, request: Request, response: Response, actor: Writing, tx: Tx
) -> FirstPassword:
    """须在五分钟内验证过身份。没有任何权限，由安全管理员另行授权。初始密码只显示这一次，首次登录须修改；

    有须双人复核的角色的，还须由另一名管理员确认交接。
    """
    house, password = house_of(request), a_password()
    response.headers["cache-control"] = "no-store"
    made = await commands.open_account(tx, actor, order, await house.hashing.hash(password), house.clock())
    return FirstPassword(account=made.id, password=password)


@router.patch("/{id}", summary="修改姓名或岗位名称")
async def rename_account(
    id: UUID, order: Rename, request: Request, response: Response, actor: Writing, tx: Tx,
    if_match: IfMatch = None,
) -> AccountOut:  # fmt: skip
    """须带 If-Match，并在五分钟内验证过身份。用户名不变。"""
    await commands.rename(tx, actor, id, order, if_match)
    house_of(request).standings.forget()
    shown = await queries.account(await plain(tx), actor, id, house_of(request).clock())
    response.headers["etag"] = etag(shown.version)
    return shown


@router.post("/{id}/handover", status_code=204, summary="确认账号已交接给本人")
async def hand_over_account(id: UUID, request: Request, actor: HandingOver, tx: Tx) -> None:
    """由设置密码的管理员以外的系统管理员或安全管理员办理，本人须已修改初始密码。

    此前绑定的验证器和登录会话全部作废，本人重新登录后即可使用。
    """
    await hand_over(tx, actor, id)
    house_of(request).standings.forget()


@router.post("/{id}/disable", status_code=204, summary="停用账号")
async def disable_account(id: UUID, order: Because, request: Request, actor: Writing, tx: Tx) -> None:
    """须在五分钟内验证过身份。登录会话随即结束；授权保留，启用后恢复。安全管理员不足两名的不能停用。"""
    house = house_of(request)
    await commands.disable(tx, actor, id, reason=order.reason, at=house.clock())
    house.standings.forget()


@router.post("/{id}/enable", status_code=204, summary="启用账号")
async def enable_account(id: UUID, order: Because, actor: Writing, tx: Tx) -> None:
    """须在五分钟内验证过身份。"""
    await commands.enable(tx, actor, id, reason=order.reason)


@router.post("/{id}/password", summary="重置密码")
async def reset_password(id: UUID, request: Request, response: Response, actor: Writing, tx: Tx) -> FirstPassword:
    """须在五分钟内验证过身份。新密码只显示这一次，登录后须修改；会话全部结束，验证器不变。

    没有验证器而有须双人复核的角色的，还须由另一名管理员确认交接。
    """
    house, password = house_of(request), a_password()
    response.headers["cache-control"] = "no-store"
    await commands.reset_password(tx, actor, id, await house.hashing.hash(password), house.clock())
    house.standings.forget()
    return FirstPassword(account=id, password=password)


@router.get("/{id}/sessions", summary="账号的登录会话")
async def account_sessions(id: UUID, request: Request, actor: Looking, db: Reader) -> SessionList:
    """最近一百个尚未到期的会话；已闲置超时的也可能列出。"""
    await queries.check_reached(await plain(db), actor, LOOKING, id)
    rows = await identity.sessions_of(db, id, house_of(request).clock())
    return SessionList(items=[SessionOut(**row.model_dump(), current=False) for row in rows])


@router.delete("/{id}/sessions", status_code=204, summary="结束账号的全部登录会话")
async def end_account_sessions(id: UUID, request: Request, actor: Ending, tx: Tx) -> None:
    await commands.end_all_sessions(tx, actor, id)
    house_of(request).standings.forget()
