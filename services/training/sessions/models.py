"""The tables of sessions and their days."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index
from sqlmodel import Field

from services.contracts.training import SessionKind, SessionState
from services.kernel.tables import one_of
from services.training.tables import Row, at_division, key, versioned


class Session(Row, table=True):
    """`first_day` and `last_day` repeat what its days say, for lists."""

    __table_args__ = (
        CheckConstraint("num_nonnulls(organizer_id, organizer_name) = 1", name="one_organizer"),
        CheckConstraint("last_day >= first_day", name="runs_forward"),
        CheckConstraint("(state = 'cancelled') = (cancelled_reason is not null)", name="cancelled_for_a_reason"),
        CheckConstraint("capacity > 0", name="capacity_positive"),
        Index(None, "division", "id"),
    )

    id: UUID = key()
    title: str
    kind: SessionKind = Field(sa_type=one_of(SessionKind))
    field: str | None = None
    organizer_id: UUID | None = Field(default=None, index=True)
    organizer_name: str | None = None
    division: str = at_division()
    capacity: int | None = None
    state: SessionState = Field(default=SessionState.PLANNED, sa_type=one_of(SessionState))
    cancelled_reason: str | None = None
    first_day: date
    last_day: date
    version: int = versioned()


class SessionDay(Row, table=True):
    """One calendar day of a session in Shanghai (CE-12); `minutes` of teaching, without breaks."""

    __tablename__ = "session_day"
    __table_args__ = (
        CheckConstraint("minutes between 1 and 1440", name="minutes_of_a_day"),
        CheckConstraint("num_nulls(starts_at, ends_at) in (0, 2)", name="both_instants"),
        CheckConstraint("ends_at > starts_at", name="runs_forward"),
    )

    session_id: UUID = Field(primary_key=True, foreign_key="session.id")
    day: date = Field(primary_key=True)
    starts_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    ends_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    minutes: int
