"""Many service records at once, for whoever makes a whole city: COPY, with events, history and facts."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from services.coordination.publishing import chunks
from services.coordination.service_records.writing import NewRecord, write
from services.kernel.actor import Actor

ROWS_AT_ONCE = 5000


async def add_service_records(tx: AsyncSession, actor: Actor, records: Sequence[NewRecord]) -> int:
    """Trusted rows, of which none is known yet. The copies of points and people must be there before: whoever was
    not registered according to them counts only when the registry speaks of that person again.
    """
    for some in chunks(records, ROWS_AT_ONCE):
        await write(tx, actor, some)
    return len(records)
