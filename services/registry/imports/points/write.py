"""A decided roster of service points, written."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text

from services.contracts.registry import StaffingBasis
from services.contracts.registry_events import (
    AssignmentEnded,
    ServicePointChanged,
    ServicePointClosed,
    ServicePointOpened,
)
from services.kernel.crypto import Vault
from services.kernel.db import run
from services.registry.imports.points.plan import Draft, Plan
from services.registry.imports.writing import Batch, given
from services.registry.personal import sealed_phone

CHANGE = """
update service_point s set
  name = u.name, address = coalesce(u.address, s.address), manager = coalesce(u.manager, s.manager),
  phone = coalesce(u.phone, s.phone), phone_index = coalesce(u.phone_index, s.phone_index),
  phone_masked = coalesce(u.phone_masked, s.phone_masked), operator_id = coalesce(u.operator_id, s.operator_id),
  opened_on = u.opened_on, closed_on = coalesce(u.closed_on, s.closed_on),
  staffing_basis = coalesce(u.staffing_basis, s.staffing_basis), version = s.version + 1
from unnest(
  cast(:id as uuid[]), cast(:name as text[]), cast(:address as text[]), cast(:manager as text[]),
  cast(:phone as bytea[]), cast(:phone_index as bytea[]), cast(:phone_masked as text[]), cast(:operator_id as uuid[]),
  cast(:opened_on as date[]), cast(:closed_on as date[]), cast(:staffing_basis as text[]))
  u(id, name, address, manager, phone, phone_index, phone_masked, operator_id, opened_on, closed_on, staffing_basis)
where s.id = u.id"""
END_ASSIGNMENTS = text("""
update assignment a set ended_on = s.closed_on from service_point s
where s.id = a.service_point_id and s.id = any(cast(:ids as uuid[]))
  and (a.ended_on is null or a.ended_on > s.closed_on)
returning a.id, a.person_id, a.service_point_id, a.ended_on""")


async def write(batch: Batch, plan: Plan, vault: Vault, subjects: Mapping[int, UUID]) -> set[UUID]:
    """Whatever is new gets the id that was shown for its row. Answers the points, to be published last."""
    new, known = [d for d in plan.points if d.id is None], [d for d in plan.points if d.id is not None]
    for draft in new:
        draft.id = subjects[draft.point.cells.row.number]
    await batch.copy("service_point", await asyncio.to_thread(lambda: [new_row(d, vault) for d in new]))
    await batch.update(CHANGE, [told(d, vault, phone="phone" in d.fields) for d in known])
    await batch.tell((f"service_point:{d.id}", opened(d, batch)) for d in new)
    await batch.tell((f"service_point:{d.id}", changed(d, batch)) for d in known if d.fields)
    await close(batch, [d for d in known if d.closes])
    return {given(d.id) for d in plan.points}


def new_row(draft: Draft, vault: Vault) -> dict[str, object]:
    point = draft.point
    basis = point.staffing_basis or StaffingBasis.NONE
    fixed = {"number": point.number, "tier": point.tier.value, "division": point.place.code}
    return {**fixed, **told(draft, vault), "staffing_basis": basis.value}


def told(draft: Draft, vault: Vault, *, phone: bool = True) -> dict[str, object]:
    """The columns that a row may change."""
    point, id = draft.point, given(draft.id)
    cipher, blind, masked = sealed_phone(vault, "service_point", id, point.phone if phone else None)
    return {
        "id": id,
        "name": point.name,
        "address": point.address,
        "manager": point.manager,
        "phone": cipher,
        "phone_index": blind,
        "phone_masked": masked,
        "operator_id": None if draft.operator is None else draft.operator.id,
        "opened_on": point.opened_on,
        "closed_on": point.closed_on,
        "staffing_basis": None if point.staffing_basis is None else point.staffing_basis.value,
    }


async def close(batch: Batch, drafts: Sequence[Draft]) -> None:
    """Whoever works there leaves on that day."""
    left = (await run(batch.tx, END_ASSIGNMENTS, {"ids": [d.id for d in drafts]})).all()
    await batch.tell((f"service_point:{d.id}", closed(d, batch)) for d in drafts)
    ended = [
        AssignmentEnded(
            assignment_id=a.id,
            person_id=a.person_id,
            service_point_id=a.service_point_id,
            ended_on=a.ended_on,
            batch_id=batch.id,
        )
        for a in left
    ]
    await batch.tell((f"assignment:{e.assignment_id}", e) for e in ended)


def opened(draft: Draft, batch: Batch) -> ServicePointOpened:
    point = draft.point
    return ServicePointOpened(
        service_point_id=given(draft.id), division=point.place.code, opened_on=point.opened_on, batch_id=batch.id
    )


def changed(draft: Draft, batch: Batch) -> ServicePointChanged:
    return ServicePointChanged(
        service_point_id=given(draft.id), division=draft.point.place.code, fields=draft.fields, batch_id=batch.id
    )


def closed(draft: Draft, batch: Batch) -> ServicePointClosed:
    point = draft.point
    if point.closed_on is None:
        raise AssertionError("not closed")
    return ServicePointClosed(
        service_point_id=given(draft.id), division=point.place.code, closed_on=point.closed_on, batch_id=batch.id
    )
