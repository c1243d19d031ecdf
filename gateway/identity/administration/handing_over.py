"""An account reaches its owner: who made its first password knows it, so a second administrator sees it handed over.

Until then an account with a role on which two must agree opens nothing (SEC-06).
"""

from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import commands
from gateway.identity.administration import queries, rules
from gateway.identity.factors import devices
from gateway.identity.factors.commands import take_away
from gateway.identity.models import SecondFactor
from services.contracts.administration import AccountHandedOver
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.errors import Conflict
from services.kernel.feed import record

# An authenticator older than the password that an administrator made is the owner's own, and so is who has passed it.
PROVED = text("""
update account a set first_password_by = null, first_password_at = null
from second_factor f, session s
where a.id = :account and f.account_id = a.id and f.enrolled_at < a.first_password_at
  and s.id = :session and s.account_id = a.id and s.factor_at is not null""")


class NothingToHandOver(Conflict):
    english = "This account does not wait to be handed over."


class FirstPasswordUnchanged(Conflict):
    english = "The owner has to change the first password first."


async def hand_over(tx: AsyncSession, actor: Actor, id: UUID) -> None:
    """Sessions, browsers and an authenticator begun under the first password may be another's: they end."""
    rules.check_other(actor, id)
    account = await queries.account_to_change(tx, actor, "accounts:handover", id)
    if account.first_password_by is None or account.first_password_at is None:
        raise NothingToHandOver("该账号没有在等待交接，无需确认。", code="nothing_to_hand_over")
    if account.first_password_by == actor.id:
        detail = "密码是您设置的，须由另一名系统管理员或安全管理员确认交接。"
        raise rules.TwoMustAgree(detail, code="four_eyes", rule="SEC-06")
    if account.must_change_password:
        detail = "本人还没有修改初始密码。请本人先登录并改成只有自己知道的密码，再确认交接。"
        raise FirstPasswordUnchanged(detail, code="first_password_unchanged")
    factor = await tx.get(SecondFactor, id, with_for_update=True)
    if factor is not None and (factor.enrolled_at is None or factor.enrolled_at >= account.first_password_at):
        await take_away(tx, factor)
    await devices.forget(tx, id)
    await commands.end_sessions(tx, id)
    await record(tx, actor, f"account:{id}", AccountHandedOver(opened_by=account.first_password_by))
    account.first_password_by = account.first_password_at = None
    account.version += 1


async def proved_by_factor(tx: AsyncSession, account: UUID, session: UUID | None) -> None:
    """She has replaced the administrator's password in a session that her own authenticator opened: it is hers."""
    await run(tx, PROVED, {"account": account, "session": session})
