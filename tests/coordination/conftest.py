"""Coordination on a database that has the registry's word of a corner of Jinan."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from services.contracts.facts import SubjectState
from services.coordination.app import create_app
from services.coordination.publishing import follow_registry
from services.kernel.copies import keep
from services.kernel.db import Database, everywhere_over
from tests.behind import own
from tests.conftest import Databases, an_open_database, client_of, speaking
from tests.coordination.factories import HOUSE
from tests.keys import an_actor, keyring, signed_for
from tests.wired import wired

NAME = "coordination"
Says = Callable[..., Awaitable[None]]
Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def coordination(databases: Databases) -> AsyncIterator[Database]:
    async with an_open_database(databases, NAME) as opened:
        await told(opened, *HOUSE)
        yield opened


async def told(opened: Database, *states: SubjectState) -> None:
    """Words of the registry, taken in as the follower does."""
    async with speaking(opened) as db, db.transaction(), everywhere_over(db, "as copies.following"):
        await follow_registry(db, await keep(db, states))


@pytest.fixture
def registry_says(coordination: Database) -> Says:
    return functools.partial(told, coordination)


@pytest.fixture
async def client(coordination: Database, databases: Databases) -> Client:
    """The API as somebody with these permissions there calls it."""
    app = wired(create_app(databases.settings(NAME), keyring(NAME)))
    app.state.database = own(coordination)

    def of(*permissions: str, **who: str) -> httpx.AsyncClient:
        return client_of(app, **signed_for(NAME, an_actor(*permissions, **who)))

    return of


@pytest.fixture
def city(client: Client) -> httpx.AsyncClient:
    """A city official who reads and writes."""
    return client("coordination:read", "coordination:write")
