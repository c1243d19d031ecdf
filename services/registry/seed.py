"""The divisions, from their file into the register: said again, it changes nothing.

`python -m services.registry.seed data/divisions-370100.csv`
"""

import asyncio
import csv
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import DivisionOut, DivisionRecord
from services.contracts.registry_events import DivisionAdded, DivisionChanged
from services.kernel.actor import Actor
from services.kernel.db import database, run
from services.kernel.feed import publish_all, record_all
from services.kernel.settings import DatabaseSettings
from services.registry import facts
from services.registry.publishing import chunks

SYSTEM = Actor(id="system", name="系统", kind="service")
START_UNKNOWN = date(2000, 1, 1)  # before anything the register counts; when a village was founded is not recorded
# Laiwu and Gangcheng came to Jinan with the merger of January 2019.
JOINED = {"370116": date(2019, 1, 1), "370117": date(2019, 1, 1)}

COLUMNS = tuple(DivisionOut.model_fields)
KNOWN = text(f"select {', '.join(COLUMNS)} from division")
TYPES = {"counts": "boolean", "valid_from": "date", "valid_to": "date"}
ARRAYS = ", ".join(f"cast(:{c} as {TYPES.get(c, 'text')}[])" for c in COLUMNS)
# One statement: a zone may come behind its streets, for references are checked at the end.
UPSERT = text(f"""
insert into division ({", ".join(COLUMNS)}) select * from unnest({ARRAYS})
on conflict (code) do update set {", ".join(f"{c} = excluded.{c}" for c in COLUMNS if c != "code")}""")


class SeedSettings(DatabaseSettings):
    """It signs nothing and reads no personal data: no keys."""

    keys: Path = Path()


def parsed(path: Path) -> list[DivisionOut]:
    with path.open(encoding="utf-8", newline="") as file:
        return [of_line(line) for line in csv.DictReader(file)]


def of_line(line: dict[str, str]) -> DivisionOut:
    given: dict[str, Any] = {name: value or None for name, value in line.items()}
    since = JOINED.get(line["code"][:6], START_UNKNOWN)
    return DivisionOut.model_validate({**given, "valid_from": since, "valid_to": None, "successor": None})


async def sow(tx: AsyncSession, divisions: Iterable[DivisionOut]) -> int:
    """Write and publish what differs from the register; answer how many."""
    known = {
        row.code: DivisionOut.model_validate(row, from_attributes=True) for row in (await run(tx, KNOWN, {})).all()
    }
    differing = [d for d in divisions if known.get(d.code) != d]
    if not differing:
        return 0
    await run(tx, UPSERT, {c: [column_value(d, c) for d in differing] for c in COLUMNS})
    for some in chunks(differing):
        await publish_all(tx, [facts.of_division(DivisionRecord(**d.model_dump())) for d in some])
        await record_all(tx, SYSTEM, [(f"division:{d.code}", event(d, known.get(d.code))) for d in some])
    return len(differing)


def column_value(division: DivisionOut, column: str) -> object:
    value = getattr(division, column)
    return value.value if column == "tier" else value


def event(division: DivisionOut, before: DivisionOut | None) -> DivisionAdded | DivisionChanged:
    if before is None:
        return DivisionAdded(code=division.code)
    changed = [c for c in COLUMNS if getattr(division, c) != getattr(before, c)]
    return DivisionChanged(code=division.code, fields=changed)


async def main(path: Path) -> None:
    opened = database(SeedSettings.load())
    try:
        async with opened.writing.begin() as tx:
            count = await sow(tx, parsed(path))
    finally:
        await opened.close()
    print(f"{path}: {count} divisions written")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
