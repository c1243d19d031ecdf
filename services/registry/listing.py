"""What lies below a division, by the registry's own table; and how a half-open period is written for people."""

from collections.abc import Sequence
from datetime import date, timedelta

import asyncpg

from services.contracts.divisions import CodeRange
from services.kernel import listing
from services.kernel.actor import Actor

# A zone's streets lie below districts.
ZONED = "select code from division where code = $1 or (zone = $1 and tier = 'street') order by code"


async def ranges_of(db: asyncpg.Connection, division: str) -> list[CodeRange]:
    """The codes of a division's subtree: one range, or, for a zone, one more for each of its streets."""
    return listing.ranges_among(division, [row["code"] for row in await db.fetch(ZONED, division)])


async def scope(
    db: asyncpg.Connection, actor: Actor, permission: str, division: str | None
) -> list[Sequence[CodeRange]]:
    """The ranges in which a list may look, all of which a row must lie in: the asker's own, and those asked for."""
    return await listing.scope(db, actor, permission, division, ranges_of)


def last_day(end: date | None) -> date | None:
    """As people write a half-open period: its last day."""
    return None if end is None else end - timedelta(days=1)
