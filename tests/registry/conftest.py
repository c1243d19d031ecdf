"""The registry on a database with a corner of Jinan in it."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Sequence

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import DivisionOut
from services.kernel import jobs
from services.kernel.db import Database
from services.registry import seed
from services.registry.app import create_app
from services.registry.imports.jobs import QUEUE, unfinished
from services.registry.imports.work import work
from tests.behind import behind, own
from tests.conftest import Databases, client_of, empty
from tests.keys import a_vault, an_actor, an_issuer, keyring, signed_for
from tests.registry.factories import DIVISIONS
from tests.wired import wired

# Two streets of Licheng with their villages, one of Lixia that zone 370176 manages, and all above them.
CORNER = ("370112001", "370112002", "370102016", "370116001")


@functools.cache
def a_corner() -> Sequence[DivisionOut]:
    every = seed.parsed(DIVISIONS)
    return [d for d in every if d.tier in ("city", "district", "zone") or d.code.startswith(CORNER)]


@pytest.fixture(scope="package")
async def corner(databases: Databases) -> AsyncIterator[None]:
    """The divisions stay from test to test, and go with the last."""
    yield
    await empty(databases, "registry")


@pytest.fixture
async def registry(databases: Databases, corner: None) -> AsyncIterator[Database]:
    opened = await databases.opened("registry")
    async with opened.writing.begin() as tx:
        await seed.sow(tx, a_corner())
    yield behind(opened)
    await empty(databases, "registry", "division", "division_history", "subject")
    admin = await asyncpg.connect(databases.admin("registry"))
    await admin.execute("delete from subject where subject not like 'division:%'")
    await admin.close()


@pytest.fixture
async def tx(registry: Database) -> AsyncIterator[AsyncSession]:
    """A session whose transaction is never committed."""
    async with registry.writing() as session:
        yield session
        await session.rollback()


Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
def app(registry: Database, databases: Databases) -> FastAPI:
    made = wired(create_app(databases.settings("registry"), keyring("registry"), a_vault(), an_issuer()))
    made.state.database = own(registry)
    return made


@pytest.fixture
def client(app: FastAPI) -> Client:
    """The API as somebody with these permissions there calls it."""

    def of(*permissions: str, **who: str) -> httpx.AsyncClient:
        return client_of(app, **signed_for("registry", an_actor(*permissions, **who)))

    return of


@pytest.fixture
async def worker(app: FastAPI) -> AsyncIterator[asyncio.Task[None]]:
    """The worker of the import queue, as it runs in the process."""
    task = asyncio.create_task(jobs.worker(QUEUE, work, unfinished)(app))
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def city(client: Client) -> httpx.AsyncClient:
    """A city official who reads and writes."""
    return client("registry:read", "registry:write")
