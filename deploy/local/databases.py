"""Owns the databases and their roles, and nobody else comes in.

NAME_owner   migrates, and owns the tables
NAME         the application's transactions: reads and writes rows, but no event
NAME_read    whatever only reads: may write nothing
NAME_event   no login: owns the function that records events, and may do nothing else
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.local.settings import DATABASES

# The coverage rebuild makes a schema beside the live one and swaps their names.
MAY_CREATE_SCHEMAS = frozenset({"gateway"})


# A function may look beyond the asker's divisions only if its owner may say so for it (services/kernel/scope.py).
WIDENED = '"shegong.reads"'


def owner(database: str) -> str:
    return f"{database}_owner"


def reader(database: str) -> str:
    return f"{database}_read"


def event_writer(database: str) -> str:
    return f"{database}_event"


def roles() -> list[str]:
    """Those that sign in, with a password each."""
    return [role for database in DATABASES for role in (owner(database), database, reader(database))]


async def prepare_databases(superuser_dsn: str, passwords: Mapping[str, str]) -> None:
    """Make whatever is missing; said again without harm."""
    async with _connected(superuser_dsn, "postgres") as admin:
        await admin.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
        for name in DATABASES:
            for role in (owner(name), name, reader(name)):
                await _make_role(admin, role, passwords[role])
            await _make_event_writer(admin, name)
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


async def _make_event_writer(admin: asyncpg.Connection, name: str) -> None:
    """The owner, a member, may hand its function over."""
    role = event_writer(name)
    if await admin.fetchval("SELECT to_regrole($1)", role) is None:
        await admin.execute(f"CREATE ROLE {role}")
    await admin.execute(f"ALTER ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD NULL")
    await admin.execute(f"GRANT {role} TO {owner(name)}")


def _limits(name: str) -> str:
    """The feeds must see who is writing (backend_xid), and may trust that no transaction stays open."""
    return f"GRANT pg_read_all_stats TO {owner(name)}; GRANT SET ON PARAMETER {WIDENED} TO {owner(name)};" + "".join(
        f"""
        ALTER ROLE {role} SET transaction_timeout = '60s';
        ALTER ROLE {role} SET idle_in_transaction_session_timeout = '30s';
        ALTER ROLE {role} SET lock_timeout = '4s';
        """
        for role in (name, reader(name))
    )


async def _make_database(admin: asyncpg.Connection, name: str) -> None:
    if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        await admin.execute(f"CREATE DATABASE {name} OWNER {owner(name)}")
    await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    await admin.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {name}")
    await admin.execute(f"GRANT CONNECT ON DATABASE {name} TO {reader(name)}")
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
            GRANT USAGE ON SCHEMA public TO {name}, {reader(name)};
            {give} USAGE ON SCHEMAS TO {name};
            {give} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name};
            {give} USAGE, SELECT, UPDATE ON SEQUENCES TO {name};
            {LEAKPROOF}
        """)
        for schema in await admin.fetch(OURS):
            await admin.execute(_readable(name, schema["nspname"]))
        await admin.execute("".join(_readable_later(role, name) for role in _makers(name)))


# They answer whether two arrays have elements in common, and say nothing else of them: without this word PostgreSQL
# would ask them only after the policies, and could use no index for them (docs/adr/0006).
LEAKPROOF = """
            ALTER FUNCTION pg_catalog.arraycontains(anyarray, anyarray) LEAKPROOF;
            ALTER FUNCTION pg_catalog.arrayoverlap(anyarray, anyarray) LEAKPROOF;
"""
OURS = "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%' AND nspname <> 'information_schema'"


def _makers(name: str) -> list[str]:
    """Who makes tables in this database."""
    return [owner(name), name] if name in MAY_CREATE_SCHEMAS else [owner(name)]


def _readable(name: str, schema: str) -> str:
    """Whatever was there before the reading role came."""
    return f"""
        GRANT USAGE ON SCHEMA {schema} TO {reader(name)};
        GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {reader(name)};
    """


def _readable_later(maker: str, name: str) -> str:
    give = f"ALTER DEFAULT PRIVILEGES FOR ROLE {maker} GRANT"
    return f"{give} USAGE ON SCHEMAS TO {reader(name)}; {give} SELECT ON TABLES TO {reader(name)};"
