"""What the registry's feed tells of its reconciliation with the national system: ids, kinds and days, nobody's name."""

from datetime import date
from uuid import UUID

from services.contracts.divisions import DivisionCode
from services.contracts.reconciliation import CaseState, CaseVerb, DifferenceKind
from services.contracts.registry_events import Event


class NationalCompared(Event):
    """An export was compared with the register: so many records of each kind."""

    snapshot_id: UUID
    division: DivisionCode
    exported_on: date
    kinds: dict[DifferenceKind, int]


class NationalExportRemoved(Event):
    snapshot_id: UUID
    division: DivisionCode


class HeadingsMapped(Event):
    division: DivisionCode
    columns: int


class ReconciliationCaseMoved(Event):
    """`verb`: what was decided; null: the comparison itself opened or closed it."""

    case_id: UUID
    division: DivisionCode
    kind: DifferenceKind
    state: CaseState
    verb: CaseVerb | None = None
