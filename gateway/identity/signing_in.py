"""Signing in: count the try, do the work, answer the same for an unknown name, a wrong password, a disabled account.

The try is committed before the password is looked at, and no transaction is open while hashing: hence not `Tx`.
"""

import secrets
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import commands, queries, rules, tries
from gateway.identity.address import Origin
from gateway.identity.factors import devices
from gateway.identity.factors.rules import HALF, due
from gateway.identity.house import House
from gateway.identity.models import Account, Password, SecondFactor
from gateway.identity.models import Session as SessionRow
from gateway.identity.passwords import token_hash
from gateway.identity.policy import policy
from services.contracts.identity import FactorDue, PersonSignedIn, Session, SignIn, SignInRefused
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.errors import Unauthenticated
from services.kernel.feed import record

ANONYMOUS = Actor(id="anonymous", name="", kind="person")
NOBODY = "sign_in"
Found = tuple[Account, str | None] | None


class WrongCredentials(Unauthenticated):
    english = "The username or the password is wrong."


async def sign_in(house: House, order: SignIn, origin: Origin) -> Session:
    """Whole; or half, until the second factor is passed or enrolled."""
    account = await proved(house, rules.name_of(order.username), order.password.get_secret_value(), origin)
    token, at = secrets.token_urlsafe(32), house.clock()
    row = SessionRow(
        token_hash=token_hash(token), account_id=account.id, network=origin.network,
        created_at=at, seen_at=at, expires_at=at + HALF,
    )  # fmt: skip
    actor = Actor(id=f"account:{account.id}", name=account.name, kind="person")
    async with house.database.writing.begin() as tx:
        due = await factor_due(tx, house, account.id)
        device = None
        if due == "none":
            row.expires_at, row.proved_at = at + house.absolute, at
            device = await devices.known(tx, account.id, origin.device, at)
            await commands.came_through(tx, account.id, at)
        tx.add(row)
        await record(tx, actor, actor.id, PersonSignedIn(network=origin.network))
        changed_at = (await tx.get_one(Password, account.id)).changed_at
    return Session(
        token=token,
        expires_at=row.expires_at,
        idle_seconds=int(house.idle.total_seconds()),
        must_change_password=account.must_change_password or house.profile.expired(changed_at, at),
        second_factor=due,
        device=device,
    )


async def factor_due(tx: AsyncSession, house: House, account: UUID) -> FactorDue:
    today = business_date(house.clock())
    roles = await queries.roles_of(tx, account, today)
    factor = await tx.get(SecondFactor, account)
    must = house.standings.must_have_factor(p for role in roles for p in policy().of_role(role))
    enrolled = factor is not None and factor.secret is not None
    handover = await queries.handover_due(tx, account, today)
    return due(enrolled=enrolled, passed=False, must=must, handover=handover)


async def proved(house: House, name: str, password: str, origin: Origin) -> Account:
    """The account whose name and password these are; every other outcome is counted, recorded and refused alike."""
    key, at = rules.name_hash(name), house.clock()
    async with house.turns.of(key, origin.device or origin.network):
        found, place = await try_taken(house, name, origin, at)
        right = await house.hashing.matches(found[1] if found else None, password)
        if found is not None and right and found[0].disabled_at is None:
            async with house.database.writing.begin() as tx:
                await tries.give_back(tx, key, place, at)
            return found[0]
    await note_refusal(house, f"account:{found[0].id}" if found else NOBODY, origin.network, "wrong_credentials")
    raise WrongCredentials("用户名或密码不对，请核对后重试。", code="wrong_credentials")


async def try_taken(house: House, name: str, origin: Origin, at: datetime) -> tuple[Found, str]:
    """Who it may be, and where the try was counted."""
    known = name if rules.may_be_a_username(name) else ""
    try:
        async with house.database.writing.begin() as tx:
            place = await tries.counted_at(tx, known, origin, at)
            await tries.take(tx, rules.name_hash(name), place, at)
            return await queries.account_named(tx, known), place
    except tries.TooManyTries as refusal:
        await note_refusal(house, NOBODY, origin.network, refusal.code)
        raise


async def note_refusal(house: House, subject: str, network: str, reason: str) -> None:
    """In a transaction of its own: the one that refused is rolled back."""
    async with house.database.writing.begin() as tx:
        await record(tx, ANONYMOUS, subject, SignInRefused(network=network, reason=reason))
