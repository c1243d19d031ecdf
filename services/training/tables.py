"""What all tables of training share: their MetaData, the base class, the types of columns that recur."""

from typing import Any

from sqlalchemy import Text, text
from sqlmodel import Field, SQLModel

from services.kernel.tables import UUID7, own_tables

TABLES = own_tables()
METADATA = TABLES.metadata


class Row(SQLModel, registry=TABLES):
    """A table of training."""


CODE: Any = Text(collation="C")  # compared byte by byte, as ranges of codes must be


def key() -> Any:
    return Field(default=None, primary_key=True, sa_column_kwargs=UUID7)


def at_division() -> Any:
    """The registry's code; that it exists is checked against the copy."""
    return Field(sa_type=CODE)


def versioned() -> Any:
    """Raised by one with every change; an ETag is made of it."""
    return Field(default=1, sa_column_kwargs={"server_default": "1"})


def stamped() -> Any:
    """When the row was written, by the clock of the database."""
    return {"server_default": text("clock_timestamp()")}
