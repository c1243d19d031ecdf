"""What imports leave behind does not stay: after a week rows and files are erased, and the line of the job is kept."""

import asyncio

from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.db import everywhere, run
from services.registry.imports import contents

HOUR = 3600.0
DAYS = 7
OLD = text("""
select id from import_job
where erased_at is null and created_at < now() - make_interval(days => :days)
  and state not in ('confirming', 'undoing') order by created_at limit 100 for update skip locked""")
FORGET_ROWS = text("delete from import_row where job_id = :job")
ERASED = text("""
update import_job set erased_at = now(), version = version + 1,
  state = case when state in ('done', 'undone', 'failed') then state else 'cancelled' end where id = :job""")


async def erase_old(app: FastAPI) -> None:
    """Beside the requests, once an hour."""
    while True:
        await asyncio.sleep(HOUR)
        async with app.state.database.writing.begin() as tx, everywhere(tx, "everybody's imports grow old"):
            await erase(tx)


async def erase(tx: AsyncSession) -> None:
    for row in (await run(tx, OLD, {"days": DAYS})).all():
        await contents.erase(tx, row.id)
        await run(tx, FORGET_ROWS, {"job": row.id})
        await run(tx, ERASED, {"job": row.id})
