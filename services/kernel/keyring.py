"""The keys of a process: its own private key and everybody's public ones; short-lived tokens between processes."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import JsonValue

from services.kernel.clock import now
from services.kernel.errors import Unauthenticated

LIFETIME = timedelta(seconds=60)
LEEWAY = timedelta(seconds=20)  # between two processes' clocks


class BadToken(Unauthenticated):
    english = "The token is missing, expired, forged or meant for somebody else."


@dataclass(frozen=True)
class Keyring:
    """`name` is the process; a key id is the name of the process that signs with it."""

    name: str
    private: Ed25519PrivateKey
    public: dict[str, Ed25519PublicKey]

    def sign(self, audience: str, subject: str, claims: dict[str, JsonValue] | None = None) -> str:
        """A token of this process for one other process, good for a minute."""
        at = now()
        stamps = {"iss": self.name, "aud": audience, "sub": subject, "iat": at, "exp": at + LIFETIME}
        return jwt.encode({**(claims or {}), **stamps}, self.private, algorithm="EdDSA", headers={"kid": self.name})

    def verify(self, token: str, *, signer: str | None = None) -> dict[str, JsonValue]:
        """The claims of a token meant for this process, signed by `signer` (or by any process we know)."""
        try:
            key = str(jwt.get_unverified_header(token).get("kid"))
            if key not in self.public or signer not in (None, key):
                raise BadToken("令牌签发方不对，请重新登录。")
            claims: dict[str, JsonValue] = jwt.decode(
                token,
                self.public[key],
                algorithms=["EdDSA"],
                audience=self.name,
                issuer=key,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "aud", "iss", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise BadToken("令牌无效或已过期，请重新登录。") from error
        return claims


def load_keyring(folder: Path, name: str) -> Keyring:
    """Read `key.pem` and `jwks.json`; a missing or wrong file stops the process."""
    private = load_pem_private_key((folder / "key.pem").read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError("key.pem is not an Ed25519 key")
    listed = jwt.PyJWKSet.from_dict(json.loads((folder / "jwks.json").read_text()))
    public = {str(k.key_id): k.key for k in listed.keys if isinstance(k.key, Ed25519PublicKey)}
    if private.public_key() != public.get(name):
        raise ValueError(f"key.pem is not the key that jwks.json names for {name}")
    return Keyring(name, private, public)
