"""Every question put to the table of service records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.coordination import ServiceKind, ServiceRecordOut, ServiceRecordState, WorkerPresent
from services.contracts.practice import PracticeField
from services.contracts.registry import ServicePointRecord
from services.coordination.asking import READ, WRITE
from services.coordination.parameters import SERVICE_VALID_DAYS, serving_on
from services.coordination.publishing import REGISTRATIONS
from services.coordination.service_records import rules
from services.coordination.service_records.models import ServiceRecord
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.copies import NOW
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page

SELECT = """
select r.id, r.service_point_id, p.record->>'name' as service_point_name, r.division,
  d.record->>'name' as division_name, r.day, r.kind, r.field, r.persons, r.workers, r.minutes, r.note, r.late_reason,
  r.reference, r.state, r.withdrawn_reason, r.recorded_at, r.version, p.record::text as point,
  (select jsonb_object_agg(w.id, coalesce(n.record, k.record)->'registered')::text from unnest(r.workers) w(id)
   join known_subject k on k.subject = 'person:' || w.id {NOW} where k.record <> '{{}}') as registrations,
  (select jsonb_object_agg(w.id, k.record->>'division')::text from unnest(r.workers) w(id)
   join known_subject k on k.subject = 'person:' || w.id where k.record <> '{{}}') as whereabouts{keys}
from service_record r
left join known_subject p on p.subject = 'service_point:' || r.service_point_id and p.record <> '{{}}'
left join known_subject d on d.subject = 'division:' || r.division
{rows}""".replace("{NOW}", NOW)
LATEST_FIRST: listing.Key = [("r.day", date.fromisoformat), ("r.id", UUID)]
MAY = ["correct", "withdraw"]
WHEREABOUTS = TypeAdapter(dict[UUID, str])


@dataclass(frozen=True)
class Sought:
    """What a list is narrowed to; `on` means whose validity covers that day."""

    start: date | None = None
    end: date | None = None
    on: date | None = None
    kind: ServiceKind | None = None
    field: PracticeField | None = None
    service_point_id: UUID | None = None
    worker: UUID | None = None
    state: ServiceRecordState | None = None
    q: str | None = None


def made(row: asyncpg.Record, *, actor: Actor) -> ServiceRecordOut:
    day, state = row["day"], ServiceRecordState(row["state"])
    registrations = REGISTRATIONS.validate_json(row["registrations"] or "{}")
    point = None if row["point"] is None else ServicePointRecord.model_validate_json(row["point"])
    present = rules.registered(row["workers"], registrations, day)
    away = {p for p, at in WHEREABOUTS.validate_json(row["whereabouts"] or "{}").items() if not actor.reaches(READ, at)}
    withdrawn = state is ServiceRecordState.WITHDRAWN
    doubts = [] if withdrawn else rules.warnings(day, present, row["service_point_id"], point)
    shown: dict[str, Any] = {
        **row,
        "serves_until": rules.serves_until(day),
        "workers": [WorkerPresent(person_id=id, registered=None if id in away else yes) for id, yes in present.items()],
        "warnings": doubts,
        "counts": not withdrawn and not doubts,
        "may": MAY if not withdrawn and actor.reaches(WRITE, row["division"]) else [],
    }
    return ServiceRecordOut.model_validate(shown)


def narrowed(sought: Sought) -> Conditions:
    conditions = Conditions()
    equal = ("kind", "field", "service_point_id", "state")
    for column in equal:
        if (value := getattr(sought, column)) is not None:
            conditions.add(f"r.{column} = {{}}", value)
    if sought.start is not None:
        conditions.add("r.day >= {}", sought.start)
    if sought.end is not None:
        conditions.add("r.day <= {}", sought.end)
    if sought.worker is not None:
        conditions.add("r.workers @> array[{}::uuid]", sought.worker)
    if sought.q is not None:
        conditions.add("(r.note like {} or r.reference = {})", f"%{listing.literally(sought.q)}%", sought.q)
    if sought.on is not None:
        windows = [
            f"(r.day >= {conditions.value(start)} and r.day < {conditions.value(end)})"
            for start, end in serving_on(SERVICE_VALID_DAYS, sought.on)
        ]
        conditions.parts.append(f"({' or '.join(windows)})")
    return conditions


async def service_records(
    db: asyncpg.Connection, actor: Actor, sought: Sought, *, division: str | None, limit: int, cursor: str | None
) -> Page[ServiceRecordOut]:
    """The latest first."""
    conditions = narrowed(sought)
    for ranges in await listing.scope(db, actor, READ, division):
        conditions.within("r.division", ranges)
    return await listing.page(
        db, SELECT, conditions, key=LATEST_FIRST, descending=True, cursor=cursor, limit=limit,
        made=partial(made, actor=actor),
    )  # fmt: skip


async def service_record(db: asyncpg.Connection, actor: Actor, id: UUID, *, permission: str = READ) -> ServiceRecordOut:
    conditions = Conditions()
    conditions.add("r.id = {}", id)
    conditions.within("r.division", actor.ranges(permission))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


# ── to be changed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def record_here(tx: AsyncSession, actor: Actor, id: UUID, *, locked: bool) -> ServiceRecord:
    """As it is committed now; locked, or only to learn what must be locked before it."""
    found = await tx.get(ServiceRecord, id, with_for_update=locked, populate_existing=True)
    if found is None:
        raise NotFound(listing.NOT_HERE)
    actor.require_at(WRITE, found.division)
    return found


async def records_by_key(tx: AsyncSession, keys: Sequence[bytes]) -> dict[bytes, ServiceRecord]:
    """The one that stands comes before those withdrawn under the same key."""
    found = (await tx.exec(select(ServiceRecord).where(col(ServiceRecord.row_key).in_(keys)))).all()
    in_order = sorted(found, key=lambda r: (r.state is not ServiceRecordState.WITHDRAWN, r.id))
    return {r.row_key: r for r in in_order}
