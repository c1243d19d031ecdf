"""The reviewed table from claims to roles, and what follows from it for a person at each sign-in."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import commands
from gateway.identity.areas import check_reach
from gateway.identity.divisions import check_exist
from gateway.identity.federation.models import FederatedIdentity, FederationMapping
from gateway.identity.federation.queries import mappings
from gateway.identity.federation.rules import Claims, matching, values_of
from gateway.identity.models import Account, RoleClass, RoleGrant
from gateway.identity.policy import policy
from services.contracts.divisions import NATION, CodeRange, subtree
from services.contracts.federation import (
    IdentityLinked,
    MappingApproved,
    MappingEnded,
    MappingEntered,
    NewMapping,
)
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.db import driver_of, run
from services.kernel.errors import Conflict, Forbidden, NotFound, Unprocessable
from services.kernel.feed import record

MAY: dict[str, tuple[CodeRange, ...]] = {"grants:write": (subtree(NATION),)}
ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended(:who, 0))")


async def enter_mapping(
    tx: AsyncSession, actor: Actor, issuer: str, order: NewMapping, at: datetime
) -> FederationMapping:
    """It grants nothing until another security administrator has approved it; and only where both administer."""
    check_reach(actor, order.divisions)
    role = policy().roles.get(order.role)
    if role is None or role.kind != RoleClass.OFFICIAL:
        raise Unprocessable(
            "没有这个角色，或它属于三员：三员只能由人逐个授权。请从权限一览中另选。", code="role_not_mappable"
        )
    await check_exist(await driver_of(tx), order.divisions, business_date(at))
    row = FederationMapping(**order.model_dump(), issuer=issuer, entered_by=actor.id, entered_at=at)
    tx.add(row)
    await tx.flush()
    await record(tx, actor, f"mapping:{row.id}", MappingEntered(**order.model_dump()))
    return row


async def approve_mapping(tx: AsyncSession, actor: Actor, id: UUID, at: datetime) -> FederationMapping:
    """Not by whoever entered it: the database refuses that too."""
    row = await _to_change(tx, actor, id)
    if row.entered_by == actor.id:
        raise Forbidden("映射须由另一位安全管理员批准，不能批准自己录入的。", code="own_entry")
    if row.approved_at is not None or row.ended_at is not None:
        raise Conflict("这条映射已经批准或停用，请刷新后查看。", code="mapping_decided")
    row.approved_by, row.approved_at = actor.id, at
    await record(tx, actor, f"mapping:{id}", MappingApproved())
    return row


async def end_mapping(tx: AsyncSession, actor: Actor, id: UUID, at: datetime, on: date) -> FederationMapping:
    """The grants it has given end with it, not only at the next sign-in."""
    row = await _to_change(tx, actor, id)
    if row.ended_at is not None:
        raise Conflict("这条映射已经停用，无需重复操作。", code="mapping_ended")
    row.ended_at = at
    for grant in await _in_force(tx, RoleGrant.granter == f"mapping:{id}"):
        await commands.end_grant(tx, actor, grant.id, on=on, reason="统一身份认证的映射已停用")
    await record(tx, actor, f"mapping:{id}", MappingEnded())
    return row


async def _to_change(tx: AsyncSession, actor: Actor, id: UUID) -> FederationMapping:
    actor.require("grants:write")
    row = await tx.get(FederationMapping, id, with_for_update=True)
    if row is None:
        raise NotFound("没有这条映射，请刷新后查看。")
    check_reach(actor, row.divisions)
    return row


async def account_of(tx: AsyncSession, issuer: str, claims: Claims, at: datetime) -> Account:
    """By issuer and subject; at the first sign-in the account is made, without a password."""
    subject = str(claims["sub"])
    await run(tx, ONE_AT_A_TIME, {"who": f"{issuer} {subject}"})
    known = await tx.get(FederatedIdentity, (issuer, subject))
    if known is not None:
        return await tx.get_one(Account, known.account_id)
    mark = hashlib.sha256(f"{issuer} {subject}".encode()).hexdigest()[:20]
    name = next(iter(values_of(claims, "name")), "").strip()[:100]
    called = name if name and name.isprintable() else "统一身份认证用户"
    account = Account(username=f"oidc-{mark}", name=called, must_change_password=False)
    tx.add(account)
    await tx.flush()
    tx.add(FederatedIdentity(issuer=issuer, subject=subject, account_id=account.id, linked_at=at))
    linking = Actor(id=f"account:{account.id}", name=account.name, kind="person")
    await record(tx, linking, linking.id, IdentityLinked(issuer=issuer))
    return account


async def follow_claims(tx: AsyncSession, account: UUID, issuer: str, claims: Claims, today: date) -> None:
    """What the claims grant today begins, what they granted before ends. An administrator gets nothing by claims."""
    held = await _in_force(tx, RoleGrant.account_id == account)
    rows = [m for m in await mappings(tx, issuer) if m.approved_at is not None and m.ended_at is None]
    hits = matching(claims, [(m.claim, m.value) for m in rows])
    apart = any(g.role_class != RoleClass.OFFICIAL and (g.end is None or g.end > today) for g in held)
    wanted = {} if apart else {f"mapping:{m.id}": m for m, hit in zip(rows, hits, strict=True) if hit}
    for grant in held:
        if grant.granter.startswith("mapping:") and grant.granter not in wanted:
            done = Actor(id=grant.granter, name="统一身份认证", kind="service", may=MAY)
            await commands.end_grant(tx, done, grant.id, on=today, reason="统一身份认证不再给出相应信息")
    for granter in wanted.keys() - {g.granter for g in held}:
        mapping, by = wanted[granter], Actor(id=granter, name="统一身份认证", kind="service", may=MAY)
        await commands.grant_role(
            tx, by, account, role=mapping.role, divisions=mapping.divisions, start=today, reason="按统一身份认证的映射"
        )


async def _in_force(tx: AsyncSession, which: object) -> Sequence[RoleGrant]:
    return (await tx.exec(select(RoleGrant).where(which, col(RoleGrant.end).is_(None)).limit(10_000))).all()  # type: ignore[arg-type]
