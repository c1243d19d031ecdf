"""Which addresses of a provider are asked, and which of its tokens say who somebody is. Pure."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pydantic import JsonValue

from gateway.settings import Oidc
from services.kernel.errors import Unauthenticated, Unavailable
from services.kernel.keyring import LEEWAY

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")  # never none, never one whose key we would share
Claims = Mapping[str, JsonValue]


class NotVouchedFor(Unauthenticated):
    english = "The identity provider's answer does not prove who you are; sign in again."


class ProviderAway(Unavailable):
    english = "The identity provider does not answer."


def refused(reason: str) -> NotVouchedFor:
    detail = "统一身份认证没有通过，请返回登录页重新登录；若反复出现，请联系运维人员。"
    return NotVouchedFor(detail, code="not_vouched_for", params={"reason": reason})


def may_be_asked(url: str, oidc: Oidc, *, demo: bool) -> bool:
    """https at the issuer's own host, or one the operator has named; in a demo plain http on this machine."""
    parts, issuer = urlsplit(url), urlsplit(oidc.issuer)
    if parts.username is not None or parts.password is not None or not parts.hostname:
        return False
    at_home = demo and parts.scheme == "http" and parts.hostname in LOOPBACK and parts.netloc == issuer.netloc
    return at_home or (parts.scheme == "https" and (parts.netloc == issuer.netloc or parts.netloc in oidc.hosts))


def check_claims(claims: Claims, oidc: Oidc, nonce: str, at: datetime) -> None:
    """OpenID Connect Core 3.1.3.7, after the signature."""
    now, leeway = at.timestamp(), LEEWAY.total_seconds()
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != oidc.issuer:
        raise refused("issuer")
    if oidc.client_id not in audiences or (len(audiences) > 1 and claims.get("azp") is None):
        raise refused("audience")
    if claims.get("azp") not in (None, oidc.client_id):
        raise refused("authorized_party")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise refused("nonce")
    if not now - leeway < seconds(claims, "exp") or not seconds(claims, "iat") <= now + leeway:
        raise refused("time")
    if not 0 < len(str(claims.get("sub") or "")) <= 255:
        raise refused("subject")
    if oidc.acr_values and claims.get("acr") not in oidc.acr_values:
        raise refused("acr")


def seconds(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if type(value) not in (int, float):
        raise refused(name)
    return float(value)  # type: ignore[arg-type]


def proved_at(claims: Claims, at: datetime, longest: float) -> datetime | None:
    """When she proved herself there: it may have been long before she came here. None: the provider does not say."""
    if "auth_time" not in claims:
        return None
    then = seconds(claims, "auth_time")
    if not at.timestamp() - longest - LEEWAY.total_seconds() <= then <= at.timestamp() + LEEWAY.total_seconds():
        raise refused("auth_time")
    return min(datetime.fromtimestamp(then, UTC), at)


def check_fresh(proved_at: datetime | None, after: datetime | None) -> None:
    """Whoever was sent to prove herself anew has done so since. A provider that does not say when proves nothing."""
    if after is not None and proved_at is not None and proved_at < after - LEEWAY:
        raise refused("auth_time")


def two_factors(claims: Claims, oidc: Oidc) -> bool:
    """Whether a second factor was passed at the provider."""
    amr = claims.get("amr")
    ways = {str(a) for a in amr} if isinstance(amr, list) else set()
    return claims.get("acr") in oidc.two_factor_acr or bool(ways & set(oidc.two_factor_amr))


def values_of(claims: Claims, name: str) -> Sequence[str]:
    """A claim is a text, or a list of texts; of anything else nothing is granted."""
    value = claims.get(name)
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)]


def matching(claims: Claims, rows: Iterable[tuple[str, str]]) -> list[bool]:
    return [value in values_of(claims, claim) for claim, value in rows]
