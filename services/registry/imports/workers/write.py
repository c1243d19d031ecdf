"""A decided roster of workers, written."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel

from services.contracts.registry_events import (
    AssignmentChanged,
    AssignmentStarted,
    CertificateAdded,
    CertificateChanged,
    PersonAdded,
    PersonChanged,
    RegistrationAdded,
    RegistrationChanged,
)
from services.kernel.crypto import Key, Vault
from services.kernel.listing import plain
from services.registry.changes import new_ids
from services.registry.imports.workers.plan import Assignment, Certificate, Person, Plan, Registration
from services.registry.imports.writing import Batch, given
from services.registry.keys.opening import index_rows, key_row, own_keys, place
from services.registry.people.rules import is_related
from services.registry.personal import born_blind, masked_id, sealed_phone
from services.registry.publishing import publish_people_alone

CHANGE_PEOPLE = """
update person p set
  phone = coalesce(u.phone, p.phone), phone_index = coalesce(u.phone_index, p.phone_index),
  phone_masked = coalesce(u.phone_masked, p.phone_masked), education = coalesce(u.education, p.education),
  major = coalesce(u.major, p.major), related_major = coalesce(u.related_major, p.related_major),
  direct_service = coalesce(u.direct_service, p.direct_service), employer_id = u.employer_id, division = u.division,
  version = p.version + 1
from unnest(
  cast(:id as uuid[]), cast(:phone as bytea[]), cast(:phone_index as bytea[]), cast(:phone_masked as text[]),
  cast(:education as text[]), cast(:major as text[]), cast(:related_major as boolean[]),
  cast(:direct_service as boolean[]), cast(:employer_id as uuid[]), cast(:division as text[]))
  u(id, phone, phone_index, phone_masked, education, major, related_major, direct_service, employer_id, division)
where p.id = u.id"""
CHANGE_CERTIFICATES = """
update certificate c set approved_on = u.approved_on, version = c.version + 1
from unnest(cast(:id as uuid[]), cast(:approved_on as date[])) u(id, approved_on) where c.id = u.id"""
CHANGE_REGISTRATIONS = """
update registration r set end_on = u.end_on
from unnest(cast(:id as uuid[]), cast(:end_on as date[])) u(id, end_on) where r.id = u.id"""
CHANGE_ASSIGNMENTS = """
update assignment a set started_on = u.started_on
from unnest(cast(:id as uuid[]), cast(:started_on as date[])) u(id, started_on) where a.id = u.id"""


async def write(batch: Batch, plan: Plan, vault: Vault, subjects: Mapping[int, UUID]) -> set[UUID]:
    """Whoever is new gets the id that was shown for their row. Answers where the people work, to be published last."""
    await write_people(batch, plan.people, vault, subjects)
    await write_certificates(batch, plan.certificates)
    await write_registrations(batch, plan.registrations)
    await write_assignments(batch, plan.assignments)
    return await publish_people_alone(batch.tx, [given(p.id) for p in plan.touched])


async def write_people(batch: Batch, people: Sequence[Person], vault: Vault, subjects: Mapping[int, UUID]) -> None:
    new, known = [p for p in people if p.id is None], [p for p in people if p.id is not None]
    for person in new:
        person.id = subjects[person.worker.cells.row.number]
    rows = await asyncio.to_thread(lambda: [new_rows(p, vault) for p in new])
    await batch.copy("person", [row.person for row in rows])
    await batch.copy("person_key", [row.key for row in rows])
    await batch.copy("person_index", [blind for row in rows for blind in row.blinds])
    telling = [given(p.id) for p in known if "phone" in p.fields]
    own = await own_keys(await plain(batch.tx), vault, telling)
    await batch.update(CHANGE_PEOPLE, [changed_row(p, vault, own.get(given(p.id))) for p in known])
    await batch.tell((f"person:{p.id}", person_event(p, batch.id)) for p in (*new, *known))


class NewRows(NamedTuple):
    person: dict[str, object]
    key: dict[str, object]
    blinds: list[dict[str, object]]


def new_rows(person: Person, vault: Vault) -> NewRows:
    """With a key of one's own from the start."""
    id, own = given(person.id), vault.own_key()
    return NewRows(
        person_row(person, vault, own), key_row(vault, id, own), index_rows(id, person.worker.id_blinds)
    )  # fmt: skip


def person_row(person: Person, vault: Vault, own: Key) -> dict[str, object]:
    worker = person.worker
    return {
        "id_type": worker.id_type.value,
        "id_number": own.seal(worker.id_number.encode(), place("id_number", given(person.id))),
        "id_masked": masked_id(worker.id_number),
        "name": worker.name,
        "canonical": worker.canonical,
        "born_index": born_blind(vault, worker.id_type, worker.id_number),
        **told(person, vault, own),
        "related_major": is_related(worker.major),
    }


def changed_row(person: Person, vault: Vault, own: Key | None) -> dict[str, object]:
    """A phone is sealed anew only if it is another one."""
    return told(person, vault, own, phone="phone" in person.fields)


def told(person: Person, vault: Vault, own: Key | None, *, phone: bool = True) -> dict[str, object]:
    """The columns that a row may change."""
    worker, id = person.worker, given(person.id)
    cipher, blind, masked = sealed_phone(vault, "person", id, worker.phone if phone else None, own)
    return {
        "id": id,
        "phone": cipher,
        "phone_index": blind,
        "phone_masked": masked,
        "education": worker.education,
        "major": worker.major,
        "related_major": None if worker.major is None else is_related(worker.major),
        "direct_service": worker.direct_service,
        "employer_id": person.employer.id,
        "division": person.employer.division,
    }


def person_event(person: Person, batch: UUID) -> BaseModel:
    division = person.employer.division
    if person.fields:
        return PersonChanged(person_id=given(person.id), division=division, fields=person.fields, batch_id=batch)
    return PersonAdded(person_id=given(person.id), division=division, batch_id=batch)


async def write_certificates(batch: Batch, certificates: Sequence[Certificate]) -> None:
    new, known = [c for c in certificates if not c.changed], [c for c in certificates if c.changed]
    for certificate, id in zip(new, await new_ids(batch.tx, len(new)), strict=True):
        certificate.id = id
    await batch.copy("certificate", [certificate_row(c) for c in new])
    await batch.update(CHANGE_CERTIFICATES, [{"id": c.id, "approved_on": c.person.worker.approved_on} for c in known])
    await batch.tell((f"certificate:{c.id}", certificate_event(c, batch.id)) for c in certificates)


def certificate_row(certificate: Certificate) -> dict[str, object]:
    worker = certificate.person.worker
    return {
        "id": certificate.id,
        "person_id": certificate.person.id,
        "level": worker.level.value,
        "management_number": worker.management_number,
        "approved_on": worker.approved_on,
    }


def certificate_event(certificate: Certificate, batch: UUID) -> BaseModel:
    worker = certificate.person.worker
    added = CertificateAdded(
        certificate_id=given(certificate.id),
        person_id=given(certificate.person.id),
        level=worker.level,
        approved_on=worker.approved_on,
        batch_id=batch,
    )
    return CertificateChanged(**dict(added), fields=["approved_on"]) if certificate.changed else added


async def write_registrations(batch: Batch, registrations: Sequence[Registration]) -> None:
    new, known = [r for r in registrations if r.id is None], [r for r in registrations if r.id is not None]
    ids = await new_ids(batch.tx, len(new))
    numbered = [*zip(new, ids, strict=True), *((r, given(r.id)) for r in known)]
    await batch.copy("registration", [registration_row(r, id) for r, id in numbered[: len(new)]])
    await batch.update(CHANGE_REGISTRATIONS, [{"id": r.id, "end_on": r.end} for r in known])
    await batch.tell((f"registration:{id}", registration_event(r, id, batch.id)) for r, id in numbered)


def registration_row(registration: Registration, id: UUID) -> dict[str, object]:
    certificate = registration.certificate
    return {
        "id": id,
        "person_id": certificate.person.id,
        "certificate_id": certificate.id,
        "start_on": registration.start,
        "end_on": registration.end,
    }


def registration_event(registration: Registration, id: UUID, batch: UUID) -> BaseModel:
    added = RegistrationAdded(
        registration_id=id,
        person_id=given(registration.certificate.person.id),
        certificate_id=given(registration.certificate.id),
        start=registration.start,
        end=registration.end,
        batch_id=batch,
    )
    return added if registration.id is None else RegistrationChanged(**dict(added), fields=["end"])


async def write_assignments(batch: Batch, assignments: Sequence[Assignment]) -> None:
    new, known = [a for a in assignments if a.id is None], [a for a in assignments if a.id is not None]
    ids = await new_ids(batch.tx, len(new))
    numbered = [*zip(new, ids, strict=True), *((a, given(a.id)) for a in known)]
    await batch.copy("assignment", [assignment_row(a, id) for a, id in numbered[: len(new)]])
    await batch.update(CHANGE_ASSIGNMENTS, [{"id": a.id, "started_on": a.started_on} for a in known])
    await batch.tell((f"assignment:{id}", assignment_event(a, id, batch.id)) for a, id in numbered)


def assignment_row(assignment: Assignment, id: UUID) -> dict[str, object]:
    """Whoever comes to a point that is to close leaves on that day."""
    return {
        "id": id,
        "person_id": assignment.person.id,
        "service_point_id": assignment.point.id,
        "started_on": assignment.started_on,
        "ended_on": assignment.point.closed_on,
    }


def assignment_event(assignment: Assignment, id: UUID, batch: UUID) -> BaseModel:
    started = AssignmentStarted(
        assignment_id=id,
        person_id=given(assignment.person.id),
        service_point_id=assignment.point.id,
        started_on=assignment.started_on,
        batch_id=batch,
    )
    return started if assignment.id is None else AssignmentChanged(**dict(started), fields=["started_on"])
