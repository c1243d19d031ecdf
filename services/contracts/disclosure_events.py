"""What the registry's feed tells of disclosures: who and why, never what was seen."""

from datetime import date
from uuid import UUID

from services.contracts.disclosure import DisclosureColumn, Purpose, RevealField, RightsKind, RightsOutcome, RightsState
from services.contracts.divisions import DivisionCode
from services.contracts.registry_events import Event
from services.contracts.retention import DataClass


class PersonRevealed(Event):
    reveal_id: UUID
    person_id: UUID
    division: DivisionCode
    purpose: Purpose
    fields: list[RevealField]


class RevealQuotaReached(Event):
    """Somebody has used up the reveals of an hour: worth a look."""

    quota: int


class DisclosureRequested(Event):
    disclosure_id: UUID
    division: DivisionCode
    purpose: Purpose
    columns: list[DisclosureColumn]
    rows: int


class DisclosureDecided(Event):
    disclosure_id: UUID
    approved: bool


class DisclosureWithdrawn(Event):
    disclosure_id: UUID


class DisclosureMade(Event):
    disclosure_id: UUID
    rows: int


class DisclosureFetched(Event):
    disclosure_id: UUID


class DisclosureExpired(Event):
    disclosure_id: UUID


class RightsRequestReceived(Event):
    request_id: UUID
    person_id: UUID
    kind: RightsKind
    due_on: date


class RightsRequestMoved(Event):
    request_id: UUID
    person_id: UUID
    state: RightsState
    outcome: RightsOutcome | None = None


class PersonRestricted(Event):
    """`until`: the law keeps the data so long; None as long as a legal hold lasts."""

    person_id: UUID
    until: date | None


class PersonErased(Event):
    person_id: UUID


class NoticePublished(Event):
    notice_id: UUID
    purpose: Purpose
    version: int


class NoticeSeen(Event):
    notice_id: UUID
    person_id: UUID


class LegalHoldPlaced(Event):
    hold_id: UUID
    data_class: DataClass


class LegalHoldLifted(LegalHoldPlaced):
    pass


class RecordsPurged(Event):
    """So many records of what was kept long enough are gone; `before` is the first day that stays."""

    data_class: DataClass
    table: str
    before: date
    rows: int
