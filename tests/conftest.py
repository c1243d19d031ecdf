"""A scratch PostgreSQL with every database migrated once; tests that commit empty the tables behind them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest
from alembic import command
from alembic.config import Config
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.types import ASGIApp

from services.kernel.db import Database, database
from services.kernel.settings import DatabaseSettings
from tests.postgres import Server, server

ROOT = Path(__file__).parent.parent
DATABASES = ("registry", "training", "procurement", "coordination", "gateway")
PASSWORD = "test"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Databases:
    """Where the test databases are. `url` is the app's role, `owner` the migrating one, `admin` the superuser."""

    server: Server

    def url(self, name: str) -> str:
        return self.server.url(user=name, password=PASSWORD, database=name)

    def owner(self, name: str) -> str:
        return self.server.url(user=f"{name}_owner", password=PASSWORD, database=name)

    def admin(self, name: str = "postgres") -> str:
        return self.server.url(database=name)

    def settings(self, name: str) -> DatabaseSettings:
        return DatabaseSettings(keys=ROOT, database_url=self.url(name))


async def prepare(found: Databases) -> None:
    """Databases and roles exactly as `make run` makes them."""
    from deploy.local.databases import prepare_databases

    passwords = {role: PASSWORD for n in DATABASES for role in (n, f"{n}_owner")}
    await prepare_databases(found.admin(), passwords)


def migrate(found: Databases, name: str) -> None:
    config = Config(str(ROOT / "migrations/alembic.ini"), ini_section=name)
    config.attributes["url"] = found.owner(name).replace("postgresql://", "postgresql+asyncpg://", 1)
    command.upgrade(config, "head")


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with server() as running:
        found = Databases(running)
        asyncio.run(prepare(found))
        for name in DATABASES:
            migrate(found, name)
        yield found


async def empty(found: Databases, name: str) -> None:
    """Remove what a test has committed; divisions and the epoch are part of the house."""
    db = await asyncpg.connect(found.admin(name))
    kept = ["alembic_version", "feed_epoch"]
    tables = await db.fetch(
        "select format('%I.%I', schemaname, tablename) as t from pg_tables "
        "where schemaname not in ('pg_catalog', 'information_schema') and not tablename = any($1)",
        kept,
    )
    if tables:
        await db.execute(f"truncate {', '.join(r['t'] for r in tables)} restart identity cascade")
    await db.close()


async def an_open_database(found: Databases, name: str, **over: str) -> AsyncIterator[Database]:
    opened = database(found.settings(name), **over)
    await opened.open()
    yield opened
    await opened.close()
    await empty(found, name)


@pytest.fixture
async def training(databases: Databases) -> AsyncIterator[Database]:
    async for opened in an_open_database(databases, "training"):
        yield opened


@pytest.fixture
async def tx(databases: Databases) -> AsyncIterator[AsyncSession]:
    """A session on the registry whose transaction is never committed."""
    async for opened in an_open_database(databases, "registry"):
        async with opened.writing() as session:
            yield session
            await session.rollback()


def client_of(app: ASGIApp, **headers: str) -> httpx.AsyncClient:
    """The app called directly; an error of ours must become an answer, so none is let through."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers)
