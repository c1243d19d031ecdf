"""The secret in a link that anybody may open: drawn at random, kept as a hash, made of nothing else."""

import hashlib
import secrets

BYTES = 20  # 160 bits; 27 characters in a QR code


def new_token() -> str:
    return secrets.token_urlsafe(BYTES)


def token_hash(token: str) -> bytes:
    """Of whatever somebody sends: what no token can be is hashed and looked for like one (alike in time)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
