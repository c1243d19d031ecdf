"""Signing in: count the try, do the work, answer the same for an unknown name, a wrong password, a disabled account.

The try is committed before the password is looked at, and no transaction is open while hashing: hence not `Tx`.
"""

import secrets
from datetime import datetime

from gateway.identity import queries, rules, tries
from gateway.identity.house import House
from gateway.identity.models import Account
from gateway.identity.models import Session as SessionRow
from gateway.identity.passwords import token_hash
from services.contracts.identity import PersonSignedIn, Session, SignIn, SignInRefused
from services.kernel.actor import Actor
from services.kernel.errors import Unauthenticated
from services.kernel.feed import record

ANONYMOUS = Actor(id="anonymous", name="", kind="person")
NOBODY = "sign_in"
Found = tuple[Account, str | None] | None


class WrongCredentials(Unauthenticated):
    english = "The username or the password is wrong."


async def sign_in(house: House, order: SignIn, network: str) -> Session:
    account = await proved(house, rules.name_of(order.username), order.password.get_secret_value(), network)
    token, at = secrets.token_urlsafe(32), house.clock()
    row = SessionRow(
        token_hash=token_hash(token), account_id=account.id, network=network,
        created_at=at, seen_at=at, expires_at=at + house.absolute,
    )  # fmt: skip
    actor = Actor(id=f"account:{account.id}", name=account.name, kind="person")
    async with house.database.writing.begin() as tx:
        tx.add(row)
        await record(tx, actor, actor.id, PersonSignedIn(network=network))
    return Session(
        token=token,
        expires_at=row.expires_at,
        idle_seconds=int(house.idle.total_seconds()),
        must_change_password=account.must_change_password,
    )


async def proved(house: House, name: str, password: str, network: str) -> Account:
    """The account whose name and password these are; every other outcome is counted, recorded and refused alike."""
    key, at = rules.name_hash(name), house.clock()
    async with house.turns.of(key, network):
        found = await try_taken(house, name, network, at)
        right = await house.hashing.matches(found[1] if found else None, password)
        if found is not None and right and found[0].disabled_at is None:
            async with house.database.writing.begin() as tx:
                await tries.give_back(tx, key, network, at)
            return found[0]
    await note_refusal(house, f"account:{found[0].id}" if found else NOBODY, network, "wrong_credentials")
    raise WrongCredentials("用户名或密码不对，请核对后重试。", code="wrong_credentials")


async def try_taken(house: House, name: str, network: str, at: datetime) -> Found:
    found: Found = None
    try:
        async with house.database.writing.begin() as tx:
            await tries.take(tx, rules.name_hash(name), network, at)
            if rules.may_be_a_username(name):
                found = await queries.account_named(tx, name)
    except tries.TooManyTries as refusal:
        await note_refusal(house, NOBODY, network, refusal.code)
        raise
    return found


async def note_refusal(house: House, subject: str, network: str, reason: str) -> None:
    """In a transaction of its own: the one that refused is rolled back."""
    async with house.database.writing.begin() as tx:
        await record(tx, ANONYMOUS, subject, SignInRefused(network=network, reason=reason))
