"""Which keys a client may have, and which assertions prove it (RFC 7523). Pure."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm
from pydantic import JsonValue

from services.kernel.errors import FieldError, Unauthenticated, Unprocessable
from services.kernel.keyring import LEEWAY

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = timedelta(minutes=5)
LONGEST_KID = 128
KEYS_AT_MOST = 5
# One algorithm for each kind of key: what the header of an assertion says decides nothing.
ALGORITHMS = {("OKP", "Ed25519"): ("EdDSA", ("x",)), ("EC", "P-256"): ("ES256", ("x", "y"))}
Jwk = Mapping[str, JsonValue]
PRIVATE = "这里只登记公钥。您提交的内容含有私钥，请立即更换这把密钥，再只提交公钥。"
OTHER_KIND = "只接受 Ed25519（EdDSA）或 P-256（ES256）的公钥，请换用其中一种。"


class WrongKey(Unprocessable):
    english = "This is not a public Ed25519 or P-256 key in JWK form."


class InvalidAssertion(Unauthenticated):
    english = "The client or its assertion is wrong."


def checked_key(jwk: Jwk) -> dict[str, JsonValue]:
    """What is kept of it: its public members alone, under an id."""
    if jwk.keys() & {"d", "k", "p", "q"}:
        raise _wrong_key(PRIVATE)
    kind = (str(jwk.get("kty")), str(jwk.get("crv")))
    if kind not in ALGORITHMS:
        raise _wrong_key(OTHER_KIND)
    kept = {"kty": kind[0], "crv": kind[1], **{m: jwk.get(m) for m in ALGORITHMS[kind][1]}}
    try:
        jwt.PyJWK({**kept}, algorithm(kept))
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise _wrong_key("这不是有效的公钥（JWK），请核对后重新提交。") from error
    kid = jwk.get("kid") or thumbprint(kept)
    if not isinstance(kid, str) or not may_be_a_kid(kid):
        raise _wrong_key(f"kid 应是不超过 {LONGEST_KID} 个字符的字母、数字或符号（斜杠除外），也可以不填。")
    return {**kept, "kid": kid}


def may_be_a_kid(kid: str) -> bool:
    """It is a part of an address: one with a slash, or of dots alone, could never be retired."""
    plain = kid.isascii() and kid.isprintable() and not set(kid) & {" ", "/"}
    return plain and bool(kid.strip(".")) and len(kid) <= LONGEST_KID


def algorithm(jwk: Jwk) -> str:
    return ALGORITHMS[str(jwk["kty"]), str(jwk["crv"])][0]


def thumbprint(jwk: Jwk) -> str:
    """RFC 7638."""
    whole = json.dumps(dict(sorted(jwk.items())), separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(whole.encode()).digest()).decode().rstrip("=")


def fingerprint(jwk: Jwk) -> str:
    """The same hash as people compare it, in hexadecimal."""
    padded = thumbprint({name: value for name, value in jwk.items() if name != "kid"}) + "="
    return base64.urlsafe_b64decode(padded).hex()


def jwk_of(pem: str) -> dict[str, JsonValue]:
    """Of a public key in PEM (SubjectPublicKeyInfo)."""
    if "PRIVATE KEY" in pem:
        raise _wrong_key(PRIVATE)
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _wrong_key("这不是有效的公钥（PEM），请核对后重新提交。") from error
    if isinstance(key, Ed25519PublicKey):
        return dict(OKPAlgorithm.to_jwk(key, as_dict=True))
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return dict(ECAlgorithm.to_jwk(key, as_dict=True))
    raise _wrong_key(OTHER_KIND)


def _wrong_key(detail: str) -> WrongKey:
    return WrongKey(detail, code="wrong_key", errors=[FieldError(field="jwk", code="wrong_key", detail=detail)])


def named_in(assertion: str) -> tuple[str, str]:
    """The client and the key that an assertion names; nothing of it is believed yet."""
    try:
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError) as error:
        raise invalid("client_assertion 不是有效的 JWT，请核对后重试。") from error
    return str(claims.get("sub", "")), str(header.get("kid", ""))


def checked(assertion: str, client: str, jwk: Jwk, audience: str, at: datetime) -> tuple[bytes, datetime]:
    """The hash of its id, and until when it must be remembered as used: longer than it could pass for fresh."""
    claims = _signed(assertion, jwk)
    end, jti = claims.get("exp"), claims.get("jti")
    if claims.get("iss") != client or claims.get("sub") != client:
        raise invalid("client_assertion 的 iss 和 sub 都应为 client_id。")
    if claims.get("aud") != audience:
        raise invalid(f"client_assertion 的 aud 应为 {audience}。")
    if not isinstance(jti, str) or not 8 <= len(jti) <= 128:
        raise invalid("client_assertion 的 jti 应为 8 到 128 个字符，每次不同。")
    if isinstance(end, bool) or not isinstance(end, int | float) or not _in_time(end, claims.get("nbf"), at):
        raise invalid("client_assertion 已过期，或 exp 晚于五分钟之后。请核对时钟，每次申请令牌时重新签发。")
    until = datetime.fromtimestamp(end, UTC) + 2 * LEEWAY
    return hashlib.sha256(jti.encode(errors="surrogatepass")).digest(), until


def _signed(assertion: str, jwk: Jwk) -> dict[str, object]:
    only = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
    try:
        key = jwt.PyJWK(dict(jwk), algorithm(jwk)).key
        claims: dict[str, object] = jwt.decode(assertion, key, algorithms=[algorithm(jwk)], options=only)  # type: ignore[arg-type]
    except (jwt.PyJWTError, ValueError) as error:
        raise invalid("client_assertion 的签名不对：请核对 kid 和所用的私钥。") from error
    return claims


def _in_time(end: float, not_before: object, at: datetime) -> bool:
    now, leeway = at.timestamp(), LEEWAY.total_seconds()
    begun = not isinstance(not_before, int | float) or not_before <= now + leeway
    return begun and now - leeway < end <= now + LONGEST.total_seconds() + leeway


def invalid(detail: str) -> InvalidAssertion:
    return InvalidAssertion(detail, code="invalid_client")
