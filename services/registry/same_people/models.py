"""The tables of possible duplicates, of merges with what they moved, and of former names."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Computed, DateTime, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.contracts.same_people import NameSource, PairState, Why
from services.kernel.tables import one_of
from services.registry.tables import Row, forward, instant, key, numbered, versioned


def stamp(name: str) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()"))


def person(**how: Any) -> Any:
    """What is kept of two goes with either, when an import is undone: whoever it made never was."""
    return Field(foreign_key="person.id", **how)


class PossibleDuplicate(Row, table=True):
    """Two people who may be one. What was decided is remembered: the same pair is not found again."""

    __tablename__ = "possible_duplicate"
    __table_args__ = (
        UniqueConstraint("low_id", "high_id"),
        CheckConstraint("low_id < high_id", name="in_order"),
        CheckConstraint(
            "(state = 'open') = (decided_by is null) and (decided_by is null) = (decided_at is null)",
            name="decided_whole",
        ),
        Index("ix_possible_duplicate_open", "id", postgresql_where=text("state = 'open'")),
    )

    id: UUID = key()
    low_id: UUID = person(ondelete="CASCADE")
    high_id: UUID = person(ondelete="CASCADE", index=True)
    why: Why = Field(sa_type=one_of(Why))
    found_at: datetime = Field(default=None, sa_column=stamp("found_at"))
    state: PairState = Field(
        default=PairState.OPEN, sa_type=one_of(PairState), sa_column_kwargs={"server_default": "open"}
    )
    reason: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=instant("decided_at"))
    version: int = versioned()


class PersonMerge(Row, table=True):
    """`merged_id` has become `kept_id`. `moved` are the ids of what was moved, by table, and what was changed with it:
    no personal data. At most one merge of a person is in force.
    """

    __tablename__ = "person_merge"
    __table_args__ = (
        CheckConstraint("kept_id <> merged_id", name="two_people"),
        CheckConstraint(
            "(undone_at is null) = (undone_by is null) and (undone_at is null) = (undo_reason is null)",
            name="undone_whole",
        ),
        Index("uq_person_merge_once", "merged_id", unique=True, postgresql_where=text("undone_at is null")),
    )

    id: UUID = key()
    number: int = numbered()
    pair_id: UUID = Field(foreign_key="possible_duplicate.id", ondelete="CASCADE", index=True)
    kept_id: UUID = person(ondelete="CASCADE", index=True)
    merged_id: UUID = person(ondelete="CASCADE")
    merged_at: datetime = Field(sa_column=instant("merged_at", required=True))
    merged_by: str
    reason: str
    undo_until: date
    moved: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    undone_at: datetime | None = Field(default=None, sa_column=instant("undone_at"))
    undone_by: str | None = None
    undo_reason: str | None = None


class PersonFormerName(Row, table=True):
    """A name by which somebody is found, and no longer called; erased with the person."""

    __tablename__ = "person_former_name"
    __table_args__ = (
        UniqueConstraint("person_id", "canonical"),
        forward("start_on", "end_on"),
        CheckConstraint("(source = 'merged') = (merge_id is not null)", name="merged_by"),
        Index(None, "pairs", postgresql_using="gin"),
    )

    id: UUID = key()
    person_id: UUID = person(ondelete="CASCADE")
    name: str
    canonical: str
    start_on: date | None = None
    end_on: date | None = None
    source: NameSource = Field(sa_type=one_of(NameSource))
    note: str | None = None
    merge_id: UUID | None = Field(default=None, foreign_key="person_merge.id", ondelete="CASCADE", index=True)
    recorded_at: datetime = Field(default=None, sa_column=stamp("recorded_at"))
    recorded_by: str
    pairs: list[str] | None = Field(
        default=None,
        sa_column=Column(ARRAY(Text), Computed("name_pairs(canonical)", persisted=True), nullable=False),
    )
