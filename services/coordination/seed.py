"""Service records from standard input, for a demonstration: `python -m services.coordination.seed < load.json`.

Every record has a reference. Said again it changes nothing: a record that is there by its reference stays as it is.
"""

import asyncio
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import text

from services.coordination.bulk import ROWS_AT_ONCE, add_service_records
from services.coordination.publishing import chunks
from services.coordination.service_records.writing import NewRecord
from services.kernel.actor import Actor
from services.kernel.db import Database, database, everywhere, run
from services.kernel.settings import DatabaseSettings

DEMO = Actor(id="demo", name="演示数据", kind="service")
KNOWN = text("select reference from service_record where reference = any(:references)")
LOAD = TypeAdapter(list[NewRecord])


class SeedSettings(DatabaseSettings):
    """It signs nothing: no keys."""

    keys: Path = Path()


async def load(store: Database, given: Sequence[NewRecord]) -> None:
    for some in chunks(given, ROWS_AT_ONCE):
        async with store.writing.begin() as tx, everywhere(tx, "a demonstration of the whole city"):
            there = set((await run(tx, KNOWN, {"references": [r.reference for r in some]})).scalars())
            if fresh := [r for r in some if r.reference not in there]:
                await add_service_records(tx, DEMO, fresh)


async def main() -> None:
    gc.disable()  # nothing of what is read is let go before the end
    store = database(SeedSettings.load())
    try:
        await load(store, LOAD.validate_json(sys.stdin.buffer.read()))
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
