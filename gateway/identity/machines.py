"""Tokens of other systems: signed by the gateway for the gateway, good for fifteen minutes, never wider than granted.

Verified with the gateway's own keys alone, one algorithm, one audience, one use: an actor token or a service token is
none.
"""

import base64
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import JsonValue

from gateway.identity.rules import TOKEN_LIFETIME
from services.kernel.keyring import BadToken, Keyring

AUDIENCE = "shegong-api"
SUBJECT = "client:"
TYPE = "at+jwt"


class Claims(NamedTuple):
    client: str
    scopes: frozenset[str]


@dataclass
class Machines:
    keyring: Keyring
    clock: Callable[[], datetime]
    token_url: str = ""  # of the token endpoint, as systems reach it: whom an assertion is meant for
    secrets: bool = False  # a demo's client may prove itself with a secret

    def issue(self, client: str, scopes: Iterable[str]) -> str:
        at = self.clock()
        claims = {
            "iss": self.keyring.name, "aud": AUDIENCE, "sub": f"{SUBJECT}{client}", "scope": " ".join(sorted(scopes)),
            "iat": at, "exp": at + TOKEN_LIFETIME, "jti": secrets.token_urlsafe(12),
        }  # fmt: skip
        return self.keyring.encode(claims, TYPE)

    def read(self, token: str) -> Claims:
        claims = self.keyring.decode(token, TYPE, AUDIENCE)
        subject, scope = str(claims["sub"]), claims.get("scope")
        own = claims["iss"] == self.keyring.name
        if not own or not subject.startswith(SUBJECT) or not isinstance(scope, str):
            raise BadToken("这不是系统对接用的令牌，请用 /api/v1/auth/token 申请。", code="wrong_signer")
        return Claims(subject.removeprefix(SUBJECT), frozenset(scope.split()))

    def public_keys(self) -> list[dict[str, JsonValue]]:
        """Of the gateway: those that sign, will sign, and whose tokens have not all ended."""
        return [published(kid, key) for kid, key in self.keyring.own_public().items()]


def published(kid: str, key: Ed25519PublicKey) -> dict[str, JsonValue]:
    """In the form of RFC 8037."""
    x = base64.urlsafe_b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}
