"""Saying anew what changed subjects say: holds them, reads all that their facts depend on, publishes.

Whoever changes what is said of a person holds the registry's copy of the person first, as whoever follows the registry
does; of two that change it at the same time, the later one reads what the earlier one has committed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import Period, SubjectState
from services.contracts.training import Credit
from services.contracts.training_practice import PlaceKind
from services.kernel.copies import together
from services.kernel.db import everywhere
from services.kernel.feed import publish_all
from services.kernel.listing import plain
from services.training import facts
from services.training.facts import Appointment, PersonCopy, Step

T = TypeVar("T")
AT_ONCE = 500  # subjects to a statement: between two of them the event loop breathes
PERSON = "person:"

# In one order, as the follower takes them, so that nobody blocks anybody for good.
HOLD = """
select subject from known_subject where subject = any($1::text[]) order by subject for update"""
COPIES = """
select subject, record->>'division' as division, (record->>'direct_service')::boolean as direct_service,
  (select min(p->>'start')::date from jsonb_array_elements(
     coalesce(record->'certified', '[]') || coalesce(record->'registered', '[]')) p) as since
from known_subject where subject = any($1::text[]) and record ? 'division' and not record ? 'merged_into'"""
# `g`: who was entered, and who that is now. Of two who are one, what both are entered for counts once (CE-11).
COUNTED = """
from unnest($1::uuid[], $2::uuid[]) g(was, now) join attendance a on a.person_id = g.was
where a.state = 'approved' and (g.was = g.now or not exists (
  select from unnest($1::uuid[], $2::uuid[]) o(was, now) join attendance b on b.person_id = o.was
  where o.now = g.now and o.was <> g.was and b.state = 'approved' and (o.was = g.now or o.was < g.was)
    and (b.session_id = a.session_id and b.day = a.day or b.starts_at < a.ends_at and a.starts_at < b.ends_at)))"""
APPROVED = f"""
select c.person_id, c.day, s.kind as form, sum(c.minutes)::int as minutes
from (select g.now as person_id, a.session_id, a.day, a.minutes {COUNTED}) c join session s on s.id = c.session_id
group by 1, 2, 3 order by 1, 2, 3"""
SPOKEN = "select subject from subject where subject = any($1::text[])"
APPOINTMENTS = """
select s.id, s.holder, s.division, s.term_start, s.term_end,
  exists (select from known_subject k where k.subject = s.holder and k.gone) as void
from supervisor s where s.holder = any($1::text[])
order by (select min(seq) from supervisor_step where supervisor_id = s.id and state = 'appointed'), s.id"""
APPOINTMENT_STEPS = """
select supervisor_id as id, on_day, state from supervisor_step where supervisor_id = any($1::uuid[]) order by seq"""
PLACES = """
select id, kind, division, agreement_start, agreement_end from practice_place where id = any($1::uuid[])"""
PLACE_STEPS = """
select place_id as id, on_day, state from practice_place_step where place_id = any($1::uuid[]) order by seq"""


def chunks(items: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def subjects_of(people: Iterable[UUID]) -> list[str]:
    return sorted({f"{PERSON}{id}" for id in people})


def id_of(subject: str) -> UUID:
    return UUID(subject.removeprefix(PERSON))


async def hold(db: asyncpg.Connection, people: Iterable[UUID]) -> dict[UUID, PersonCopy]:
    """What the registry says of these people; nobody else changes it, or what is said of them, until this one ends.
    Whoever was found to be somebody else is that one.
    """
    now = await together(db, subjects_of(people))
    await db.fetch(HOLD, sorted(now))
    known = await copies(db, sorted(set(now.values())))
    return {id: known[is_now] for id, is_now in zip(*ids_in(now), strict=True) if is_now in known}


async def copies(db: asyncpg.Connection, subjects: Sequence[str]) -> dict[UUID, PersonCopy]:
    return {
        id_of(r["subject"]): PersonCopy(r["division"], r["direct_service"], r["since"])
        for r in await db.fetch(COPIES, subjects)
    }


async def people_say(db: asyncpg.Connection, subjects: Sequence[str]) -> list[SubjectState]:
    """Of those whom the registry knows; who never was, or is somebody else now, says nothing. A few questions, however
    many they are.
    """
    now = await together(db, subjects)
    subjects = sorted({*now, *now.values()})
    known = await copies(db, subjects)
    credits: dict[UUID, list[Credit]] = defaultdict(list)
    for row in await db.fetch(APPROVED, *ids_in(now)):
        credits[row["person_id"]].append(Credit(day=row["day"], form=row["form"], minutes=row["minutes"]))
    states = [facts.of_credits(id, person, credits[id]) for id, person in known.items()]
    states += [SubjectState(subject=s, facts=[]) for s in subjects if id_of(s) not in known]
    silent = [s.subject for s in states if s.record is None]
    spoken = {r["subject"] for r in await db.fetch(SPOKEN, silent)} if silent else set()
    return [s for s in states if s.record is not None or s.subject in spoken]


def ids_in(now: Mapping[str, str]) -> tuple[list[UUID], list[UUID]]:
    """Who was entered, and who that is now."""
    return [id_of(was) for was in now], [id_of(is_now) for is_now in now.values()]


async def publish_people(tx: AsyncSession, people: Iterable[UUID]) -> None:
    """Whoever calls this holds them."""
    async with everywhere(tx, "what somebody attended counts, wherever it was"):
        db = await plain(tx)
        for some in chunks(subjects_of(people)):
            await publish_all(tx, await people_say(db, some))


async def steps_of(db: asyncpg.Connection, sql: str, ids: Sequence[UUID]) -> dict[UUID, list[Step]]:
    found: dict[UUID, list[Step]] = defaultdict(list)
    for row in await db.fetch(sql, ids):
        found[row["id"]].append(Step(row["on_day"], row["state"]))
    return found


async def holders_say(db: asyncpg.Connection, holders: Sequence[str]) -> list[SubjectState]:
    now = await together(db, holders)
    rows = await db.fetch(APPOINTMENTS, list(now))
    steps = await steps_of(db, APPOINTMENT_STEPS, [r["id"] for r in rows])
    by_holder: dict[str, list[Appointment]] = defaultdict(list)
    for r in rows:
        counted = () if r["void"] else steps[r["id"]]
        term = Period(r["term_start"], r["term_end"])
        by_holder[now[r["holder"]]].append(Appointment(r["id"], r["division"], term, counted))
    return [state for appointments in by_holder.values() for state in facts.of_holder(appointments)]


async def publish_holders(tx: AsyncSession, holders: Iterable[str]) -> None:
    async with everywhere(tx, "of two appointments one counts, wherever the other is"):
        db = await plain(tx)
        for some in chunks(sorted(set(holders))):
            await publish_all(tx, await holders_say(db, some))


async def places_say(db: asyncpg.Connection, ids: Sequence[UUID]) -> list[SubjectState]:
    steps = await steps_of(db, PLACE_STEPS, ids)
    return [
        facts.of_place(
            r["id"],
            PlaceKind(r["kind"]),
            r["division"],
            Period(r["agreement_start"], r["agreement_end"]) if r["agreement_start"] else None,
            steps[r["id"]],
        )
        for r in await db.fetch(PLACES, ids)
    ]


async def publish_places(tx: AsyncSession, ids: Iterable[UUID]) -> None:
    db = await plain(tx)
    for some in chunks(sorted(set(ids))):
        await publish_all(tx, await places_say(db, some))
