"""Projects from standard input, for a demonstration: `python -m services.procurement.seed < load.json`.

All in one transaction. Said again it changes nothing: a project that is there by its id stays as it is.
"""

import asyncio
import sys
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import text

from services.kernel.actor import Actor
from services.kernel.db import Database, database, everywhere, run
from services.kernel.settings import DatabaseSettings
from services.procurement import bulk

DEMO = Actor(id="demo", name="演示数据", kind="service")
KNOWN = text("select id from project where id = any(:ids)")
LOAD = TypeAdapter(bulk.Bulk)


class SeedSettings(DatabaseSettings):
    """It signs nothing: no keys."""

    keys: Path = Path()


async def load(store: Database, given: bulk.Bulk) -> None:
    async with store.writing.begin() as tx, everywhere(tx, "a demonstration of the whole city"):
        there = set((await run(tx, KNOWN, {"ids": [p.id for p in given.projects]})).scalars())
        new = bulk.Bulk(
            projects=[p for p in given.projects if p.id not in there],
            contracts=[c for c in given.contracts if c.project_id not in there],
            staff=[s for s in given.staff if s.project_id not in there],
            payments=[y for y in given.payments if y.project_id not in there],
        )
        await bulk.load(tx, DEMO, new)


async def main() -> None:
    store = database(SeedSettings.load())
    try:
        await load(store, LOAD.validate_json(sys.stdin.buffer.read()))
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
