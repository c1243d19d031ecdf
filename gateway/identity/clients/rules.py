"""Which changes of a client open a door wider, and who may do what with it now. Pure."""

from datetime import date
from typing import NamedTuple

from gateway.identity.policy import policy
from services.contracts.clients import ClientState
from services.contracts.divisions import subtree
from services.kernel.actor import Actor
from services.kernel.errors import Conflict, FieldError, Unprocessable


class Held(NamedTuple):
    """What a client has, or is to have."""

    scopes: list[str]
    divisions: list[str]
    end: date | None


class TwoMustAgree(Conflict):
    english = "Another security administrator must approve this."


class UnknownScope(Unprocessable):
    english = "There is no such scope."


def widens(now: Held, wanted: Held) -> bool:
    """By code alone: a street of a zone counts as wider than the zone, and so two look at it."""
    below = [subtree(code) for code in now.divisions]
    further = any(not any(code in range for range in below) for code in wanted.divisions)
    longer = now.end is not None and (wanted.end is None or wanted.end > now.end)
    return bool(set(wanted.scopes) - set(now.scopes)) or further or longer


def check_held(held: Held, today: date) -> None:
    """Only what the policy knows and machines may hold; and for days to come."""
    unknown = sorted(set(held.scopes) - policy().permissions.keys())
    if unknown:
        detail = f"没有这些权限：{'、'.join(unknown)}。请从列出的权限中选择。"
        raise UnknownScope(detail, errors=[FieldError(field="scopes", code="unknown_scope", detail=detail)])
    policy().check_scopes(held.scopes)
    check_end(held.end, today)


def check_end(end: date | None, today: date) -> None:
    if end is not None and end <= today:
        raise Unprocessable("最后一天不能早于今天；要立即停止，请停用该系统。", code="end_is_past")


def check_another(actor: Actor, entered_by: str) -> None:
    """The database refuses it too."""
    if actor.id == entered_by:
        detail = "须由另一名安全管理员复核，不能复核自己录入的。"
        raise TwoMustAgree(detail, code="four_eyes", rule="SEC-06")


def may_of(state: ClientState, *, waits: bool, reached: bool) -> list[str]:
    """What this administrator can do to the client; what is closed while two have to agree is not edited."""
    if not reached:
        return []
    closed = state in (ClientState.DISABLED, ClientState.PENDING)
    possible = {
        "edit": not (closed and waits), "keys": True, "disable": not closed,
        "enable": state is ClientState.DISABLED and not waits,
    }  # fmt: skip
    return [verb for verb, can in possible.items() if can]


def may_decide(actor: Actor, entered_by: str, *, reached: bool) -> list[str]:
    """Whoever entered it may withdraw it, and no more."""
    if not reached:
        return []
    return ["end"] if actor.id == entered_by else ["approve", "end"]
