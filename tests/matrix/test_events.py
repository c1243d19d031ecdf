"""No change without its record (row 5): every order leaves an event that names its request, and none is carried out
that cannot leave one.
"""

from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests import rosters
from tests.conftest import Databases, client_of
from tests.hostile.houses import SERVICES
from tests.matrix.doing import Doing
from tests.matrix.walk import Walk, is_order, named
from tests.registry.factories import a_roster, a_worker

pytestmark = pytest.mark.anyio
OWNERS = [s for s in SERVICES if s != "gateway"]


@pytest.mark.parametrize("walk", OWNERS, indirect=True)
async def test_row_5_every_order_leaves_an_event_with_its_request(walk: Walk) -> None:
    doing = Doing(walk)

    await doing.everything()

    assert doing.left == {}
    assert doing.done.keys() == {named(order) for order in doing.orders}


@pytest.mark.parametrize("walk", ["registry"], indirect=True)
async def test_row_5_whatever_is_asked_of_an_import_leaves_an_event_with_its_request(walk: Walk) -> None:
    def asking() -> tuple[str, httpx.AsyncClient]:
        """Of one official, each time in a request of its own."""
        request = uuid4().hex
        return request, client_of(walk.house.app, **walk.house.headers(), **{"x-request-id": request})

    done, (request, client) = {}, asking()
    job = (await rosters.sent(client, a_roster([a_worker(7)]))).json()
    done["begin"] = request
    await rosters.settled(client, job["id"])
    for what, body in (("confirm", {}), ("undo", None)):
        done[what], client = asking()
        said = await rosters.asked(client, job["id"], what, body=body)
        assert said.answer.is_success, said.answer.text
    request, client = asking()
    other = (await rosters.sent(client, a_roster([a_worker(8)]))).json()
    done["cancel"], client = asking()
    assert (await rosters.asked(client, other["id"], "cancel")).answer.is_success

    async with walk.house.app.state.database.hot() as db:
        found = await db.fetch("select request_id from event where request_id = any($1)", list(done.values()))
    assert {r["request_id"] for r in found} == set(done.values())


REFUSING = """
create function refuse() returns trigger language plpgsql as $$ begin raise 'no room for events'; end $$;
create trigger refuse before insert on event for each row execute function refuse()"""
# All but the queue's own: a worker takes an entry out whenever it likes.
TABLES = """
select format('select count(*) from %I', tablename) from pg_tables
where schemaname = 'public' and tablename not like 'pgqueuer%' order by 1"""


async def rows(db: asyncpg.Connection) -> list[int]:
    return [await db.fetchval(count) for (count,) in await db.fetch(TABLES)]


@pytest.mark.parametrize("walk", OWNERS, indirect=True)
async def test_row_5_what_cannot_be_recorded_is_not_done(walk: Walk, databases: Databases) -> None:
    """Every order that would make a record, while PostgreSQL refuses every event."""
    db = await asyncpg.connect(databases.admin(walk.service))
    before = await rows(db)
    await db.execute(REFUSING)
    try:
        doing = Doing(walk)
        for operation in filter(is_order, doing.orders):
            await doing.attempt(operation, turn=50)
    finally:
        await db.execute("drop trigger refuse on event; drop function refuse()")
        after = await rows(db)
        await db.close()

    assert doing.done == {}
    refused = {where: said for where, said in doing.left.items() if said[:3] != "409"}  # that is there already
    assert refused
    assert [w for w, said in refused.items() if (said[:3], "not_recorded" in said) != ("503", True)] == []
    assert after == before
