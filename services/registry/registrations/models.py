"""The tables of applications for registration, and of the days on which more is taken than usual."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.contracts.registrations import ApplicationKind, ApplicationState, Place
from services.kernel.tables import one_of
from services.registry.registrations.states import OPEN
from services.registry.tables import Row, at_division, key, numbered, versioned

OPEN_SQL = ", ".join(f"'{state.value}'" for state in OPEN)


def texts(name: str) -> Column[list[str]]:
    return Column(name, ARRAY(Text), nullable=False, server_default=text("'{}'"))


class RegistrationApplication(Row, table=True):
    """`division` is where it is reviewed. `submitted_on` is when it was first handed in, which its window is about;
    `accepted_on` when last, which starts the clock. `entered_by` are all who have written in it.
    """

    __tablename__ = "registration_application"
    __table_args__ = (
        ForeignKeyConstraint(["certificate_id", "person_id"], ["certificate.id", "certificate.person_id"]),
        CheckConstraint("not first_by = any(entered_by)", name="first_by_another"),
        CheckConstraint("not final_by = any(entered_by) and final_by <> first_by", name="final_by_another"),
        CheckConstraint("(kind = 'cancellation') or (ground is null and effective_on is null)", name="cancelled_how"),
        CheckConstraint(
            "kind = 'change' or (new_employer_id is null and new_division is null and new_name is null "
            "and new_phone_masked is null)", name="changed_what",
        ),
        CheckConstraint("new_phone is null or new_phone_masked is not null", name="phone_masked"),
        CheckConstraint(
            "refusal_ground is null or state in ('first_review_rejected', 'final_review_rejected')", name="refused_how"
        ),
        CheckConstraint("submitted_on is not null or state in ('draft', 'withdrawn')", name="submitted_first"),
        Index(
            "uq_registration_application_open", "certificate_id", "kind", unique=True,
            postgresql_where=text(f"kind <> 'change' and state in ({OPEN_SQL})"),
        ),
        Index(None, "division", "id"),
        Index(None, "state", "accepted_on", "id"),
    )  # fmt: skip

    id: UUID = key()
    number: int = numbered()
    kind: ApplicationKind = Field(sa_type=one_of(ApplicationKind))
    state: ApplicationState = Field(default=ApplicationState.DRAFT, sa_type=one_of(ApplicationState))
    division: str = at_division()
    place: Place = Field(sa_type=one_of(Place))
    person_id: UUID = Field(index=True)
    certificate_id: UUID = Field(index=True)
    items: list[str] = Field(sa_column=texts("items"))
    entered_by: list[str] = Field(sa_column=texts("entered_by"))
    submitted_on: date | None = None
    accepted_on: date | None = None
    late_reason: str | None = None
    new_employer_id: UUID | None = Field(default=None, foreign_key="organization.id", index=True)
    new_division: str | None = Field(default=None, sa_type=Text(collation="C"), foreign_key="division.code")
    new_name: str | None = None
    new_phone: bytes | None = None
    new_phone_masked: str | None = None
    ground: str | None = Field(default=None, max_length=40)
    effective_on: date | None = None
    missing: list[str] = Field(sa_column=texts("missing"))
    notified_on: date | None = None
    reason: str | None = None
    refusal_ground: str | None = None
    education: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    first_by: str | None = None
    first_on: date | None = None
    final_by: str | None = None
    final_on: date | None = None
    registered_on: date | None = None
    registration_number: str | None = None
    version: int = versioned()


class AmnestyWindow(Row, table=True):
    """Holds for all below its division (REG-20)."""

    __tablename__ = "amnesty_window"
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="runs_forward"),
        CheckConstraint("approved_until >= approved_from", name="cohort_forward"),
        CheckConstraint("kind in ('initial', 'renewal')", name="has_window"),
    )

    id: UUID = key()
    division: str = at_division()
    kind: ApplicationKind = Field(sa_type=one_of(ApplicationKind))
    first_on: date
    last_on: date
    approved_from: date | None = None
    approved_until: date | None = None
    source: str
