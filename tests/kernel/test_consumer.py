"""Following a feed: each change takes effect exactly once, and a bad row does not stop the others."""

import asyncio
import contextlib

import asyncpg
import pytest

from services.contracts.facts import SubjectPage
from services.kernel import consumer, feed
from services.kernel.client import ServiceClient
from services.kernel.consumer import Follower, Overtaken
from services.kernel.db import database
from tests.behind import behind
from tests.conftest import client_of, empty, migrate
from tests.kernel.probe import Noted, a_probe
from tests.keys import keyring

pytestmark = pytest.mark.anyio


@pytest.fixture
async def target(databases):
    """Another service's database, with a table in which effects can be counted."""
    await asyncio.to_thread(migrate, databases, "procurement")
    owner = await asyncpg.connect(databases.admin("procurement"))
    await owner.execute("create schema following; set search_path = following")
    await owner.execute(consumer.TABLES + "create table effect (subject text, note text)")
    await owner.execute(
        "grant all on schema following to procurement; grant all on all tables in schema following to procurement"
    )
    opened = database(databases.settings("procurement"), search_path="following")
    await opened.open()
    yield behind(opened)
    await opened.close()
    await owner.execute("drop schema following cascade")
    await owner.close()
    await empty(databases, "procurement")


async def apply(db, items):
    for item in items:
        if item.record["note"] == "poison":
            raise ValueError("poison")
        await db.execute("insert into effect values ($1, $2)", item.subject, item.record["note"])


async def say(training, **notes: str) -> None:
    async with training.writing.begin() as tx:
        for subject, note in notes.items():
            await feed.publish(tx, subject, [], Noted(note=note))


def follower(training, target, act=apply):
    source = ServiceClient("培训服务", client_of(a_probe(training)))
    return Follower("training", SubjectPage, "/internal/subjects", source, keyring("gateway"), target, act, limit=2)


async def effects(db) -> list[tuple[str, str]]:
    return [tuple(r) for r in await db.fetch("select subject, note from effect order by 1, 2")]


async def test_each_change_takes_effect_once(training, target):
    await say(training, a="1", b="1", c="1")
    following, db = follower(training, target), await target.connect()

    counts = [await following.step(db, wait=0) for _ in range(3)]
    await say(training, a="2")
    counts.append(await following.step(db, wait=0))

    assert counts == [2, 1, 0, 1]
    assert await effects(db) == [("a", "1"), ("a", "2"), ("b", "1"), ("c", "1")]
    await db.close()


async def test_a_failure_after_the_effect_undoes_effect_and_cursor(training, target):
    async def cut(db, items):
        await apply(db, items)
        raise asyncpg.ConnectionDoesNotExistError("killed")

    await say(training, a="1")
    db = await target.connect()
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await follower(training, target, cut).step(db, wait=0)
    assert await effects(db) == []

    await follower(training, target).step(db, wait=0)

    assert await effects(db) == [("a", "1")]
    await db.close()


async def test_a_row_that_cannot_be_applied_is_parked_and_the_feed_goes_on(training, target):
    await say(training, a="1", b="poison")
    await say(training, c="1")
    following, db = follower(training, target), await target.connect()

    for _ in range(2):
        await following.step(db, wait=0)

    assert await effects(db) == [("a", "1"), ("c", "1")]
    assert await db.fetchval("select subject from feed_parked") == "b"
    await say(training, b="cured")
    await following.step(db, wait=0)
    assert await db.fetchval("select count(*) from feed_parked") == 0
    await db.close()


async def test_two_followers_of_one_cursor_do_not_double(training, target):
    await say(training, a="1")
    db, other = await target.connect(), await target.connect()

    async def slowly(connection, items):
        await follower(training, target)._move(other, "", SubjectPage(items=[], next="elsewhere", done=True))

    await db.execute(consumer.TAKE, "training")
    await slowly(db, [])
    with pytest.raises(Overtaken):
        await follower(training, target)._take_in(db, "", SubjectPage(items=[], next="1.1.1.1", done=True))
    await db.close()
    await other.close()


async def test_a_restarted_feed_is_read_from_the_start(databases, training, target):
    await say(training, a="1")
    following, db = follower(training, target), await target.connect()
    await following.step(db, wait=0)
    await feed.new_epoch(databases.owner("training"))

    await following.step(db, wait=0)
    assert await db.fetchval("select followed_at from feed_cursor") is None, "half of it must not pass for all of it"
    await following.step(db, wait=0)

    assert await effects(db) == [("a", "1"), ("a", "1")]
    await db.close()


async def test_a_source_that_is_away_is_noted(training, target):
    silent = database(target_settings(training))
    following, db = follower(silent, target), await target.connect()
    await silent.open()
    await db.execute(consumer.TAKE, "training")

    await following._note_silence()

    assert await db.fetchval("select silent_since is not null from feed_cursor") is True
    await db.close()
    await silent.close()


AWAY = "postgresql://a:b@127.0.0.1:1/c"


def target_settings(training):
    from services.kernel.settings import DatabaseSettings
    from tests.conftest import ROOT

    return DatabaseSettings(keys=ROOT, database_url=AWAY, read_url=AWAY)


async def test_a_connection_cut_off_while_it_is_made_leaves_nothing_behind(training):
    for pause in (0, 0.001, 0.002, 0.004, 0.008):
        making = asyncio.create_task(training.connect())
        await asyncio.sleep(pause)
        making.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await (await making).close()
