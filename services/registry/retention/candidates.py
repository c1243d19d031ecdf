"""Candidates whose exam is long over are forgotten: their names and numbers go, and the figures stay."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure_events import RecordsPurged
from services.contracts.retention import DataClass
from services.kernel.clock import business_date
from services.kernel.db import run
from services.kernel.feed import record
from services.registry.retention import queries
from services.registry.retention.house import HOUSE
from services.registry.retention.rules import last_to_go
from services.registry.retention.table import RETENTION

AT_ONCE = 5000
OLD = text(f"""
select r.id from exam_result r where r.id_index is not null and r.exam_year <= :year
  and not {queries.holding_area("r.division", "'exam_candidate'")}
order by r.exam_year limit {AT_ONCE}""")
FORGET = text("select forget_candidates(cast(:ids as uuid[]))")


async def forget_candidates(tx: AsyncSession, now: datetime) -> int:
    """So many at a time, in a transaction that reaches everything. An exam counts from the end of its year."""
    kept = RETENTION[DataClass.EXAM_CANDIDATE]
    first = last_to_go(kept, business_date(now)) + timedelta(days=1)
    ids: list[UUID] = list((await run(tx, OLD, {"year": first.year - 1})).scalars().all())
    if ids:
        await run(tx, FORGET, {"ids": ids})
        purged = RecordsPurged(data_class=kept.data_class, table="exam_result", before=first, rows=len(ids))
        await record(tx, HOUSE, "retention:exam_result", purged)
    return len(ids)
