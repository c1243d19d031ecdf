"""What training's feed of events tells: one event per record changed, free of personal data."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.contracts.divisions import DivisionCode
from services.contracts.training import AttendanceState
from services.contracts.training_practice import PlaceKind, PlaceState, SupervisorState


class Event(BaseModel):
    """`batch_id` names the bulk entry that did it."""

    batch_id: UUID | None = None


class SessionAdded(Event):
    session_id: UUID
    division: DivisionCode
    first_day: date
    minutes: int


class SessionChanged(Event):
    session_id: UUID
    division: DivisionCode
    fields: list[str]


class SessionHeld(Event):
    session_id: UUID
    division: DivisionCode


class SessionCancelled(Event):
    session_id: UUID
    division: DivisionCode
    reason: str
    reversed: int  # attendances that no longer count


class AttendanceEntered(Event):
    """`late_reason` is why it was entered more than thirty days after (T14)."""

    attendance_id: UUID
    session_id: UUID
    person_id: UUID
    day: date
    minutes: int
    state: AttendanceState
    late_reason: str | None = None


class AttendanceDecided(Event):
    attendance_id: UUID
    session_id: UUID
    person_id: UUID
    before: AttendanceState
    state: AttendanceState
    reason: str | None


class SupervisorNominated(Event):
    supervisor_id: UUID
    person_id: UUID | None
    division: DivisionCode
    term_start: date
    term_end: date


class SupervisorChanged(Event):
    supervisor_id: UUID
    division: DivisionCode
    fields: list[str]


class SupervisorMoved(Event):
    """From one state to the next (SUP-07)."""

    supervisor_id: UUID
    division: DivisionCode
    before: SupervisorState
    state: SupervisorState
    on: date
    reason: str | None


class PlaceApplied(Event):
    kind: PlaceKind
    place_id: UUID
    division: DivisionCode


class PlaceChanged(Event):
    kind: PlaceKind
    place_id: UUID
    division: DivisionCode
    fields: list[str]


class PlaceMoved(Event):
    """From one state to the next (INT-06)."""

    kind: PlaceKind
    place_id: UUID
    division: DivisionCode
    before: PlaceState
    state: PlaceState
    on: date
    reason: str | None
