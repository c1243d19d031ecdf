"""The table of projects."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text
from sqlmodel import Field

from services.contracts.procurement import ProjectState
from services.kernel.tables import one_of
from services.procurement.tables import CODE, Row, key, versioned


class Project(Row, table=True):
    """`division` is the buyer's when the project was entered; `closed_on` is set when it is completed or terminated."""

    __table_args__ = (
        CheckConstraint("cardinality(fields) > 0", name="has_fields"),
        CheckConstraint("(closed_on is null) = (state in ('planned', 'active'))", name="closed_when_over"),
        CheckConstraint("(close_reason is null) = (state <> 'terminated')", name="terminated_for_a_reason"),
        Index(None, "division", "id"),
    )

    id: UUID = key()
    number: str = Field(unique=True)
    name: str
    buyer_id: UUID = Field(index=True)
    provider_id: UUID = Field(index=True)
    division: str = Field(sa_type=CODE)
    fields: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    state: ProjectState = Field(default=ProjectState.PLANNED, sa_type=one_of(ProjectState))
    closed_on: date | None = None
    close_reason: str | None = None
    created_by: str
    version: int = versioned()
