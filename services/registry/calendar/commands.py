"""Everything that changes the table of holidays."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registration_events import HolidaysPublished
from services.contracts.working_days import SetHolidays
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.feed import record
from services.kernel.listing import plain
from services.registry.calendar import rules
from services.registry.calendar.models import Holiday
from services.registry.divisions.queries import existing

TURN = text("select pg_advisory_xact_lock(hashtextextended('holidays ' || :division, 0))")
FORGET = text("""
delete from holiday where division = :division and extract(year from "on") = cast(:year as int)""")


async def set_holidays(tx: AsyncSession, actor: Actor, order: SetHolidays) -> None:
    """A year's table takes the place of the one before, whole: a day that is no longer in it is a usual one again."""
    actor.require_at("registry:review", order.division)
    await existing(await plain(tx), order.division)
    rules.check_table(order.division, order.year, order.days)
    await run(tx, TURN, {"division": order.division})
    await run(tx, FORGET, {"division": order.division, "year": order.year})
    tx.add_all(Holiday(division=order.division, source=order.source, **day.model_dump()) for day in order.days)
    told = HolidaysPublished(division=order.division, year=order.year, days=len(order.days))
    await record(tx, actor, f"division:{order.division}", told)
