"""Saying anew what changed subjects say: locks them, reads all that their facts depend on, publishes.

The rows are locked before what depends on them is read, people before points: of two commands that change what counts
at the same point, the later one reads what the earlier one has committed. What a record says may follow from records of
other divisions (whoever works at a point lives anywhere), so all of them are read and locked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import Period, SubjectState
from services.contracts.registry import Level, OrganizationRecord, ServicePointRecord
from services.kernel.db import everywhere, run
from services.kernel.feed import publish_all
from services.registry import facts

T = TypeVar("T")
WHY = "what a record says follows from records of other divisions"
AT_ONCE = 500  # subjects to a statement: between two of them the event loop breathes

# Whoever has become another one says so, and lies where that one lies.
PEOPLE = text("""
select p.id, coalesce(k.division, p.division) as division, coalesce(k.employer_id, p.employer_id) as employer_id,
  p.related_major, p.direct_service, p.merged_into,
  array(select m.id from person m where m.merged_into = p.id order by m.id) as merged
from person p left join person k on k.id = p.merged_into
where p.id = any(cast(:ids as uuid[])) or p.merged_into = any(cast(:ids as uuid[])) order by p.id for update of p""")
CERTIFICATES = text("""
select person_id, level, approved_on, ended_on from certificate where person_id = any(cast(:ids as uuid[]))""")
REGISTRATIONS = text("""
select person_id, start_on, end_on from registration where person_id = any(cast(:ids as uuid[]))""")
WORKPLACES = text("""
select distinct service_point_id from assignment where person_id = any(cast(:ids as uuid[])) order by 1""")
POINTS = text("""
select id, number, name, tier, division, operator_id, staffing_basis, opened_on, closed_on from service_point
where id = any(cast(:ids as uuid[])) order by id for update""")
ASSIGNMENTS = text("""
select id, service_point_id, person_id, started_on, ended_on from assignment
where service_point_id = any(cast(:ids as uuid[]))""")
ORGANIZATIONS = text("""
select id, name, kind, division, uscc from organization where id = any(cast(:ids as uuid[]))""")


def chunks(items: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


async def rows(tx: AsyncSession, statement: Any, ids: Collection[UUID]) -> Sequence[Any]:
    return (await run(tx, statement, {"ids": list(ids)})).all()


async def publish_people(tx: AsyncSession, ids: Collection[UUID]) -> None:
    """These people, and the points they work at: a point is staffed only while its worker is registered."""
    await publish_points(tx, await publish_people_alone(tx, ids))


async def publish_people_alone(tx: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """These people; the points they work at are answered, and still to be published."""
    async with everywhere(tx, WHY):
        for some in chunks(sorted(ids)):
            await publish_all(tx, await people_say(tx, some))
        return {r.service_point_id for r in await rows(tx, WORKPLACES, ids)}


async def people_say(tx: AsyncSession, ids: Sequence[UUID]) -> list[SubjectState]:
    people = await rows(tx, PEOPLE, ids)
    held: dict[UUID, list[facts.Held]] = defaultdict(list)
    for person_id, level, approved_on, ended_on in await rows(tx, CERTIFICATES, ids):
        held[person_id].append(facts.Held(Level(level), approved_on, ended_on))
    registered = await registered_periods(tx, ids)
    return [facts.of_person(id, facts.PersonTraits(*traits), held[id], registered[id]) for id, *traits in people]


async def registered_periods(tx: AsyncSession, people: Collection[UUID]) -> dict[UUID, list[Period]]:
    found: dict[UUID, list[Period]] = defaultdict(list)
    for person_id, start_on, end_on in await rows(tx, REGISTRATIONS, people):
        found[person_id].append(Period(start_on, end_on))
    return found


async def publish_points(tx: AsyncSession, ids: Collection[UUID]) -> None:
    async with everywhere(tx, WHY):
        for some in chunks(sorted(ids)):
            await publish_all(tx, await points_say(tx, some))


async def points_say(tx: AsyncSession, ids: Sequence[UUID]) -> list[SubjectState]:
    points = await rows(tx, POINTS, ids)
    assigned = await rows(tx, ASSIGNMENTS, ids)
    registered = await registered_periods(tx, {a.person_id for a in assigned})
    worked: dict[UUID, list[facts.Worked]] = defaultdict(list)
    for a in assigned:
        period = Period(a.started_on, a.ended_on)
        worked[a.service_point_id].append(facts.Worked(period, registered[a.person_id]))
    records = {p.id: ServicePointRecord.model_validate(p, from_attributes=True) for p in points}
    return [facts.of_point(id, record, worked[id]) for id, record in records.items()]


async def publish_organizations(tx: AsyncSession, ids: Collection[UUID]) -> None:
    async with everywhere(tx, WHY):
        for some in chunks(sorted(ids)):
            found = await rows(tx, ORGANIZATIONS, some)
            records = {o.id: OrganizationRecord.model_validate(o, from_attributes=True) for o in found}
            await publish_all(tx, [facts.of_organization(id, record) for id, record in records.items()])
