"""Every question put to the table of attendances."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import CodeRange
from services.contracts.training import AttendanceOut, AttendanceState
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.db import everywhere
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.training.attendances.models import Attendance
from services.training.attendances.rules import Entered, Side, acts
from services.training.hours import class_hours

READ, WRITE = "training:read", "training:write"
SELECT = """
select a.id, a.session_id, s.title as session_title, s.division as held_at, a.person_id,
  p.record->>'division' as division, d.record->>'name' as division_name, a.day, a.minutes, a.state, a.reason,
  a.evidence, a.entered_by, a.entered_at{keys}
from attendance a cross join lateral session_of(a.session_id) s
  left join known_subject p on p.subject = 'person:' || a.person_id
  left join known_subject d on d.subject = 'division:' || (p.record->>'division')
{rows}"""
IN_ORDER: listing.Key = [("a.id", UUID)]
# Where the session is, or where the person is. Each set is asked for once, whatever the number of attendances.
HELD_IN = "a.session_id in (select id from session where {})"
COUNTED_IN = """
a.person_id in (
  select substr(subject, 8)::uuid from known_subject where subject between 'person:' and 'person;' and {})"""
ENTERED = """
select session_id, person_id, day, starts_at, ends_at, minutes, state = 'claimed' as claimed from attendance
where person_id = any($1::uuid[]) and day between $2 and $3
  and state in ('claimed', 'organizer_confirmed', 'approved')"""
WHOSE = """
select a.session_id, a.person_id, s.division as held_at, p.record->>'division' as division
from attendance a cross join lateral session_of(a.session_id) s
  left join known_subject p on p.subject = 'person:' || a.person_id
where a.id = $1"""


@dataclass(frozen=True)
class Sought:
    """What a list of attendances is narrowed to."""

    session_id: UUID | None = None
    person_id: UUID | None = None
    state: AttendanceState | None = None
    start: date | None = None
    end: date | None = None  # the last day asked for


def sides(actor: Actor, held_at: str, division: str | None, permission: str = WRITE) -> set[Side]:
    """On which side the actor stands, by what may be done where the session and where the person is."""
    found = {Side.ORGANIZER} if actor.reaches(permission, held_at) else set()
    return found | {Side.REVIEWER} if division and actor.reaches(permission, division) else found


def made(row: asyncpg.Record, *, actor: Actor) -> AttendanceOut:
    own = actor.id == row["entered_by"]
    may = acts(AttendanceState(row["state"]), sides(actor, row["held_at"], row["division"]), own=own)
    return AttendanceOut.model_validate(
        {**row, "class_hours": class_hours(row["minutes"], row["day"].year), "may": may}
    )


def within(conditions: Conditions, ranges: Sequence[CodeRange]) -> None:
    """At a session there, or of a person there."""
    places = [f"between {conditions.value(r.low)} and {conditions.value(r.high)}" for r in ranges]
    held = " or ".join(f"division {p}" for p in places) or "false"
    counted = " or ".join(f"record->>'division' collate \"C\" {p}" for p in places) or "false"
    conditions.parts.append(f"({HELD_IN.format(held)} or {COUNTED_IN.format(f'({counted})')})")


async def attendances(
    db: asyncpg.Connection,
    actor: Actor,
    sought: Sought,
    *,
    areas: Sequence[Sequence[CodeRange]],
    limit: int,
    cursor: str | None,
) -> Page[AttendanceOut]:
    conditions = Conditions()
    for ranges in areas:
        within(conditions, ranges)
    for column, value in (("session_id", sought.session_id), ("person_id", sought.person_id), ("state", sought.state)):
        if value is not None:
            conditions.add(f"a.{column} = {{}}", value)
    if sought.start is not None:
        conditions.add("a.day >= {}", sought.start)
    if sought.end is not None:
        conditions.add("a.day <= {}", sought.end)
    return await listing.page(
        db, SELECT, conditions, key=IN_ORDER, descending=True, cursor=cursor, limit=limit,
        made=partial(made, actor=actor),
    )  # fmt: skip


async def attendance(db: asyncpg.Connection, actor: Actor, id: UUID, *, permission: str = READ) -> AttendanceOut:
    conditions = Conditions()
    conditions.add("a.id = {}", id)
    within(conditions, actor.ranges(permission))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


# ── to be changed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def entered_around(tx: AsyncSession, people: Collection[UUID], first: date, last: date) -> list[Entered]:
    """What these people attended about these days."""
    day = timedelta(days=1)
    async with everywhere(tx, "nobody is in two places, whoever holds the other session"):
        db = await listing.plain(tx)
        return [Entered(*row) for row in await db.fetch(ENTERED, list(people), first - day, last + day)]


async def whose(db: asyncpg.Connection, actor: Actor, id: UUID) -> asyncpg.Record:
    """Of whom and where; 404 for whoever may not even read it."""
    row = await db.fetchrow(WHOSE, id)
    if row is None or not sides(actor, row["held_at"], row["division"], READ):
        raise NotFound(listing.NOT_HERE)
    return row


async def attendance_for_update(tx: AsyncSession, id: UUID) -> Attendance:
    return await tx.get_one(Attendance, id, with_for_update=True)
