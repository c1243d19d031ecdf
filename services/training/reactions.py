"""What training does about the registry's word: whoever moves, is bound by the yearly hours now, or never was."""

from collections.abc import Sequence

import asyncpg

from services.kernel.feed import publish_over
from services.training.publishing import PERSON, chunks, holders_say, people_say


async def people_changed(db: asyncpg.Connection, subjects: Sequence[str]) -> None:
    """In the transaction that changed the copies, which therefore holds them."""
    for some in chunks(sorted(s for s in subjects if s.startswith(PERSON))):
        await publish_over(db, [*await people_say(db, some), *await holders_say(db, some)])
