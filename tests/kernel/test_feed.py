"""The promise of the feeds: complete, in order, nothing twice, whatever is being written beside."""

import asyncio
import random

import asyncpg
import pytest

from services.contracts.facts import Fact
from services.contracts.metrics import Metric
from services.kernel import feed
from services.kernel.db import Database
from services.kernel.errors import FeedRestarted
from tests.conftest import Databases, migrate
from tests.kernel.probe import Noted
from tests.keys import an_actor

pytestmark = pytest.mark.anyio
WRITERS, EACH = 12, 25
ACTOR = an_actor("registry:write")
FACT = Fact(metric=Metric.HOURS_ATTENDED, division="370112001000", start="2026-01-01")  # type: ignore[arg-type]


async def write(database: Database, writer: int, rng: random.Random) -> None:
    """Short transactions that end in another order than they began."""
    for n in range(EACH):
        async with database.writing.begin() as tx:
            await feed.publish(tx, f"person:{writer}-{n}", [FACT], Noted(note="演示"))
            await feed.record(tx, ACTOR, f"person:{writer}-{n}", Noted(note=f"{writer}-{n}"))
            await asyncio.sleep(rng.random() * 0.004)


async def follow(db: asyncpg.Connection, sql: str, writing: asyncio.Future[object]) -> list[str]:
    """All that a reader sees from before the first write until everything is quiet."""
    seen, after = [], ""
    while True:
        quiet = writing.done()
        rows, after = await feed.ready_rows(db, sql, after, 7)
        seen += [r["subject"] for r in rows]
        if not rows and quiet:
            return seen
        await asyncio.sleep(0)


async def race(databases: Databases, training: Database, sql: str) -> list[str]:
    await asyncio.to_thread(migrate, databases, "procurement")
    reader, elsewhere = await asyncpg.connect(training.url), await asyncpg.connect(databases.owner("procurement"))
    long = elsewhere.transaction()
    await long.start()
    await elsewhere.execute("insert into event (actor, kind, subject, body) values ('a', 'b', 'c', '{}')")
    rng = random.Random(7)
    writing = asyncio.gather(*(write(training, w, rng) for w in range(WRITERS)))
    try:
        return await asyncio.wait_for(follow(reader, sql, writing), 30)
    finally:
        await long.rollback()
        await reader.close()
        await elsewhere.close()


@pytest.fixture
def wide(databases: Databases) -> Database:
    settings = databases.settings("training").model_copy(update={"write_pool": WRITERS})
    return feed_database(settings)


def feed_database(settings: object) -> Database:
    from services.kernel.db import database

    return database(settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("sql", [feed.SUBJECTS, feed.EVENTS], ids=["subjects", "events"])
async def test_twelve_writers_and_a_long_transaction_elsewhere_lose_nothing(databases, training, wide, sql):
    seen = await race(databases, wide, sql)

    assert sorted(seen) == sorted(f"person:{w}-{n}" for w in range(WRITERS) for n in range(EACH))
    await wide.close()


async def test_the_race_can_fail_without_the_horizon(databases, training, wide, monkeypatch):
    monkeypatch.setattr(feed, "HORIZON", "select feed_epoch() as epoch, 9223372036854775807 as horizon")

    seen = await race(databases, wide, feed.EVENTS)

    assert len(seen) < WRITERS * EACH
    await wide.close()


async def test_a_subject_that_says_the_same_again_is_not_served_again(training):
    async with training.writing.begin() as tx:
        await feed.publish(tx, "person:1", [FACT], Noted(note="a"))
    async with training.hot() as db:
        _, after = await feed.ready_rows(db, feed.SUBJECTS, "", 10)
    async with training.writing.begin() as tx:
        await feed.publish(tx, "person:1", [FACT], Noted(note="a"))
        await feed.publish(tx, "person:2", [], None)

    async with training.hot() as db:
        rows, _ = await feed.ready_rows(db, feed.SUBJECTS, after, 10)

    assert [(r["subject"], r["facts"], r["record"]) for r in rows] == [("person:2", "[]", None)]


async def test_after_a_new_epoch_old_cursors_are_gone_and_old_rows_are_not(databases, training):
    async with training.writing.begin() as tx:
        await feed.publish(tx, "person:1", [], Noted(note="a"))
    async with training.hot() as db:
        _, after = await feed.ready_rows(db, feed.SUBJECTS, "", 10)
    db = await asyncpg.connect(databases.owner("training"))
    await db.execute("update subject set xact = 9000000000000000")  # as after a restore: stamps of another server
    await db.close()

    await feed.new_epoch(databases.owner("training"))

    async with training.hot() as db:
        with pytest.raises(FeedRestarted):
            await feed.ready_rows(db, feed.SUBJECTS, after, 10)
        rows, following = await feed.ready_rows(db, feed.SUBJECTS, "", 10)
        again, _ = await feed.ready_rows(db, feed.SUBJECTS, following, 10)
    assert [r["subject"] for r in rows] == ["person:1"]
    assert again == []


STRANGE = ["x", "E.2", "E.2.3.x", "E.1.1.99999999999999999999999", "-", "１.1.1.1", "E.1.-1.1", "E.1.1.1\n"]


async def test_the_apps_own_role_cannot_rewrite_what_was_done(training):
    async with training.writing.begin() as tx:
        await feed.record(tx, ACTOR, "person:1", Noted(note="a"))
    db = await training.connect()
    for rewriting in ("delete from event", "update event set actor = 'b'", "truncate event"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute(rewriting)
    await db.close()


@pytest.mark.parametrize("cursor", STRANGE)
async def test_a_cursor_that_we_never_gave_is_refused(training, cursor):
    async with training.hot() as db:
        epoch = await db.fetchval("select feed_epoch()")
        with pytest.raises(feed.Unprocessable):
            await feed.ready_rows(db, feed.SUBJECTS, cursor.replace("E", str(epoch)), 10)


async def test_the_horizon_sees_writers_of_any_role(databases, training):
    """A migration that writes beside us is another role's; without the owner's rights its number would be hidden."""
    migrating = await asyncpg.connect(databases.owner("training"))
    async with migrating.transaction():
        await migrating.execute("insert into event (actor, kind, subject, body) values ('m', 'k', 'person:0', '{}')")
        async with training.writing.begin() as tx:
            await feed.record(tx, ACTOR, "person:1", Noted(note="a"))
        async with training.hot() as db:
            early, after = await feed.ready_rows(db, feed.EVENTS, "", 10)
    async with training.hot() as db:
        rows, _ = await feed.ready_rows(db, feed.EVENTS, after, 10)
    await migrating.close()

    assert [r["subject"] for r in early + rows] == ["person:0", "person:1"]
    assert early == []
