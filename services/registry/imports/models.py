"""The tables of imports: the job, what it was given (sealed), and what became of every row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.contracts.imports import JobState, Outcome
from services.contracts.registry import CodeSystem, ImportKind
from services.kernel.tables import one_of
from services.registry.tables import Row, key, versioned


def stamp(name: str, *, default: str | None = None) -> Any:
    return Column(
        name,
        DateTime(timezone=True),
        nullable=default is None,
        server_default=None if default is None else text(default),
    )


def counted() -> Any:
    return Field(default=0, sa_column_kwargs={"server_default": "0"})


class ImportJob(Row, table=True):
    """`actor` is whoever asked for the present step, with their areas; `attempt` tells its workers apart; `options` is
    what its kind needs besides.

    `digest` is what the shown rows say; `batch_xact` the transaction that wrote, by which history knows its rows.
    """

    __tablename__ = "import_job"
    __table_args__ = (
        Index(None, "started_by", "id"),
        Index("ix_import_job_content", "created_at", postgresql_where=text("erased_at is null")),
    )

    id: UUID = key()
    kind: ImportKind = Field(sa_type=one_of(ImportKind))
    code_system: CodeSystem = Field(sa_type=one_of(CodeSystem))
    file_name: str
    file_sha256: str
    state: JobState = Field(default=JobState.QUEUED, sa_type=one_of(JobState))
    started_by: str
    actor: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    request_id: str | None = None
    attempt: int = counted()
    rows_total: int | None = None
    rows_done: int = counted()
    new: int = counted()
    changed: int = counted()
    unchanged: int = counted()
    conflict: int = counted()
    errors: int = counted()
    warnings: int = counted()
    notes: list[str] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'[]'")))
    refused: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    old_numbers: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    options: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    skip_conflicts: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    digest: bytes | None = None
    batch_xact: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime = Field(default=None, sa_column=stamp("created_at", default="clock_timestamp()"))
    updated_at: datetime = Field(default=None, sa_column=stamp("updated_at", default="clock_timestamp()"))
    confirmed_at: datetime | None = Field(default=None, sa_column=stamp("confirmed_at"))
    undo_until: datetime | None = Field(default=None, sa_column=stamp("undo_until"))
    erased_at: datetime | None = Field(default=None, sa_column=stamp("erased_at"))
    version: int = versioned()


class ImportContent(Row, table=True):
    """The file, what its rows mention, and its rows as text, in sealed pieces."""

    __tablename__ = "import_content"

    job_id: UUID = Field(primary_key=True, foreign_key="import_job.id")
    part: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    sealed: bytes


class ImportRow(Row, table=True):
    """`subject` is the person or point that the row speaks of, known or to be."""

    __tablename__ = "import_row"
    __table_args__ = (
        Index(None, "job_id", "outcome", "number"),
        Index("ix_import_row_warned", "job_id", "number", postgresql_where=text("warned")),
    )

    job_id: UUID = Field(primary_key=True, foreign_key="import_job.id")
    number: int = Field(primary_key=True)
    outcome: Outcome = Field(sa_type=one_of(Outcome))
    warned: bool
    label: str
    subject: UUID | None = None
    findings: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    changes: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
