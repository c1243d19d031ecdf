"""The folder of a process's keys: `key.pem` signs; `jwks.json` lists everybody's public ones, to come and replaced too.

It is read at the start, and again whenever it changes: a key is rotated while requests run.
"""

import base64
import hashlib
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from services.kernel.clock import now
from services.kernel.keyring import Keyring, Keys, PublicKey

SIGNS, NEXT, PREVIOUS, LISTED = "key.pem", "next.pem", "previous.pem", "jwks.json"
log = logging.getLogger("keys")


def load_keyring(folder: Path, name: str) -> Keyring:
    """A missing or wrong file stops the process."""
    return Keyring(name, read(folder, name), watching(folder, name))


def read(folder: Path, name: str) -> Keys:
    private = private_key(folder / SIGNS)
    public = listed(json.loads((folder / LISTED).read_text()))
    own = [kid for kid, k in public.items() if k.process == name and k.key == private.public_key()]
    if not own:
        raise ValueError(f"key.pem is none of the keys that jwks.json lists for {name}")
    counting = [k.key for k in public.values() if k.process == name and k.counts(now())]
    others = [private_key(path) for path in (folder / NEXT, folder / PREVIOUS) if path.exists()]
    return Keys(own[0], private, public, tuple(k for k in others if k.public_key() in counting))


def private_key(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path.name} is not an Ed25519 key")
    return key


def listed(document: dict[str, Any]) -> dict[str, PublicKey]:
    """By key id. `process` says whose it is; the very first keys had the process's name for an id."""
    return {
        k["kid"]: PublicKey(k.get("process", k["kid"]), public_key(k["x"]), _instant(k.get("exp")))
        for k in document["keys"]
    }


def public_key(x: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))


def _instant(exp: int | None) -> datetime | None:
    return None if exp is None else datetime.fromtimestamp(exp, UTC)


def watching(folder: Path, name: str) -> Callable[[], Keys | None]:
    """The keys, if a file has changed since; while they do not fit together, what was read before holds."""
    seen = _stamp(folder)

    def newer() -> Keys | None:
        nonlocal seen
        found = _stamp(folder)
        if found == seen:
            return None
        try:
            keys = read(folder, name)
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("keys not read anew", extra={"reason": repr(error)})
            return None
        seen = found
        log.info("keys read anew", extra={"source": name})
        return keys

    return newer


def _stamp(folder: Path) -> tuple[tuple[int, int] | None, ...]:
    return tuple(_changed(folder / name) for name in (SIGNS, NEXT, PREVIOUS, LISTED))


def _changed(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def derived(keyring: Keyring, purpose: str) -> tuple[bytes, ...]:
    """Secrets made of the private keys for one purpose, the present one first: replicas share them."""
    keys = keyring.current()
    raw = (k.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()) for k in (keys.private, *keys.kept))
    return tuple(hashlib.sha256(purpose.encode() + r).digest() for r in raw)
