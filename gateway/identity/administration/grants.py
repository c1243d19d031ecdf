"""`/grants`, unlocking and second factors of others: by a security administrator, who opens no account; `/policy`."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Request

from gateway.identity.administration import commands, endings, queries
from gateway.identity.administration.rules import check_other
from gateway.identity.asking import Person
from gateway.identity.factors.commands import reset_factor, unlock
from gateway.identity.house import house_of
from gateway.identity.models import RoleGrant
from services.contracts.administration import Because, EndGrant, GrantOut, GrantRole, PolicyOut
from services.kernel.actor import Actor, Requires
from services.kernel.db import Hot, Tx
from services.kernel.paging import Cursor, Limit, Page

router = APIRouter(tags=["grants"])
Looking = Annotated[Actor, Requires("accounts:read")]
Stopping = Annotated[Actor, Requires("grants:write")]
Granting = Annotated[Actor, Requires("grants:write", fresh=True)]


async def shown(request: Request, db: asyncpg.Connection, grant: RoleGrant) -> GrantOut:
    """As it is now; whoever it concerns is looked up anew."""
    house = house_of(request)
    house.standings.forget()
    [out] = await queries.grants_out(db, [grant], house.clock())
    return out


@router.post("/accounts/{id}/grants", status_code=201, summary="授权")
async def grant_role(id: UUID, order: GrantRole, request: Request, actor: Granting, tx: Tx, db: Hot) -> GrantOut:
    """须在五分钟内验证过身份。需双人复核的角色（见 /policy）待另一名安全管理员批准后生效；生效时会话全部结束。"""
    return await shown(request, db, await commands.grant(tx, actor, id, order, house_of(request).clock()))


@router.get("/grants/pending", summary="待复核的授权")
async def pending_grants(
    request: Request, actor: Looking, db: Hot, cursor: Cursor = None, limit: Limit = 50
) -> Page[GrantOut]:
    """等待生效的，和有人提出结束而等待复核的。"""
    return await queries.pending(db, actor, house_of(request).clock(), cursor=cursor, limit=limit)


@router.post("/grants/{id}/approve", summary="复核授权")
async def approve_grant(id: UUID, request: Request, actor: Granting, tx: Tx, db: Hot) -> GrantOut:
    """须由授权人和被授权人以外的安全管理员办理。不同意的，用 /grants/{id}/end 结束。"""
    return await shown(request, db, await commands.approve(tx, actor, id, house_of(request).clock()))


@router.post("/grants/{id}/end", summary="结束授权")
async def end_grant(id: UUID, order: EndGrant, request: Request, actor: Granting, tx: Tx, db: Hot) -> GrantOut:
    """on 当日起不再有效，不填为今天；会话全部结束。他人的三员授权，须另一名安全管理员复核后才结束。"""
    return await shown(request, db, await endings.end(tx, actor, id, order, house_of(request).clock()))


@router.post("/grants/{id}/end/approve", summary="复核结束授权：同意")
async def approve_end(id: UUID, request: Request, actor: Granting, tx: Tx, db: Hot) -> GrantOut:
    """须由提出人和被授权人以外的安全管理员办理；会话全部结束。"""
    return await shown(request, db, await endings.agree(tx, actor, id, house_of(request).clock()))


@router.post("/grants/{id}/end/decline", summary="复核结束授权：不同意，或撤回")
async def decline_end(id: UUID, request: Request, actor: Granting, tx: Tx, db: Hot) -> GrantOut:
    return await shown(request, db, await endings.decline(tx, actor, id))


@router.delete("/accounts/{id}/sessions/{session}", status_code=204, summary="结束他人的一个登录会话")
async def end_one_session(id: UUID, session: UUID, request: Request, actor: Stopping, tx: Tx) -> None:
    await commands.end_one_session(tx, actor, id, session)
    house_of(request).standings.forget()


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
