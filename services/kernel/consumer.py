"""Following another service's feed: what a page says and the cursor behind it are committed together, exactly once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel

from services.contracts.facts import EventOut, EventPage, SubjectPage, SubjectState
from services.kernel.client import ServiceClient
from services.kernel.db import Database
from services.kernel.errors import DomainError, FeedRestarted
from services.kernel.keyring import Keyring

log = logging.getLogger("consumer")
Item = TypeVar("Item", SubjectState, EventOut)
Apply = Callable[[asyncpg.Connection, Sequence[Item]], Awaitable[None]]
WAIT_SECONDS = 20
PATIENCE_SECONDS = (0.2, 0.5, 1, 2, 5)
# The database is away, or says try again: the page is not to blame.
PASSING = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError,
           asyncpg.OperatorInterventionError,
           asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError,
           asyncpg.DiskFullError, OSError, TimeoutError)  # fmt: skip

# Found by search_path: a rebuild in another schema has cursors of its own.
TABLES = """
create table feed_cursor (
  source text primary key,
  position text not null default '',
  followed_at timestamptz,          -- up to here nothing is missing
  silent_since timestamptz);        -- the source does not answer
create table feed_parked (
  source text not null, subject text not null, item jsonb not null, reason text not null,
  parked_at timestamptz not null default now(), primary key (source, subject));
"""
TAKE = "insert into feed_cursor (source) values ($1) on conflict do nothing"
WHERE = "select position from feed_cursor where source = $1"
MOVE = """
update feed_cursor set position = $3, silent_since = null, followed_at = case when $4 then now() else followed_at end
where source = $1 and position = $2"""
SILENT = "update feed_cursor set silent_since = coalesce(silent_since, now()) where source = $1"
BACK = "update feed_cursor set position = '', followed_at = null where source = $1"
PARK = """
insert into feed_parked (source, subject, item, reason) values ($1, $2, $3::jsonb, $4)
on conflict (source, subject) do update set item = excluded.item, reason = excluded.reason, parked_at = now()"""
UNPARK = "delete from feed_parked where source = $1 and subject = any($2::text[])"


class Overtaken(Exception):
    """Another process has moved this cursor."""


@dataclass
class Follower(Generic[Item]):
    """One feed followed for one purpose. `apply` must not assume that a page is a whole."""

    source: str
    page: type[SubjectPage] | type[EventPage]
    path: str
    feed: ServiceClient
    keyring: Keyring
    database: Database
    apply: Apply[Item]
    restarted: Callable[[asyncpg.Connection], Awaitable[None]] | None = None
    limit: int = 1000

    async def run(self, app: FastAPI) -> None:
        """For ever: follow; when something is away, wait a little longer each time."""
        failures = 0
        while True:
            try:
                async with self._connected() as db:
                    await self.step(db, wait=0)  # at once: whether anything is missing is known after it
                    while True:
                        await self.step(db)
                        failures = 0
            except Overtaken:
                continue  # another replica was quicker: look where it left off
            except (*PASSING, DomainError) as error:
                log.warning("waiting", extra={"source": self.source, "reason": repr(error)})
                await self._note_silence()
                await asyncio.sleep(PATIENCE_SECONDS[min(failures, len(PATIENCE_SECONDS) - 1)])
                failures += 1

    def _connected(self) -> "Connected":
        return Connected(self.database)

    async def _note_silence(self) -> None:
        try:
            async with self._connected() as db:
                await db.execute(SILENT, self.source)
        except PASSING:
            return  # then /status finds the cursor old

    async def step(self, db: asyncpg.Connection, *, wait: float = WAIT_SECONDS) -> int:
        """One page: ask, apply, move on. Returns how many items there were."""
        await db.execute(TAKE, self.source)
        before: str = await db.fetchval(WHERE, self.source)
        token = self.keyring.as_service(self.source)
        try:
            page = await self.feed.get(
                self.page, self.path, token=token, deadline=wait + 10, after=before, limit=self.limit, wait=wait
            )
        except FeedRestarted:
            await self._start_over(db)
            return 0
        await self._take_in(db, before, page)
        return len(page.items)

    async def _start_over(self, db: asyncpg.Connection) -> None:
        log.warning("restarted", extra={"source": self.source})
        async with db.transaction():
            if self.restarted is not None:
                await self.restarted(db)
            await db.execute(BACK, self.source)

    async def _take_in(self, db: asyncpg.Connection, before: str, page: SubjectPage | EventPage) -> None:
        items: Sequence[Item] = page.items  # type: ignore[assignment]
        try:
            async with db.transaction():
                await self._move(db, before, page)
                await self._apply(db, items)
            return
        except (*PASSING, Overtaken):
            raise
        except Exception as error:
            log.exception("page", exc_info=error, extra={"source": self.source})
        async with db.transaction():
            await self._move(db, before, page)
            for item in items:
                await self._apply_or_park(db, item)

    async def _move(self, db: asyncpg.Connection, before: str, page: SubjectPage | EventPage) -> None:
        if await db.execute(MOVE, self.source, before, page.next, page.done) != "UPDATE 1":
            raise Overtaken(self.source)

    async def _apply(self, db: asyncpg.Connection, items: Sequence[Item]) -> None:
        if items:
            await self.apply(db, items)
            await db.execute(UNPARK, self.source, [i.subject for i in items])

    async def _apply_or_park(self, db: asyncpg.Connection, item: Item) -> None:
        """A row that cannot be applied is parked and counted; the feed goes on."""
        try:
            async with db.transaction():
                await self._apply(db, [item])
        except PASSING:
            raise
        except Exception as error:
            log.exception("parked", extra={"source": self.source, "reason": item.subject})
            whole: BaseModel = item
            await db.execute(PARK, self.source, item.subject, whole.model_dump_json(), repr(error)[:500])


class Connected:
    """A connection of one's own, closed in any case."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def __aenter__(self) -> asyncpg.Connection:
        self.connection = await self.database.connect()
        return self.connection

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.connection.close(timeout=2)
        except (*PASSING, asyncpg.PostgresError):
            self.connection.terminate()
