"""The registry on a database with a corner of Jinan in it."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.db import Database
from services.registry import seed
from services.registry.app import create_app
from tests.conftest import Databases, an_open_database, client_of
from tests.keys import a_vault, an_actor, keyring, signed_for
from tests.registry.factories import DIVISIONS

# Two streets of Licheng with their villages, one of Lixia that zone 370176 manages, and all above them.
CORNER = ("370112001", "370112002", "370102016", "370116001")


def a_corner() -> list[seed.DivisionOut]:
    every = seed.parsed(DIVISIONS)
    return [d for d in every if d.tier in ("city", "district", "zone") or d.code.startswith(CORNER)]


@pytest.fixture
async def registry(databases: Databases) -> AsyncIterator[Database]:
    async for opened in an_open_database(databases, "registry"):
        async with opened.writing.begin() as tx:
            await seed.sow(tx, a_corner())
        yield opened


@pytest.fixture
async def tx(registry: Database) -> AsyncIterator[AsyncSession]:
    """A session whose transaction is never committed."""
    async with registry.writing() as session:
        yield session
        await session.rollback()


Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def client(registry: Database, databases: Databases) -> Client:
    """The API as somebody with these permissions there calls it."""
    app = create_app(databases.settings("registry"), keyring("registry"), a_vault())
    app.state.database = registry

    def of(*permissions: str, **who: str) -> httpx.AsyncClient:
        return client_of(app, **signed_for("registry", an_actor(*permissions, **who)))

    return of


@pytest.fixture
def city(client: Client) -> httpx.AsyncClient:
    """A city official who reads and writes."""
    return client("registry:read", "registry:write")
