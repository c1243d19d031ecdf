"""What all tables of procurement share: their MetaData, the base class, the types of columns that recur."""

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field, SQLModel

from services.kernel.tables import UUID7, own_tables

TABLES = own_tables()
METADATA = TABLES.metadata


class Row(SQLModel, registry=TABLES):
    """A table of procurement."""


CODE: Any = Text(collation="C")  # compared byte by byte, as ranges of codes must be
MONEY: Any = Numeric(12, 2)
NOTHING = Decimal("0.00")


def key() -> Any:
    return Field(default=None, primary_key=True, sa_column_kwargs=UUID7)


def versioned() -> Any:
    """Raised by one with every change; an ETag is made of it."""
    return Field(default=1, sa_column_kwargs={"server_default": "1"})


def summed() -> Any:
    """A sum of payments, kept beside what limits it."""
    return Field(default=NOTHING, sa_type=MONEY, sa_column_kwargs={"server_default": "0"})


def forward(start: str, end: str) -> CheckConstraint:
    """A half-open period holds at least one day."""
    return CheckConstraint(f"{end} > {start}", name="runs_forward")


def never_twice(table: str, *columns: str, period: str) -> ExcludeConstraint:
    """For the same `columns` no two periods share a day."""
    same = [(column, "=") for column in columns]
    return ExcludeConstraint(*same, (text(period), "&&"), using="gist", name=f"ex_{table}_never_twice")
