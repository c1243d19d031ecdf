"""Saying anew what changed subjects say: reads all that their facts depend on, publishes.

One order of locks: project, contract, then the registry's copies by subject, all in one statement (`hold`). A command
takes them before it reads; a reaction has those that changed already, and nobody else changes any. So of two who change
what counts for the same subject the later one reads what the earlier one has committed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar
from uuid import UUID

import asyncpg
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import Period, SubjectState, without
from services.contracts.procurement import ContractRecord, PaymentRecord, ProjectRecord, ProjectStaffRecord
from services.contracts.registry import PersonRecord, ServicePointRecord
from services.kernel.copies import NOW, together
from services.kernel.feed import publish_over
from services.kernel.listing import plain
from services.procurement import facts
from services.procurement.contracts.rules import in_force

T = TypeVar("T")
R = TypeVar("R", bound=BaseModel)
AT_ONCE = 500  # subjects to a statement: between two of them the event loop breathes

PERSON, POINT = "person:", "service_point:"
HOLD = """
select subject from known_subject where subject = any($2) or subject in (
  select 'person:' || person_id from project_staff where project_id = $1
  union all select 'service_point:' || unnest(service_point_ids) from contract where project_id = $1)
order by subject for update"""
# Of whom or what never was, there is no record left.
COPIES = f"""
select k.subject, coalesce(n.record, k.record)::text as record from known_subject k {NOW} and n.record <> '{{}}'
where k.subject = any($1) and k.record <> '{{}}'"""
# Of two who are one and on the same project, the one who was entered later; and when the other one was there.
TWICE = f"""
with s as (
  select s.id, s.project_id, s.start_on, s.end_on, coalesce(n.subject, k.subject) as now
  from project_staff s join known_subject k on k.subject = 'person:' || s.person_id {NOW}
  where s.project_id = any($1))
select later.id, earlier.start_on as start, earlier.end_on as end
from s later join s earlier on earlier.project_id = later.project_id and earlier.now = later.now
  and earlier.id < later.id"""
PROJECTS = """
select id, number, name, buyer_id, provider_id, division, fields, state from project where id = any($1) order by id"""
CONTRACTS = """
select c.id, c.project_id, c.number, p.division, c.start_on as start, c.end_on as end, c.ended_on,
  c.served_divisions, c.service_point_ids
from contract c join project p on p.id = c.project_id where c.{column} = any($1) order by c.id"""
STAFF = """
select s.id, s.project_id, s.person_id, s.role, s.fte, s.start_on as start, s.end_on as end, p.division
from project_staff s join project p on p.id = s.project_id where s.{column} = any($1) order by s.id"""
PAYMENTS = """
select y.id, y.project_id, y.contract_id, y.state, y.paid_on, p.division, y.amount,
  array(select r.reversed_on from reversal r where r.payment_id = y.id order by r.id) as back_on,
  array(select r.amount from reversal r where r.payment_id = y.id order by r.id) as back
from payment y join project p on p.id = y.project_id where y.id = any($1) order by y.id"""
OF_PEOPLE = "select id from project_staff where person_id = any($1) order by id"
OF_POINTS = "select id from contract where service_point_ids && $1 order by id"


def chunks(items: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


async def react(db: asyncpg.Connection, subjects: Sequence[str]) -> None:
    """What procurement says of these people and points changes with their copies."""
    people, points = ids_of(PERSON, await together(db, subjects)), ids_of(POINT, subjects)
    await publish_contracts(db, [r["id"] for r in await db.fetch(OF_POINTS, points)])
    await publish_staff(db, [r["id"] for r in await db.fetch(OF_PEOPLE, people)])


def ids_of(kind: str, subjects: Iterable[str]) -> list[UUID]:
    return [UUID(s.removeprefix(kind)) for s in subjects if s.startswith(kind)]


async def hold(tx: AsyncSession, project: UUID, *more: str) -> None:
    """The copies on which this project depends, and more; the project itself is held already."""
    db = await plain(tx)
    await db.fetch(HOLD, project, more)


async def copies(db: asyncpg.Connection, kind: str, record: type[R], ids: Collection[UUID]) -> dict[UUID, R]:
    found = await db.fetch(COPIES, [f"{kind}{id}" for id in ids]) if ids else []
    return {UUID(r["subject"].removeprefix(kind)): record.model_validate_json(r["record"]) for r in found}


async def publish_whole(tx: AsyncSession, project: UUID) -> None:
    """A project with its contracts and its staff, who count while there is a contract."""
    db = await plain(tx)
    await publish_projects(db, [project])
    await publish_contracts(db, [project], column="project_id")
    await publish_staff(db, [project], column="project_id")


async def publish_projects(db: asyncpg.Connection, ids: Sequence[UUID]) -> None:
    for some in chunks(ids):
        rows = await db.fetch(PROJECTS, some)
        await publish_over(db, [facts.of_project(r["id"], made(ProjectRecord, r)) for r in rows])


async def publish_contracts(db: asyncpg.Connection, ids: Sequence[UUID], column: str = "id") -> None:
    for some in chunks(ids):
        await publish_over(db, await contracts_say(db, some, column))


async def contracts_say(db: asyncpg.Connection, ids: Sequence[UUID], column: str) -> list[SubjectState]:
    rows = await db.fetch(CONTRACTS.format(column=column), ids)
    points = await copies(db, POINT, ServicePointRecord, {id for r in rows for id in r["service_point_ids"]})
    return [
        facts.of_contract(
            r["id"], made(ContractRecord, r), [points[id] for id in r["service_point_ids"] if id in points]
        )
        for r in rows
    ]


async def publish_staff(db: asyncpg.Connection, ids: Sequence[UUID], column: str = "id") -> None:
    for some in chunks(ids):
        await publish_over(db, await staff_say(db, some, column))


async def staff_say(db: asyncpg.Connection, ids: Sequence[UUID], column: str) -> list[SubjectState]:
    rows = await db.fetch(STAFF.format(column=column), ids)
    people = await copies(db, PERSON, PersonRecord, {r["person_id"] for r in rows})
    projects = {r["project_id"] for r in rows}
    periods, taken = await contracted(db, projects), await twice(db, projects)
    return [
        facts.of_staff(
            r["id"],
            made(ProjectStaffRecord, r),
            r["division"],
            without(periods[r["project_id"]], taken[r["id"]]),
            people.get(r["person_id"]),
        )
        for r in rows
    ]


async def twice(db: asyncpg.Connection, projects: Collection[UUID]) -> dict[UUID, list[Period]]:
    """When somebody is there already by another record: nobody counts twice on a project."""
    taken: dict[UUID, list[Period]] = defaultdict(list)
    for r in await db.fetch(TWICE, list(projects)):
        taken[r["id"]].append(Period(r["start"], r["end"]))
    return taken


async def contracted(db: asyncpg.Connection, projects: Collection[UUID]) -> dict[UUID, list[Period]]:
    """When each project has a contract in force."""
    periods: dict[UUID, list[Period]] = defaultdict(list)
    for r in await db.fetch(CONTRACTS.format(column="project_id"), list(projects)):
        periods[r["project_id"]] += in_force(r["start"], r["end"], r["ended_on"])
    return periods


async def publish_payments(db: asyncpg.Connection, ids: Sequence[UUID]) -> None:
    for some in chunks(ids):
        rows = await db.fetch(PAYMENTS, some)
        await publish_over(db, [of_payment(r) for r in rows])


def of_payment(r: asyncpg.Record) -> SubjectState:
    back = zip(r["back_on"], r["back"], strict=True)
    return facts.of_payment(r["id"], made(PaymentRecord, r), r["division"], r["amount"], back)


def made(record: type[R], row: asyncpg.Record) -> R:
    return record.model_validate(dict(row), extra="ignore")
