"""One env for all databases: the section of alembic.ini names the owner, whose `METADATA` is the target."""

import asyncio
import importlib
import os

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

database = context.config.config_ini_section
models = importlib.import_module("gateway.identity.tables" if database == "gateway" else f"services.{database}.models")


# Of an expression with a collation, which alembic cannot read back: they stand in the migrations alone.
COLLATED = {"ix_known_subject_person_division"}


def is_ours(name: str | None, kind: str, _: object) -> bool:
    """The job queue's tables are pgqueuer's own."""
    return (kind != "table" or not str(name).startswith("pgqueuer")) and name not in COLLATED


def migrate(connection: Connection) -> None:
    """A migration waits at most four seconds for a lock: the version now live is at work beside it."""
    connection.execute(text("set lock_timeout = '4s'"))
    context.configure(connection=connection, target_metadata=models.METADATA, compare_type=True, include_name=is_ours)
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    url = context.config.attributes.get("url") or os.environ["DATABASE_URL"]
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


asyncio.run(main())
