"""Short-lived tokens between processes: each is signed with a process's own key, for one reader and one use.

A token's `typ` says what it is for, so that none can be used as another: `service` says which process calls, `actor`
for whom (the gateway's word), `front` where the browser is (the dashboard's).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import JsonValue

from services.kernel.clock import now
from services.kernel.errors import Unauthenticated

LIFETIME = timedelta(seconds=60)
REUSED = timedelta(seconds=40)  # the same token for many calls, until twenty seconds before its end
LEEWAY = timedelta(seconds=30)  # between two processes' clocks
KEPT = 2_000
REREAD_SECONDS = 1.0
REQUIRED = ["exp", "iat", "aud", "iss", "sub"]
Kind = Literal["service", "actor", "front"]
Claims = dict[str, JsonValue]


class BadToken(Unauthenticated):
    english = "The token is missing, expired, forged or meant for somebody else."


class PublicKey(NamedTuple):
    """Of a process; from `until` on, nothing signed with it counts."""

    process: str
    key: Ed25519PublicKey
    until: datetime | None = None

    def counts(self, at: datetime) -> bool:
        return self.until is None or at < self.until


class Keys(NamedTuple):
    """The key that signs, by its id; `kept` are the process's other ones: to come, or just replaced."""

    kid: str
    private: Ed25519PrivateKey
    public: Mapping[str, PublicKey]
    kept: tuple[Ed25519PrivateKey, ...] = ()


@dataclass
class Keyring:
    """`name` is the process. `newer` tells the keys if they have changed since it was last asked."""

    name: str
    keys: Keys
    newer: Callable[[], Keys | None] = lambda: None
    _looked_at: float = field(default_factory=time.monotonic)
    _own: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    _verified: dict[str, tuple[datetime, str, Claims]] = field(default_factory=dict)

    def current(self) -> Keys:
        """Looked for at most once a second: keys are replaced while the process runs."""
        if time.monotonic() - self._looked_at > REREAD_SECONDS:
            self._looked_at = time.monotonic()
            newer = self.newer()
            if newer is not None:
                self.keys = newer
                self._own.clear()
                self._verified.clear()
        return self.keys

    def sign(self, audience: str, subject: str, claims: Claims | None = None, *, kind: Kind) -> str:
        """A token of this process for one other process, good for a minute."""
        at = now()
        stamps = {"iss": self.name, "aud": audience, "sub": subject, "iat": at, "exp": at + LIFETIME}
        return self.encode({**(claims or {}), **stamps}, f"{kind}+jwt")

    def as_service(self, audience: str) -> str:
        """That it is this process which calls, said to another one; the same token for many calls."""
        self.current()
        at = now()
        until, token = self._own.get(audience, (at, ""))
        if until <= at:
            token = self.sign(audience, f"service:{self.name}", kind="service")
            self._own[audience] = (at + REUSED, token)
        return token

    def verify(self, token: str, *, kind: Kind, signer: str | None = None) -> Claims:
        """The claims of a token meant for this process, signed by `signer` (or by any process we know).

        A signature once found good is good until the token's end: what is remembered is the whole token.
        """
        keys, typ = self.current(), f"{kind}+jwt"
        until, known, claims = self._verified.get(token, (None, "", {}))
        if until is None or until <= now() or known != typ:
            claims = self.decode(token, typ, self.name)
            self._remember(keys, token, typ, claims)
        if signer not in (None, claims["iss"]):
            raise BadToken("令牌签发方不对，请重新登录。", code="wrong_signer")
        return claims

    def _remember(self, keys: Keys, token: str, typ: str, claims: Claims) -> None:
        if len(self._verified) >= KEPT:
            self._verified.clear()
        end = datetime.fromtimestamp(int(str(claims["exp"])), now().tzinfo) + LEEWAY
        last = keys.public[str(jwt.get_unverified_header(token)["kid"])].until
        self._verified[token] = (min(end, last or end), typ, claims)

    def encode(self, claims: Mapping[str, object], typ: str) -> str:
        keys = self.current()
        return jwt.encode(dict(claims), keys.private, algorithm="EdDSA", headers={"kid": keys.kid, "typ": typ})

    def decode(self, token: str, typ: str, audience: str) -> Claims:
        """By the key that the token names, if it is one of ours: one algorithm, one audience, one use."""
        try:
            header = jwt.get_unverified_header(token)
            signing = self.current().public.get(str(header.get("kid")))
            if signing is None or header.get("typ") != typ or not signing.counts(now()):
                raise BadToken("令牌签发方不对，请重新登录。", code="wrong_signer")
            claims: Claims = jwt.decode(
                token, signing.key, algorithms=["EdDSA"], audience=audience, issuer=signing.process,
                leeway=LEEWAY, options={"require": REQUIRED, "strict_aud": True},
            )  # fmt: skip
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
            detail = "令牌已过期，或签发方与本机的时钟相差过大。请重新登录；若反复出现，请联系运维人员核对时钟。"
            raise BadToken(detail, code="token_out_of_time") from error
        except jwt.PyJWTError as error:
            raise BadToken("令牌无效，请重新登录。") from error
        return claims

    def own_public(self) -> dict[str, Ed25519PublicKey]:
        """This process's keys whose signatures count, by key id: the next one too, before it signs anything."""
        at, listed = now(), self.current().public.items()
        return {kid: k.key for kid, k in listed if k.process == self.name and k.counts(at)}
