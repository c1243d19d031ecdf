"""What the registry's feed of events tells: one event per record changed, free of personal data."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.contracts.divisions import DivisionCode
from services.contracts.registry import Level


class Event(BaseModel):
    """`batch_id` names the import that did it."""

    batch_id: UUID | None = None


class DivisionAdded(Event):
    code: DivisionCode


class DivisionChanged(Event):
    code: DivisionCode
    fields: list[str]


class OrganizationAdded(Event):
    organization_id: UUID
    division: DivisionCode


class OrganizationChanged(Event):
    organization_id: UUID
    division: DivisionCode
    fields: list[str]


class PersonAdded(Event):
    person_id: UUID
    division: DivisionCode


class PersonChanged(Event):
    person_id: UUID
    division: DivisionCode
    fields: list[str]


class CertificateAdded(Event):
    certificate_id: UUID
    person_id: UUID
    level: Level
    approved_on: date


class CertificateChanged(CertificateAdded):
    fields: list[str]


class ExamResultAdded(Event):
    result_id: UUID
    exam_year: int
    level: Level
    division: DivisionCode


class ExamResultChanged(ExamResultAdded):
    fields: list[str]


class ExamPassRecorded(Event):
    exam_pass_id: UUID
    person_id: UUID
    exam_year: int


class ExamPassReviewed(ExamPassRecorded):
    result: str


class RegistrationAdded(Event):
    registration_id: UUID
    person_id: UUID
    certificate_id: UUID
    start: date
    end: date


class RegistrationChanged(RegistrationAdded):
    fields: list[str]


class ServicePointOpened(Event):
    service_point_id: UUID
    division: DivisionCode
    opened_on: date


class ServicePointChanged(Event):
    service_point_id: UUID
    division: DivisionCode
    fields: list[str]


class ServicePointClosed(Event):
    service_point_id: UUID
    division: DivisionCode
    closed_on: date


class AssignmentStarted(Event):
    assignment_id: UUID
    person_id: UUID
    service_point_id: UUID
    started_on: date


class AssignmentChanged(AssignmentStarted):
    fields: list[str]


class AssignmentEnded(Event):
    assignment_id: UUID
    person_id: UUID
    service_point_id: UUID
    ended_on: date


class ImportMoved(Event):
    """What somebody has asked for: begun, confirmed, cancelled, undone. What it does to records has its own events."""

    import_id: UUID
    state: str


class ImportRowsElsewhere(Event):
    """So many rows of a file met records outside the uploader's area: many of them may be somebody who searches."""

    import_id: UUID
    rows: int


class Removed(Event):
    """The record that an import made is gone with its undoing; the event's subject names it."""


class Restored(Event):
    """The record that an import changed is again what it was before."""

    fields: list[str]
