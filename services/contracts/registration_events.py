"""What the registry's feed tells of the registration of certificates: ids, states and days, nobody's name."""

from datetime import date
from uuid import UUID

from services.contracts.divisions import DivisionCode
from services.contracts.registrations import ApplicationKind, ApplicationState, EndedAs, Verb
from services.contracts.registry_events import Event


class HolidaysPublished(Event):
    division: DivisionCode
    year: int
    days: int


class AmnestyOpened(Event):
    amnesty_id: UUID
    division: DivisionCode
    kind: ApplicationKind
    first_on: date
    last_on: date


class AmnestyClosed(Event):
    amnesty_id: UUID
    division: DivisionCode
    last_on: date


class ApplicationMoved(Event):
    """`late` says that it was let in after its window, with a reason (REG-20)."""

    application_id: UUID
    person_id: UUID
    certificate_id: UUID
    kind: ApplicationKind
    verb: Verb
    state: ApplicationState
    late: bool = False


class ApplicationBegun(Event):
    application_id: UUID
    person_id: UUID
    certificate_id: UUID
    kind: ApplicationKind
    division: DivisionCode


class RegistrationEnded(Event):
    """Before its time."""

    registration_id: UUID
    person_id: UUID
    certificate_id: UUID
    ended_as: EndedAs
    ended_on: date
    ground: str | None


class CertificateVoided(Event):
    """By notice of the examination authority (REG-18)."""

    certificate_id: UUID
    person_id: UUID
    void_on: date
