"""Every question put to the table of reveals, and the one about whom a reveal is of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import RevealOut
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.clock import SHANGHAI
from services.kernel.db import run
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.reveals.rules import QUOTA, WINDOW

# To an auditor, too, people are masked (A09).
SELECT = """
select r.id, r.at, r.actor, r.person_id, left(p.name, 1) || '**' as person_name, p.id_masked as id_number, r.division,
  r.purpose, r.reason, r.fields, r.disclosure_id{keys}
from reveal r left join person p on p.id = r.person_id {rows}"""
NEWEST: listing.Key = [("r.id", UUID)]
PERSON = text("""
select p.division, p.id_number = '' as erased from person p where p.id = :id""")
TURN = text("select pg_advisory_xact_lock(hashtextextended('reveal ' || :actor, 0))")
RECENT = text("""
select at from reveal where actor = :actor and at > :since and disclosure_id is null order by at desc limit :quota""")
RESTRICTED = "select person_id from restriction where person_id = any($1)"  # wherever they counted then


@dataclass(frozen=True)
class Sought:
    """What the list is narrowed to."""

    person_id: UUID | None = None
    actor: str | None = None
    day: date | None = None


def made(row: asyncpg.Record) -> RevealOut:
    return RevealOut.model_validate(dict(row))


async def reveals(
    db: asyncpg.Connection, actor: Actor, sought: Sought, *, limit: int, cursor: str | None
) -> Page[RevealOut]:
    """Newest first."""
    conditions = Conditions()
    conditions.within("r.division", actor.ranges("audit:read"))
    if sought.person_id is not None:
        conditions.add("r.person_id = {}", sought.person_id)
    if sought.actor is not None:
        conditions.add("r.actor = {}", sought.actor)
    if sought.day is not None:
        start = datetime.combine(sought.day, time(), SHANGHAI)
        conditions.add("r.at >= {} and r.at < {}", start, start + timedelta(days=1))
    return await listing.page(
        db, SELECT, conditions, key=NEWEST, cursor=cursor, limit=limit, made=made, descending=True
    )


async def whom(tx: AsyncSession, id: UUID) -> Row[Any] | None:
    """Where the person counts, and whether there is anything left to be seen."""
    return (await run(tx, PERSON, {"id": id})).one_or_none()


async def recent(tx: AsyncSession, actor: str, now: datetime) -> Sequence[datetime]:
    """Of this asker, newest first. Another reveal of theirs waits until this one has committed: none is miscounted."""
    await run(tx, TURN, {"actor": actor})
    found = await run(tx, RECENT, {"actor": actor, "since": now - WINDOW, "quota": QUOTA})
    return found.scalars().all()


async def restricted(db: asyncpg.Connection, ids: Sequence[UUID]) -> set[UUID]:
    return {row["person_id"] for row in await db.fetch(RESTRICTED, list(ids))}
