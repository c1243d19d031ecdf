"""The state of a sign-in: kept by nobody, known to whoever has the gateway's keys, good once and for ten minutes.

Nonce and PKCE verifier are made of it and of a secret, so that a replica that never saw the beginning can finish it.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gateway.identity.federation.rules import refused
from services.kernel.key_folder import derived
from services.kernel.keyring import Keyring

LIFE = timedelta(minutes=10)
FRESH = ".fresh"  # what comes before has no dot
BOUND = "~"  # what comes before, and behind it, is of base64 or hexadecimal
PURPOSE = "sign-in at the identity provider"


class Begun(NamedTuple):
    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        return text(hashlib.sha256(self.verifier.encode()).digest())

    @property
    def bound(self) -> str:
        """The session in which it began, if it may end only there."""
        return self.state.partition(".")[0].partition(BOUND)[2]

    @property
    def proved_after(self) -> datetime | None:
        """When it began, if she was sent to prove herself anew."""
        asked, began, _ = self.state.rsplit(".", 2)
        return datetime.fromtimestamp(int(began), UTC) if asked.endswith(FRESH) else None


def begin(keyring: Keyring, at: datetime, *, fresh: bool = False, bound: str = "") -> Begun:
    name = f"{secrets.token_urlsafe(24)}{BOUND if bound else ''}{bound}"
    said = f"{name}{FRESH if fresh else ''}.{int(at.timestamp())}"
    return _begun(derived(keyring, PURPOSE)[0], said)


def resumed(keyring: Keyring, state: str, at: datetime) -> Begun:
    """Also if the gateway's key was replaced meanwhile."""
    said, _, _ = state.rpartition(".")
    for key in derived(keyring, PURPOSE):
        begun = _begun(key, said)
        if hmac.compare_digest(begun.state.encode(), state.encode(errors="replace")):
            if at.timestamp() - int(said.rpartition(".")[2]) > LIFE.total_seconds():
                raise refused("too_late")
            return begun
    raise refused("state")


def _begun(key: bytes, said: str) -> Begun:
    seal, nonce, verifier = (text(hmac.digest(key, f"{use} {said}".encode(), "sha256")) for use in ("seal", "n", "v"))
    return Begun(f"{said}.{seal}", nonce, verifier)


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
