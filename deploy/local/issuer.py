"""Owns the keys with which the register signs credentials, status lists and answers; they sign nothing else.

registry/issuer/key.pem     signs
registry/issuer/jwks.json   is published: the present key, and those before it, for what they signed lives for years
"""

import json
from pathlib import Path

from deploy.local.files import private_folder, write_private
from deploy.local.signing import LISTED, SIGNS, entry_of, new_key
from services.registry.verification.issuing import NAME

NEW = "new.pem"
Entry = dict[str, object]


def make_issuer(registry: Path) -> None:
    """Whatever is missing: a key that is there is listed, whatever was interrupted before."""
    folder = private_folder(registry / NAME)
    if not (folder / SIGNS).exists():
        write_private(folder / SIGNS, new_key())
    publish(folder, [entry_of(folder / SIGNS)])


def rotate_issuer(registry: Path, *, forget: bool = False) -> None:
    """The new key is listed before it signs. `forget`, for a key that somebody else may have: whatever any key before
    has signed is unknown from now on, and must be issued anew.
    """
    folder = private_folder(registry / NAME)
    write_private(folder / NEW, new_key())
    publish(folder, [entry_of(folder / NEW)])
    (folder / NEW).replace(folder / SIGNS)
    if forget:
        write_private(folder / LISTED, dumped([entry_of(folder / SIGNS)]))


def publish(folder: Path, more: list[Entry]) -> None:
    path = folder / LISTED
    known: list[Entry] = json.loads(path.read_text(encoding="utf-8"))["keys"] if path.exists() else []
    missing = [entry | {"process": NAME} for entry in more if entry["x"] not in {k["x"] for k in known}]
    if missing:
        write_private(path, dumped([*known, *missing]))


def dumped(entries: list[Entry]) -> str:
    return json.dumps({"keys": [entry | {"process": NAME} for entry in entries]}, indent=1)
