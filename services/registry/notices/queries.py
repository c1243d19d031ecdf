"""Every question put to the tables of notices."""

from datetime import date
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import NoticeOut, NoticeSeenOut, Purpose
from services.contracts.divisions import subtree
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.listing import Conditions
from services.kernel.paging import Page

SELECT = """
select n.id, n.division, n.purpose, n.version, n.basis, n.title, n.body, n.valid_from, n.published_at,
  n.published_by{keys} from notice n {rows}"""
# The latest version of each that is in force on a day. There are as many as divisions have written, few.
CURRENT = """
select distinct on (n.division, n.purpose) n.id, n.division, n.purpose, n.version, n.basis, n.title, n.body,
  n.valid_from, n.published_at, n.published_by
from notice n
where n.valid_from <= $1 and ($2::text is null or n.purpose = $2) and ($3::text[] is null or n.division = any($3))
order by n.division, n.purpose, n.version desc limit 200"""
NEWEST: listing.Key = [("n.id", UUID)]
SEEN = """
select s.person_id, p.name as person_name, s.division, s.at, s.recorded_by{keys}
from notice_seen s left join person p on p.id = s.person_id {rows}"""
BY_PERSON: listing.Key = [("s.person_id", UUID)]
NEXT_VERSION = text("""
select coalesce(max(version), 0) + 1 from notice where division = :division and purpose = :purpose""")
TURN = text("select pg_advisory_xact_lock(hashtextextended('notice ' || :division || :purpose, 0))")


def made(row: asyncpg.Record) -> NoticeOut:
    return NoticeOut.model_validate(dict(row))


def made_seen(row: asyncpg.Record) -> NoticeSeenOut:
    return NoticeSeenOut.model_validate(dict(row))


def above(division: str) -> list[str]:
    """The division and all above it, the nearest last: a notice holds for all below the division that gave it."""
    codes = [division[:n].ljust(12, "0") for n in (2, 4, 6, 9, 12)]
    return list(dict.fromkeys(["0" * 12, *(c for c in codes if division in subtree(c))]))


async def current(db: asyncpg.Connection, division: str | None, purpose: Purpose | None, on: date) -> list[NoticeOut]:
    """For each purpose the one of the nearest division; without a division, of all that have given one."""
    nearest = None if division is None else above(division)
    found = [made(row) for row in await db.fetch(CURRENT, on, purpose and purpose.value, nearest)]
    if nearest is None:
        return found
    by_purpose = {n.purpose: n for n in found}  # what lies above comes before what lies below, by their codes
    return [by_purpose[p] for p in Purpose if p in by_purpose]


async def notice(db: asyncpg.Connection, id: UUID) -> NoticeOut:
    """Published: whoever is signed in may read it."""
    conditions = Conditions()
    conditions.add("n.id = {}", id)
    return await listing.one(db, SELECT, conditions, made=made)


async def versions(
    db: asyncpg.Connection, division: str | None, purpose: Purpose | None, *, limit: int, cursor: str | None
) -> Page[NoticeOut]:
    """All that were ever published, newest first."""
    conditions = Conditions()
    if division is not None:
        conditions.add("n.division = any({})", above(division))
    if purpose is not None:
        conditions.add("n.purpose = {}", purpose.value)
    return await listing.page(
        db, SELECT, conditions, key=NEWEST, cursor=cursor, limit=limit, made=made, descending=True
    )


async def seen(
    db: asyncpg.Connection, actor: Actor, id: UUID, *, limit: int, cursor: str | None
) -> Page[NoticeSeenOut]:
    """Those of the asker's area."""
    await notice(db, id)
    conditions = Conditions()
    conditions.add("s.notice_id = {}", id)
    conditions.within("s.division", actor.ranges("registry:read"))
    return await listing.page(db, SEEN, conditions, key=BY_PERSON, cursor=cursor, limit=limit, made=made_seen)


async def next_version(tx: AsyncSession, division: str, purpose: Purpose) -> int:
    """Whoever publishes the same at once waits here."""
    asked = {"division": division, "purpose": purpose.value}
    await run(tx, TURN, asked)
    return int((await run(tx, NEXT_VERSION, asked)).scalar_one())


PEOPLE = text("select id, division from person where id = any(cast(:ids as uuid[])) order by id")


async def places_of(tx: AsyncSession, actor: Actor, ids: list[UUID]) -> dict[UUID, str]:
    """Where each counts; without those out of the actor's reach."""
    rows = (await run(tx, PEOPLE, {"ids": ids})).all()
    return {r.id: r.division for r in rows if actor.reaches("registry:write", r.division)}
