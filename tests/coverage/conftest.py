"""A database of one's own with the coverage tables, for tests that fold."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from gateway.coverage import rebuild
from tests.postgres import server

DATABASE = "coverage_scratch"
TARGETS = (Path(rebuild.__file__).parent / "targets.sql").read_text()


async def fresh(db: asyncpg.Connection) -> None:
    """Empty tables in the schema `coverage`, and no targets."""
    await db.execute("drop schema if exists coverage, policy, growing, retired cascade; create schema coverage")
    await db.execute("discard temp; set search_path = coverage, public; set synchronous_commit = off")
    await db.execute(rebuild.TABLES)
    await db.execute(TARGETS)


@pytest.fixture(scope="session")
def scratch() -> str:
    """The address of the database."""

    async def make() -> None:
        admin = await asyncpg.connect(server().superuser_dsn)
        await admin.execute(f"drop database if exists {DATABASE} with (force)")
        await admin.execute(f"create database {DATABASE}")
        await admin.close()

    asyncio.run(make())
    return server().dsn(DATABASE)


@pytest.fixture
async def db(scratch: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(scratch, server_settings={"search_path": "coverage, public", "jit": "off"})
    await fresh(connection)
    yield connection
    await connection.close()
