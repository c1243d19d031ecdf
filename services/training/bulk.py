"""Whole registers at once: COPY and set-based statements, the same facts, events and history as one by one.

For loads that are known to be right (a demonstration, a migration from an older system): the database still refuses
what must never be false, but with its own words. The registry's copies must be there first.
"""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.training import AttendanceState, SessionKind, SessionState
from services.contracts.training_events import AttendanceEntered, PlaceApplied, SessionAdded, SupervisorNominated
from services.contracts.training_practice import (
    PartnerKind,
    PlaceKind,
    PlaceState,
    SupervisorLevel,
    SupervisorState,
    SupervisorType,
)
from services.kernel.actor import Actor
from services.kernel.db import copy_rows
from services.kernel.errors import Conflict
from services.kernel.feed import record_all
from services.kernel.listing import plain
from services.training import publishing
from services.training.attendances.commands import COLUMNS, NEW_IDS
from services.training.supervisors.rules import holder

AT_ONCE = 20_000  # attendances to a COPY


class DayRow(NamedTuple):
    """A Shanghai day; instants are optional, both or none."""

    day: date
    minutes: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class SessionRow(NamedTuple):
    """The organizer is an organization's id or a name: one of the two."""

    id: UUID
    title: str
    kind: SessionKind
    division: str
    days: Sequence[DayRow]
    organizer_id: UUID | None = None
    organizer_name: str | None = None
    field: str | None = None
    capacity: int | None = None
    state: SessionState = SessionState.HELD


class AttendanceRow(NamedTuple):
    """`minutes` None: all of that day."""

    session_id: UUID
    person_id: UUID
    day: date
    minutes: int | None = None
    state: AttendanceState = AttendanceState.APPROVED


class SupervisorRow(NamedTuple):
    """`person_id`, or `expert_name` and `affiliation`. `steps`: each state and its first day, nomination first."""

    id: UUID
    level: SupervisorLevel
    division: str
    term_start: date
    term_end: date
    steps: Sequence[tuple[SupervisorState, date]]
    person_id: UUID | None = None
    expert_name: str | None = None
    affiliation: str | None = None
    fields: Sequence[str] = ()
    appointing_name: str | None = None
    document_number: str | None = None
    max_load: int | None = None


class PlaceRow(NamedTuple):
    """`steps`: each state and its first day, application first."""

    id: UUID
    kind: PlaceKind
    name: str
    division: str
    partner_kind: PartnerKind
    steps: Sequence[tuple[PlaceState, date]]
    partner_name: str | None = None
    address: str | None = None
    agreement_number: str | None = None
    agreement_start: date | None = None
    agreement_end: date | None = None
    capacity: int | None = None
    mentors: str | None = None
    checklist: str = "{}"  # JSON


class UnknownPeople(Conflict):
    english = "The registry's copies of some people have not arrived yet."


SESSION_DAYS = "select session_id, day, starts_at, ends_at, minutes from session_day where session_id = any($1::uuid[])"
BEFORE = """
select session_id, person_id, day from attendance
where person_id = any($1::uuid[]) and state in ('claimed', 'organizer_confirmed', 'approved')"""


async def add_sessions(tx: AsyncSession, actor: Actor, rows: Sequence[SessionRow]) -> int:
    sessions = [
        (r.id, r.title, r.kind.value, r.field, r.organizer_id, r.organizer_name, r.division, r.capacity,
         r.state.value, min(d.day for d in r.days), max(d.day for d in r.days))
        for r in rows
    ]  # fmt: skip
    columns = (
        "id", "title", "kind", "field", "organizer_id", "organizer_name", "division", "capacity", "state",
        "first_day", "last_day",
    )  # fmt: skip
    await copy_rows(tx, "session", columns, sessions)
    days = [(r.id, d.day, d.starts_at, d.ends_at, d.minutes) for r in rows for d in r.days]
    await copy_rows(tx, "session_day", ("session_id", "day", "starts_at", "ends_at", "minutes"), days)
    batch = uuid4()
    await tell(tx, actor, "session", [
        (r.id, SessionAdded(batch_id=batch, session_id=r.id, division=r.division,
                            first_day=min(d.day for d in r.days), minutes=sum(d.minutes for d in r.days)))
        for r in rows
    ])  # fmt: skip
    return len(rows)


async def add_attendances(tx: AsyncSession, actor: Actor, rows: Sequence[AttendanceRow]) -> int:
    """How many were new: what was entered before is left as it is (T17). A person's rows are kept together."""
    new = 0
    some: list[AttendanceRow] = []
    for _, theirs in groupby(sorted(rows, key=by_person), key=itemgetter(1)):
        some += theirs
        if len(some) >= AT_ONCE:
            new += await add_some(tx, actor, some)
            some = []
    return new + await add_some(tx, actor, some)


def by_person(row: AttendanceRow) -> tuple[str, date]:
    return str(row.person_id), row.day


async def add_some(tx: AsyncSession, actor: Actor, rows: Sequence[AttendanceRow]) -> int:
    if not rows:
        return 0
    db = await plain(tx)
    people = {r.person_id for r in rows}
    if people - (await publishing.hold(db, people)).keys():
        raise UnknownPeople("有人员在登记服务中还没有同步过来，请稍候再试。")
    days = await days_by_key(db, {r.session_id for r in rows})
    before = {tuple(row) for row in await db.fetch(BEFORE, list(people))}
    fresh = {(r.session_id, r.person_id, r.day): r for r in rows if (r.session_id, r.person_id, r.day) not in before}
    if not fresh:
        return 0
    ids = [row[0] for row in await db.fetch(NEW_IDS, len(fresh))]
    made = [attendance(id, r, days[r.session_id, r.day], actor.id) for id, r in zip(ids, fresh.values(), strict=True)]
    await copy_rows(tx, "attendance", COLUMNS, made)
    batch = uuid4()
    await tell(tx, actor, "attendance", [
        (m[0], AttendanceEntered.model_construct(
            batch_id=batch, attendance_id=m[0], session_id=m[1], person_id=m[2], day=m[3], minutes=m[6], state=r.state))
        for m, r in zip(made, fresh.values(), strict=True)
    ])  # fmt: skip
    await publishing.publish_people(tx, people)
    return len(fresh)


Made = tuple[UUID, UUID, UUID, date, datetime | None, datetime | None, int, str, None, None, str]


def attendance(id: UUID, row: AttendanceRow, day: DayRow, by: str) -> Made:
    minutes = day.minutes if row.minutes is None else row.minutes
    return (
        id, row.session_id, row.person_id, row.day, day.starts_at, day.ends_at, minutes, row.state.value, None, None,
        by,
    )  # fmt: skip


async def days_by_key(db: asyncpg.Connection, sessions: set[UUID]) -> dict[tuple[UUID, date], DayRow]:
    found = await db.fetch(SESSION_DAYS, list(sessions))
    return {(r["session_id"], r["day"]): DayRow(r["day"], r["minutes"], r["starts_at"], r["ends_at"]) for r in found}


async def add_supervisors(tx: AsyncSession, actor: Actor, rows: Sequence[SupervisorRow]) -> int:
    await publishing.hold(await plain(tx), {r.person_id for r in rows if r.person_id})
    holders = [holder(r.person_id, r.expert_name, r.affiliation) for r in rows]
    columns = (
        "id", "holder", "type", "person_id", "expert_name", "affiliation", "level", "fields", "appointing_name",
        "document_number", "term_start", "term_end", "max_load", "division", "state",
    )  # fmt: skip
    await copy_rows(tx, "supervisor", columns, [
        (r.id, h, (SupervisorType.INTERNAL if r.person_id else SupervisorType.EXTERNAL_EXPERT).value, r.person_id,
         r.expert_name, r.affiliation, r.level.value, list(r.fields), r.appointing_name, r.document_number,
         r.term_start, r.term_end, r.max_load, r.division, r.steps[-1][0].value)
        for r, h in zip(rows, holders, strict=True)
    ])  # fmt: skip
    steps = [(r.id, state.value, day, actor.id) for r in rows for state, day in r.steps]
    await copy_rows(tx, "supervisor_step", ("supervisor_id", "state", "on_day", "actor"), steps)
    batch = uuid4()
    await tell(tx, actor, "supervisor", [
        (r.id, SupervisorNominated(batch_id=batch, supervisor_id=r.id, person_id=r.person_id, division=r.division,
                                   term_start=r.term_start, term_end=r.term_end))
        for r in rows
    ])  # fmt: skip
    await publishing.publish_holders(tx, holders)
    return len(rows)


async def add_places(tx: AsyncSession, actor: Actor, rows: Sequence[PlaceRow]) -> int:
    columns = (
        "id", "kind", "name", "division", "address", "partner_kind", "partner_name", "agreement_number",
        "agreement_start", "agreement_end", "capacity", "mentors", "checklist", "state",
    )  # fmt: skip
    await copy_rows(tx, "practice_place", columns, [
        (r.id, r.kind.value, r.name, r.division, r.address, r.partner_kind.value, r.partner_name, r.agreement_number,
         r.agreement_start, r.agreement_end, r.capacity, r.mentors, r.checklist, r.steps[-1][0].value)
        for r in rows
    ])  # fmt: skip
    steps = [(r.id, state.value, day, actor.id) for r in rows for state, day in r.steps]
    await copy_rows(tx, "practice_place_step", ("place_id", "state", "on_day", "actor"), steps)
    batch = uuid4()
    told = [(r, PlaceApplied(batch_id=batch, kind=r.kind, place_id=r.id, division=r.division)) for r in rows]
    for kind in PlaceKind:
        await tell(tx, actor, kind.value, [(r.id, e) for r, e in told if r.kind is kind])
    await publishing.publish_places(tx, [r.id for r in rows])
    return len(rows)


async def tell(tx: AsyncSession, actor: Actor, noun: str, events: Sequence[tuple[UUID, BaseModel]]) -> None:
    await record_all(tx, actor, [(f"{noun}:{id}", event) for id, event in events])
