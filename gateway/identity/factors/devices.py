"""Browsers from which a person has signed in to the end: each has a token of its own, of which the hash is kept."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.models import KnownDevice
from gateway.identity.passwords import token_hash
from gateway.identity.rules import FAMILIAR
from services.kernel.db import run

KEPT = 20  # of one account
SEEN = text("""
update known_device set seen_at = :at where account_id = :account and token_hash = :token and seen_at > :since""")
OLDEST = text("""
delete from known_device where id in (
  select id from known_device where account_id = :account order by seen_at desc, id desc offset :kept)""")
FORGET = text("delete from known_device where account_id = :account")


async def known(tx: AsyncSession, account: UUID, presented: str | None, at: datetime) -> str:
    """The token of this browser: the one that it showed, if it is this person's, or a new one."""
    of = {"account": account, "token": token_hash(presented or ""), "at": at, "since": at - FAMILIAR}
    if presented is not None and (await run(tx, SEEN, of)).rowcount:
        return presented
    token = secrets.token_urlsafe(32)
    tx.add(KnownDevice(account_id=account, token_hash=token_hash(token), seen_at=at))
    await tx.flush()
    await run(tx, OLDEST, {"account": account, "kept": KEPT})
    return token


async def forget(tx: AsyncSession, account: UUID) -> None:
    await run(tx, FORGET, {"account": account})
