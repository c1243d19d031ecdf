"""The table of attendances."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from services.contracts.training import AttendanceState
from services.kernel.tables import one_of
from services.training.tables import Row, key, stamped

LIVE = "state in ('claimed', 'organizer_confirmed', 'approved')"
TAKES_TIME = "state in ('organizer_confirmed', 'approved')"  # what is only claimed leaves a person's time free


class Attendance(Row, table=True):
    """A person on one day of a session. Where the day has instants they stand here too: nobody is in two places."""

    __table_args__ = (
        ForeignKeyConstraint(["session_id", "day"], ["session_day.session_id", "session_day.day"]),
        CheckConstraint("minutes between 1 and 1440", name="minutes_of_a_day"),
        CheckConstraint("num_nulls(starts_at, ends_at) in (0, 2)", name="both_instants"),
        CheckConstraint("ends_at > starts_at", name="runs_forward"),
        Index(None, "session_id", "day"),
        Index("ux_attendance_counted_once", "person_id", "session_id", "day", unique=True, postgresql_where=text(LIVE)),
        ExcludeConstraint(
            ("person_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            where=text(f"starts_at is not null and {TAKES_TIME}"),
            name="ex_attendance_one_place_at_a_time",
        ),
    )

    id: UUID = key()
    session_id: UUID
    person_id: UUID = Field(index=True)
    day: date
    starts_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    ends_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    minutes: int
    state: AttendanceState = Field(sa_type=one_of(AttendanceState))
    reason: str | None = None
    evidence: str | None = None
    entered_by: str | None = None
    entered_at: datetime = Field(default=None, sa_type=DateTime(timezone=True), sa_column_kwargs=stamped())
