"""Passwords are hashed here and nowhere else: argon2id, in a thread, two at a time, and always once per attempt."""

import asyncio
import functools
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from gateway.identity.rules import password_bytes

AT_ONCE = 2  # 19 MiB and a core each: 200 people signing in at once wait, the rest of the process does not
ARGON = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def token_hash(token: str) -> bytes:
    """Of a token with 256 random bits: nothing to guess, so a plain hash will do."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


@functools.cache
def nobodys() -> str:
    """What the password of somebody who is not there is compared with: nobody's, of this process alone."""
    return ARGON.hash(secrets.token_bytes(16))


class Hashing:
    def __init__(self) -> None:
        self.turn = asyncio.Semaphore(AT_ONCE)
        self.nobodys = nobodys()

    async def hash(self, password: str) -> str:
        async with self.turn:
            return await asyncio.to_thread(ARGON.hash, password_bytes(password))

    async def matches(self, kept: str | None, password: str) -> bool:
        """Where there is no account the work is done all the same, so that time tells nothing."""
        async with self.turn:
            right = await asyncio.to_thread(_verify, kept or self.nobodys, password_bytes(password))
        return right and kept is not None


def _verify(kept: str, password: bytes) -> bool:
    try:
        return ARGON.verify(kept, password)
    except VerifyMismatchError:
        return False
