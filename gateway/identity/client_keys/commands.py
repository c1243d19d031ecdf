"""Registering, approving and retiring the keys of a client, each with its event; and taking an assertion, once."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.client_keys.models import ClientKey
from gateway.identity.client_keys.rules import KEYS_AT_MOST, checked_key
from gateway.identity.clients.queries import client_to_change
from gateway.identity.clients.rules import check_another
from services.contracts.client_keys import ClientKeyApproved, ClientKeyRegistered, ClientKeyRetired
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.errors import Conflict, NotFound
from services.kernel.feed import record

USE = text("""
insert into client_assertion (client_id, jti_hash, until) values (:client, :jti, :until) on conflict do nothing""")


class TooManyKeys(Conflict):
    english = "This client has as many keys as it may have; retire one first."


async def register_key(
    tx: AsyncSession, actor: Actor, client: str, jwk: Mapping[str, JsonValue], at: datetime
) -> ClientKey:
    """Pending or not, the database says. The old ones stay until they are retired: no stop."""
    actor.require("grants:write")
    kept = checked_key(jwk)
    await client_to_change(tx, actor, client)
    known = (await tx.exec(select(ClientKey).where(ClientKey.client_id == client))).all()
    if any(k.kid == kept["kid"] for k in known):
        raise Conflict("这个 kid 已经用过，请换一个。", code="kid_taken")
    if sum(k.retired_at is None for k in known) >= KEYS_AT_MOST:
        raise TooManyKeys(f"一个对接系统最多同时登记 {KEYS_AT_MOST} 把公钥，请先停用不再使用的。")
    key = ClientKey(client_id=client, kid=str(kept["kid"]), jwk=kept, added_at=at, added_by=actor.id)
    tx.add(key)
    await tx.flush()
    await record(tx, actor, f"client:{client}", ClientKeyRegistered(kid=key.kid, key_type=str(kept["crv"])))
    return key


async def approve_key(tx: AsyncSession, actor: Actor, client: str, kid: str, at: datetime) -> ClientKey:
    """By another than registered it: whoever has the private half could otherwise let herself in as the system."""
    key = await key_to_change(tx, actor, client, kid)
    if not key.pending or key.retired_at is not None:
        raise Conflict("这把公钥不在等待复核，可能已经批准或停用，请刷新后查看。", code="not_pending")
    check_another(actor, key.added_by)
    key.approved_by, key.approved_at = actor.id, at
    await record(tx, actor, f"client:{client}", ClientKeyApproved(kid=kid))
    await tx.refresh(key)
    return key


async def key_to_change(tx: AsyncSession, actor: Actor, client: str, kid: str) -> ClientKey:
    await client_to_change(tx, actor, client)
    found = select(ClientKey).where(ClientKey.client_id == client, ClientKey.kid == kid).with_for_update()
    key = (await tx.exec(found)).first()
    if key is None:
        raise NotFound("没有这把公钥，请核对 client_id 和 kid。")
    return key


async def retire_key(tx: AsyncSession, actor: Actor, client: str, kid: str, at: datetime) -> ClientKey:
    """What it signs is refused at once; tokens that it got live on for their quarter of an hour."""
    key = await key_to_change(tx, actor, client, kid)
    if key.retired_at is not None:
        raise Conflict("这把公钥已经停用，无需重复操作。", code="key_retired")
    key.retired_at = at
    await record(tx, actor, f"client:{client}", ClientKeyRetired(kid=kid))
    return key


async def keys_of(db: AsyncSession, client: str, *, limit: int = 100) -> list[ClientKey]:
    """The newest first, retired ones too."""
    own = select(ClientKey).where(ClientKey.client_id == client).order_by(col(ClientKey.id).desc())
    return list((await db.exec(own.limit(limit))).all())


async def use_once(tx: AsyncSession, client: str, jti: bytes, until: datetime) -> bool:
    """False if it was used before, here or at another replica."""
    return (await run(tx, USE, {"client": client, "jti": jti, "until": until})).rowcount == 1
