"""From the provider's answer to a session: checked outside of any transaction, then written in one."""

import hashlib
import secrets
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import commands as identity
from gateway.identity.address import Origin
from gateway.identity.factors.rules import HALF
from gateway.identity.federation import commands, rules, states
from gateway.identity.federation.provider import Provider
from gateway.identity.house import House
from gateway.identity.models import Account
from gateway.identity.models import Session as SessionRow
from gateway.identity.passwords import token_hash
from gateway.identity.signing_in import factor_due
from services.contracts.federation import Returned
from services.contracts.identity import PersonSignedIn, Session
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.db import run
from services.kernel.errors import Unauthenticated
from services.kernel.feed import record

ONCE = text("insert into finished_sign_in (state_hash, until) values (:state, :until) on conflict do nothing")


async def finish(house: House, provider: Provider, back: Returned, origin: Origin) -> Session:
    at = house.clock()
    begun = states.resumed(house.machines.keyring, back.state, at)
    if begun.bound:
        raise rules.refused("state")  # of somebody who is signed in already
    await take(house, back.state, at)
    claims = await provider.claims(back.code, begun, back.iss, at)
    proved_at = rules.proved_at(claims, at, provider.oidc.max_age)
    rules.check_fresh(proved_at, begun.proved_after)
    async with house.database.writing.begin() as tx:
        account = await commands.account_of(tx, provider.oidc.issuer, claims, at)
        if account.disabled_at is not None:
            raise Unauthenticated("您的账号已停用，请联系本单位的系统管理员。", code="account_disabled")
        await commands.follow_claims(tx, account.id, provider.oidc.issuer, claims, business_date(at))
        session = await _open(tx, house, provider, account, claims, proved_at, origin, at)
    house.standings.forget()
    return session


async def take(house: House, state: str, at: datetime) -> None:
    """Once."""
    used = {"state": hashlib.sha256(state.encode()).digest(), "until": at + 2 * states.LIFE}
    async with house.database.writing.begin() as tx:
        if (await run(tx, ONCE, used)).rowcount != 1:
            raise rules.refused("state_used")


async def _open(
    tx: AsyncSession, house: House, provider: Provider, account: Account, claims: dict[str, JsonValue],
    proved_at: datetime | None, origin: Origin, at: datetime,
) -> Session:  # fmt: skip
    """A second factor passed at the provider counts; otherwise ours is asked for."""
    passed = rules.two_factors(claims, provider.oidc)
    due = "none" if passed else await factor_due(tx, house, account.id)
    whole, token = due == "none", secrets.token_urlsafe(32)
    row = SessionRow(
        token_hash=token_hash(token), account_id=account.id, network=origin.network, created_at=at, seen_at=at,
        expires_at=at + (house.absolute if whole else HALF), factor_at=at if passed else None,
        proved_at=proved_at if whole else None,
    )  # fmt: skip
    tx.add(row)
    if whole:
        await identity.came_through(tx, account.id, at)
    actor = Actor(id=f"account:{account.id}", name=account.name, kind="person")
    await record(tx, actor, actor.id, PersonSignedIn(network=origin.network))
    idle = int(house.idle.total_seconds())
    return Session(token=token, expires_at=row.expires_at, idle_seconds=idle, second_factor=due)
