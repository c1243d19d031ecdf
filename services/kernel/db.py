"""Engines, pools and the transaction boundary: one request, one transaction, committed before the answer.

A request's transaction reaches the divisions of whoever asks (scope), and no others: row_security has the policies.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request
from sqlalchemy import Connection, CursorResult, TextClause, event, text
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.scope import EVERYWHERE, NOWHERE, Scope, scope_for
from services.kernel.settings import DatabaseSettings

Sessions = async_sessionmaker[AsyncSession]
Reading = Callable[[], contextlib.AbstractAsyncContextManager[asyncpg.Connection]]
READ_ONLY = {"default_transaction_read_only": "on"}
ACQUIRE_SECONDS = 5.0
# With its transaction the scope goes; `reset all` for whoever sets something for longer. One journey for both.
END = "rollback; reset all"
BESIDE = "create temporary table if not exists {beside} on commit delete rows as table {table} with no data"
SET = text("select " + ", ".join(f"set_config('shegong.{name}', :{name}, true)" for name in Scope._fields))


@dataclass
class Database:
    """Three ways in: a session that writes, one that reads, and plain prepared SQL that reads.

    Both that read do so as a role that may write nothing. `scoped` is false where no table has policies (the gateway).
    """

    url: str
    read_url: str
    writer: AsyncEngine
    reader: AsyncEngine
    read_pool: int
    search_path: str = "public"
    scoped: bool = True
    pool: "asyncpg.Pool[asyncpg.Record] | None" = None
    writing: Sessions = field(init=False)
    reading: Sessions = field(init=False)

    def __post_init__(self) -> None:
        self.writing = sessions(self.writer)
        self.reading = sessions(self.reader)

    async def open(self) -> None:
        """No connection is made yet: a process starts while PostgreSQL is away."""
        settings = {**READ_ONLY, "search_path": self.search_path, "jit": "off"}
        self.pool = await asyncpg.create_pool(
            self.read_url, min_size=0, max_size=self.read_pool, server_settings=settings, timeout=5, command_timeout=30,
            reset=as_it_is,
        )  # fmt: skip

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

    @contextlib.asynccontextmanager
    async def hot(self, scope: Scope | None = None) -> AsyncIterator[asyncpg.Connection]:
        """A pooled connection on which PostgreSQL itself refuses to write; with a scope, inside a transaction of it."""
        if self.pool is None:
            raise RuntimeError("the database was not opened")
        async with self.pool.acquire(timeout=ACQUIRE_SECONDS) as acquired:
            connection: Any = acquired
            if scope is None:
                yield connection
                return
            await connection.execute(f"begin read only; {scope.sql()}")
            try:
                yield connection
            finally:
                await connection.execute(END)

    async def close(self) -> None:
        if self.pool is not None:
            try:
                await asyncio.wait_for(self.pool.close(), 2)
            except TimeoutError:
                self.pool.terminate()
        await asyncio.gather(self.writer.dispose(), self.reader.dispose())


class ScopedSession(Session):
    """Says the scope in `info` to PostgreSQL whenever a transaction begins."""


@event.listens_for(ScopedSession, "after_begin")
def say_scope(session: Session, _: object, connection: Connection) -> None:
    if scope := session.info.get("scope"):
        connection.execute(SET, scope._asdict())


def sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, class_=AsyncSession, sync_session_class=ScopedSession, expire_on_commit=False)


async def as_it_is(_: object) -> None:
    """Nothing outlives a use of the pool that would have to be reset: see END."""


def refuse_closed(connection: Any, *_: object) -> None:
    """A pooled connection that PostgreSQL has closed is replaced before use; asyncpg knows without asking."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def database(settings: DatabaseSettings, *, search_path: str = "public", scoped: bool = True) -> Database:
    def engine(url: str, size: int, extra: dict[str, str]) -> AsyncEngine:
        arguments = {"server_settings": {"search_path": search_path, **extra}, "timeout": 5, "command_timeout": 60}
        address = url.replace("postgresql://", "postgresql+asyncpg://", 1)
        made = create_async_engine(
            address, pool_size=1, max_overflow=size - 1, pool_timeout=ACQUIRE_SECONDS, connect_args=arguments
        )
        event.listen(made.sync_engine, "checkout", refuse_closed)
        return made

    return Database(
        settings.database_url,
        settings.read_url,
        engine(settings.database_url, settings.write_pool, {}),
        engine(settings.read_url, settings.read_pool, READ_ONLY),
        settings.read_pool,
        search_path,
        scoped,
    )


def database_of(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


async def reached(request: Request) -> Scope | None:
    """What the asker reaches with what the route declares; None where no table asks."""
    return await scope_for(request) if database_of(request).scoped else None


async def _write(request: Request) -> AsyncIterator[AsyncSession]:
    """Commit on return, roll back on any exception."""
    scope = await reached(request)
    async with database_of(request).writing(info={"scope": scope}) as session, session.begin():
        yield session
    if session.info.get("published"):
        request.app.state.bell.ring()


async def _read(request: Request) -> AsyncIterator[AsyncSession]:
    scope = await reached(request)
    async with database_of(request).reading(info={"scope": scope}) as session:
        yield session


async def _hot(request: Request) -> AsyncIterator[asyncpg.Connection]:
    async with database_of(request).hot(await reached(request)) as connection:
        yield connection


# scope="function": the commit happens before the answer is sent. With the default scope the client can hold a 201 for
# a row whose commit then fails.
Tx = Annotated[AsyncSession, Depends(_write, scope="function")]
Reader = Annotated[AsyncSession, Depends(_read, scope="function")]
Hot = Annotated[Any, Depends(_hot, scope="function")]


async def run(tx: AsyncSession, statement: TextClause, parameters: Mapping[str, object]) -> CursorResult[Any]:
    """Plain SQL inside the session's transaction."""
    return await (await tx.connection()).execute(statement, dict(parameters))


async def within(tx: AsyncSession, scope: Scope) -> None:
    """From here on the session reaches this. What it has changed before is written within what it reached then."""
    await tx.flush()
    if tx.info.get("scope") == scope:
        return
    tx.info["scope"] = scope
    if tx.in_transaction():
        await run(tx, SET, scope._asdict())


@contextlib.asynccontextmanager
async def everywhere(tx: AsyncSession, why: str) -> AsyncIterator[None]:
    """Wider than the asker's divisions, on purpose, until the block ends. `why` is for whoever reads and greps."""
    before = tx.info.get("scope") or NOWHERE
    await within(tx, EVERYWHERE)
    try:
        yield
    except BaseException:
        tx.info["scope"] = before
        with contextlib.suppress(SQLAlchemyError, OSError):  # a transaction that has failed reads nothing any more
            await run(tx, SET, before._asdict())
        raise
    await within(tx, before)


@contextlib.asynccontextmanager
async def everywhere_over(db: asyncpg.Connection, why: str) -> AsyncIterator[None]:
    """The same inside the transaction of a consumer, which reaches nothing before and after."""
    await db.execute(EVERYWHERE.sql())
    try:
        yield
    except BaseException:
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await db.execute(NOWHERE.sql())
        raise
    await db.execute(NOWHERE.sql())


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
    """Bulk inside the session's own transaction: COPY into a table of this connection, and from there one INSERT.

    PostgreSQL takes no COPY into a table with policies. The table beside is made once for each connection.
    """
    driver, beside = await driver_of(tx), f"copied_{table}"
    named = ", ".join(columns)
    await driver.execute(BESIDE.format(beside=beside, table=table))
    await driver.copy_records_to_table(beside, records=rows, columns=list(columns))
    await driver.execute(f"insert into {table} ({named}) select {named} from {beside}; delete from {beside}")
