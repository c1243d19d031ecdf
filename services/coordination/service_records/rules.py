"""The rules on service records, as functions of plain values."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from services.contracts.coordination import (
    CreateServiceRecord,
    ServiceKind,
    ServiceRecordState,
    ServiceRecordWarning,
)
from services.contracts.registry import DivisionRecord, PeriodRecord, ServicePointRecord
from services.coordination.parameters import LATE_AFTER_DAYS, SERVICE_VALID_DAYS, value_on
from services.kernel.errors import Conflict, FieldError

NOT_HERE = FieldError(field="", code="not_here", detail="没有这个站点或区划，或不在您的管辖范围内，请核对编号")
ONE_PLACE = FieldError(
    field="division", code="one_place", detail="请填写服务站点（service_point_id）或区划（division），二者填且只填一项"
)
NO_REGISTERED_WORKER = ServiceRecordWarning(
    code="no_registered_worker", detail="当日在场社工均无有效登记，暂不计入“有服务”；登记补录后自动计入。"
)
POINT_NOT_OPEN = ServiceRecordWarning(
    code="point_not_open", detail="服务当日该站点没有开放，暂不计入“有服务”，请核对服务日期和站点的开站、撤站日期。"
)


class Withdrawn(Conflict):
    english = "This record has been withdrawn."


class Place(NamedTuple):
    """Where a service was delivered: at a point of a division, or in the division itself."""

    division: str
    point: ServicePointRecord | None = None
    unit: DivisionRecord | None = None


def serves_until(day: date) -> date:
    """The first day on which a service of `day` keeps its unit served no longer (COV-06, service.valid_days)."""
    return day + timedelta(days=value_on(SERVICE_VALID_DAYS, day))


def covers(periods: Iterable[PeriodRecord], day: date) -> bool:
    return any(p.start <= day and (p.end is None or day < p.end) for p in periods)


Registrations = Mapping[UUID, Sequence[PeriodRecord]]  # by person


def registered(workers: Sequence[UUID], registrations: Registrations, day: date) -> dict[UUID, bool]:
    """Whether each has an active registration on that day; of whom the registry says nothing has none."""
    return {w: covers(registrations.get(w, ()), day) for w in workers}


def warnings(
    day: date, registered: Mapping[UUID, bool], at: UUID | None, point: ServicePointRecord | None
) -> list[ServiceRecordWarning]:
    """Why this record does not make its unit served: no social worker was there, or no place was open (COV-06)."""
    found = [] if any(registered.values()) else [NO_REGISTERED_WORKER]
    return found if at is None or is_open(point, day) else [*found, POINT_NOT_OPEN]


def is_open(point: ServicePointRecord | None, day: date) -> bool:
    """A point of which the registry knows nothing, or nothing any more, is never open."""
    return point is not None and point.opened_on <= day and (point.closed_on is None or day < point.closed_on)


# ── what is wrong with an entry ──────────────────────────────────────────────────────────────────────────────────────
def wrong_day(day: date, late_reason: str | None, today: date) -> list[FieldError]:
    """Nothing is recorded in advance; what is recorded late says why (T14)."""
    if day > today:
        return [FieldError(field="day", code="in_the_future", detail="服务日期不能晚于今天，请核对")]
    limit = value_on(LATE_AFTER_DAYS, today)
    if (today - day).days > limit and not late_reason:
        detail = f"服务日期距今超过 {limit} 天，请填写补录原因"
        return [FieldError(field="late_reason", code="late_reason_missing", detail=detail)]
    return []


def wrong_place(place: Place, day: date) -> list[FieldError]:
    """A point is open, and a division in force, on the day."""
    if place.point is not None and not is_open(place.point, day):
        return [FieldError(field="day", code="point_not_open", detail=POINT_NOT_OPEN.detail.rstrip("。"))]
    unit = place.unit
    if unit is not None and not covers([PeriodRecord(start=unit.valid_from, end=unit.valid_to)], day):
        return [FieldError(field="day", code="division_not_in_force", detail="服务当日该区划不在册，请核对日期和区划")]
    return []


def unknown_workers(workers: Sequence[UUID], people: Container[UUID]) -> list[FieldError]:
    return [
        FieldError(field=f"workers.{n}", code="no_such_person", detail="登记中没有这个人员，请核对人员编号")
        for n, worker in enumerate(workers)
        if worker not in people
    ]


def check_not_withdrawn(state: ServiceRecordState) -> None:
    if state is ServiceRecordState.WITHDRAWN:
        raise Withdrawn("该服务记录已撤回，不能再更正或撤回；如需恢复，请重新录入。", code="withdrawn")


# ── the same again ───────────────────────────────────────────────────────────────────────────────────────────────────
def row_key(place: str, day: date, kind: ServiceKind, workers: Iterable[UUID], reference: str | None) -> bytes:
    """By the sender's number at that place, or else by what was done when by whom there."""
    told = ["reference", reference] if reference else [day.isoformat(), kind.value, *map(str, sorted(set(workers)))]
    return sha256("|".join([place, *told]).encode()).digest()


def key_of(order: CreateServiceRecord) -> bytes:
    place = str(order.service_point_id or order.division)
    return row_key(place, order.day, order.kind, order.workers, order.reference)
