"""Owns the databases and their roles: an owner who migrates, an application that reads and writes rows, nobody else."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.local.settings import DATABASES

# The coverage rebuild makes a schema beside the live one and swaps their names.
MAY_CREATE_SCHEMAS = frozenset({"gateway"})


def owner(database: str) -> str:
    return f"{database}_owner"


def roles() -> list[str]:
    return [role for database in DATABASES for role in (owner(database), database)]


async def prepare_databases(superuser_dsn: str, passwords: Mapping[str, str]) -> None:
    """Make whatever is missing; said again without harm."""
    async with _connected(superuser_dsn, "postgres") as admin:
        await admin.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
        for name in DATABASES:
            await _make_role(admin, owner(name), passwords[owner(name)])
            await _make_role(admin, name, passwords[name])
            await admin.execute(_limits(name))
            await _make_database(admin, name)
    await asyncio.gather(*(_furnish(superuser_dsn, name) for name in DATABASES))


async def versions(superuser_dsn: str) -> dict[str, str | None]:
    """The migration each database stands at; None if it never had one."""
    found = await asyncio.gather(*(_version(superuser_dsn, name) for name in DATABASES))
    return dict(zip(DATABASES, found, strict=True))


async def _version(superuser_dsn: str, name: str) -> str | None:
    async with _connected(superuser_dsn, name) as admin:
        if await admin.fetchval("SELECT to_regclass('public.alembic_version')") is None:
            return None
        version: str | None = await admin.fetchval("SELECT version_num FROM alembic_version")
        return version


@asynccontextmanager
async def _connected(superuser_dsn: str, name: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urlunsplit(urlsplit(superuser_dsn)._replace(path=f"/{name}")), timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


async def _make_role(admin: asyncpg.Connection, role: str, password: str) -> None:
    """Names and passwords are ours, without a character that would need quoting."""
    if await admin.fetchval("SELECT to_regrole($1)", role) is None:
        await admin.execute(f"CREATE ROLE {role}")
    await admin.execute(f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'")


def _limits(name: str) -> str:
    """The feeds must see who is writing (backend_xid), and may trust that no transaction stays open."""
    return f"""
        GRANT pg_read_all_stats TO {owner(name)};
        ALTER ROLE {name} SET transaction_timeout = '60s';
        ALTER ROLE {name} SET idle_in_transaction_session_timeout = '30s';
        ALTER ROLE {name} SET lock_timeout = '4s';
    """


async def _make_database(admin: asyncpg.Connection, name: str) -> None:
    if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        await admin.execute(f"CREATE DATABASE {name} OWNER {owner(name)}")
    await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    await admin.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {name}")
    if name in MAY_CREATE_SCHEMAS:
        await admin.execute(f"GRANT CREATE ON DATABASE {name} TO {name}")


async def _furnish(superuser_dsn: str, name: str) -> None:
    """What the owner makes from now on, the application may use; the public schema is closed to everyone else."""
    give = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner(name)} GRANT"
    async with _connected(superuser_dsn, name) as admin:
        await admin.execute(f"""
            CREATE EXTENSION IF NOT EXISTS btree_gist;
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
            ALTER SCHEMA public OWNER TO {owner(name)};
            REVOKE ALL ON SCHEMA public FROM PUBLIC;
            GRANT USAGE ON SCHEMA public TO {name};
            {give} USAGE ON SCHEMAS TO {name};
            {give} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name};
            {give} USAGE, SELECT, UPDATE ON SEQUENCES TO {name};
        """)
