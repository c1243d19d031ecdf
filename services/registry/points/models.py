"""The tables of service points and assignments."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.contracts.registry import PointTier, StaffingBasis
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, forward, key, never_twice, versioned


class ServicePoint(Row, table=True):
    """A guidance centre, main station, station or service room (COV-01 to COV-04)."""

    __tablename__ = "service_point"
    __table_args__ = (
        CheckConstraint("(phone is null) = (phone_index is null)", name="phone_indexed"),
        CheckConstraint("(phone is null) = (phone_masked is null)", name="phone_masked"),
        Index(None, "division", "id"),
        forward("opened_on", "closed_on"),
    )

    id: UUID = key()
    number: str = Field(unique=True)
    name: str
    tier: PointTier = Field(sa_type=one_of(PointTier))
    division: str = at_division()
    address: str | None = None
    manager: str | None = None
    phone: bytes | None = None
    phone_index: bytes | None = None
    phone_masked: str | None = None
    operator_id: UUID | None = Field(default=None, foreign_key="organization.id", index=True)
    opened_on: date
    closed_on: date | None = None
    staffing_basis: StaffingBasis = Field(default=StaffingBasis.NONE, sa_type=one_of(StaffingBasis))
    version: int = versioned()


class Assignment(Row, table=True):
    """Who works at which point, from when to when."""

    __table_args__ = (
        forward("started_on", "ended_on"),
        never_twice("assignment", "person_id", "service_point_id", start="started_on", end="ended_on"),
    )

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    service_point_id: UUID = Field(foreign_key="service_point.id", index=True)
    started_on: date
    ended_on: date | None = None
