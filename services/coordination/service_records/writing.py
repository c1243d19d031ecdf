"""New service records into the table by COPY, with their events and facts: one at a time, or by the thousand."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.coordination import CreateServiceRecord, ServiceKind, ServiceRecordRecord, ServiceRecordState
from services.contracts.coordination_events import ServiceRecorded
from services.contracts.practice import PracticeField
from services.coordination.publishing import Delivered, publish_new
from services.coordination.service_records import rules
from services.kernel.actor import Actor
from services.kernel.db import copy_rows, run
from services.kernel.feed import record_all

NEW_IDS = text("select uuidv7() from generate_series(1, :count)")


class NewRecord(NamedTuple):
    """A service delivered, as checked. `division` is the unit: that of the point, if there is one."""

    service_point_id: UUID | None
    division: str
    day: date
    kind: ServiceKind
    field: PracticeField | None
    persons: int
    workers: Sequence[UUID]
    minutes: int | None = None
    note: str | None = None
    late_reason: str | None = None
    reference: str | None = None

    @property
    def row_key(self) -> bytes:
        place = str(self.service_point_id or self.division)
        return rules.row_key(place, self.day, self.kind, self.workers, self.reference)


COLUMNS = ("id", *NewRecord._fields, "row_key", "state", "version")


def new_record(order: CreateServiceRecord, division: str) -> NewRecord:
    told = order.model_dump(exclude={"division", "workers"})
    return NewRecord(division=division, workers=sorted(set(order.workers)), **told)


async def write(
    tx: AsyncSession, actor: Actor, records: Sequence[NewRecord], *, batch_id: UUID | None = None
) -> list[UUID]:
    """Whoever calls has checked them, and holds the copies of all that they name."""
    ids = [row[0] for row in (await run(tx, NEW_IDS, {"count": len(records)})).all()]
    new = list(zip(ids, records, strict=True))
    rows = [(id, *r, r.row_key, ServiceRecordState.ENTERED, 1) for id, r in new]
    await copy_rows(tx, "service_record", COLUMNS, rows)
    await record_all(tx, actor, [(f"service_record:{id}", recorded(id, r, batch_id)) for id, r in new])
    await publish_new(tx, [delivered(id, r) for id, r in new])
    return ids


def recorded(id: UUID, record: NewRecord, batch_id: UUID | None) -> ServiceRecorded:
    return ServiceRecorded(
        service_record_id=id, division=record.division, day=record.day, kind=record.kind, persons=record.persons,
        batch_id=batch_id,
    )  # fmt: skip


def delivered(id: UUID, new: NewRecord) -> Delivered:
    record = ServiceRecordRecord(
        service_point_id=new.service_point_id, division=new.division, day=new.day, kind=new.kind, field=new.field,
        persons=new.persons, state=ServiceRecordState.ENTERED,
    )  # fmt: skip
    return Delivered(id, new.workers, record)
