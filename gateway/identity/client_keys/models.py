"""The keys of machine clients, and the assertions they have used: each counts once."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import CheckConstraint, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from gateway.identity.models import INSTANT, METADATA, Table
from services.kernel.tables import UUID7, history_twins


class ClientKey(Table, table=True):
    """Public only. Several at a time, so that a system replaces its key without a stop."""

    __tablename__ = "client_key"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=UUID7)
    client_id: str = Field(foreign_key="machine_client.id", sa_type=Text)
    kid: str = Field(sa_type=Text)
    jwk: dict[str, JsonValue] = Field(sa_type=JSONB)
    added_at: datetime = Field(sa_type=INSTANT)
    added_by: str = Field(sa_type=Text)
    retired_at: datetime | None = Field(default=None, sa_type=INSTANT)

    __table_args__ = (
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
