"""What may be granted beside what is held, and what a grant is today. Pure."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from gateway.identity.models import Account, RoleClass, RoleGrant
from gateway.identity.policy import policy
from gateway.identity.rules import in_force
from services.contracts.administration import GrantState
from services.contracts.divisions import subtree
from services.kernel.actor import Actor
from services.kernel.errors import Conflict, Unprocessable

SECURITY, LEAST = "security_admin", 2


class OnOneself(Conflict):
    english = "Not on your own account: another administrator must do this."


class AdministratorsApart(Conflict):
    english = "This account holds a role that excludes the one to be granted."


class AlreadyGranted(Conflict):
    english = "This account holds the role there already."


def check_other(actor: Actor, account: UUID) -> None:
    if actor.id == f"account:{account}":
        raise OnOneself("不能对自己的账号办理，请由另一名管理员办理。", code="not_by_oneself", rule="SEC-06")


class NotPending(Conflict):
    english = "This grant does not wait for a decision."


class TwoMustAgree(Conflict):
    english = "Another administrator must do this."


class TooFewLeft(Conflict):
    english = "Fewer than two security administrators would be left there."


def password_made(account: Account, actor: Actor, at: datetime) -> None:
    """Of two passwords made one after the other, what was enrolled since the first is nobody's proof."""
    account.first_password_by, account.first_password_at = actor.id, account.first_password_at or at


def two_must_agree(grant: RoleGrant, actor: Actor) -> bool:
    """On ending what another administrator has; a grant that waits for its approval is nothing yet."""
    of_another = actor.id != f"account:{grant.account_id}"
    return grant.role_class != RoleClass.OFFICIAL and not grant.pending and of_another


def waits_for_its_end(grant: RoleGrant) -> bool:
    return grant.ending_by is not None and grant.ending_agreed_by is None


def check_two_remain(leaving: Sequence[RoleGrant], held: Iterable[RoleGrant]) -> None:
    """`held`: what security administrators have then, those who leave included."""
    gone = {grant.id for grant in leaving}
    left = [(grant.account_id, [subtree(d) for d in grant.divisions]) for grant in held if grant.id not in gone]
    for division in dict.fromkeys(d for grant in leaving for d in grant.divisions):
        if len({account for account, ranges in left if any(division in r for r in ranges)}) < LEAST:
            detail = f"办理后，{division} 的安全管理员将不足两名，须双人复核的事项就无人能办。请先增加一名安全管理员。"
            raise TooFewLeft(detail, code="too_few_security_admins", rule="SEC-06")


def check_period(start: date, end: date | None, today: date) -> None:
    """Nothing is granted for days that are over: what was done in them was done without it."""
    if start < today:
        raise Unprocessable("起始日期不能早于今天，请调整。", code="start_is_past")
    if end is not None and end <= start:
        raise Unprocessable("截止日期应晚于起始日期（截止当日不再有效），请调整。", code="period_reversed")


def check_beside(held: Iterable[RoleGrant], role: str, divisions: Sequence[str]) -> None:
    """Of what is held in the same days. The database itself keeps administrators apart, whoever writes to it."""
    known = policy().roles.get(role)
    for grant in held:
        if known is not None and grant.role_class != RoleClass(known.kind):
            detail = f"该账号已有“{name_of(grant.role)}”角色。三类管理员之间、与其他角色之间不能兼任，请先结束原授权。"
            raise AdministratorsApart(detail, code="administrators_apart", rule="SEC-06")
        if grant.role == role and set(divisions) <= set(grant.divisions):
            raise AlreadyGranted("该账号在这些区划已有这个角色，或正在等待复核，无需重复授权。", code="already_granted")


def name_of(role: str) -> str:
    """One that the policy no longer knows is called by its id."""
    known = policy().roles.get(role)
    return known.name if known else role


def state_of(grant: RoleGrant, today: date, ended: Collection[str]) -> GrantState:
    """`ended`: divisions that are no more."""
    if grant.end is not None and grant.end <= max(today, grant.start):
        return GrantState.ENDED
    if grant.pending:
        return GrantState.PENDING
    if not in_force(grant.divisions, ended):
        return GrantState.SUSPENDED
    return GrantState.UPCOMING if today < grant.start else GrantState.IN_FORCE
