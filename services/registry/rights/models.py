"""The tables of data subjects' requests, and of people whose data is stored and no more (PI-07)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.contracts.disclosure import RightsKind, RightsOutcome, RightsState
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, instant, key, numbered, versioned


class RightsRequest(Row, table=True):
    """Outlives the person's record, so `person_id` refers to nothing."""

    __tablename__ = "rights_request"
    __table_args__ = (
        CheckConstraint("(state = 'refused') = (refusal is not null)", name="refused_why"),
        CheckConstraint("(state = 'done') = (outcome is not null)", name="done_how"),
        CheckConstraint("decided_by <> received_by or decided_at < '2026-11-25 00:00:00+08'", name="four_eyes"),
        Index(None, "division", "id"),
        Index("ix_rights_request_due", "due_on", "id", postgresql_where=text("state in ('open', 'in_progress')")),
    )

    id: UUID = key()
    number: int = numbered()
    person_id: UUID = Field(index=True)
    division: str = at_division()
    kind: RightsKind = Field(sa_type=one_of(RightsKind))
    state: RightsState = Field(default=RightsState.OPEN, sa_type=one_of(RightsState))
    received_on: date
    due_on: date
    details: str
    answer: str | None = None
    refusal: str | None = None
    outcome: RightsOutcome | None = Field(default=None, sa_type=one_of(RightsOutcome))
    restricted_until: date | None = None
    notice_id: UUID | None = Field(default=None, foreign_key="notice.id", index=True)
    received_by: str
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=instant("decided_at"))
    version: int = versioned()


class Restriction(Row, table=True):
    """`until`: the law keeps the data so long; None as long as a legal hold lasts."""

    person_id: UUID = Field(primary_key=True)
    division: str = at_division()
    since: datetime = Field(sa_column=instant("since", required=True))
    until: date | None = None
    request_id: UUID = Field(foreign_key="rights_request.id", index=True)
