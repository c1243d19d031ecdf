"""Ending grants: alone where one may decide; another administrator's role with a second one; never the last but one."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import commands
from gateway.identity.administration import queries, rules
from gateway.identity.areas import check_reach
from gateway.identity.commands import AlreadyEnded
from gateway.identity.models import RoleGrant
from services.contracts.administration import EndGrant, GrantEndAsked, GrantEndDeclined
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.db import run
from services.kernel.errors import Conflict
from services.kernel.feed import record

ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('security administrators'))")


async def end(tx: AsyncSession, actor: Actor, id: UUID, order: EndGrant, at: datetime) -> RoleGrant:
    """One that is pending, too: so the second administrator refuses it."""
    found = await queries.grant_to_change(tx, id)
    check_reach(actor, found.divisions)
    today = business_date(at)
    on = max(order.on or today, today)
    await check_two_remain(tx, [found], on)
    if rules.two_must_agree(found, actor):
        return await ask(tx, actor, found, on, order.reason)
    return await ended(tx, actor, found, on, order.reason)


async def ask(tx: AsyncSession, actor: Actor, found: RoleGrant, on: date, reason: str) -> RoleGrant:
    """It goes on until another administrator agrees."""
    if found.end is not None and found.end <= on:
        raise AlreadyEnded("该授权已经结束，无需重复操作。", code="grant_ended")
    if rules.waits_for_its_end(found):
        raise Conflict("已有人提出结束这项授权，请由另一名安全管理员复核。", code="end_asked")
    found.ending_on, found.ending_by, found.ending_reason, found.ending_agreed_by = on, actor.id, reason, None
    await record(tx, actor, f"account:{found.account_id}", GrantEndAsked(grant=found.id, on=on, reason=reason))
    await tx.refresh(found)
    return found


async def agree(tx: AsyncSession, actor: Actor, id: UUID, at: datetime) -> RoleGrant:
    """By another person than asked for it, and than holds it: the database refuses those itself."""
    found = await to_decide(tx, actor, id)
    if actor.id == found.ending_by:
        raise rules.TwoMustAgree("须由提出人以外的另一名安全管理员复核。", code="four_eyes", rule="SEC-06")
    on = max(found.ending_on or business_date(at), business_date(at))
    await check_two_remain(tx, [found], on)
    found.ending_agreed_by = actor.id
    return await ended(tx, actor, found, on, found.ending_reason or "")


async def decline(tx: AsyncSession, actor: Actor, id: UUID) -> RoleGrant:
    """Or taken back by whoever asked for it."""
    found = await to_decide(tx, actor, id)
    found.ending_on = found.ending_by = found.ending_reason = None
    await record(tx, actor, f"account:{found.account_id}", GrantEndDeclined(grant=id))
    await tx.refresh(found)
    return found


async def to_decide(tx: AsyncSession, actor: Actor, id: UUID) -> RoleGrant:
    actor.require("grants:write")
    found = await queries.grant_to_change(tx, id)
    check_reach(actor, found.divisions)
    if not rules.waits_for_its_end(found):
        raise rules.NotPending("没有人提出结束这项授权，或已经复核，请刷新后查看。", code="not_pending")
    if actor.id == f"account:{found.account_id}":
        raise rules.TwoMustAgree("不能复核自己的授权，请由另一名安全管理员办理。", code="four_eyes", rule="SEC-06")
    return found


async def ended(tx: AsyncSession, actor: Actor, found: RoleGrant, on: date, reason: str) -> RoleGrant:
    await commands.end_grant(tx, actor, found.id, on=on, reason=reason)
    await commands.end_sessions(tx, found.account_id)
    await tx.refresh(found)
    return found


async def check_two_remain(tx: AsyncSession, leaving: Collection[RoleGrant], on: date) -> None:
    """Wherever these held, two security administrators are left: one alone could approve nothing any more.

    One check at a time, to the end of its transaction: two that leave at once do not both count on each other.
    """
    security = [grant for grant in leaving if grant.role == rules.SECURITY and not grant.pending]
    if not security:
        return
    await run(tx, ONE_AT_A_TIME, {})
    rules.check_two_remain(security, await queries.security_grants(tx, on))
