"""Guessing: counted before the password is looked at, in one statement, so that parallel guesses count exactly.

A try is taken first and given back on success. Five from one network, then a pause of fifteen minutes for that network
alone: nobody can lock another person out. Fifty from everywhere, then only networks the person has signed in from.
"""

import asyncio
import math
import weakref
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.rules import FAMILIAR, PAUSE, TRIES, TRIES_FROM_EVERYWHERE
from services.kernel.db import run
from services.kernel.errors import TooMany

EVERYWHERE = ""
# No row comes back when the tries are used up; until then each failure moves the end of the pause.
TAKE = text("""
insert into sign_in_try as t (name_hash, network, tries, until) values (:name, :network, 1, :until)
on conflict (name_hash, network) do update
set tries = case when t.until <= :at then 1 else t.tries + 1 end, until = excluded.until
where t.tries < :limit or t.until <= :at
returning tries""")
ENDS = text("select until from sign_in_try where name_hash = :name and network = :network")
FAMILIAR_NETWORK = text("""
select 1 from sign_in_try where name_hash = :name and network = :network and succeeded_at > :since""")
ONE_LESS = text("""
update sign_in_try set tries = greatest(tries - 1, 0) where name_hash = :name and network = ''""")
NONE_LEFT = text("""
update sign_in_try set tries = 0, succeeded_at = :at where name_hash = :name and network = :network""")


class Turns:
    """One at a time for each name and network in this process: many right passwords at once are not mistaken for
    guesses. What counts exactly, here and in other replicas, is the database."""

    def __init__(self) -> None:
        self.locks: weakref.WeakValueDictionary[tuple[bytes, str], asyncio.Lock] = weakref.WeakValueDictionary()

    def of(self, name: bytes, network: str) -> asyncio.Lock:
        return self.locks.setdefault((name, network), asyncio.Lock())


class TooManyTries(TooMany):
    english = "Too many failed attempts; wait a while."


async def take(tx: AsyncSession, name: bytes, network: str, at: datetime) -> None:
    """Count one try, or refuse it: also with the right password, while the pause lasts."""
    everywhere = await _taken(tx, name, EVERYWHERE, TRIES_FROM_EVERYWHERE, at)
    if not everywhere and not await _familiar(tx, name, network, at):
        raise await _pause(tx, name, EVERYWHERE, at)
    if not await _taken(tx, name, network, TRIES, at):
        raise await _pause(tx, name, network, at)


async def give_back(tx: AsyncSession, name: bytes, network: str, at: datetime) -> None:
    """The password was right: this network starts anew, and is one the person is known from."""
    await run(tx, ONE_LESS, {"name": name})  # in the order in which `take` locks them
    await run(tx, NONE_LEFT, {"name": name, "network": network, "at": at})


async def _taken(tx: AsyncSession, name: bytes, network: str, limit: int, at: datetime) -> bool:
    of = {"name": name, "network": network, "limit": limit, "at": at, "until": at + PAUSE}
    return (await run(tx, TAKE, of)).first() is not None


async def _familiar(tx: AsyncSession, name: bytes, network: str, at: datetime) -> bool:
    of = {"name": name, "network": network, "since": at - FAMILIAR}
    return (await run(tx, FAMILIAR_NETWORK, of)).first() is not None


async def _pause(tx: AsyncSession, name: bytes, network: str, at: datetime) -> TooManyTries:
    until: datetime = (await run(tx, ENDS, {"name": name, "network": network})).scalar_one()
    seconds = max(1, math.ceil((until - at).total_seconds()))
    return TooManyTries(
        f"密码连续输错多次，登录已暂停。请 {math.ceil(seconds / 60)} 分钟后再试，或联系安全管理员。",
        code="sign_in_paused", retry_after=seconds, rule="SEC-02",
    )  # fmt: skip
