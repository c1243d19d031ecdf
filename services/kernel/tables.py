"""Conventions every table shares: a MetaData per service, enum columns, ids, history twins."""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Enum, Index, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
CURRENT_XACT = text("(pg_current_xact_id()::text::bigint)")
UUID7 = {"server_default": text("uuidv7()")}


def own_tables() -> registry:
    """The registry of one service: two services may each have an `organization` in one process."""
    return registry(metadata=MetaData(naming_convention=NAMING))


def one_of(kind: type[StrEnum]) -> Any:
    """An enum column kept as text with a CHECK: a new value is an ordinary migration."""
    return Enum(
        kind,
        native_enum=False,
        length=40,
        values_callable=lambda k: [v.value for v in k],
        create_constraint=True,
        name=kind.__name__.lower(),
    )


def history_twins(metadata: MetaData, *tables: str) -> None:
    """A twin per business table: the whole row, recorded from and to, and the transaction that wrote it."""
    for name in tables:
        twin = Table(
            f"{name}_history",
            metadata,
            Column("id", Text, nullable=False),
            Column("recorded_from", DateTime(timezone=True), nullable=False),
            Column("recorded_to", DateTime(timezone=True)),
            Column("xact", BigInteger, nullable=False, server_default=CURRENT_XACT),
            Column("row", JSONB, nullable=False),
        )
        Index(None, twin.c.id, twin.c.recorded_from)


__all__ = ["CURRENT_XACT", "UUID7", "SQLModel", "history_twins", "one_of", "own_tables"]
