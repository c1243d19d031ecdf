"""Saying anew what changed records say, and what follows from a word of the registry.

Whoever changes something locks in one order: copies of the registry's records, then service records by id, then what
is said of them. So the later of two changes reads what the earlier one has committed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.coordination import ServiceRecordRecord, ServiceRecordState
from services.contracts.facts import SubjectState
from services.contracts.registry import PeriodRecord, ServicePointRecord
from services.coordination import facts
from services.coordination.service_records import rules
from services.kernel.copies import NOW, together
from services.kernel.feed import publish_all, publish_over
from services.kernel.listing import plain

T = TypeVar("T")
AT_ONCE = 1000  # records to a statement: between two of them the event loop breathes

RECORDS = """
select id, service_point_id, division, day, kind, field, persons, state, workers
from service_record where id = any($1::uuid[]) order by id for update"""
# Of what never was there is no record left; whoever was found to be somebody else is registered as that one.
OF_COPIES = """
select coalesce(jsonb_object_agg(split_part(k.subject, ':', 2), {what}), '{{}}')::text
from known_subject k {now} where k.subject = any($1::text[]) and k.record <> '{{}}'"""
REGISTERED = OF_COPIES.format(what="coalesce(n.record, k.record)->'registered'", now=NOW)
PLACES = OF_COPIES.format(what="k.record", now="")
REGISTRATIONS = TypeAdapter(dict[UUID, list[PeriodRecord]])
POINTS = TypeAdapter(dict[UUID | None, ServicePointRecord])
CONCERNED = """
select id from service_record where service_point_id = any($1::uuid[]) or workers && $2::uuid[]
order by id for update"""
MOVE = """
update service_record r set division = k.record->>'division'
from known_subject k where k.subject = 'service_point:' || r.service_point_id
and r.service_point_id = any($1::uuid[]) and r.division <> k.record->>'division'"""


class Delivered(NamedTuple):
    """A service with all on which it depends whether it counts."""

    id: UUID
    workers: Sequence[UUID]
    record: ServiceRecordRecord


def chunks(items: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


async def publish_record(tx: AsyncSession, id: UUID) -> None:
    await publish_all(tx, await records_say(await plain(tx), [id]))


async def publish_new(tx: AsyncSession, services: Sequence[Delivered]) -> None:
    """Of records that this transaction has written, and nobody else can see."""
    await publish_all(tx, await states(await plain(tx), services))


async def follow_registry(db: asyncpg.Connection, subjects: Sequence[str]) -> None:
    """A registration that came later makes old records count; records at a point move and end with the point."""
    points, people = ids_of("service_point", subjects), ids_of("person", list(await together(db, subjects)))
    if not points and not people:
        return
    concerned = [row["id"] for row in await db.fetch(CONCERNED, points, people)]
    await db.execute(MOVE, points)
    for some in chunks(concerned):
        await publish_over(db, await records_say(db, some))


def ids_of(kind: str, subjects: Sequence[str]) -> list[UUID]:
    return [UUID(s.partition(":")[2]) for s in subjects if s.startswith(f"{kind}:")]


async def records_say(db: asyncpg.Connection, ids: Sequence[UUID]) -> list[SubjectState]:
    """Of these records as they stand, and locks them."""
    rows = await db.fetch(RECORDS, ids)
    return await states(
        db, [Delivered(row["id"], row["workers"], ServiceRecordRecord.model_validate(dict(row))) for row in rows]
    )


async def states(db: asyncpg.Connection, services: Sequence[Delivered]) -> list[SubjectState]:
    """What these say, by what the registry says now."""
    people, points = {w for s in services for w in s.workers}, {s.record.service_point_id for s in services} - {None}
    registrations = REGISTRATIONS.validate_json(await db.fetchval(REGISTERED, [f"person:{p}" for p in people]))
    places = POINTS.validate_json(await db.fetchval(PLACES, [f"service_point:{p}" for p in points]))
    return [said(service, registrations, places) for service in services]


def said(
    service: Delivered, registrations: rules.Registrations, points: Mapping[UUID | None, ServicePointRecord]
) -> SubjectState:
    id, workers, record = service
    present = rules.registered(workers, registrations, record.day)
    at = record.service_point_id
    doubts = rules.warnings(record.day, present, at, points.get(at))
    counts = record.state is not ServiceRecordState.WITHDRAWN and not doubts
    return facts.of_service_record(id, record, counts=counts)
