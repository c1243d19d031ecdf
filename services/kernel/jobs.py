"""Work that outlives its request: a queue in the service's own database (pgqueuer), its worker inside the process.

An entry of the queue says no more than "look at this record"; what there is to do, the record itself says. So an entry
may come twice, late or again after a crash without harm: the work is asked to be done once more, and finds it done.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.consumer import PASSING
from services.kernel.db import driver_of, run
from services.kernel.errors import StorageFull, Unavailable
from services.kernel.problems import of_database

log = logging.getLogger("jobs")
Work = Callable[[FastAPI, UUID], Awaitable[None]]
Unfinished = Callable[[AsyncSession], Awaitable[Sequence[UUID]]]

# A process killed in the middle stops beating; after so long its entry is taken by whoever lives.
HEARTBEAT = timedelta(seconds=10)
AT_ONCE = 2
PATIENCE = timedelta(seconds=2)  # with a database that went away
ENDING_SECONDS = 5.0
LOOK_SECONDS = 30.0  # after entries that were lost
KEPT = timedelta(days=7)
FORGOTTEN = text("""
select i from unnest(cast(:ids as uuid[])) i where not exists (
  select from pgqueuer q
  where q.entrypoint = :name and q.payload = uuid_send(i) and q.status in ('queued', 'picked'))""")
TRIM = text("delete from pgqueuer_log where created < now() - make_interval(secs => :seconds)")


async def enqueue(tx: AsyncSession, name: str, ids: Sequence[UUID]) -> None:
    """In the transaction that makes the work necessary: both, or neither."""
    from pgqueuer.queries import Queries  # not at the start of the process: the first request does not wait for it

    if not ids:
        return
    queue = Queries.from_asyncpg_connection(await driver_of(tx))
    await queue.enqueue([name] * len(ids), [id.bytes for id in ids], [0] * len(ids))


def worker(name: str, work: Work, unfinished: Unfinished) -> Callable[[FastAPI], Any]:
    """A task for `make_app`: does what is enqueued under `name`, for as long as the process lives."""

    async def serve(app: FastAPI) -> None:
        while True:
            try:
                await Serving(app, name, work, unfinished).run()
            except Exception as error:
                if not passing(error):
                    raise
                log.info("the queue is away", extra={"source": name, "reason": type(error).__name__})
            await asyncio.sleep(PATIENCE.total_seconds())

    return serve


class Serving:
    """One connection's worth of serving: until the connection breaks, or the process ends."""

    def __init__(self, app: FastAPI, name: str, work: Work, unfinished: Unfinished) -> None:
        self.app, self.name, self.work, self.unfinished = app, name, work, unfinished
        self.running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        from pgqueuer.core.qm import QueueManager
        from pgqueuer.queries import Queries

        connection = await self.app.state.database.connect()
        manager = QueueManager(Queries.from_asyncpg_connection(connection))
        manager.entrypoint(self.name, accepts_context=False)(self.do)
        connection.add_termination_listener(lambda _: manager.shutdown.set())
        serving = asyncio.create_task(
            manager.run(
                dequeue_timeout=HEARTBEAT,  # nothing else tells that somebody's heart has stopped
                batch_size=1,
                max_concurrent_tasks=AT_ONCE,
                heartbeat_timeout=HEARTBEAT,
                log_aggregation_interval=timedelta(0),
                shutdown_on_listener_failure=True,
            )
        )
        looking = asyncio.create_task(self.look_after())
        try:
            ended, _ = await asyncio.wait({serving, looking}, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            manager.shutdown.set()
            for task in (looking, *self.running):
                task.cancel()
            _, left = await asyncio.wait({serving, looking}, timeout=ENDING_SECONDS)
            for task in left:
                task.cancel()
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)

    async def do(self, job: Any) -> None:
        """The work is a task of its own: a process that ends puts it back, instead of losing it."""
        from pgqueuer.errors import RetryRequested

        task = asyncio.create_task(self.done(UUID(bytes=job.payload)))
        self.running.add(task)
        try:
            await task
        except asyncio.CancelledError:
            raise RetryRequested(timedelta(0), "the process ends") from None
        except Exception as error:
            if not passing(error):
                raise
            raise RetryRequested(PATIENCE, type(error).__name__) from error
        finally:
            self.running.discard(task)

    async def done(self, id: UUID) -> None:
        await self.work(self.app, id)

    async def look_after(self) -> None:
        """Entries that were lost are made again, old ones of the log forgotten."""
        while True:
            async with self.app.state.database.writing.begin() as tx:
                await resume(tx, self.name, await self.unfinished(tx))
                await run(tx, TRIM, {"seconds": KEPT.total_seconds()})
            await asyncio.sleep(LOOK_SECONDS)


def passing(error: BaseException) -> bool:
    """The database is away, or says try again: the work is not to blame."""
    return isinstance(error, PASSING) or isinstance(of_database(error), Unavailable | StorageFull)


async def resume(tx: AsyncSession, name: str, ids: Sequence[UUID]) -> None:
    """Enqueue those that no entry speaks of."""
    if ids:
        found = await run(tx, FORGOTTEN, {"ids": list(ids), "name": name})
        await enqueue(tx, name, [row[0] for row in found])
