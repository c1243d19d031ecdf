"""What all tables of the registry share: their MetaData, the base class, the types of columns that recur."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Text, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field, SQLModel

from services.kernel.tables import UUID7, own_tables

TABLES = own_tables()
METADATA = TABLES.metadata


class Row(SQLModel, registry=TABLES):
    """A table of the registry."""


CODE: Any = Text(collation="C")  # compared byte by byte, as ranges of codes must be


def key() -> Any:
    return Field(default=None, primary_key=True, sa_column_kwargs=UUID7)


def at_division() -> Any:
    return Field(sa_type=CODE, foreign_key="division.code")


def instant(name: str, *, required: bool = False, index: bool = False) -> Any:
    """A column of its own for each table."""
    return Column(name, DateTime(timezone=True), nullable=not required, index=index)


def numbered() -> Any:
    """As people name it: counted up by the database."""
    return Field(default=None, sa_type=BigInteger, unique=True, sa_column_args=(Identity(),))


def versioned() -> Any:
    """Raised by one with every change; an ETag is made of it."""
    return Field(default=1, sa_column_kwargs={"server_default": "1"})


def forward(start: str, end: str) -> CheckConstraint:
    """A half-open period holds at least one day."""
    return CheckConstraint(f"{end} > {start}", name="runs_forward")


def never_twice(table: str, *columns: str, start: str, end: str) -> ExcludeConstraint:
    """For the same `columns` no two periods share a day."""
    same = [(column, "=") for column in columns]
    period = (text(f"daterange({start}, {end})"), "&&")
    return ExcludeConstraint(*same, period, using="gist", name=f"ex_{table}_never_twice")
