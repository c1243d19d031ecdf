"""A code is looked at here: the try is counted and committed first, and the code is used up in the moment it serves."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import commands, own_password, tries
from gateway.identity.address import Origin
from gateway.identity.factors import codes, devices, rules
from gateway.identity.house import House
from gateway.identity.models import SecondFactor
from gateway.identity.models import Session as SessionRow
from gateway.identity.passwords import token_hash
from gateway.identity.standing import Standing
from services.contracts.identity import SecondFactorPassed, SecondFactorRefused, Session, SteppedUp, StepUp
from services.kernel.crypto import Undecipherable
from services.kernel.db import run
from services.kernel.errors import Conflict, DomainError, FieldError, Unauthenticated, Unprocessable
from services.kernel.feed import record

log = logging.getLogger("factors")
Count = Callable[[AsyncSession, bytes, datetime], Awaitable[None]]
Counted = tuple[Count, Count]  # how a try is taken, and given back
USE = text("""
update recovery_code set used_at = :at where account_id = :account and hash = :hash and used_at is null""")


class WrongCode(Unauthenticated):
    english = "The code is wrong, too old, or was used before."


class NotProved(Unprocessable):
    english = "The password or the code is wrong."


async def second_step(house: House, person: Standing, typed: str, origin: Origin) -> Session:
    """The half session becomes a whole one, under a new token: the half one's opens nothing any more."""
    if person.factor_due != "code":
        raise Conflict("本次登录不需要验证码，请直接继续使用。", code="no_code_due")
    recovery = await proved_at_the_door(house, person, typed, origin.network)
    async with house.database.writing.begin() as tx:
        session = await made_whole(tx, house, person, origin)
        passed = SecondFactorPassed(network=origin.network, recovery_code=recovery)
        await record(tx, person.actor, person.actor.id, passed)
    house.standings.forget()
    return session


async def made_whole(tx: AsyncSession, house: House, person: Standing, origin: Origin) -> Session:
    token, at = secrets.token_urlsafe(32), house.clock()
    row = await tx.get(SessionRow, person.session, with_for_update=True)
    if row is None:
        raise Unauthenticated("登录已失效，请重新登录。", code="signed_out")
    row.token_hash, row.factor_at, row.proved_at = token_hash(token), at, at
    row.expires_at = row.created_at + house.absolute
    await commands.came_through(tx, person.account, at)
    return Session(
        token=token,
        expires_at=row.expires_at,
        idle_seconds=int(house.idle.total_seconds()),
        must_change_password=person.must_change_password,
        device=await devices.known(tx, person.account, origin.device, at),
    )


async def step_up(house: House, person: Standing, order: StepUp, origin: Origin) -> None:
    """All that she has proves her: a code where there is a second factor, or else the password once more."""
    if person.enrolled:
        await by_code(house, person, order.code, origin)
    else:
        await by_password(house, person, order, origin)
    async with house.database.writing.begin() as tx:
        row = await tx.get_one(SessionRow, person.session, with_for_update=True)
        row.proved_at = house.clock()
        await record(tx, person.actor, person.actor.id, SteppedUp(network=origin.network))
    house.standings.forget()


async def by_code(house: House, person: Standing, code: str | None, origin: Origin) -> None:
    if not code:
        raise not_proved("code", "请输入动态验证码。")
    try:
        await proved_within(house, person, code, origin.network)
    except WrongCode as error:
        raise not_proved("code", error.detail) from error


async def by_password(house: House, person: Standing, order: StepUp, origin: Origin) -> None:
    if order.password is None:
        raise not_proved("password", "请输入密码。")
    if not await own_password.proved(house, person, order.password.get_secret_value(), origin):
        raise not_proved("password", "密码不对，请重新输入。")


def not_proved(field: str, detail: str) -> NotProved:
    return NotProved(detail, errors=[FieldError(field=field, code="not_proved", detail=detail)])


async def proved_at_the_door(house: House, person: Standing, typed: str, network: str) -> bool:
    return await proved(house, person, typed, network, (tries.take_code, tries.give_back_code))


async def proved_within(house: House, person: Standing, typed: str, network: str) -> bool:
    """In a session that is whole: counted by itself."""
    return await proved(house, person, typed, network, (tries.take_proof, tries.give_back_proof))


async def proved(house: House, person: Standing, typed: str, network: str, counted: Counted) -> bool:
    """Whether it was a recovery code. Tries are counted by account, before anything is compared."""
    (take, give_back), key, at = counted, rules.tries_key(person.account), house.clock()
    try:
        async with house.database.writing.begin() as tx:
            await take(tx, key, at)
        async with house.database.writing.begin() as tx:
            recovery = await used_up(tx, house, person.account, codes.normal(typed), at)
            await give_back(tx, key, at)
    except (tries.TooManyTries, WrongCode) as refusal:
        await note_refusal(house, person, network, refusal)
        raise
    return recovery


async def used_up(tx: AsyncSession, house: House, account: UUID, code: str, at: datetime) -> bool:
    """The row is held: of many at once with the same code, one finds it unused."""
    factor = await tx.get(SecondFactor, account, with_for_update=True, populate_existing=True)
    if factor is not None and factor.secret is not None:
        step = step_now(house, factor, code, at)
        if step is not None:
            factor.last_step = step
            return False
    of = {"account": account, "hash": token_hash(code), "at": at}
    if factor is None or not (await run(tx, USE, of)).rowcount:
        raise WrongCode("验证码不对、已过期，或已经用过。请等验证器显示下一个验证码后重试。", code="wrong_code")
    return True


def step_now(house: House, factor: SecondFactor, code: str, at: datetime) -> int | None:
    """A secret whose key is lost opens nothing; the recovery codes, which need no key, still do."""
    try:
        secret = house.vault.open_bytes(factor.secret or b"", rules.place(factor.account_id))
    except Undecipherable:
        log.exception("a second factor cannot be opened")
        return None
    return codes.step_of(secret, code, at, after=factor.last_step)


async def note_refusal(house: House, person: Standing, network: str, refusal: DomainError) -> None:
    async with house.database.writing.begin() as tx:
        refused = SecondFactorRefused(network=network, reason=refusal.code)
        await record(tx, person.actor, person.actor.id, refused)
