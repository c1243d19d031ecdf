"""Every change of accounts, grants, sessions and machine clients, but signing in; each with its event."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import queries
from gateway.identity.factors import devices
from gateway.identity.models import Account, MachineClient, OldPassword, Password, RoleClass, RoleGrant, Session
from gateway.identity.passwords import token_hash
from gateway.identity.policy import policy
from services.contracts.identity import (
    AccountCreated,
    AccountDisabled,
    ClientCreated,
    GrantEnded,
    PasswordChanged,
    PersonSignedOut,
    RoleGranted,
    SecretRenewed,
)
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.errors import Conflict, NotFound, Unprocessable
from services.kernel.feed import record

END_ALL = text("delete from session where account_id = :account and id is distinct from :but")

CAME_THROUGH = text("""
insert into last_sign_in (account_id, at) values (:account, :at)
on conflict (account_id) do update set at = excluded.at""")
OLD_PASSWORDS = 5
FORGET_OLDER = text("""
delete from old_password where id in (
  select id from old_password where account_id = :account order by ended_at desc, id desc offset :kept)""")


class AlreadyEnded(Conflict):
    english = "This has ended already."


class UnknownRole(Unprocessable):
    english = "No such role."


async def end_session(tx: AsyncSession, actor: Actor, id: UUID) -> None:
    """One's own only: another's is not there."""
    session = await tx.get(Session, id, with_for_update=True)
    if session is None or actor.id != f"account:{session.account_id}":
        raise NotFound("没有这个登录会话，可能已经结束，请刷新后查看。")
    await tx.delete(session)
    await record(tx, actor, actor.id, PersonSignedOut(session=id))


async def end_sessions(tx: AsyncSession, account: UUID, *, but: UUID | None = None) -> int:
    return (await run(tx, END_ALL, {"account": account, "but": but})).rowcount


async def came_through(tx: AsyncSession, account: UUID, at: datetime) -> None:
    """A sign-in is complete, with all that it needed."""
    await tx.flush()
    await run(tx, CAME_THROUGH, {"account": account, "at": at})


async def set_password(
    tx: AsyncSession, actor: Actor, account: UUID, hash: str, at: datetime, *, session: UUID | None,
    must_change: bool = False,
) -> None:  # fmt: skip
    """The hash is made before, outside of any transaction. All sessions end but the one that asks."""
    found = await queries.account_for_update(tx, account)
    found.must_change_password = must_change
    found.version += 1
    kept = await tx.get_one(Password, account, with_for_update=True)
    tx.add(OldPassword(account_id=account, hash=kept.hash, ended_at=at))
    kept.hash, kept.changed_at = hash, at
    await tx.flush()
    await run(tx, FORGET_OLDER, {"account": account, "kept": OLD_PASSWORDS})
    await devices.forget(tx, account)
    ended = await end_sessions(tx, account, but=session)
    await record(tx, actor, f"account:{account}", PasswordChanged(sessions_ended=ended))


async def create_account(
    tx: AsyncSession, actor: Actor, *, username: str, name: str, hash: str, at: datetime, must_change: bool
) -> Account:
    actor.require("accounts:write")
    account = Account(username=username, name=name, must_change_password=must_change)
    tx.add(account)
    await tx.flush()
    tx.add(Password(account_id=account.id, hash=hash, changed_at=at))
    await record(tx, actor, f"account:{account.id}", AccountCreated(must_change_password=must_change))
    return account


async def disable_account(tx: AsyncSession, actor: Actor, id: UUID, *, at: datetime, reason: str) -> Account:
    """Its sessions end with it; processes that still hold one in memory look again within a second."""
    actor.require("accounts:write")
    account = await queries.account_for_update(tx, id)
    if account.disabled_at is not None:
        raise AlreadyEnded("该账号已经停用，无需重复操作。", code="already_disabled")
    account.disabled_at = at
    account.version += 1
    await end_sessions(tx, id)
    await record(tx, actor, f"account:{id}", AccountDisabled(reason=reason))
    return account


async def grant_role(
    tx: AsyncSession, actor: Actor, account: UUID, *, role: str, divisions: Sequence[str], start: date, reason: str,
    end: date | None = None,
) -> RoleGrant:  # fmt: skip
    """That administrators stay apart, and nobody grants to herself, the database itself refuses (SEC-06)."""
    actor.require("grants:write")
    known = policy().roles.get(role)
    if known is None:
        raise UnknownRole(f"没有“{role}”这个角色，请从权限一览中选择。")
    grant = RoleGrant(
        account_id=account, role=role, role_class=RoleClass(known.kind), divisions=list(divisions),
        start=start, end=end, granter=actor.id, reason=reason,
    )  # fmt: skip
    tx.add(grant)
    await tx.flush()
    done = RoleGranted(grant=grant.id, role=role, divisions=list(divisions), reason=reason)
    await record(tx, actor, f"account:{account}", done)
    return grant


async def end_grant(tx: AsyncSession, actor: Actor, id: UUID, *, on: date, reason: str) -> RoleGrant:
    """From `on` it holds no more; today means at once."""
    actor.require("grants:write")
    grant = await tx.get_one(RoleGrant, id, with_for_update=True)
    if grant.end is not None and grant.end <= on:
        raise AlreadyEnded("该授权已经结束，无需重复操作。", code="grant_ended")
    grant.end, grant.ended_by = max(on, grant.start), actor.id
    await record(tx, actor, f"account:{grant.account_id}", GrantEnded(grant=id, reason=reason))
    return grant


async def create_client(
    tx: AsyncSession, actor: Actor, *, id: str, name: str, scopes: Sequence[str], divisions: Sequence[str],
    secret: str | None = None,
) -> MachineClient:  # fmt: skip
    """With a key of its own (`client_keys`); the database lets the demo's client alone have a secret."""
    actor.require("grants:write")
    policy().check_scopes(scopes)
    client = MachineClient(
        id=id, name=name, secret_hash=token_hash(secret) if secret else None,
        scopes=list(scopes), divisions=list(divisions),
    )  # fmt: skip
    tx.add(client)
    await record(tx, actor, f"client:{id}", ClientCreated(scopes=list(scopes), divisions=list(divisions)))
    return client


async def renew_secret(tx: AsyncSession, actor: Actor, id: str, secret: str) -> MachineClient:
    """The old one is refused at once; tokens that it got live on for their quarter of an hour."""
    actor.require("grants:write")
    client = await tx.get_one(MachineClient, id, with_for_update=True)
    client.secret_hash = token_hash(secret)
    client.version += 1
    await record(tx, actor, f"client:{id}", SecretRenewed())
    return client
