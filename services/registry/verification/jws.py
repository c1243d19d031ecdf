"""Compact JWS by Ed25519, read by the keys of one known issuer: what is wrong with it has a name of its own."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Claims = dict[str, Any]
Keys = Mapping[str, Ed25519PublicKey]
LONGEST = 4 * 1024 * 1024


class Unsound(Exception):
    """It is not what it claims to be."""


class Malformed(Unsound):
    """Not in this form at all, cut off, or of another kind."""


class WrongIssuer(Unsound):
    """It says itself that somebody else has issued it."""


class UnknownKey(Unsound):
    """Of the right issuer, it says, but by a key that is not among those we were given."""


class Tampered(Unsound):
    """The signature does not fit, or the algorithm is not the one that this issuer uses."""


def unverified(token: str) -> tuple[Claims, Claims]:
    """Header and payload as they stand, to find out which key must be asked; nothing of them is believed yet."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > LONGEST:
        raise Malformed("three parts are expected")
    return plain(parts[0]), plain(parts[1])


def plain(part: str) -> Claims:
    try:
        found = json.loads(decoded(part))
    except (ValueError, RecursionError) as error:
        raise Malformed("a part is no JSON") from error
    if not isinstance(found, dict):
        raise Malformed("a part is no object")
    return found


def decoded(text: str) -> bytes:
    """base64url without padding, and nothing else: a second spelling of the same bytes is another text."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise Malformed("no base64url") from error
    if encoded(raw) != text:
        raise Malformed("no base64url")
    return raw


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def opened(token: str, *, typ: str, issuer: str, keys: Keys) -> Claims:
    """The payload, if this issuer has signed it for this use. Times are for the caller, whose clock it is."""
    header, said = unverified(token)
    if header.get("typ") != typ:
        raise Malformed(f"{typ} is expected")
    if said.get("iss") != issuer:
        raise WrongIssuer(str(said.get("iss"))[:200])
    key = keys.get(str(header.get("kid")))
    if key is None:
        raise UnknownKey(str(header.get("kid"))[:100])
    try:
        return dict(jwt.decode(token, key, algorithms=["EdDSA"], options=NOTHING_ELSE))
    except jwt.PyJWTError as error:
        raise Tampered("the signature does not fit") from error


NOTHING_ELSE: Any = {f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
