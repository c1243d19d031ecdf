"""A scratch PostgreSQL with every database migrated once; tests that commit empty the tables behind them."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from alembic import command
from alembic.config import Config
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.types import ASGIApp
from xdist.scheduler import LoadFileScheduling

from services.kernel.db import Database, database
from services.kernel.settings import FollowerSettings
from tests.behind import behind
from tests.postgres import Server, server

ROOT = Path(__file__).parent.parent
DATABASES = ("registry", "training", "procurement", "coordination", "gateway")
PASSWORD = "test"
# Begun first, so that in the end no processor waits while another is busy with one of them.
LONGEST = (
    "deploy/test_run.py", "browser/test_looks.py", "browser/test_registers.py", "browser/test_pages.py",
    "hostile/test_sweep.py", "demo/test_load.py", "registry/test_import_jobs.py", "system/test_invariant.py",
    "registry/test_imports.py", "registry/test_import_crashes.py", "hostile/test_sweep_forms.py",
    "test_architecture.py", "coverage/test_histories.py", "coverage/test_rebuild.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    turn = {ROOT / "tests" / name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turn.get(item.path, len(turn)))


class Together(LoadFileScheduling):  # type: ignore[misc]
    """A file to each process; the browser's, which share a system, to one."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "tests/browser" if file.startswith("tests/browser/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_collection_finish() -> None:
    """What was imported stays: the search for garbage need not go through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Databases:
    """Where the test databases are. `url` is the app's role, `reader` its reading one, `owner` the migrating one,
    `admin` the superuser.
    """

    server: Server
    kept: dict[str, Database] = field(default_factory=dict)

    async def opened(self, name: str) -> Database:
        """With pools that stay open from test to test: connections that know nothing yet are slow."""
        await asyncio.to_thread(migrate, self, name)
        if name not in self.kept:
            from gateway.app import store_of

            make = store_of if name == "gateway" else database
            self.kept[name] = make(self.settings(name))
            await self.kept[name].open()
        return self.kept[name]

    def url(self, name: str) -> str:
        return self._as(name, name)

    def reader(self, name: str) -> str:
        return self._as(f"{name}_read", name)

    def owner(self, name: str) -> str:
        return self._as(f"{name}_owner", name)

    def admin(self, name: str = "postgres") -> str:
        return self.server.dsn(name)

    def _as(self, role: str, name: str) -> str:
        parts = urlsplit(self.admin(name))
        return urlunsplit(parts._replace(netloc=f"{role}:{PASSWORD}@{parts.hostname}:{parts.port}"))

    def settings(self, name: str, services: dict[str, str] | None = None) -> FollowerSettings:
        return FollowerSettings(
            keys=ROOT, database_url=self.url(name), read_url=self.reader(name), services=services or {}
        )


async def prepare(found: Databases) -> None:
    """Databases and roles exactly as `make run` makes them."""
    from deploy.local.databases import prepare_databases, roles

    await prepare_databases(found.admin(), dict.fromkeys(roles(), PASSWORD))


_migrated: set[str] = set()


def migrate(found: Databases, name: str) -> None:
    """Once for each database, and only for those that a test opens. Not from within an event loop."""
    if name in _migrated:
        return
    config = Config(str(ROOT / "migrations/alembic.ini"), ini_section=name)
    config.attributes["url"] = found.owner(name).replace("postgresql://", "postgresql+asyncpg://", 1)
    command.upgrade(config, "head")
    _migrated.add(name)


_saying: dict[str, asyncpg.Connection] = {}


@asynccontextmanager
async def speaking(opened: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection over which to say what another service has said; one of them is kept as well."""
    db = _saying.pop(opened.url, None) or await opened.connect()
    try:
        yield db
    finally:
        if db.is_closed() or opened.url in _saying:
            await db.close()
        else:
            _saying[opened.url] = db


@pytest.fixture(scope="session")
async def databases(anyio_backend: str) -> AsyncIterator[Databases]:
    """Asynchronous, so that one event loop serves the whole session."""
    found = Databases(server())
    await prepare(found)
    yield found
    for opened in (*found.kept.values(), *_saying.values()):
        await opened.close()


# Deleted, not truncated: a truncation writes new files for every table and index, ten times the work for a few rows.
EMPTY = """
do $$ declare name text; begin
  set local session_replication_role = replica;
  for name in select format('%I.%I', schemaname, tablename) from pg_tables
    where schemaname !~ '^(pg_|information_schema)' and not tablename = any(array[{kept}])
  loop execute 'delete from ' || name; end loop;
  perform setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    from pg_sequences where last_value is not null;
end $$"""
KEPT = ("alembic_version", "feed_epoch")
BIG = """
select string_agg(oid::regclass::text, ', ') from pg_class
where relkind = 'r' and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
  and pg_relation_size(oid) > 200000
"""  # what was deleted is in the way of whoever scans these


async def empty(found: Databases, name: str, *kept: str) -> None:
    """Remove what a test has committed, but for the tables `kept`; the epoch is part of the house."""
    db = await asyncpg.connect(found.admin(name))
    await db.execute(EMPTY.format(kept=", ".join(f"'{table}'" for table in (*KEPT, *kept))))
    if big := await db.fetchval(BIG):
        await db.execute(f"vacuum {big}")
    await db.close()


@asynccontextmanager
async def an_open_database(found: Databases, name: str) -> AsyncIterator[Database]:
    """Emptied afterwards."""
    yield behind(await found.opened(name))
    await empty(found, name)


@pytest.fixture
async def training(databases: Databases) -> AsyncIterator[Database]:
    async with an_open_database(databases, "training") as opened:
        yield opened


@pytest.fixture
async def tx(databases: Databases) -> AsyncIterator[AsyncSession]:
    """A session on the registry whose transaction is never committed."""
    async with an_open_database(databases, "registry") as opened, opened.writing() as session:
        yield session
        await session.rollback()


def client_of(app: ASGIApp, **headers: str) -> httpx.AsyncClient:
    """The app called directly; an error of ours must become an answer, so none is let through."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers)
