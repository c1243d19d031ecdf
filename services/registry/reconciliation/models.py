"""The tables of reconciliation: exports with their rows, the newest comparison, the cases that came of it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.contracts.national_statuses import NationalStatus
from services.contracts.reconciliation import CaseState, DifferenceKind
from services.contracts.registry import Level
from services.kernel.tables import one_of
from services.registry.tables import CODE, Row, at_division, instant, key, numbered, versioned


def texts(name: str) -> Any:
    return Column(name, ARRAY(Text), nullable=False)


class NationalMapping(Row, table=True):
    """What the headings of a file mean, as an area has said once; `columns`: heading as compared → field, or null."""

    __tablename__ = "national_mapping"
    __table_args__ = (UniqueConstraint("division", "name"),)

    id: UUID = key()
    division: str = at_division()
    name: str
    columns: dict[str, str | None] = Field(sa_column=Column(JSONB, nullable=False))
    used_at: datetime = Field(sa_column=instant("used_at", required=True))


class NationalSnapshot(Row, table=True):
    """A status export of an area, by the number of its import; `columns` are the compared fields it had."""

    __tablename__ = "national_snapshot"
    __table_args__ = (Index(None, "division", "exported_on"),)

    id: UUID = Field(primary_key=True)
    division: str = at_division()
    exported_on: date
    file_name: str
    rows: int
    columns: list[str] = Field(sa_column=texts("columns"))
    made_at: datetime = Field(sa_column=instant("made_at", required=True))
    made_by: str
    compared_at: datetime | None = Field(default=None, sa_column=instant("compared_at"))


class NationalEntry(Row, table=True):
    """One row of an export. Of an identity number there is what a mask shows; whole ones were looked up when read:
    `id_whole`, and `id_holder` whose it is in the register. `status_word` is the file's own.
    """

    __tablename__ = "national_entry"
    __table_args__ = (
        CheckConstraint("length(id_head) <= 4 and length(id_tail) <= 4", name="id_masked"),
        CheckConstraint("id_whole or id_holder is null", name="holder_of_whole"),
        Index(None, "management_number"),
        Index("ix_national_entry_id_holder", "id_holder", postgresql_where=text("id_holder is not null")),
    )

    snapshot_id: UUID = Field(primary_key=True, foreign_key="national_snapshot.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    division: str = at_division()
    name: str | None = None
    canonical: str | None = None
    id_head: str = ""
    id_tail: str = ""
    id_whole: bool = False
    id_holder: UUID | None = None
    management_number: str | None = None
    level: Level | None = Field(default=None, sa_type=one_of(Level))
    status: NationalStatus | None = Field(default=None, sa_type=one_of(NationalStatus))
    status_word: str | None = None
    approved_on: date | None = None
    registered_on: date | None = None
    end_on: date | None = None
    body: str | None = None


class ReconciliationLine(Row, table=True):
    """The newest comparison, one line a record of either side; `key` names the record from export to export.

    `held`: the certificate is valid on the export's day. `national_person` tells people of the export apart.
    """

    __tablename__ = "reconciliation_line"
    __table_args__ = (
        Index(None, "division", "kind"),
        Index(None, "key"),
        Index(None, "snapshot_id", "entry"),
    )

    id: UUID = key()
    snapshot_id: UUID = Field(foreign_key="national_snapshot.id", ondelete="CASCADE")
    division: str = at_division()
    key: str
    kind: DifferenceKind = Field(sa_type=one_of(DifferenceKind))
    fields: list[str] = Field(sa_column=texts("fields"))
    certificate_id: UUID | None = None
    person_id: UUID | None = None
    entry: int | None = None
    held: bool
    our_state: str | None = None
    our_phase: str | None = None
    our_level: str | None = None
    national_state: str | None = None
    national_phase: str | None = None
    national_level: str | None = None
    national_person: str | None = None


class ReconciliationCase(Row, table=True):
    """A difference from when it was found until an export agrees. `export_on` is the export that said so last,
    `agreed_on` the one that agreed.
    """

    __tablename__ = "reconciliation_case"
    __table_args__ = (
        CheckConstraint("kind <> 'same'", name="differs"),
        CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed_when"),
        CheckConstraint("(closed_at is null) = (agreed_on is null)", name="agreed_when"),
        CheckConstraint("(state = 'postponed') = (until is not null)", name="postponed_until"),
        CheckConstraint("(decided_by is null) = (decided_at is null)", name="decided_whole"),
        CheckConstraint("decided_by is not null or state in ('open', 'closed')", name="decided_by_somebody"),
        Index(None, "division", "opened_at", "id"),
        Index("ix_reconciliation_case_open", "opened_at", "id", postgresql_where=text("state <> 'closed'")),
    )

    id: UUID = key()
    number: int = numbered()
    key: str = Field(unique=True)
    division: str = at_division()
    certificate_id: UUID | None = Field(default=None, index=True)
    management_number: str | None = None
    kind: DifferenceKind = Field(sa_type=one_of(DifferenceKind))
    fields: list[str] = Field(sa_column=texts("fields"))
    state: CaseState = Field(default=CaseState.OPEN, sa_type=one_of(CaseState))
    opened_at: datetime = Field(sa_column=instant("opened_at", required=True))
    export_on: date
    reopened: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    reason: str | None = None
    until: date | None = None
    application_id: UUID | None = Field(default=None, foreign_key="registration_application.id", index=True)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=instant("decided_at"))
    closed_at: datetime | None = Field(default=None, sa_column=instant("closed_at"))
    agreed_on: date | None = None
    version: int = versioned()


class ConfirmedPerson(Row, table=True):
    """That a name there is the holder of this certificate here (REG-15): asked no more, as long as the name stays."""

    __tablename__ = "confirmed_person"

    certificate_id: UUID = Field(primary_key=True, foreign_key="certificate.id", ondelete="CASCADE")
    canonical: str = Field(primary_key=True)
    division: str = Field(sa_type=CODE, foreign_key="division.code")
    reason: str
    confirmed_by: str
    confirmed_at: datetime = Field(sa_column=instant("confirmed_at", required=True))
