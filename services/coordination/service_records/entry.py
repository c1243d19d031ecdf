"""Entering services: every row is checked against the copies, and either all are written or none."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.coordination import (
    CreateServiceRecord,
    EnteredRow,
    ServiceRecordBatchResult,
    ServiceRecordState,
)
from services.contracts.registry import DivisionRecord, PersonRecord, ServicePointRecord
from services.coordination.asking import WRITE
from services.coordination.service_records import queries, rules
from services.coordination.service_records.models import ServiceRecord
from services.coordination.service_records.writing import NewRecord, new_record, write
from services.kernel.actor import Actor
from services.kernel.copies import held
from services.kernel.db import run
from services.kernel.errors import Conflict, DomainError, FieldError, NotFound, Unprocessable
from services.kernel.listing import NOT_HERE

BATCH_ID = text("select uuidv7()")
CONFLICTS = ("point_not_open", "division_not_in_force")


class AlreadyRecorded(Conflict):
    english = "This service has been recorded."


class Known(NamedTuple):
    """What the copies say of all that some orders name. Nobody changes it until the transaction ends."""

    points: Mapping[str, ServicePointRecord]
    divisions: Mapping[str, DivisionRecord]
    people: Mapping[UUID, PersonRecord]


async def known_to(tx: AsyncSession, orders: Sequence[CreateServiceRecord]) -> Known:
    return await hold(
        tx,
        divisions={o.division for o in orders if o.division},
        people={w for o in orders for w in o.workers},
        points={o.service_point_id for o in orders if o.service_point_id},
    )


async def hold(tx: AsyncSession, *, divisions: Iterable[str], people: Iterable[UUID], points: Iterable[UUID]) -> Known:
    """Locked in the order of their subjects, as the follower locks them."""
    units = await held(tx, DivisionRecord, sorted(f"division:{d}" for d in divisions))
    workers = await held(tx, PersonRecord, sorted(f"person:{p}" for p in people))
    places = await held(tx, ServicePointRecord, sorted(f"service_point:{p}" for p in points))
    return Known(places, units, {UUID(subject.partition(":")[2]): record for subject, record in workers.items()})


def place_of(order: CreateServiceRecord, known: Known, actor: Actor) -> rules.Place | FieldError:
    """Where it is; whether a place is missing or lies outside the asker's area is not said."""
    if (order.service_point_id is None) == (order.division is None):
        return rules.ONE_PLACE
    point = known.points.get(f"service_point:{order.service_point_id}")
    unit = known.divisions.get(f"division:{order.division}")
    division = point.division if point else unit.code if unit else None
    if division is None or not actor.reaches(WRITE, division):
        field = "division" if order.service_point_id is None else "service_point_id"
        return rules.NOT_HERE.model_copy(update={"field": field})
    return rules.Place(division, point, unit)


def checked(order: CreateServiceRecord, known: Known, actor: Actor, today: date) -> NewRecord | list[FieldError]:
    place = place_of(order, known, actor)
    if isinstance(place, FieldError):
        return [place]
    wrong = [
        *rules.wrong_day(order.day, order.late_reason, today),
        *rules.wrong_place(place, order.day),
        *rules.unknown_workers(order.workers, known.people),
    ]
    return wrong or new_record(order, place.division)


# ── one ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def enter(tx: AsyncSession, actor: Actor, order: CreateServiceRecord, today: date) -> UUID:
    new = checked(order, await known_to(tx, [order]), actor, today)
    if not isinstance(new, NewRecord):
        raise refusal(new)
    same = (await queries.records_by_key(tx, [new.row_key])).get(new.row_key)
    if same is not None and same.state is not ServiceRecordState.WITHDRAWN:
        raise AlreadyRecorded(
            "这项服务已有记录（同一地点、同一天、同一项目、同一批社工，或同一编号）；"
            "如确为另一次服务，请填写不同的记录编号后重新提交。",
            params={"service_record_id": str(same.id)},
        )
    [id] = await write(tx, actor, [new])
    return id


def refusal(wrong: Sequence[FieldError]) -> DomainError:
    """404 for what is not there for the asker, 409 where the day does not fit the place, else 422."""
    first = wrong[0]
    if first.code == "not_here":
        return NotFound(NOT_HERE)
    kind = Conflict if first.code in CONFLICTS else Unprocessable
    return kind(f"{first.detail}。", code=first.code, errors=wrong)


# ── many ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def enter_batch(
    tx: AsyncSession, actor: Actor, orders: Sequence[CreateServiceRecord], today: date
) -> ServiceRecordBatchResult:
    """All or nothing; a row that was taken before changes nothing, whatever has become of it since."""
    known = await known_to(tx, orders)
    before = await queries.records_by_key(tx, [rules.key_of(o) for o in orders])
    wrong, new = sifted(orders, before, known, actor, today)
    if wrong:
        detail = f"共 {len({e.row for e in wrong})} 行有误，整批未录入，请按提示修改后重新提交。"
        raise Unprocessable(detail, code="rows_invalid", errors=wrong)
    [batch_id] = (await run(tx, BATCH_ID, {})).one()
    ids = dict(zip(new, await write(tx, actor, list(new.values()), batch_id=batch_id), strict=True)) if new else {}
    items = [entered(n, rules.key_of(o), before, ids) for n, o in enumerate(orders, 1)]
    return ServiceRecordBatchResult(rows=len(items), new=len(ids), unchanged=len(items) - len(ids), items=items)


def entered(row: int, key: bytes, before: Mapping[bytes, ServiceRecord], ids: Mapping[bytes, UUID]) -> EnteredRow:
    if (was := before.get(key)) is not None:
        return EnteredRow(row=row, id=was.id, new=False, state=was.state)
    return EnteredRow(row=row, id=ids[key], new=True, state=ServiceRecordState.ENTERED)


def sifted(
    orders: Sequence[CreateServiceRecord],
    before: Mapping[bytes, ServiceRecord],
    known: Known,
    actor: Actor,
    today: date,
) -> tuple[list[FieldError], dict[bytes, NewRecord]]:
    """What is wrong, by row, and what is new."""
    wrong: list[FieldError] = []
    new: dict[bytes, NewRecord] = {}
    times = Counter(map(rules.key_of, orders))
    for row, order in enumerate(orders, 1):
        key = rules.key_of(order)
        was = before.get(key)
        found = twice(times[key]) or (checked(order, known, actor, today) if was is None else again(order, was, actor))
        if isinstance(found, NewRecord):
            new[key] = found
        else:
            wrong += [e.model_copy(update={"row": row, "field": f"rows.{row - 1}.{e.field}"}) for e in found]
    return wrong, new


def twice(times: int) -> list[FieldError]:
    detail = "本批中有相同的服务（地点、日期、项目、社工均相同，或编号相同），请删去重复的行或填写不同的编号"
    return [FieldError(field="reference", code="row_repeated", detail=detail)] if times > 1 else []


def again(order: CreateServiceRecord, was: ServiceRecord, actor: Actor) -> list[FieldError]:
    """A row known already: out of reach, as before, or something else under the same key."""
    if order.service_point_id and order.division:
        return [rules.ONE_PLACE]
    if not actor.reaches(WRITE, was.division):
        field = "division" if order.service_point_id is None else "service_point_id"
        return [rules.NOT_HERE.model_copy(update={"field": field})]
    if was.state is not ServiceRecordState.ENTERED or same_content(order, was):
        return []
    detail = "这项服务已有内容不同的记录，请核对；如需修改原记录请用更正，如为另一次服务请填写不同的记录编号"
    return [FieldError(field="reference", code="recorded_otherwise", detail=detail)]


SAME = ("day", "kind", "field", "persons", "minutes", "note")


def same_content(order: CreateServiceRecord, was: ServiceRecord) -> bool:
    return sorted(set(order.workers)) == sorted(was.workers) and all(
        getattr(order, name) == getattr(was, name) for name in SAME
    )
