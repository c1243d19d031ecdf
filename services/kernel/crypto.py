"""Personal data at rest: authenticated encryption bound to its place, and a keyed index for exact search."""

import base64
import hmac
import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Undecipherable(Exception):
    """The ciphertext was changed, moved to another row, or written with a key we do not have."""


@dataclass(frozen=True)
class Vault:
    """Keys by id; `current` encrypts, all of them decrypt."""

    current: str
    encrypt_keys: dict[str, bytes]
    index_key: bytes

    def seal(self, plain: str, place: str) -> bytes:
        """`place` is table, column and row id: a ciphertext moved elsewhere does not open."""
        return self.seal_bytes(plain.encode(), place)

    def open(self, sealed: bytes, place: str) -> str:
        return self.open_bytes(sealed, place).decode()

    def seal_bytes(self, plain: bytes, place: str) -> bytes:
        nonce = os.urandom(NONCE)
        key_id = self.current.encode()
        sealed = AESGCM(self.encrypt_keys[self.current]).encrypt(nonce, plain, place.encode() + b"|" + key_id)
        return bytes([len(key_id)]) + key_id + nonce + sealed

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        length = sealed[0]
        key_id, rest = sealed[1 : 1 + length], sealed[1 + length :]
        key = self.encrypt_keys.get(key_id.decode(errors="replace"))
        if key is None:
            raise Undecipherable("unknown key")
        try:
            return AESGCM(key).decrypt(rest[:NONCE], rest[NONCE:], place.encode() + b"|" + key_id)
        except InvalidTag as error:
            raise Undecipherable("changed or moved") from error

    def index(self, plain: str) -> bytes:
        """The blind index: equal for equal values, of no use without the key."""
        return hmac.digest(self.index_key, plain.encode(), sha256)


def load_vault(folder: Path) -> Vault:
    """Read `data-keys.json`; a missing or wrong file stops the process."""
    kept = json.loads((folder / "data-keys.json").read_text())
    keys = {name: base64.b64decode(k["encrypt"], validate=True) for name, k in kept["keys"].items()}
    current = kept["current"]
    if any(len(k) != 32 for k in keys.values()) or current not in keys:
        raise ValueError("data-keys.json does not hold 32-byte keys and a current one")
    return Vault(current, keys, base64.b64decode(kept["keys"][current]["index"], validate=True))
