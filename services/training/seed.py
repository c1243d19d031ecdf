"""A whole training register from standard input, for a demonstration: `python -m services.training.seed < load.json`.

Said again it changes nothing: what is there by its id stays as it is. Attendances go by portions, each committed.
"""

import asyncio
import sys
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.actor import Actor
from services.kernel.db import Database, database, everywhere, run
from services.kernel.settings import DatabaseSettings
from services.training import bulk

DEMO = Actor(id="demo", name="演示数据", kind="service")
WHY = "a demonstration of the whole city"
AT_ONCE = 20_000  # attendances to a transaction
KNOWN = "select id from {table} where id = any(:ids)"
Row = TypeVar("Row", bulk.SessionRow, bulk.SupervisorRow, bulk.PlaceRow)


class SeedSettings(DatabaseSettings):
    """It signs nothing: no keys."""

    keys: Path = Path()


class Load(NamedTuple):
    sessions: Sequence[bulk.SessionRow]
    attendances: Sequence[bulk.AttendanceRow]
    supervisors: Sequence[bulk.SupervisorRow]
    places: Sequence[bulk.PlaceRow]


LOAD = TypeAdapter(Load)


async def load(store: Database, given: Load) -> None:
    async with store.writing.begin() as tx, everywhere(tx, WHY):
        await bulk.add_sessions(tx, DEMO, await missing(tx, "session", given.sessions))
        await bulk.add_supervisors(tx, DEMO, await missing(tx, "supervisor", given.supervisors))
        await bulk.add_places(tx, DEMO, await missing(tx, "practice_place", given.places))
    for some in portions(given.attendances):
        async with store.writing.begin() as tx, everywhere(tx, WHY):
            await bulk.add_attendances(tx, DEMO, some)


async def missing(tx: AsyncSession, table: str, rows: Sequence[Row]) -> list[Row]:
    found = await run(tx, text(KNOWN.format(table=table)), {"ids": [r.id for r in rows]})
    there = set(found.scalars())
    return [r for r in rows if r.id not in there]


def portions(rows: Sequence[bulk.AttendanceRow]) -> list[list[bulk.AttendanceRow]]:
    """Nobody's attendances are torn apart: a person is published once."""
    found: list[list[bulk.AttendanceRow]] = [[]]
    for _, theirs in groupby(sorted(rows, key=itemgetter(1)), key=itemgetter(1)):
        if len(found[-1]) >= AT_ONCE:
            found.append([])
        found[-1] += theirs
    return found


async def main() -> None:
    store = database(SeedSettings.load())
    try:
        await load(store, LOAD.validate_json(sys.stdin.buffer.read()))
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
