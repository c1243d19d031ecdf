"""What all tables of coordination share: their MetaData, the base class, the types of columns that recur."""

from typing import Any

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from services.kernel.tables import UUID7, own_tables

TABLES = own_tables()
METADATA = TABLES.metadata


class Row(SQLModel, registry=TABLES):
    """A table of coordination."""


CODE: Any = Text(collation="C")  # compared byte by byte, as ranges of codes must be


def key() -> Any:
    return Field(default=None, primary_key=True, sa_column_kwargs=UUID7)


def versioned() -> Any:
    """Raised by one with every change; an ETag is made of it."""
    return Field(default=1, sa_column_kwargs={"server_default": "1"})
