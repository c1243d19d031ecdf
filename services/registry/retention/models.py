"""The table of legal holds: what must not be purged, whatever its age."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.contracts.retention import DataClass
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, instant, key


class LegalHold(Row, table=True):
    """`person_id`: only what is about this person."""

    __tablename__ = "legal_hold"
    __table_args__ = (CheckConstraint("(lifted_by is null) = (lifted_at is null)", name="lifted_whole"),)

    id: UUID = key()
    division: str = at_division()
    data_class: DataClass = Field(sa_type=one_of(DataClass))
    person_id: UUID | None = Field(default=None, index=True)
    reason: str
    placed_by: str
    placed_at: datetime = Field(sa_column=instant("placed_at", required=True))
    lifted_by: str | None = None
    lifted_at: datetime | None = Field(default=None, sa_column=instant("lifted_at"))
