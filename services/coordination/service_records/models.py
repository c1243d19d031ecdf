"""The table of service records."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import Field

from services.contracts.coordination import ServiceKind, ServiceRecordState
from services.contracts.practice import PracticeField
from services.coordination.tables import CODE, Row, key, versioned
from services.kernel.tables import one_of

WORKERS: Any = ARRAY(PG_UUID)


class ServiceRecord(Row, table=True):
    """One service delivered. `row_key` tells it from every other one as it was entered; nothing of it is deleted."""

    __tablename__ = "service_record"
    __table_args__ = (
        CheckConstraint("persons between 1 and 100000", name="persons_plausible"),
        CheckConstraint("minutes between 1 and 1440", name="minutes_plausible"),
        CheckConstraint("cardinality(workers) > 0", name="somebody_present"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_reason is not null)", name="withdrawn_for_a_reason"),
        Index(None, "day", "id"),
        Index(None, "division", "day", "id"),
        Index("ix_service_record_workers", "workers", postgresql_using="gin"),
        Index("uq_service_record_row_key", "row_key", unique=True, postgresql_where=text("state <> 'withdrawn'")),
    )

    id: UUID = key()
    service_point_id: UUID | None = Field(default=None, index=True)
    division: str = Field(sa_type=CODE)
    day: date
    kind: ServiceKind = Field(sa_type=one_of(ServiceKind))
    field: PracticeField | None = Field(default=None, sa_type=one_of(PracticeField))
    persons: int
    workers: list[UUID] = Field(sa_column=Column(WORKERS, nullable=False))
    minutes: int | None = None
    note: str | None = None
    late_reason: str | None = None
    reference: str | None = None
    row_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: ServiceRecordState = Field(default=ServiceRecordState.ENTERED, sa_type=one_of(ServiceRecordState))
    withdrawn_reason: str | None = None
    recorded_at: datetime = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("now()"))
    )
    version: int = versioned()
