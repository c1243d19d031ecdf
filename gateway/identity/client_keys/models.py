"""The keys of machine clients, and the assertions they have used: each counts once."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Boolean, CheckConstraint, Column, Computed, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from gateway.identity.models import INSTANT, METADATA, Table
from services.kernel.tables import UUID7, history_twins

# What a person registers waits for a second one; keys from before two had to agree go on (migration 0007).
PENDING = "approved_by is null and added_by not in ('operator', 'seed')"


class ClientKey(Table, table=True):
    """Public only; nothing while pending. Several at a time, so that a system replaces its key without a stop."""

    __tablename__ = "client_key"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=UUID7)
    client_id: str = Field(foreign_key="machine_client.id", sa_type=Text)
    kid: str = Field(sa_type=Text)
    jwk: dict[str, JsonValue] = Field(sa_type=JSONB)
    added_at: datetime = Field(sa_type=INSTANT)
    added_by: str = Field(sa_type=Text)
    approved_by: str | None = Field(default=None, sa_type=Text)
    approved_at: datetime | None = Field(default=None, sa_type=INSTANT)
    retired_at: datetime | None = Field(default=None, sa_type=INSTANT)
    pending: bool = Field(default=None, sa_column=Column(Boolean, Computed(PENDING, persisted=True), nullable=False))

    __table_args__ = (
        CheckConstraint("approved_by <> added_by", name="by_two_people"),
        CheckConstraint("approved_by like 'account:%' or approved_by = 'migration'", name="approved_by_a_person"),
        CheckConstraint("(approved_by is null) = (approved_at is null)", name="approved_whole"),
        CheckConstraint("not jwk ?| array['d', 'k', 'p', 'q']", name="public_only"),
        Index(None, "client_id", "kid", unique=True),
    )


class ClientAssertion(Table, table=True):
    """Used until after its end, whatever the clocks: then it is refused for its age."""

    __tablename__ = "client_assertion"

    client_id: str = Field(primary_key=True, foreign_key="machine_client.id", sa_type=Text)
    jti_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    until: datetime = Field(sa_type=INSTANT)

    __table_args__ = (Index("ix_client_assertion_until", "until"),)


history_twins(METADATA, "client_key")
