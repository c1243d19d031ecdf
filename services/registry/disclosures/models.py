"""The tables of exports with personal data: the request with its decision, and the file, sealed, while it lasts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.contracts.disclosure import DisclosureState, Purpose
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, instant, key, numbered


class Disclosure(Row, table=True):
    """`actor` is the requester with the areas that they held then: the file is made within them."""

    __table_args__ = (
        CheckConstraint("decided_by <> requested_by", name="four_eyes"),
        CheckConstraint("(decided_by is null) = (decided_at is null)", name="decided_whole"),
        CheckConstraint(
            "not needs_approval or decided_by is not null or state in ('requested', 'withdrawn')", name="approved_first"
        ),
        CheckConstraint("(expires_at is not null) = (state in ('ready', 'fetched', 'expired'))", name="expires"),
        Index(None, "requested_by", "id"),
        Index(None, "division", "id"),
        Index("ix_disclosure_pending", "state", postgresql_where=text("state in ('making', 'ready')")),
    )

    id: UUID = key()
    number: int = numbered()
    state: DisclosureState = Field(sa_type=one_of(DisclosureState))
    division: str = at_division()
    purpose: Purpose = Field(sa_type=one_of(Purpose))
    reason: str
    filter: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    columns: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    rows: int
    needs_approval: bool
    requested_by: str
    requester_name: str
    requested_at: datetime = Field(sa_column=instant("requested_at", required=True))
    actor: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=instant("decided_at"))
    refusal: str | None = None
    expires_at: datetime | None = Field(default=None, sa_column=instant("expires_at"))
    fetched_at: datetime | None = Field(default=None, sa_column=instant("fetched_at"))
    failure: str | None = None


class DisclosureFile(Row, table=True):
    __tablename__ = "disclosure_file"

    disclosure_id: UUID = Field(primary_key=True, foreign_key="disclosure.id", ondelete="CASCADE")
    sealed: bytes
