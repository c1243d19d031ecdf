"""A database as a test looks behind an API: whole, where the app itself reaches no more than whoever asks."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kernel.db import Database, Sessions, sessions
from services.kernel.scope import EVERYWHERE, Scope


@dataclass
class Behind(Database):
    """On the same pools as `app`, which is what an app under test gets; whoever gives no scope reaches everything."""

    app: Database | None = None

    def __post_init__(self) -> None:
        self.writing, self.reading = whole(self.writer), whole(self.reader)

    @contextlib.asynccontextmanager
    async def hot(self, scope: Scope | None = EVERYWHERE) -> AsyncIterator[asyncpg.Connection]:
        async with super().hot(scope) as connection:
            yield connection


def whole(engine: AsyncEngine) -> Sessions:
    made = sessions(engine)
    made.configure(info={"scope": EVERYWHERE})
    return made


def behind(app: Database) -> Behind:
    """Of an open database."""
    return Behind(
        app.url, app.read_url, app.writer, app.reader, app.read_pool, app.search_path, app.scoped, app.pool, app
    )


def own(database: Database) -> Database:
    """What the app gets."""
    if not isinstance(database, Behind) or database.app is None:
        raise TypeError("not looked at from behind")
    return database.app
