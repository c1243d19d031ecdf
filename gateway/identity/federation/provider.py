"""The provider as it is asked: its metadata and keys, kept for a while; a code turned into the claims of a person.

Every answer is awaited for so long and no longer, and read up to a size; redirects are not followed.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

import httpx
import jwt
import orjson
from pydantic import BaseModel, JsonValue, ValidationError

from gateway.identity.federation import rules
from gateway.identity.federation.states import Begun
from gateway.settings import Oidc
from services.kernel.client import http_client

DEADLINE_SECONDS = 5.0
SIZE = 1024 * 1024
METADATA_SECONDS = 3600.0
KEYS_SECONDS = 600.0
KEYS_AGAIN_SECONDS = 10.0  # an unknown key may be a new one: but not at every try of a forger


class Metadata(BaseModel):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False


@dataclass
class Provider:
    oidc: Oidc
    demo: bool
    http: httpx.AsyncClient = field(default_factory=lambda: http_client("", connections=8))
    metadata: tuple[float, Metadata | None] = (0.0, None)
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    keys_at: float = float("-inf")

    async def where_to_go(self, begun: Begun, *, fresh: bool) -> str:
        asked = {
            "response_type": "code", "client_id": self.oidc.client_id, "redirect_uri": self.oidc.redirect_uri,
            "scope": self.oidc.scope, "state": begun.state, "nonce": begun.nonce,
            "code_challenge": begun.challenge, "code_challenge_method": "S256",
            "max_age": "0" if fresh else str(self.oidc.max_age),
        }  # fmt: skip
        if self.oidc.acr_values:
            asked["acr_values"] = " ".join(self.oidc.acr_values)
        address = (await self.described()).authorization_endpoint
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def claims(self, code: str, begun: Begun, issuer: str | None, at: datetime) -> dict[str, JsonValue]:
        """Whom the provider vouches for; `issuer` is who says to have sent the browser back (RFC 9207)."""
        described = await self.described()
        if issuer != described.issuer and (issuer or described.authorization_response_iss_parameter_supported):
            raise rules.refused("issuer")
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.oidc.redirect_uri,
            "client_id": self.oidc.client_id, "code_verifier": begun.verifier,
        }  # fmt: skip
        secret = self.oidc.client_secret
        auth = (self.oidc.client_id, secret.get_secret_value()) if secret else None
        answer = await self._asked("POST", described.token_endpoint, data=form, auth=auth)
        return await self.read(str(answer.get("id_token", "")), begun.nonce, at)

    async def read(self, token: str, nonce: str, at: datetime) -> dict[str, JsonValue]:
        """By a key of the provider, with the algorithm of that key."""
        only = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in rules.ALGORITHMS or header.get("typ", "JWT").upper() != "JWT":
                raise rules.refused("algorithm")
            key = await self._key(header.get("kid"))
            claims: dict[str, JsonValue] = jwt.decode(token, key, [header["alg"]], options=only)  # type: ignore[arg-type]
        except (jwt.PyJWTError, ValueError, AttributeError) as error:
            raise rules.refused("signature") from error
        rules.check_claims(claims, self.oidc, nonce, at)
        return claims

    async def described(self) -> Metadata:
        until, kept = self.metadata
        if kept is None or until < time.monotonic():
            body = await self._asked("GET", self.oidc.issuer.rstrip("/") + "/.well-known/openid-configuration")
            try:
                kept = Metadata.model_validate(body)
            except ValidationError as error:
                raise _away("metadata") from error
            if kept.issuer != self.oidc.issuer:
                raise _away("another issuer")
            self.metadata = (time.monotonic() + METADATA_SECONDS, kept)
        return kept

    async def _key(self, kid: str | None) -> jwt.PyJWK:
        """A token need not name the key where there is only one (OpenID Connect Core 10.1)."""
        age = time.monotonic() - self.keys_at
        if age > KEYS_SECONDS or (self._named(kid) is None and age > KEYS_AGAIN_SECONDS):
            listed = await self._asked("GET", (await self.described()).jwks_uri)
            self.keys = {str(k.key_id): k for k in jwt.PyJWKSet.from_dict(listed).keys}
            self.keys_at = time.monotonic()
        key = self._named(kid)
        if key is None:
            raise rules.refused("key")
        return key

    def _named(self, kid: str | None) -> jwt.PyJWK | None:
        only = next(iter(self.keys.values())) if len(self.keys) == 1 else None
        return only if kid is None else self.keys.get(kid)

    async def _asked(self, method: str, url: str, **request: object) -> dict[str, JsonValue]:
        if not rules.may_be_asked(url, self.oidc, demo=self.demo):
            raise _away("address not allowed")
        try:
            async with (
                asyncio.timeout(DEADLINE_SECONDS),
                self.http.stream(method, url, follow_redirects=False, **request) as response,  # type: ignore[arg-type]
            ):
                body = await _read(response)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise _away(type(error).__name__) from error
        if response.status_code == 400:
            raise rules.refused("code")  # it was used, is another's, or was made for another question
        try:
            said = orjson.loads(body) if response.status_code == 200 else None
        except orjson.JSONDecodeError as error:
            raise _away("not JSON") from error
        if not isinstance(said, dict):
            raise _away(f"status {response.status_code}")
        return said


async def _read(response: httpx.Response) -> bytes:
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > SIZE:
            raise _away("too large")
    return body


def _away(reason: str) -> rules.ProviderAway:
    detail = "统一身份认证暂时没有应答，请稍后重试，或用本系统的账号登录。"
    return rules.ProviderAway(detail, code="provider_away", params={"reason": reason}, retry_after=5)
