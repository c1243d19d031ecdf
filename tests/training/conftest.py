"""Training on a database that has copies of a corner of the registry: a few divisions, people, an organization."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import SubjectState
from services.kernel import clock, copies
from services.kernel.db import Database, everywhere_over
from services.training.app import create_app
from services.training.reactions import people_changed
from tests.behind import own
from tests.conftest import Databases, an_open_database, client_of, speaking
from tests.keys import an_actor, keyring, signed_for
from tests.training.factories import TODAY, a_corner
from tests.wired import wired


@pytest.fixture
async def training(databases: Databases) -> AsyncIterator[Database]:
    async with an_open_database(databases, "training") as opened:
        await told(opened, a_corner())
        yield opened


async def told(training: Database, states: list[SubjectState]) -> None:
    """What following the registry does with one page."""
    async with speaking(training) as db, db.transaction(), everywhere_over(db, "as copies.following"):
        await people_changed(db, await copies.keep(db, states))


@pytest.fixture
async def tx(training: Database) -> AsyncIterator[AsyncSession]:
    """A session whose transaction is never committed."""
    async with training.writing() as session:
        yield session
        await session.rollback()


Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def client(training: Database, databases: Databases) -> Client:
    """The API as somebody with these permissions there calls it, on a day that stands still."""
    app = wired(create_app(databases.settings("training"), keyring("training")))
    app.state.database = own(training)
    app.dependency_overrides[clock.today] = lambda: TODAY

    def of(*permissions: str, **who: str) -> httpx.AsyncClient:
        return client_of(app, **signed_for("training", an_actor(*permissions, **who)))

    return of


@pytest.fixture
def city(client: Client) -> httpx.AsyncClient:
    """A city official who reads and writes."""
    return client("training:read", "training:write")


async def published(training: Database, prefix: str = "") -> dict[str, SubjectState]:
    async with training.hot() as db:
        rows = await db.fetch("select subject, facts, record from subject where subject like $1 || '%'", prefix)
    return {r["subject"]: state_of(r) for r in rows}


def state_of(row: asyncpg.Record) -> SubjectState:
    record = None if row["record"] is None else row["record"]
    return SubjectState.model_validate_json(
        f'{{"subject": "{row["subject"]}", "facts": {row["facts"]}, "record": {record or "null"}}}'
    )


Facts = list[tuple[str, str, date, date | None, str]]


async def facts_of(training: Database, subject: str | UUID) -> Facts:
    states = await published(training, str(subject))
    return [(f.metric.value, f.division, f.start, f.end, str(f.amount)) for s in states.values() for f in s.facts]
