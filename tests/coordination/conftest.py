"""Coordination on a database that has the registry's word of a corner of Jinan."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from services.contracts.facts import SubjectState
from services.coordination.app import create_app
from services.coordination.publishing import follow_registry
from services.kernel.copies import keep
from services.kernel.db import Database, database, everywhere_over
from tests.behind import behind, own
from tests.conftest import Databases, client_of, empty, migrate
from tests.coordination.factories import HOUSE
from tests.keys import an_actor, keyring, signed_for

NAME = "coordination"
Says = Callable[..., Awaitable[None]]
Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def coordination(databases: Databases) -> AsyncIterator[Database]:
    await asyncio.to_thread(migrate, databases, NAME)
    opened = database(databases.settings(NAME))
    await opened.open()
    async with the_registry(opened) as says:
        await says(*HOUSE)
    yield behind(opened)
    await opened.close()
    await empty(databases, NAME)


@asynccontextmanager
async def the_registry(opened: Database) -> AsyncIterator[Says]:
    """Its words, taken in as the follower does."""
    db: asyncpg.Connection = await opened.connect()

    async def says(*states: SubjectState) -> None:
        async with db.transaction(), everywhere_over(db, "as copies.following"):
            await follow_registry(db, await keep(db, states))

    try:
        yield says
    finally:
        await db.close()


@pytest.fixture
async def registry_says(coordination: Database) -> AsyncIterator[Says]:
    async with the_registry(coordination) as says:
        yield says


@pytest.fixture
async def client(coordination: Database, databases: Databases) -> Client:
    """The API as somebody with these permissions there calls it."""
    app = create_app(databases.settings(NAME), keyring(NAME))
    app.state.database = own(coordination)

    def of(*permissions: str, **who: str) -> httpx.AsyncClient:
        return client_of(app, **signed_for(NAME, an_actor(*permissions, **who)))

    return of


@pytest.fixture
def city(client: Client) -> httpx.AsyncClient:
    """A city official who reads and writes."""
    return client("coordination:read", "coordination:write")
