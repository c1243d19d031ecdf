"""Every question put to the list of grounds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import asyncpg

from services.contracts.grounds import GroundDecision, GroundOut
from services.registry.grounds.rules import SHIPPED, Entry, latest
from services.registry.notices.queries import above

# What lies above comes before what lies below, by their codes; of one division the older before the newer.
SET = """
select g.decision, g.code, g.text, g.legal_basis, g.begins, g.ends, g.unsure, g.division from registration_ground g
where $1::text[] is null or g.division = any($1) order by g.division, g.begins, g.decision, g.code limit 2000"""


async def entries(db: asyncpg.Connection, division: str | None) -> list[Entry]:
    """All there ever was: what holds in a division comes from it and from what lies above."""
    rows = await db.fetch(SET, None if division is None else above(division))
    return [*SHIPPED, *map(made, rows)]


async def entries_of(db: asyncpg.Connection, divisions: Iterable[str]) -> Mapping[str, Sequence[Entry]]:
    """What holds in each, in one statement."""
    lines = {division: above(division) for division in set(divisions)}
    rows = await db.fetch(SET, sorted({code for line in lines.values() for code in line}))
    said = [made(r) for r in rows]
    return {division: [*SHIPPED, *(e for e in said if e.division in line)] for division, line in lines.items()}


def made(row: asyncpg.Record) -> Entry:
    return Entry(GroundDecision(row["decision"]), *list(row)[1:])


async def grounds(
    db: asyncpg.Connection, division: str | None, decision: GroundDecision | None, on: date
) -> list[GroundOut]:
    """What holds on a day, and what will or did: what has been replaced by then is left out."""
    every = await entries(db, division)
    now: Sequence[Entry] = every if division is None else latest(every, on)
    to_come = [e for e in every if e.begins > on]
    shown = list(dict.fromkeys([*now, *to_come]))
    return [GroundOut(**e._asdict(), in_force=e.holds(on)) for e in shown if decision is None or e.decision is decision]
