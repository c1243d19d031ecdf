"""Changes of machine clients on which two must agree, and when a client was last here."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Column, Computed, Index, Text, text
from sqlmodel import Field

from gateway.identity.models import INSTANT, METADATA, TEXTS, Table
from services.contracts.clients import ChangeKind
from services.kernel.tables import UUID7, history_twins, one_of

WAITS = "approved_at is null and ended_at is null"


class ClientChange(Table, table=True):
    """What a client is to have; it changes nothing until another security administrator has approved it."""

    __tablename__ = "client_change"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=UUID7)
    client_id: str = Field(foreign_key="machine_client.id", sa_type=Text, index=True)
    kind: ChangeKind = Field(sa_type=one_of(ChangeKind))
    scopes: list[str] = Field(sa_type=TEXTS)
    divisions: list[str] = Field(sa_type=TEXTS)
    end: date | None = None
    reason: str = Field(sa_type=Text)
    entered_by: str = Field(sa_type=Text)
    entered_at: datetime = Field(sa_type=INSTANT)
    approved_by: str | None = Field(default=None, sa_type=Text)
    approved_at: datetime | None = Field(default=None, sa_type=INSTANT)
    ended_by: str | None = Field(default=None, sa_type=Text)
    ended_at: datetime | None = Field(default=None, sa_type=INSTANT)
    pending: bool = Field(default=None, sa_column=Column(Boolean, Computed(WAITS, persisted=True), nullable=False))

    __table_args__ = (
        CheckConstraint("approved_by <> entered_by", name="by_two_people"),
        CheckConstraint("approved_by like 'account:%'", name="approved_by_a_person"),
        CheckConstraint("(approved_by is null) = (approved_at is null)", name="approved_whole"),
        CheckConstraint("(ended_by is null) = (ended_at is null)", name="ended_whole"),
        CheckConstraint("approved_at is null or ended_at is null", name="decided_once"),
        CheckConstraint("cardinality(divisions) > 0", name="somewhere"),
        CheckConstraint("array_to_string(divisions, ',') ~ '^[0-9]{12}(,[0-9]{12})*$'", name="whole_codes"),
        Index("ix_client_change_one_waits", "client_id", unique=True, postgresql_where=text("pending")),
    )


class ClientUse(Table, table=True):
    """Apart from the client, whose twin would otherwise keep every use."""

    __tablename__ = "client_use"

    client_id: str = Field(primary_key=True, foreign_key="machine_client.id", sa_type=Text)
    at: datetime = Field(sa_type=INSTANT)


history_twins(METADATA, "client_change")
