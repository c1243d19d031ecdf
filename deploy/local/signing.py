"""Owns the keys with which the processes sign: made once, published to all, and replaced while everything runs.

<process>/key.pem        signs
<process>/next.pem       is published already, and will sign
<process>/previous.pem   has signed until lately; what it signed counts until its `exp` in jwks.json
<process>/jwks.json      everybody's public keys, the same in every folder
"""

import base64
import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.local.files import private_folder, sync_folder, write_private
from deploy.local.settings import APPS

SIGNS, NEXT, PREVIOUS, LISTED = "key.pem", "next.pem", "previous.pem", "jwks.json"
REREAD_SECONDS = 3  # each process looks once a second
# The longest life of what is signed: a machine's token for a quarter of an hour; a form for as long as a session.
LIVES = {"dashboard": 8 * 3600}
LIFE = 16 * 60
Entry = dict[str, object]


def make_signing_keys(keys: Path) -> None:
    """Whatever is missing; what has ended is tidied away."""
    for process in APPS:
        path = private_folder(keys / process) / SIGNS
        if not path.exists():
            write_private(path, new_key())
    publish(keys, listed(keys))


def rotate(keys: Path, processes: Sequence[str], *, at_once: bool = False, pause: float = REREAD_SECONDS) -> None:
    """Publish the next keys, sign with them, and let the old ones end when all they have signed has ended.

    `at_once`, for a key that somebody else may have: nothing signed with it counts any more.
    """
    for process in processes:
        if not (keys / process / NEXT).exists():
            write_private(keys / process / NEXT, new_key())
    publish(keys, listed(keys))
    time.sleep(pause)
    now = int(time.time())
    ends = {_x(keys / p / SIGNS): now if at_once else now + LIVES.get(p, LIFE) for p in processes}
    publish(keys, [entry | ({"exp": ends[entry["x"]]} if entry["x"] in ends else {}) for entry in listed(keys)])
    for process in processes:
        _replace(keys / process, forget=at_once)


def _replace(folder: Path, *, forget: bool) -> None:
    if forget:
        (folder / PREVIOUS).unlink(missing_ok=True)
    else:
        write_private(folder / PREVIOUS, (folder / SIGNS).read_text(encoding="utf-8"))
    (folder / NEXT).replace(folder / SIGNS)
    sync_folder(folder)


def listed(keys: Path) -> list[Entry]:
    """What should be published: the keys that are held, and those that were replaced and have not ended."""
    before = {entry["x"]: entry for entry in _published(keys)}
    held = {_x(path): process for process, path in _held(keys)}
    entries: list[Entry] = [
        {k: v for k, v in before.get(x, _entry(x)).items() if k != "exp"} | {"process": process}
        for x, process in held.items()
    ]
    now = time.time()
    replaced = [e for x, e in before.items() if x not in held and float(str(e.get("exp", 0))) > now]
    return sorted([*entries, *replaced], key=lambda e: (str(e["process"]), str(e["kid"])))


def publish(keys: Path, entries: Sequence[Entry]) -> None:
    text = json.dumps({"keys": list(entries)}, indent=1)
    for process in APPS:
        path = keys / process / LISTED
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_private(path, text)
        previous = keys / process / PREVIOUS
        if previous.exists() and _x(previous) not in {entry["x"] for entry in entries}:
            previous.unlink()


def _published(keys: Path) -> list[Entry]:
    path = keys / APPS[0] / LISTED
    if not path.exists():
        return []
    document: Mapping[str, list[Entry]] = json.loads(path.read_text(encoding="utf-8"))
    return document["keys"]


def _held(keys: Path) -> Iterator[tuple[str, Path]]:
    for process in APPS:
        yield from ((process, keys / process / name) for name in (SIGNS, NEXT) if (keys / process / name).exists())


def entry_of(path: Path) -> Entry:
    """As the public half of a key is published."""
    return _entry(_x(path))


def _entry(x: str) -> Entry:
    """Its id is its thumbprint (RFC 7638)."""
    whole = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    kid = _base64(hashlib.sha256(whole.encode()).digest())
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x}


def new_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _x(path: Path) -> str:
    private = load_pem_private_key(path.read_bytes(), password=None)
    return _base64(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
