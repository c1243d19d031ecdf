"""Guessing: counted before the password is looked at, in one statement, so that parallel guesses count exactly.

A try is taken first and given back on success. Five from one network, then a pause of fifteen minutes for that network
alone: nobody can lock another person out. Fifty from everywhere, then only networks the person has signed in from. A
browser that the person is known from is counted by itself: an attacker next door does not pause it.
Codes of a second factor are counted by account: five, then the same pause, which makes twenty an hour. What is proved
once more within a session, by code or password, is counted by account too, but apart from these.
"""

import asyncio
import math
import weakref
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.address import Origin
from gateway.identity.passwords import token_hash
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
KNOWN_DEVICE = text("""
select 1 from known_device d join account a on a.id = d.account_id
where a.username = :username and d.token_hash = :device and d.seen_at > :since""")
UNLOCK = text("delete from sign_in_try where name_hash = any(:names)")
DEVICE, CODE, PROOF = "device:", "code", "proof"  # in the place of a network


class Turns:
    """One at a time for each name and network in this process: many right passwords at once are not mistaken for
    guesses. What counts exactly, here and in other replicas, is the database."""

    def __init__(self) -> None:
        self.locks: weakref.WeakValueDictionary[tuple[bytes, str], asyncio.Lock] = weakref.WeakValueDictionary()

    def of(self, name: bytes, network: str) -> asyncio.Lock:
        return self.locks.setdefault((name, network), asyncio.Lock())


class TooManyTries(TooMany):
    english = "Too many failed attempts; wait a while."


async def counted_at(tx: AsyncSession, username: str, origin: Origin, at: datetime) -> str:
    """The network; or the browser, if it is one from which this person has signed in before."""
    device = token_hash(origin.device or "")
    of = {"username": username, "device": device, "since": at - FAMILIAR}
    known = (await run(tx, KNOWN_DEVICE, of)).first() is not None
    return f"{DEVICE}{device.hex()}" if known else origin.network


async def take(tx: AsyncSession, name: bytes, network: str, at: datetime) -> None:
    """Count one try, or refuse it: also with the right password, while the pause lasts."""
    everywhere = await _taken(tx, name, EVERYWHERE, TRIES_FROM_EVERYWHERE, at)
    if not everywhere and not network.startswith(DEVICE) and not await _familiar(tx, name, network, at):
        raise await _pause(tx, name, EVERYWHERE, at)
    if not await _taken(tx, name, network, TRIES, at):
        raise await _pause(tx, name, network, at)


async def give_back(tx: AsyncSession, name: bytes, network: str, at: datetime) -> None:
    """The password was right: this network starts anew, and is one the person is known from."""
    await run(tx, ONE_LESS, {"name": name})  # in the order in which `take` locks them
    await run(tx, NONE_LEFT, {"name": name, "network": network, "at": at})


async def take_code(tx: AsyncSession, key: bytes, at: datetime) -> None:
    if not await _taken(tx, key, CODE, TRIES, at):
        raise await _pause(tx, key, CODE, at, "验证码")


async def give_back_code(tx: AsyncSession, key: bytes, at: datetime) -> None:
    await run(tx, NONE_LEFT, {"name": key, "network": CODE, "at": at})


async def take_proof(tx: AsyncSession, key: bytes, at: datetime) -> None:
    if not await _taken(tx, key, PROOF, TRIES, at):
        raise await _pause(tx, key, PROOF, at, "验证码或密码", "身份验证已暂停（登录不受影响）")


async def give_back_proof(tx: AsyncSession, key: bytes, at: datetime) -> None:
    await run(tx, NONE_LEFT, {"name": key, "network": PROOF, "at": at})


async def forget(tx: AsyncSession, *names: bytes) -> None:
    """Whoever is paused may try again at once."""
    await run(tx, UNLOCK, {"names": list(names)})


async def _taken(tx: AsyncSession, name: bytes, network: str, limit: int, at: datetime) -> bool:
    of = {"name": name, "network": network, "limit": limit, "at": at, "until": at + PAUSE}
    return (await run(tx, TAKE, of)).first() is not None


async def _familiar(tx: AsyncSession, name: bytes, network: str, at: datetime) -> bool:
    of = {"name": name, "network": network, "since": at - FAMILIAR}
    return (await run(tx, FAMILIAR_NETWORK, of)).first() is not None


async def _pause(
    tx: AsyncSession, name: bytes, network: str, at: datetime, what: str = "密码", paused: str = "登录已暂停"
) -> TooManyTries:
    until: datetime = (await run(tx, ENDS, {"name": name, "network": network})).scalar_one()
    seconds = max(1, math.ceil((until - at).total_seconds()))
    return TooManyTries(
        f"{what}连续输错多次，{paused}。请 {math.ceil(seconds / 60)} 分钟后再试，或联系安全管理员。",
        code="sign_in_paused", retry_after=seconds, rule="SEC-02",
    )  # fmt: skip
