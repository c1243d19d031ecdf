"""Codes of an authenticator (RFC 6238, SHA-1, six digits, thirty seconds) and recovery codes. Pure.

By hand over `hmac`: ten lines, and the caller needs the step that a code belongs to, so that no step serves twice.
"""

import base64
import hmac
import secrets
import unicodedata
from datetime import datetime
from hashlib import sha1
from urllib.parse import quote

STEP = 30  # seconds
DRIFT = 1  # steps by which the two clocks may differ
SECRET = 20  # bytes
ISSUER = "社工"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_CODES = 10


def normal(typed: str) -> str:
    """What was meant: no spaces or hyphens, no full-width forms; compared, stored and looked up in this form alone."""
    return "".join(c for c in unicodedata.normalize("NFKC", typed).casefold() if c.isalnum())


def code_of(secret: bytes, step: int) -> str:
    digest = hmac.digest(secret, step.to_bytes(8, "big"), sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def step_of(secret: bytes, code: str, at: datetime, *, after: int) -> int | None:
    """The step that the code belongs to, if it is near, and later than the last one used; all are compared."""
    now = int(at.timestamp()) // STEP
    near = range(now - DRIFT, now + DRIFT + 1)
    same = [s for s in near if hmac.compare_digest(code_of(secret, s).encode(), code.encode(errors="replace"))]
    return next((s for s in same if s > after), None)


def uri(secret: bytes, username: str) -> str:
    """As authenticators read it from a QR code."""
    label, issuer = quote(f"{ISSUER}:{username}"), quote(ISSUER)
    return f"otpauth://totp/{label}?secret={shown(secret)}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP}"


def shown(secret: bytes) -> str:
    return base64.b32encode(secret).decode()


def readable() -> str:
    """Easy to read out; 79 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
