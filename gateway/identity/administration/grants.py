"""`/grants`, unlocking and second factors of others: by a security administrator, who opens no account; `/policy`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request

from gateway.identity.administration import commands, queries
from gateway.identity.administration.rules import check_other
from gateway.identity.asking import Person
from gateway.identity.factors.commands import reset_factor, unlock
from gateway.identity.house import house_of
from services.contracts.administration import Because, EndGrant, GrantOut, GrantRole, PolicyOut
from services.kernel.actor import Actor, Requires
from services.kernel.db import Hot, Reader, Tx
from services.kernel.paging import Cursor, Limit, Page

router = APIRouter(tags=["grants"])
Looking = Annotated[Actor, Requires("accounts:read")]
Granting = Annotated[Actor, Requires("grants:write", fresh=True)]


@router.post("/accounts/{id}/grants", status_code=201, summary="授权")
async def grant_role(id: UUID, order: GrantRole, request: Request, actor: Granting, tx: Tx, db: Hot) -> GrantOut:
    """须在五分钟内验证过身份。需双人复核的角色（见 /policy）待另一名安全管理员批准后生效；生效时会话全部结束。"""
    house = house_of(request)
    made = await commands.grant(tx, actor, id, order, house.clock())
    house.standings.forget()
    [shown] = await queries.grants_out(db, [made], house.clock())
    return shown


@router.get("/grants/pending", summary="待复核的授权")
async def pending_grants(
    request: Request, actor: Looking, db: Reader, cursor: Cursor = None, limit: Limit = 50
) -> Page[GrantOut]:
    return await queries.pending(db, house_of(request).clock(), cursor=cursor, limit=limit)


@router.post("/grants/{id}/approve", summary="复核授权")
async def approve_grant(id: UUID, request: Request, actor: Granting, tx: Tx, db: Hot) -> GrantOut:
    """须由授权人和被授权人以外的安全管理员办理。不同意的，用 /grants/{id}/end 结束。"""
    house = house_of(request)
    made = await commands.approve(tx, actor, id, house.clock())
    house.standings.forget()
    [shown] = await queries.grants_out(db, [made], house.clock())
    return shown


@router.post("/grants/{id}/end", summary="结束授权")
async def end_grant(id: UUID, order: EndGrant, request: Request, actor: Granting, tx: Tx, db: Hot) -> GrantOut:
    """on 当日起不再有效，不填为今天；会话全部结束。"""
    house = house_of(request)
    ended = await commands.end(tx, actor, id, order, house.clock())
    house.standings.forget()
    [shown] = await queries.grants_out(db, [ended], house.clock())
    return shown


@router.post("/accounts/{id}/unlock", status_code=204, summary="解锁账号")
async def unlock_account(id: UUID, order: Because, actor: Granting, tx: Tx) -> None:
    """清除输错密码和验证码的次数，立即可以重试。"""
    check_other(actor, id)
    await queries.account_to_change(tx, actor, "grants:write", id)
    await unlock(tx, actor, id, reason=order.reason)


@router.post("/accounts/{id}/second-factor/reset", status_code=204, summary="解绑他人的验证器")
async def reset_second_factor(id: UUID, order: Because, request: Request, actor: Granting, tx: Tx) -> None:
    """密码不变，会话全部结束；下次登录后须重新绑定。"""
    await queries.account_to_change(tx, actor, "grants:write", id)
    await reset_factor(tx, actor, id, reason=order.reason)
    house_of(request).standings.forget()


@router.get("/policy", summary="权限一览：角色与权限")
async def policy(person: Person) -> PolicyOut:
    return queries.the_policy()
