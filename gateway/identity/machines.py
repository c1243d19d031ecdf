"""Tokens of other systems: signed by the gateway for the gateway, good for fifteen minutes, never wider than granted.

Verified with the gateway's own key alone, one algorithm, one audience: an actor token or a service token is none.
"""

import base64
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import JsonValue

from gateway.identity.rules import TOKEN_LIFETIME
from services.kernel.keyring import LEEWAY, BadToken, Keyring

AUDIENCE = "shegong-api"
SUBJECT = "client:"


class Claims(NamedTuple):
    client: str
    scopes: frozenset[str]


@dataclass
class Machines:
    keyring: Keyring
    clock: Callable[[], datetime]

    def issue(self, client: str, scopes: Iterable[str]) -> str:
        at = self.clock()
        claims = {
            "iss": self.keyring.name, "aud": AUDIENCE, "sub": f"{SUBJECT}{client}", "scope": " ".join(sorted(scopes)),
            "iat": at, "exp": at + TOKEN_LIFETIME, "jti": secrets.token_urlsafe(12),
        }  # fmt: skip
        headers = {"kid": self.keyring.name, "typ": "at+jwt"}
        return jwt.encode(claims, self.keyring.private, algorithm="EdDSA", headers=headers)

    def read(self, token: str) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("kid") != self.keyring.name or header.get("typ") != "at+jwt":
                raise BadToken("令牌签发方不对，请用 /api/v1/auth/token 重新申请。")
            claims = jwt.decode(
                token, self.keyring.public[self.keyring.name], algorithms=["EdDSA"], audience=AUDIENCE,
                issuer=self.keyring.name, leeway=LEEWAY, options={"require": ["exp", "iat", "aud", "iss", "sub"]},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise BadToken("令牌无效或已过期，请用 /api/v1/auth/token 重新申请。") from error
        subject, scope = claims["sub"], claims.get("scope")
        if not subject.startswith(SUBJECT) or not isinstance(scope, str):
            raise BadToken("这不是系统对接用的令牌，请用 /api/v1/auth/token 申请。")
        return Claims(subject.removeprefix(SUBJECT), frozenset(scope.split()))

    def public_keys(self) -> list[dict[str, JsonValue]]:
        """The gateway's own key, in the form of RFC 8037."""
        raw = self.keyring.public[self.keyring.name].public_bytes(Encoding.Raw, PublicFormat.Raw)
        x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        return [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.keyring.name, "x": x}]
