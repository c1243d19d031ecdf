"""Every change of second factors but using a code: offered, enrolled, renewed, removed; and accounts unlocked."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import commands, queries, tries
from gateway.identity.factors import codes, devices, rules
from gateway.identity.models import RecoveryCode, SecondFactor
from gateway.identity.passwords import token_hash
from gateway.identity.rules import name_hash
from gateway.identity.standing import Standing
from services.contracts.identity import (
    AccountUnlocked,
    Enrolment,
    RecoveryCodesRenewed,
    SecondFactorEnrolled,
    SecondFactorRemoved,
)
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.errors import Conflict, FieldError, NotFound, Unprocessable
from services.kernel.feed import record


class NoFactor(NotFound):
    english = "There is no second factor."


class StillNeeded(Conflict):
    english = "This role needs a second factor: replace it instead."


class WrongFirstCode(Unprocessable):
    english = "The code does not fit the new secret."


async def offer(tx: AsyncSession, person: Standing, vault: Vault, at: datetime) -> Enrolment:
    """A new secret; the old one, if any, holds until a code of the new one was given."""
    account = await queries.account_for_update(tx, person.account)
    factor = await tx.get(SecondFactor, account.id, with_for_update=True) or SecondFactor(account_id=account.id)
    secret = secrets.token_bytes(codes.SECRET)
    factor.offered, factor.offered_at = vault.seal_bytes(secret, rules.place(account.id)), at
    tx.add(factor)
    return Enrolment(secret=codes.shown(secret), uri=codes.uri(secret, account.username))


async def enrol(tx: AsyncSession, person: Standing, vault: Vault, typed: str, at: datetime) -> list[str]:
    """From the first right code on; other sessions, begun without it, end. The recovery codes, once."""
    factor = await tx.get(SecondFactor, person.account, with_for_update=True)
    if factor is None or factor.offered is None or factor.offered_at is None or at - factor.offered_at > rules.OFFER:
        raise NoFactor("绑定已超时，请重新生成密钥并扫码。", code="enrolment_over")
    secret = vault.open_bytes(factor.offered, rules.place(person.account))
    step = codes.step_of(secret, codes.normal(typed), at, after=0)
    if step is None:
        detail = "验证码不对。请核对验证器和手机的时间，输入当前显示的六位数字。"
        raise WrongFirstCode(detail, errors=[FieldError(field="code", code="wrong_code", detail=detail)])
    factor.secret, factor.enrolled_at, factor.last_step = factor.offered, at, step
    factor.offered = factor.offered_at = None
    ended = await commands.end_sessions(tx, person.account, but=person.session)
    await record(tx, person.actor, person.actor.id, SecondFactorEnrolled(sessions_ended=ended))
    return await new_recovery_codes(tx, person.account)


async def new_recovery_codes(tx: AsyncSession, account: UUID) -> list[str]:
    """The old ones open nothing any more."""
    made = [codes.readable() for _ in range(codes.RECOVERY_CODES)]
    await tx.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account))
    tx.add_all(RecoveryCode(account_id=account, hash=token_hash(codes.normal(code))) for code in made)
    return made


async def renew_recovery_codes(tx: AsyncSession, person: Standing) -> list[str]:
    if not person.enrolled:
        raise NoFactor("尚未绑定验证器，没有恢复码。请先绑定。", code="not_enrolled")
    await record(tx, person.actor, person.actor.id, RecoveryCodesRenewed())
    return await new_recovery_codes(tx, person.account)


async def remove(tx: AsyncSession, person: Standing) -> None:
    if person.must_have_factor:
        raise StillNeeded("您的角色须使用动态验证码，不能解绑。如要更换验证器，请重新绑定。", code="factor_needed")
    await take_away(tx, await factor_of(tx, person.account))
    await record(tx, person.actor, person.actor.id, SecondFactorRemoved(reason=None))


async def reset_factor(tx: AsyncSession, actor: Actor, account: UUID, *, reason: str) -> None:
    """For whoever has lost it. All her sessions end; the password stays, and at the next sign-in she enrols."""
    actor.require("grants:write")
    if actor.id == f"account:{account}":
        raise Conflict("不能重置自己的验证器，请由另一名安全管理员办理。", code="not_by_oneself")
    await take_away(tx, await factor_of(tx, account))
    await commands.end_sessions(tx, account)
    await devices.forget(tx, account)
    await record(tx, actor, f"account:{account}", SecondFactorRemoved(reason=reason))


async def factor_of(tx: AsyncSession, account: UUID) -> SecondFactor:
    factor = await tx.get(SecondFactor, account, with_for_update=True)
    if factor is None or factor.secret is None:
        raise NoFactor("该账号没有绑定验证器，无需解绑。", code="not_enrolled")
    return factor


async def take_away(tx: AsyncSession, factor: SecondFactor) -> None:
    await tx.delete(factor)
    await tx.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == factor.account_id))


async def unlock(tx: AsyncSession, actor: Actor, account: UUID, *, reason: str) -> None:
    """Passwords and codes that were tried in vain are forgotten, wherever they came from."""
    actor.require("grants:write")
    found = await queries.account_for_update(tx, account)
    await tries.forget(tx, name_hash(found.username), rules.tries_key(account))
    await record(tx, actor, f"account:{account}", AccountUnlocked(reason=reason))
