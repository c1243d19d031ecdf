"""Everything that changes a service record once it is entered."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.coordination import CorrectServiceRecord, ServiceRecordState, WithdrawServiceRecord
from services.contracts.coordination_events import ServiceRecordCorrected, ServiceRecordWithdrawn
from services.coordination.publishing import publish_record
from services.coordination.service_records import entry, queries, rules
from services.coordination.service_records.models import ServiceRecord
from services.kernel.actor import Actor
from services.kernel.changes import differences
from services.kernel.errors import FieldError, StaleVersion
from services.kernel.feed import record
from services.kernel.versions import check_version

REQUIRED = frozenset({"day", "kind", "persons", "workers"})


async def correct(
    tx: AsyncSession, actor: Actor, id: UUID, order: CorrectServiceRecord, if_match: str | None, today: date
) -> None:
    """The copies are held before the record is locked: what it names may have to be said anew by its follower."""
    seen = await queries.record_here(tx, actor, id, locked=False)
    version = seen.version
    known = await held_for(tx, seen, order.workers or seen.workers)
    found = await queries.record_here(tx, actor, id, locked=True)
    check_version(found.version, if_match)
    if found.version != version:
        raise StaleVersion("该记录在您读取之后已被他人修改，请刷新后重新填写。")
    rules.check_not_withdrawn(found.state)
    changes = corrections(found, order)
    if not changes:
        return
    wrong = wrong_corrections(found, changes, known, today)
    if "workers" in changes:
        wrong += rules.unknown_workers(order.workers or [], known.people)
    if wrong:
        raise entry.refusal(wrong)
    found.sqlmodel_update(changes)
    found.state, found.version = ServiceRecordState.CORRECTED, found.version + 1
    corrected = ServiceRecordCorrected(service_record_id=id, division=found.division, fields=sorted(changes))
    await record(tx, actor, f"service_record:{id}", corrected)
    await publish_record(tx, id)


async def held_for(tx: AsyncSession, record: ServiceRecord, workers: Iterable[UUID]) -> entry.Known:
    point = record.service_point_id
    divisions, points = ([record.division], []) if point is None else ([], [point])
    return await entry.hold(tx, divisions=divisions, people=set(workers), points=points)


def corrections(found: ServiceRecord, order: CorrectServiceRecord) -> dict[str, object]:
    """A set of workers in another order is the same set."""
    changes = differences(found, order, required=REQUIRED)
    if order.workers is not None:
        changes.pop("workers", None)
        if (workers := sorted(set(order.workers))) != sorted(found.workers):
            changes["workers"] = workers
    return changes


def wrong_corrections(
    found: ServiceRecord, changes: Mapping[str, object], known: entry.Known, today: date
) -> list[FieldError]:
    """A day put right is held to the rules of an entry (T14)."""
    day = changes.get("day")
    if not isinstance(day, date):
        return []
    reason = changes.get("late_reason", found.late_reason)
    place = rules.Place(
        found.division, next(iter(known.points.values()), None), next(iter(known.divisions.values()), None)
    )
    return [*rules.wrong_day(day, str(reason or ""), today), *rules.wrong_place(place, day)]


async def withdraw(tx: AsyncSession, actor: Actor, id: UUID, order: WithdrawServiceRecord) -> None:
    found = await queries.record_here(tx, actor, id, locked=True)
    rules.check_not_withdrawn(found.state)
    found.state, found.withdrawn_reason = ServiceRecordState.WITHDRAWN, order.reason
    found.version += 1
    withdrawn = ServiceRecordWithdrawn(service_record_id=id, division=found.division, day=found.day)
    await record(tx, actor, f"service_record:{id}", withdrawn)
    await publish_record(tx, id)
