"""Promise: a rebuild beside the live tables, and its switch, fail no read, lose no word, and equal brute force."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from gateway.coverage import fold, reads
from gateway.coverage.numbering import number_of
from gateway.coverage.rebuild import rebuild, staging
from services.kernel import consumer
from tests.coverage import histories
from tests.coverage.world import THEN, TODAY, World

SERVICES = ("registry", "training", "coordination")


class Feeds:
    """The services' feeds: the latest word of each subject, by position."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        self.log = {service: [] for service in SERVICES}
        self.log["registry"].append(self.world.first_states())

    def grow(self) -> None:
        service, states = self.world.batch()
        self.log[service].append(states)

    async def follow(self, db: asyncpg.Connection, service: str, apply) -> bool:
        """As the kernel's consumer does: the cursor first, then the page, in one transaction."""
        await db.execute(consumer.TAKE, service)
        before = await db.fetchval(consumer.WHERE, service)
        at, upto = int(before or 0), len(self.log[service])
        if at == upto:
            return False
        async with db.transaction():
            if await db.execute(consumer.MOVE, service, before, str(upto), True) != "UPDATE 1":
                raise consumer.Overtaken(service)
            await apply(db, [item for page in self.log[service][at:upto] for item in page])
        return True

    async def follow_all(self, db: asyncpg.Connection, how) -> None:
        for service in SERVICES:
            await self.follow(db, service, how(service))

    async def load(self, db: asyncpg.Connection) -> None:
        await self.follow_all(db, staging)

    async def catch_up(self, db: asyncpg.Connection) -> None:
        await self.follow_all(db, fold.folding)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "coverage, public", "jit": "off"})
    yield connection
    await connection.close()


async def wrong(db: asyncpg.Connection, w: World) -> list[str]:
    days = [w.day() for _ in range(6)]
    return [line for day in days for on_map in (THEN, TODAY) for line in await histories.compare(db, w, day, on_map)]


@pytest.mark.parametrize("seed", range(4))
async def test_a_rebuild_draws_what_the_fold_drew(db, seed):
    feeds = Feeds(seed)
    for _ in range(20):
        feeds.grow()
        await feeds.catch_up(db)
    before = [tuple(r) for r in await db.fetch("select * from curve where cardinality(days) > 0 order by 1, 2, 3, 4")]

    await rebuild(db, feeds.load, feeds.catch_up)

    assert [
        tuple(r) for r in await db.fetch("select * from curve where cardinality(days) > 0 order by 1, 2, 3, 4")
    ] == before
    assert await wrong(db, feeds.world) == []


async def test_the_switch_fails_no_read_and_loses_no_word(db, scratch):
    feeds, stop, slowest, overtaken = Feeds(1), asyncio.Event(), [0.0], []
    await feeds.catch_up(db)
    asked = ([370000000000, 370100000000], [number_of("certified_people"), number_of("established@village")])

    async def read() -> int:
        count, loop = 0, asyncio.get_running_loop()
        async with connected(scratch) as reader:
            while not stop.is_set():
                began = loop.time()
                await reads.family(reader, *asked, feeds.world.days()[0], THEN)
                slowest[0], count = max(slowest[0], loop.time() - began), count + 1
        return count

    async def follow(service: str) -> None:
        async with connected(scratch) as follower:
            while not stop.is_set():
                try:
                    moved = await feeds.follow(follower, service, fold.folding(service))
                except consumer.Overtaken:  # the rebuild has moved the cursor: look again
                    overtaken.append(service)
                    continue
                await asyncio.sleep(0 if moved else 0.001)

    async def grow() -> None:
        while not stop.is_set():
            feeds.grow()
            await asyncio.sleep(0.003)

    running = [asyncio.create_task(t) for t in (read(), read(), grow(), *(follow(s) for s in SERVICES))]
    async with connected(scratch) as rebuilder:
        for _ in range(4):
            await rebuild(rebuilder, feeds.load, feeds.catch_up)
            await asyncio.sleep(0.05)
    stop.set()
    counts = await asyncio.gather(*running)
    await feeds.catch_up(db)

    assert await wrong(db, feeds.world) == []
    assert counts[0] + counts[1] > 100
    assert slowest[0] < 2
    print(counts[:2], f"reads, slowest {slowest[0] * 1000:.0f} ms,", len(overtaken), "overtaken")


async def test_a_page_on_its_way_during_the_switch_is_not_lost_or_applied_to_newer_tables(db, scratch):
    """The cursor has moved, the page is not yet folded, and meanwhile the subject has said something newer."""
    feeds, gate = Feeds(2), asyncio.Event()
    await feeds.catch_up(db)
    for _ in range(12):
        feeds.grow()

    async def slowly(connection: asyncpg.Connection, items) -> None:
        await gate.wait()
        await fold.folding("registry")(connection, items)

    async with connected(scratch) as follower, connected(scratch) as rebuilder:
        following = asyncio.create_task(feeds.follow(follower, "registry", slowly))
        await asyncio.sleep(0.1)
        for _ in range(12):
            feeds.grow()
        rebuilding = asyncio.create_task(rebuild(rebuilder, feeds.load, feeds.catch_up))
        await asyncio.sleep(0.7)
        gate.set()
        await asyncio.gather(following, rebuilding)
    await feeds.catch_up(db)

    assert await wrong(db, feeds.world) == []


async def test_grants_follow_the_live_tables(db):
    await db.execute("drop role if exists coverage_reader; create role coverage_reader")
    await db.execute("grant usage on schema coverage to coverage_reader; grant select on fact to coverage_reader")
    feeds = Feeds(3)

    await rebuild(db, feeds.load, feeds.catch_up)

    assert await db.fetchval("select has_table_privilege('coverage_reader', 'coverage.curve', 'insert')")
    await db.execute("drop owned by coverage_reader; drop role coverage_reader")
