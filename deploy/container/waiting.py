"""Owns the waiting for PostgreSQL: containers start in any order, and none serves before its tables are there."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

import asyncpg

from deploy.local.errors import CannotRun
from deploy.local.migrations import head

# Not there yet, or starting, or without the role or table that the migrations bring.
NOT_YET = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
PAUSE = 1.0  # seconds
SAY_EVERY = 10.0


async def wait_until(ready: Callable[[], Awaitable[bool]], what: str, *, patience: float = float("inf")) -> None:
    """Ask until it is so, saying now and then why it is not."""
    began, said = time.monotonic(), float("-inf")
    while True:
        try:
            if await ready():
                return
            reason = "尚未完成"
        except NOT_YET as error:
            reason = f"{type(error).__name__}: {error}"
        if time.monotonic() - began > patience:
            raise CannotRun(f"等待{what}超过 {patience:.0f} 秒：{reason}")
        if time.monotonic() - said > SAY_EVERY:
            said = time.monotonic()
            print(f"· 等待{what}（{reason}）", file=sys.stderr, flush=True)
        await asyncio.sleep(PAUSE)


async def wait_for_tables(url: str, database: str) -> None:
    """Until the migrations of this image have run; a database that is further on is for a newer image, and will do."""

    async def migrated() -> bool:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return reached(await connection.fetchval("SELECT version_num FROM alembic_version"), database)
        finally:
            await connection.close()

    await wait_until(migrated, f"数据库 {database} 的迁移")


def reached(version: str | None, database: str) -> bool:
    """Migrations only add until nobody needs what they replace, so later is as good."""
    return (version or "") >= (head(database) or "")
