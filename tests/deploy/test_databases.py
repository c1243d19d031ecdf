"""Each application reaches its own rows and nothing else; its owner makes the tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from deploy.local.databases import owner, prepare_databases, roles
from tests.postgres import Server, server

PASSWORD = "test"
REFUSED = asyncpg.InsufficientPrivilegeError


@pytest.fixture
async def prepared() -> Server:
    """Twice: the second time must change nothing."""
    found = server()
    for _ in range(2):
        await prepare_databases(found.superuser_dsn, dict.fromkeys(roles(), PASSWORD))
    return found


@asynccontextmanager
async def signed_in(found: Server, role: str, database: str) -> AsyncIterator[asyncpg.Connection]:
    address = found.superuser_dsn.rpartition("@")[2].partition("/")[0]
    connection = await asyncpg.connect(f"postgresql://{role}:{PASSWORD}@{address}/{database}")
    try:
        yield connection
    finally:
        await connection.close()


async def test_what_the_owner_makes_the_application_may_use(prepared: Server) -> None:
    async with signed_in(prepared, owner("registry"), "registry") as migrating:
        await migrating.execute("DROP TABLE IF EXISTS tried; CREATE TABLE tried (id int)")
        async with signed_in(prepared, "registry", "registry") as app:
            await app.execute("INSERT INTO tried VALUES (1); UPDATE tried SET id = 2; DELETE FROM tried")

            with pytest.raises(REFUSED):
                await app.execute("DROP TABLE tried")
        await migrating.execute("DROP TABLE tried")


@pytest.mark.parametrize("order", ["CREATE TABLE mine (id int)", "CREATE SCHEMA mine", "CREATE ROLE mine"])
async def test_an_application_makes_nothing(prepared: Server, order: str) -> None:
    async with signed_in(prepared, "registry", "registry") as app:
        with pytest.raises(REFUSED):
            await app.execute(order)


async def test_the_gateway_may_make_a_schema_for_its_rebuild(prepared: Server) -> None:
    async with signed_in(prepared, "gateway", "gateway") as app:
        await app.execute("CREATE SCHEMA rebuilt; ALTER SCHEMA rebuilt RENAME TO live; DROP SCHEMA live")


@pytest.mark.parametrize("database", ["training", "gateway", "postgres", "template1"])
async def test_no_application_enters_another_database(prepared: Server, database: str) -> None:
    with pytest.raises(REFUSED):
        async with signed_in(prepared, "registry", database):
            pass


async def test_an_applications_transactions_end_in_time(prepared: Server) -> None:
    async with signed_in(prepared, "coordination", "coordination") as app:
        limits = ["transaction_timeout", "idle_in_transaction_session_timeout", "lock_timeout"]
        assert [await app.fetchval(f"SHOW {limit}") for limit in limits] == ["1min", "30s", "4s"]


async def test_an_owner_sees_who_is_writing(prepared: Server) -> None:
    async with signed_in(prepared, owner("training"), "training") as migrating:
        assert await migrating.fetchval("SELECT pg_has_role('pg_read_all_stats', 'usage')")
