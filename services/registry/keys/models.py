"""The tables of people's keys and blind indexes. No history twin: what is destroyed here must be gone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, Uuid, text
from sqlmodel import Field

from services.registry.tables import Row


def of_person(*, primary: bool = False) -> Column[UUID]:
    """Goes with the person, as when an import is undone."""
    return Column(
        Uuid, ForeignKey("person.id", ondelete="CASCADE"), primary_key=primary, nullable=False, index=not primary
    )


class PersonKey(Row, table=True):
    """`wrapped` under the master key of that id; `generation` is the data key in whose time it was made."""

    __tablename__ = "person_key"

    person_id: UUID = Field(sa_column=of_person(primary=True))
    wrapped: bytes
    master: str
    generation: str


class PersonIndex(Row, table=True):
    """A row for each person and index key: unique, so that nobody is registered twice under any of them."""

    __tablename__ = "person_index"

    blind: bytes = Field(primary_key=True)
    key_id: str = Field(primary_key=True)
    person_id: UUID = Field(sa_column=of_person())


class DestroyedKey(Row, table=True):
    """Whose key is gone: a backup from before is brought in step by this list."""

    __tablename__ = "destroyed_key"

    person_id: UUID = Field(primary_key=True)
    destroyed_at: datetime = Field(
        default=None,
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    )
