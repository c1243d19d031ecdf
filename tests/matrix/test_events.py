"""No change without its record (row 5): every order leaves an event that names its request, and none is carried out
that cannot leave one.
"""

import asyncpg
import pytest

from tests.conftest import Databases
from tests.hostile.houses import SERVICES
from tests.matrix.doing import Doing
from tests.matrix.walk import Walk, is_order

pytestmark = pytest.mark.anyio
OWNERS = [s for s in SERVICES if s != "gateway"]


@pytest.mark.parametrize("walk", OWNERS, indirect=True)
async def test_row_5_every_order_leaves_an_event_with_its_request(walk: Walk) -> None:
    doing = Doing(walk)

    await doing.everything()

    assert doing.left == {}


REFUSING = """
create function refuse() returns trigger language plpgsql as $$ begin raise 'no room for events'; end $$;
create trigger refuse before insert on event for each row execute function refuse()"""
TABLES = "select format('select count(*) from %I', tablename) from pg_tables where schemaname = 'public' order by 1"


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
    assert doing.left
    assert {(where, said[:3], "not_recorded" in said) for where, said in doing.left.items()} == {
        (where, "503", True) for where in doing.left
    }
    assert after == before
