"""Engines, pools and the transaction boundary: one request, one transaction, committed before the answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request
from sqlalchemy import CursorResult, TextClause, event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.settings import DatabaseSettings

Sessions = async_sessionmaker[AsyncSession]
READ_ONLY = {"default_transaction_read_only": "on"}
ACQUIRE_SECONDS = 5.0


@dataclass
class Database:
    """Three ways in: a session that writes, one that reads, and plain prepared SQL that reads."""

    url: str
    writer: AsyncEngine
    reader: AsyncEngine
    read_pool: int
    search_path: str = "public"
    pool: "asyncpg.Pool[asyncpg.Record] | None" = None
    writing: Sessions = field(init=False)
    reading: Sessions = field(init=False)

    def __post_init__(self) -> None:
        self.writing = async_sessionmaker(self.writer, class_=AsyncSession, expire_on_commit=False)
        self.reading = async_sessionmaker(self.reader, class_=AsyncSession, expire_on_commit=False)

    async def open(self) -> None:
        """No connection is made yet: a process starts while PostgreSQL is away."""
        settings = {**READ_ONLY, "search_path": self.search_path, "jit": "off"}
        self.pool = await asyncpg.create_pool(
            self.url, min_size=0, max_size=self.read_pool, server_settings=settings, timeout=5, command_timeout=30
        )

    async def connect(self) -> asyncpg.Connection:
        """A connection of one's own that may write, for a consumer or a listener.

        Whoever is cancelled meanwhile lets it be made first: asyncpg, cut off in the middle, leaves an error behind
        that falls on somebody else.
        """
        settings = {"search_path": self.search_path, "jit": "off"}
        making = asyncio.ensure_future(asyncpg.connect(self.url, server_settings=settings, timeout=5))
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await (await making).close(timeout=2)
            raise

    async def ready(self) -> None:
        """Raise unless a statement can be answered."""
        async with self.hot() as db:
            await db.fetchval("select 1")

    def hot(self) -> Any:
        """A pooled connection on which PostgreSQL itself refuses to write."""
        if self.pool is None:
            raise RuntimeError("the database was not opened")
        return self.pool.acquire(timeout=ACQUIRE_SECONDS)

    async def close(self) -> None:
        if self.pool is not None:
            try:
                await asyncio.wait_for(self.pool.close(), 2)
            except TimeoutError:
                self.pool.terminate()
        await asyncio.gather(self.writer.dispose(), self.reader.dispose())


def refuse_closed(connection: Any, *_: object) -> None:
    """A pooled connection that PostgreSQL has closed is replaced before use; asyncpg knows without asking."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def database(settings: DatabaseSettings, *, search_path: str = "public") -> Database:
    def engine(size: int, extra: dict[str, str]) -> AsyncEngine:
        arguments = {"server_settings": {"search_path": search_path, **extra}, "timeout": 5, "command_timeout": 60}
        address = settings.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
        made = create_async_engine(
            address, pool_size=1, max_overflow=size - 1, pool_timeout=ACQUIRE_SECONDS, connect_args=arguments
        )
        event.listen(made.sync_engine, "checkout", refuse_closed)
        return made

    return Database(
        settings.database_url,
        engine(settings.write_pool, {}),
        engine(settings.read_pool, READ_ONLY),
        settings.read_pool,
        search_path,
    )


def database_of(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


async def _write(request: Request) -> AsyncIterator[AsyncSession]:
    """Commit on return, roll back on any exception."""
    async with database_of(request).writing.begin() as session:
        yield session
    if session.info.get("published"):
        request.app.state.bell.ring()


async def _read(request: Request) -> AsyncIterator[AsyncSession]:
    async with database_of(request).reading() as session:
        yield session


async def _hot(request: Request) -> AsyncIterator[asyncpg.Connection]:
    async with database_of(request).hot() as connection:
        yield connection


# scope="function": the commit happens before the answer is sent. With the default scope the client can hold a 201 for
# a row whose commit then fails.
Tx = Annotated[AsyncSession, Depends(_write, scope="function")]
Reader = Annotated[AsyncSession, Depends(_read, scope="function")]
Hot = Annotated[Any, Depends(_hot, scope="function")]


async def run(tx: AsyncSession, statement: TextClause, parameters: Mapping[str, object]) -> CursorResult[Any]:
    """Plain SQL inside the session's transaction."""
    return await (await tx.connection()).execute(statement, dict(parameters))


async def driver_of(tx: AsyncSession) -> asyncpg.Connection:
    """The connection under a session, in its transaction: SQLAlchemy begins one only with its own first statement, and
    until then a lock taken here would be let go at once, and a row written here would stay whatever becomes of it.
    """
    raw = await (await tx.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    if not driver.is_in_transaction():
        await run(tx, text("select 1"), {})
    return driver  # type: ignore[no-any-return]


async def copy_rows(tx: AsyncSession, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Bulk by COPY, inside the session's own transaction."""
    driver = await driver_of(tx)
    await driver.copy_records_to_table(table, records=rows, columns=list(columns))
