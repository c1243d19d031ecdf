"""What administrators change that nothing else does, each with its event. It ends the sessions that it concerns."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import commands, queries
from gateway.identity.administration import queries as administered
from gateway.identity.administration import rules
from gateway.identity.administration.endings import check_two_remain
from gateway.identity.areas import check_reach
from gateway.identity.divisions import check_exist
from gateway.identity.models import Account, Password, RoleGrant, Session
from services.contracts.administration import (
    AccountEnabled,
    AccountRenamed,
    GrantApproved,
    GrantRole,
    OpenAccount,
    Rename,
    SessionEnded,
    SessionsEnded,
)
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.db import driver_of
from services.kernel.errors import Conflict, NotFound
from services.kernel.feed import record
from services.kernel.versions import check_version


async def open_account(tx: AsyncSession, actor: Actor, order: OpenAccount, hash: str, at: datetime) -> Account:
    """Without any right. Whoever is to use it changes the first password before anything else."""
    if await queries.account_named(tx, order.username) is not None:
        raise Conflict(f"已有名为“{order.username}”的账号，请换一个用户名。", code="username_taken")
    made = await commands.create_account(
        tx, actor, username=order.username, name=order.name, hash=hash, at=at, must_change=True
    )
    rules.password_made(made, actor, at)
    return made


async def rename(tx: AsyncSession, actor: Actor, id: UUID, order: Rename, if_match: str | None) -> Account:
    """A name that two people share, or an office that is called otherwise now; the username stays."""
    rules.check_other(actor, id)
    account = await administered.account_to_change(tx, actor, "accounts:write", id)
    check_version(account.version, if_match)
    account.name = order.name
    account.version += 1
    await record(tx, actor, f"account:{id}", AccountRenamed(version=account.version))
    return account


async def disable(tx: AsyncSession, actor: Actor, id: UUID, *, reason: str, at: datetime) -> None:
    """By one alone, so that a stolen account is stopped at once; but two security administrators remain."""
    rules.check_other(actor, id)
    account = await administered.account_to_change(tx, actor, "accounts:write", id)
    if account.disabled_at is None:
        await check_two_remain(tx, await administered.not_ended(tx, id), business_date(at))
    await commands.disable_account(tx, actor, id, at=at, reason=reason)


async def enable(tx: AsyncSession, actor: Actor, id: UUID, *, reason: str) -> None:
    """With the grants that it still has; nobody is signed in by it."""
    account = await administered.account_to_change(tx, actor, "accounts:write", id)
    if account.disabled_at is None:
        raise Conflict("该账号没有停用，无需启用。", code="not_disabled")
    account.disabled_at = None
    account.version += 1
    await record(tx, actor, f"account:{id}", AccountEnabled(reason=reason))


async def reset_password(tx: AsyncSession, actor: Actor, id: UUID, hash: str, at: datetime) -> None:
    """For whoever has forgotten it; the second factor stays, and so this alone opens nothing to who has one.

    Where two must agree on a role, one person alone must not get into it: without a second factor of hers the account
    opens nothing until another administrator has seen it handed over.
    """
    rules.check_other(actor, id)
    account = await administered.account_to_change(tx, actor, "accounts:write", id)
    if await tx.get(Password, id) is None:
        raise Conflict("该账号由统一身份认证登录，没有密码可重置。", code="no_password")
    await commands.set_password(tx, actor, id, hash, at, session=None, must_change=True)
    rules.password_made(account, actor, at)


async def end_all_sessions(tx: AsyncSession, actor: Actor, id: UUID) -> None:
    await administered.account_to_change(tx, actor, "accounts:write", id)
    ended = await commands.end_sessions(tx, id)
    await record(tx, actor, f"account:{id}", SessionsEnded(sessions_ended=ended))


async def end_one_session(tx: AsyncSession, actor: Actor, id: UUID, session: UUID) -> None:
    await administered.account_to_change(tx, actor, "grants:write", id)
    found = await tx.get(Session, session, with_for_update=True)
    if found is None or found.account_id != id:
        raise NotFound("没有这个登录会话，可能已经结束，请刷新后查看。")
    await tx.delete(found)
    await record(tx, actor, f"account:{id}", SessionEnded(session=session))


async def grant(tx: AsyncSession, actor: Actor, id: UUID, order: GrantRole, at: datetime) -> RoleGrant:
    """Pending or not, the database says: of a role for which two must agree, it changes nothing yet."""
    today = business_date(at)
    start = order.start or today
    rules.check_period(start, order.end, today)
    rules.check_other(actor, id)
    check_reach(actor, order.divisions)
    await check_exist(await driver_of(tx), order.divisions, start)
    await administered.account_to_change(tx, actor, "grants:write", id)
    held = await administered.held_beside(tx, id, start, order.end)
    rules.check_beside(held, order.role, order.divisions)
    made = await commands.grant_role(
        tx, actor, id, role=order.role, divisions=order.divisions, start=start, end=order.end, reason=order.reason
    )
    if not made.pending:
        await commands.end_sessions(tx, id)
    return made


async def approve(tx: AsyncSession, actor: Actor, id: UUID, at: datetime) -> RoleGrant:
    """By another person than granted it, and than gets it: the database refuses those itself."""
    actor.require("grants:write")
    found = await administered.grant_to_change(tx, id)
    check_reach(actor, found.divisions)
    if not found.pending or (found.end is not None and found.end <= max(found.start, business_date(at))):
        raise rules.NotPending("这项授权不在等待复核，可能已经批准或结束，请刷新后查看。", code="not_pending")
    if actor.id in (found.granter, f"account:{found.account_id}"):
        detail = "须由另一名安全管理员复核，授权人和被授权人不能复核。"
        raise rules.TwoMustAgree(detail, code="four_eyes", rule="SEC-06")
    found.approved_by, found.approved_at = actor.id, at
    await record(tx, actor, f"account:{found.account_id}", GrantApproved(grant=id))
    await commands.end_sessions(tx, found.account_id)
    await tx.refresh(found)
    return found
