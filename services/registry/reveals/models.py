"""The table of reveals: who saw what of whom, when and why. Values never lie here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, Index, Text
from sqlmodel import Field

from services.contracts.disclosure import Purpose
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, instant, key


class Reveal(Row, table=True):
    """Outlives the person's record, so `person_id` refers to nothing. Of an export, one for each person in it."""

    __table_args__ = (Index(None, "person_id", "id"), Index(None, "actor", "at"))

    id: UUID = key()
    at: datetime = Field(sa_column=instant("at", required=True, index=True))
    actor: str
    person_id: UUID
    division: str = at_division()
    purpose: Purpose = Field(sa_type=one_of(Purpose))
    reason: str
    fields: list[str] = Field(sa_column=Column("fields", ARRAY(Text), nullable=False))
    disclosure_id: UUID | None = Field(default=None, foreign_key="disclosure.id", ondelete="SET NULL", index=True)
