"""The gateway makes the tables of coverage itself, and follows the services from its start."""

import asyncio

import asyncpg
import httpx
import pytest

from gateway.following import prepare
from tests.gateway.conftest import a_gateway
from tests.running import serving

pytestmark = pytest.mark.anyio


async def test_replicas_that_start_at_once_make_the_tables_once(gateway, databases):
    owner = await gateway.app.state.database.connect()
    await owner.execute("drop schema coverage cascade; drop schema policy cascade")
    connections = [await gateway.app.state.database.connect() for _ in range(4)]

    await asyncio.gather(*(prepare(c) for c in connections))
    await prepare(owner)

    assert await owner.fetchval("select count(*) from policy.target") > 0
    assert await owner.fetchval("select tableowner from pg_tables where tablename = 'fact'") == "gateway"
    assert await owner.fetchval("select schemaname from pg_tables where tablename = 'feed_cursor'") == "coverage"
    for connection in (owner, *connections):
        await connection.close()


async def test_the_app_may_not_touch_what_alembic_made(gateway):
    db = await gateway.app.state.database.connect()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.execute("alter table account disable trigger all")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.execute("create table public.mine ()")
    await db.close()


async def test_a_gateway_that_has_heard_of_no_division_is_not_ready_and_says_whom_it_cannot_hear(databases):
    async for gateway in a_gateway(databases, services={"registry": "http://127.0.0.1:1"}):
        async with serving(gateway.app) as address, httpx.AsyncClient(base_url=address) as outside:
            assert (await outside.get("/health")).status_code == 200
            assert (await outside.get("/ready")).json()["code"] == "filling"
            for _ in range(60):
                parts = {p["part"]: p for p in (await outside.get("/api/v1/status")).json()["parts"]}
                if parts["registry"]["since"]:
                    break
                await asyncio.sleep(0.05)
            assert parts["registry"]["state"] == "away"
