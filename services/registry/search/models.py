"""The tables of searches: how often somebody has looked for a number lately, and what each account keeps."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.registry.tables import Row, instant, key


class NumberSearch(Row, table=True):
    """Counts for the quota only, and goes when its hour is over: what was looked for lies nowhere."""

    __tablename__ = "number_search"
    __table_args__ = (Index(None, "actor", "at"),)

    id: UUID = key()
    actor: str
    at: datetime = Field(sa_column=instant("at", required=True))


class SavedSearch(Row, table=True):
    """Nobody sees it but its owner."""

    __tablename__ = "saved_search"
    __table_args__ = (
        UniqueConstraint("owner", "page", "name"),
        CheckConstraint("length(query) <= 1000", name="query_length"),
    )

    id: UUID = key()
    owner: str
    page: str
    name: str
    query: str
    created_at: datetime = Field(sa_column=instant("created_at", required=True))
