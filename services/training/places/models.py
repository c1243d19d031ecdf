"""The tables of training bases and internship sites, and the steps of their life."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.contracts.training_practice import PartnerKind, PlaceKind, PlaceState
from services.kernel.tables import one_of
from services.training.tables import Row, at_division, key, stamped, versioned


class PracticePlace(Row, table=True):
    """A training base or an internship site (INT-01), counted while approved and its agreement is in force."""

    __tablename__ = "practice_place"
    __table_args__ = (
        CheckConstraint("num_nulls(agreement_start, agreement_end) in (0, 2)", name="whole_agreement"),
        CheckConstraint("agreement_end > agreement_start", name="runs_forward"),
        CheckConstraint("num_nonnulls(partner_id, partner_name) <= 1", name="one_partner"),
        CheckConstraint("capacity > 0", name="capacity_positive"),
        Index(None, "kind", "division", "id"),
    )

    id: UUID = key()
    kind: PlaceKind = Field(sa_type=one_of(PlaceKind))
    name: str
    division: str = at_division()
    address: str | None = None
    partner_kind: PartnerKind = Field(sa_type=one_of(PartnerKind))
    partner_id: UUID | None = None
    partner_name: str | None = None
    agreement_number: str | None = None
    agreement_start: date | None = None
    agreement_end: date | None = None
    capacity: int | None = None
    mentors: str | None = None
    checklist: dict[str, str] = Field(default_factory=dict, sa_type=JSONB)
    state: PlaceState = Field(default=PlaceState.APPLIED, sa_type=one_of(PlaceState))
    version: int = versioned()


class PlaceStep(Row, table=True):
    """From a day on, the place is in a state; `actor` is who said so."""

    __tablename__ = "practice_place_step"
    __table_args__ = (Index(None, "place_id", "seq"),)

    id: UUID = key()
    seq: int = Field(default=None, sa_type=BigInteger, sa_column_args=[Identity()])
    place_id: UUID = Field(foreign_key="practice_place.id")
    state: PlaceState = Field(sa_type=one_of(PlaceState))
    on_day: date
    reason: str | None = None
    actor: str | None = None
    recorded_at: datetime = Field(default=None, sa_type=DateTime(timezone=True), sa_column_kwargs=stamped())
