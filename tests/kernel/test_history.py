"""History twins: every version of every row, whoever forgets it."""

import asyncpg
import pytest

from services.kernel.history import KEEP, keep_history

pytestmark = pytest.mark.anyio


async def test_every_version_of_a_row_is_kept(databases):
    db = await asyncpg.connect(databases.owner("training"))
    whole = db.transaction()
    await whole.start()
    await db.execute("drop function if exists history_keep() cascade")
    await db.execute(KEEP)
    await db.execute("create table kept (id int primary key, name text)")
    twin = "id text not null, recorded_from timestamptz not null, recorded_to timestamptz, row jsonb not null"
    xact = "xact bigint not null default (pg_current_xact_id()::text::bigint)"
    await db.execute(f"create table kept_history ({twin}, {xact})")
    for statement in keep_history("kept"):
        await db.execute(statement)

    await db.execute("insert into kept values (1, 'a'), (2, 'b')")
    await db.execute("update kept set name = 'c' where id = 1")
    await db.execute("delete from kept where id = 2")

    rows = await db.fetch(
        "select id, row->>'name' as name, recorded_to is null as current from kept_history order by 1, 2"
    )
    await whole.rollback()
    await db.close()
    assert [tuple(r) for r in rows] == [("1", "a", False), ("1", "c", True), ("2", "b", False)]
