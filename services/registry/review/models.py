"""The tables of the review desk: who has which application before them, and reasons kept as templates."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.contracts.review import DecisionKind
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, forward, instant, key


class ReviewClaim(Row, table=True):
    """Good until `until`; whoever comes later may take it over."""

    __tablename__ = "review_claim"

    application_id: UUID = Field(primary_key=True, foreign_key="registration_application.id", ondelete="CASCADE")
    held_by: str
    held_name: str
    until: datetime = Field(sa_column=instant("until", required=True))


class ReasonTemplate(Row, table=True):
    """Words for a decision, offered below its division from `begins` until, not including, `ends`."""

    __tablename__ = "reason_template"
    __table_args__ = (forward("begins", "ends"), Index(None, "division", "id"))

    id: UUID = key()
    division: str = at_division()
    decision: DecisionKind = Field(sa_type=one_of(DecisionKind))
    text: str
    legal_basis: str | None = None
    begins: date
    ends: date | None = None
    set_by: str
