"""The keys as a process uses them: read anew when their file changes, so that a rotation needs no new start."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from services.kernel.crypto.keyfile import KEY_FILE, Keys, load_keys
from services.kernel.crypto.suites import CODES, SUITES, Blind, Key, Undecipherable, header, new_secret

log = logging.getLogger("crypto")
LOOK_SECONDS = 1.0
Stamp = tuple[int, int, int]


class Vault:
    """`current` keys write, all keys read. Threads may share it: what changes is one reference."""

    def __init__(
        self,
        keys: Keys,
        path: Path | None = None,
        read_at: Stamp | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys, self._path, self._stamp, self._clock = keys, path, read_at, clock
        self._looked = clock()

    @property
    def keys(self) -> Keys:
        if self._path is not None and self._clock() - self._looked >= LOOK_SECONDS:
            self.look()
        return self._keys

    def look(self) -> None:
        """A file that has become unreadable changes nothing in a running process; the next start refuses it."""
        if self._path is None:
            return
        self._looked = self._clock()
        try:
            if (now := stamp(self._path)) == self._stamp:
                return
            self._stamp, self._keys = now, load_keys(self._path)
        except (OSError, ValueError) as error:
            log.error("the key file cannot be read", extra={"reason": type(error).__name__})

    # ── values that belong to nobody in particular ──────────────────────────────────────────────────────────────────
    def seal(self, plain: str, place: str) -> bytes:
        """`place` is table, column and row id: a ciphertext moved elsewhere does not open."""
        return self.seal_bytes(plain.encode(), place)

    def open(self, sealed: bytes, place: str) -> str:
        return self.open_bytes(sealed, place).decode()

    def seal_bytes(self, plain: bytes, place: str) -> bytes:
        return self.keys.data.writing.seal(plain, place)

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        return self._named("data", header(sealed).key).open(sealed, place)

    # ── keys of their own, wrapped ──────────────────────────────────────────────────────────────────────────────────
    def own_key(self) -> Key:
        """A new one, to be wrapped; its id is the generation, named after the data key of today."""
        today = self.keys.data.writing
        return Key(generation(today), today.suite, new_secret(today.suite))

    def wrap(self, own: Key, place: str) -> bytes:
        said = own.id.encode()
        return self.keys.master.writing.seal(bytes([CODES[own.suite], len(said)]) + said + own.secret, place)

    def unwrap(self, wrapped: bytes, place: str) -> Key:
        plain = self._named("master", header(wrapped).key).open(wrapped, place)
        end = 2 + plain[1]
        return Key(plain[2:end].decode(), SUITES[plain[0]], plain[end:])

    # ── blind indexes ───────────────────────────────────────────────────────────────────────────────────────────────
    def blinds(self, plain: str) -> list[Blind]:
        """Under every key there is, the current one first: writers write them all, look-ups take any."""
        ring = self.keys.index
        return [key.blind(plain) for key in sorted(ring.keys.values(), key=lambda k: k.id != ring.current)]

    def _named(self, ring: str, id: str) -> Key:
        """Somebody may have written with a key that came within the last second."""
        key = self.keys.ring(ring).keys.get(id)
        if key is None:
            self.look()
            key = self._keys.ring(ring).keys.get(id)
        if key is None:
            raise Undecipherable("unknown key")
        return key


def generation(data: Key) -> str:
    """No key of the file is called so: what an own key has sealed is never taken for the file's."""
    return f"own-{data.id}"


def stamp(path: Path) -> Stamp:
    known = path.stat()
    return known.st_mtime_ns, known.st_ino, known.st_size


def load_vault(folder: Path) -> Vault:
    """Read `data-keys.json`; a missing or wrong file stops the process."""
    path = folder / KEY_FILE
    before = stamp(path)
    return Vault(load_keys(path), path, before)
