"""The key file `data-keys.json`: three rings of keys, in each several by id and one current.

data    encrypts what belongs to no single person, and names the generation of the people's own keys
index   makes the blind indexes
master  wraps each person's own data key
"""

import base64
import json
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any

from services.kernel.crypto.suites import MAC, SIZES, Key, Suite

KEY_FILE = "data-keys.json"
RINGS = ("data", "index", "master")
ID = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
# A file of the first form had one kind of keys and no master; whoever reads it derives the same one.
FIRST_INDEX, FIRST_MASTER = "i1", "m1"


class BadKeys(ValueError):
    """The file does not hold what it must: the process stops."""


@dataclass(frozen=True)
class Ring:
    """`current` writes, all of them read. The keys are in the order in which they came."""

    name: str
    current: str
    keys: Mapping[str, Key]

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise BadKeys(f"{self.name}: no current key")
        for key in self.keys.values():
            if len(key.secret) != (MAC if self.name == "index" else SIZES[key.suite]) or not ID.fullmatch(key.id):
                raise BadKeys(f"{self.name}: {key.id[:32]!r} is not a key")

    @property
    def writing(self) -> Key:
        return self.keys[self.current]

    @property
    def newest(self) -> Key:
        return list(self.keys.values())[-1]

    def with_new(self, suite: Suite) -> "Ring":
        """One more key, not current yet; its number is above all there are."""
        number = 1 + max(int("0" + re.sub(r"[^0-9]", "", id)[-9:]) for id in self.keys)
        made = new_key(self.name, f"{self.name[0]}{number}", suite)
        return replace(self, keys={**self.keys, made.id: made})

    def writing_with(self, id: str) -> "Ring":
        return replace(self, current=id)

    def without(self, id: str) -> "Ring":
        return replace(self, keys={i: key for i, key in self.keys.items() if i != id})


@dataclass(frozen=True)
class Keys:
    data: Ring
    index: Ring
    master: Ring

    def ring(self, name: str) -> Ring:
        ring: Ring = getattr(self, name)
        return ring

    def changed(self, ring: Ring) -> "Keys":
        return replace(self, **{ring.name: ring})

    def as_json(self) -> dict[str, Any]:
        return {name: ring_as_json(self.ring(name)) for name in RINGS}


def new_key(ring: str, id: str, suite: Suite) -> Key:
    return Key(id, suite, secrets.token_bytes(MAC if ring == "index" else SIZES[suite]))


def new_keys(suite: Suite = Suite.AES) -> Keys:
    return Keys(*(Ring(name, f"{name[0]}1", {f"{name[0]}1": new_key(name, f"{name[0]}1", suite)}) for name in RINGS))


def ring_as_json(ring: Ring) -> dict[str, Any]:
    keys = [
        {"id": key.id, "suite": key.suite.value, "key": base64.b64encode(key.secret).decode()}
        for key in ring.keys.values()
    ]
    return {"current": ring.current, "keys": keys}


def of_json(kept: Mapping[str, Any]) -> Keys:
    try:
        return of_first_form(kept) if "keys" in kept else Keys(*(ring_of(name, kept[name]) for name in RINGS))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadKeys(f"{KEY_FILE} is not a file of keys: {error}") from error


def ring_of(name: str, kept: Mapping[str, Any]) -> Ring:
    keys = [Key(k["id"], Suite(k["suite"]), base64.b64decode(k["key"], validate=True)) for k in kept["keys"]]
    return Ring(name, kept["current"], {key.id: key for key in keys})


def of_first_form(kept: Mapping[str, Any]) -> Keys:
    def secret(id: str, use: str) -> bytes:
        return base64.b64decode(kept["keys"][id][use], validate=True)

    current = kept["current"]
    data = {id: Key(id, Suite.AES, secret(id, "encrypt")) for id in kept["keys"]}
    index = Key(FIRST_INDEX, Suite.AES, secret(current, "index"))
    master = Key(FIRST_MASTER, Suite.AES, digest(secret(current, "encrypt"), b"shegong master key", sha256))
    return Keys(
        Ring("data", current, data), Ring("index", index.id, {index.id: index}),
        Ring("master", master.id, {master.id: master}),
    )  # fmt: skip


def load_keys(path: Path) -> Keys:
    return of_json(json.loads(path.read_text(encoding="utf-8")))


def write_keys(path: Path, keys: Keys) -> None:
    """A reader sees the old file or the new one, also after a power cut; nobody but its owner sees either."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(keys.as_json(), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
