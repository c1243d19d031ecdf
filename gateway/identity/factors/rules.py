"""Who must have a second factor, and what a session still waits for (SEC-04). Pure."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from gateway.identity.policy import Policy
from services.contracts.identity import FactorDue

HALF = timedelta(minutes=10)  # for the second step of a sign-in
OFFER = timedelta(minutes=15)  # for typing the first code of a new authenticator


def must_have(permissions: Iterable[str], policy: Policy) -> bool:
    """Whoever may change anything; seeing or exporting personal data in clear counts as that in the policy file."""
    return any(policy.writes(permission) for permission in permissions)


def due(*, enrolled: bool, passed: bool, must: bool, handover: bool = False) -> FactorDue:
    """What an administrator may know opens nothing, and no authenticator is enrolled under it (`handover`)."""
    if enrolled and not passed:
        return "code"
    if handover:
        return "handover"
    return "enrol" if must and not enrolled else "none"


def tries_key(account: UUID) -> bytes:
    """Codes are counted apart from passwords, whatever name they are tried at."""
    return hashlib.sha256(b"code of " + account.bytes).digest()


def place(account: UUID) -> str:
    """A sealed secret opens in its own row only."""
    return f"second_factor|secret|{account}"
