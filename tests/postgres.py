"""Owns the PostgreSQL server of a test session: a scratch cluster, or the one that TEST_POSTGRES names."""

import atexit
import functools
import os
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from deploy.local.scratch import scratch_cluster


@dataclass(frozen=True)
class Server:
    """`superuser_dsn` is a plain postgresql:// address of the database `postgres`."""

    superuser_dsn: str

    def dsn(self, database: str, *, driver: str = "") -> str:
        """The superuser's address of another database; driver="asyncpg" gives SQLAlchemy's form of it."""
        parts = urlsplit(self.superuser_dsn)
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        return urlunsplit(parts._replace(scheme=scheme, path=f"/{database}"))


@functools.cache
def server() -> Server:
    """Started at the first call; stopped and removed when the test session ends."""
    if named := os.environ.get("TEST_POSTGRES"):
        return Server(named)
    running = ExitStack()
    atexit.register(running.close)
    return Server(running.enter_context(scratch_cluster()).dsn())
