"""U21: a process killed with -9 at any step of an import loses nothing, doubles nothing, and another one goes on."""

import asyncio
import contextlib
import multiprocessing
import signal

import asyncpg
import pytest

from services.kernel import jobs as queue
from services.registry.imports.jobs import QUEUE, unfinished
from services.registry.imports.work import work
from tests.registry import mortal
from tests.registry.factories import a_roster, a_worker
from tests.registry.test_imports import feed, people, size
from tests.registry.test_publishing import compare
from tests.rosters import imported, sent, settled

pytestmark = pytest.mark.anyio
END_LISTENERS = """
select pg_terminate_backend(pid) from pg_stat_activity where usename = 'registry' and query ~ 'pgqueuer|LISTEN'"""
FORKED = multiprocessing.get_context("forkserver")  # each from a process that has imported everything already
FORKED.set_forkserver_preload([mortal.__name__])
CONFIRM = {"skip_conflicts": False}


async def killed(databases, state: str, n: int) -> None:
    """A worker of its own, until it has killed itself."""
    process = FORKED.Process(target=mortal.main, args=(databases.url("registry"), state, n))
    process.start()
    try:
        await asyncio.to_thread(process.join, 30)
        assert process.exitcode == -signal.SIGKILL
    finally:
        process.kill()


@contextlib.asynccontextmanager
async def serving(app, doing=work):
    """A worker in this process, for a while."""
    task = asyncio.create_task(queue.worker(QUEUE, doing, unfinished)(app))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(queue, "HEARTBEAT", mortal.BEAT)
    monkeypatch.setattr(queue, "PATIENCE", mortal.BEAT / 10)


@pytest.mark.parametrize(("state", "n"), [("reading", 2), ("reading", 3), ("checking", 2), ("checking", 3)])
async def test_u21_killed_while_it_reads_or_checks(registry, app, databases, city, state: str, n: int):
    job = (await sent(city, a_roster([a_worker(k) for k in range(3)]))).json()
    await killed(databases, state, n)
    assert (await city.get(f"/imports/{job['id']}")).json()["state"] == state

    async with serving(app):
        job = await settled(city, job["id"])

    assert [job[k] for k in ("state", "rows_total", "rows_done", "new")] == ["ready", 3, 3, 3]
    assert await size(registry, "import_row") == 3
    assert await people(city) == []


@pytest.mark.parametrize("n", [1, 2], ids=["in the middle", "before the commit"])
async def test_u21_killed_while_it_writes(registry, app, client, databases, city, n: int):
    job = (await sent(city, a_roster([a_worker(k) for k in range(3)]))).json()
    async with serving(app):
        await settled(city, job["id"])
    assert (await city.post(f"/imports/{job['id']}/confirm", json=CONFIRM)).status_code == 202
    await killed(databases, "confirming", n)
    assert (await city.get(f"/imports/{job['id']}")).json()["state"] == "confirming"
    assert await people(city) == []

    async with serving(app):
        job = await settled(city, job["id"])

    assert (job["state"], job["rows_done"]) == ("done", 3)
    assert await size(registry, "person") == await size(registry, "certificate") == 3
    assert await compare(registry) == 3
    assert [e["kind"] for e in await feed(client(), "events")].count("PersonAdded") == 3


async def test_u21_killed_while_it_undoes(registry, app, databases, city):
    async with serving(app):
        done = await imported(city, a_roster([a_worker(k) for k in range(3)]))
    assert (await city.post(f"/imports/{done.id}/undo")).status_code == 202
    await killed(databases, "undoing", 2)
    assert len(await people(city)) == 3

    async with serving(app):
        assert (await settled(city, done.id))["state"] == "undone"
    assert await people(city) == []
    assert await size(registry, "organization") == 0


async def test_a_connection_of_the_queue_that_breaks_is_made_again(app, databases, city):
    async with serving(app):
        first = await imported(city, a_roster([a_worker(0)]))
        admin = await asyncpg.connect(databases.admin("registry"))
        ended = await admin.fetch(END_LISTENERS)
        await admin.close()
        second = await imported(city, a_roster([a_worker(1)]))

    assert ended
    assert (first.state, second.state) == ("done", "done")


async def test_an_orderly_end_puts_the_work_back(app, city):
    """Cancelled in the middle of its work, a worker leaves the entry in the queue for the next."""
    begun = asyncio.Event()

    async def slowly(*_):
        begun.set()
        await asyncio.sleep(60)

    job = (await sent(city, a_roster([a_worker(0)]))).json()
    async with serving(app, slowly):
        await begun.wait()
    async with app.state.database.hot() as db:
        assert [r["status"] for r in await db.fetch("select status::text from pgqueuer")] == ["queued"]
    async with serving(app):
        assert (await settled(city, job["id"]))["state"] == "ready"
