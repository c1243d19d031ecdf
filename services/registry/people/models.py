"""The tables of people, certificates and registrations."""

from datetime import date
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from services.contracts.registrations import EndedAs
from services.contracts.registry import Checked, CheckedBy, IdType, Level
from services.kernel.tables import one_of
from services.registry.people.characters import RARE
from services.registry.tables import Row, at_division, forward, key, never_twice, versioned


class Person(Row, table=True):
    """`division` is where the person counts: the employer's; without one, at the city's own code (未定).

    ID number and phone lie here as ciphertext, as a blind index to find them by, and masked to be shown (PI-12, PI-14).
    `canonical` is the name as it is compared, `pairs` the pairs of characters in it, by which a part of it is found;
    `name` is as it was given. `born_index` is a blind index of the birth date: empty where the document tells none,
    null until it is worked out. `merged_into`: this person was found to be that one. `name_rare`: a character of the
    name needs to be looked at, unless it is the name that somebody has confirmed.
    """

    __table_args__ = (
        CheckConstraint("(phone is null) = (phone_index is null)", name="phone_indexed"),
        CheckConstraint("(phone is null) = (phone_masked is null)", name="phone_masked"),
        CheckConstraint("id_masked like '%***%'", name="id_masked"),
        Index(None, "division", "id"),
        Index(None, "pairs", postgresql_using="gin"),
        CheckConstraint("merged_into <> id", name="merged_elsewhere"),
        Index("ix_person_merged_into", "merged_into", postgresql_where=text("merged_into is not null")),
        Index("ix_person_born", "born_index", "canonical", postgresql_where=text("born_index <> ''")),
        Index("ix_person_unborn", "employer_id", "canonical", postgresql_where=text("born_index = ''")),
        Index("ix_person_rare", "division", "id", postgresql_where=text("name_rare")),
    )

    id: UUID = key()
    id_type: IdType = Field(sa_type=one_of(IdType))
    id_number: bytes
    id_index: bytes | None = Field(default=None, unique=True)  # of the version before: person_index has taken its place
    id_masked: str
    name: str
    canonical: str
    phone: bytes | None = None
    phone_index: bytes | None = None
    phone_masked: str | None = None
    education: str | None = None
    major: str | None = None
    related_major: bool = False
    employer_id: UUID | None = Field(default=None, foreign_key="organization.id", index=True)
    division: str = at_division()
    direct_service: bool | None = None
    version: int = versioned()
    born_index: bytes | None = None
    merged_into: UUID | None = Field(default=None, foreign_key="person.id")
    name_confirmed: str | None = None
    name_rare: bool | None = Field(
        default=None, sa_column=Column(Boolean, Computed(f"name ~ '{RARE}'", persisted=True), nullable=False)
    )
    pairs: list[str] | None = Field(
        default=None,
        sa_column=Column(ARRAY(Text), Computed("name_pairs(canonical)", persisted=True), nullable=False),
    )


class Certificate(Row, table=True):
    """The management number is opaque, and unique per issuing year and level (CERT-06)."""

    __table_args__ = (
        CheckConstraint("length(management_number) between 1 and 64", name="number_length"),
        UniqueConstraint("issuing_year", "level", "management_number"),
        UniqueConstraint("id", "person_id"),
        forward("approved_on", "ended_on"),
        CheckConstraint("num_nonnulls(checked_by, checked, checked_on) in (0, 3)", name="checked_whole"),
        CheckConstraint("length(scan_sha256) = 64", name="sha256"),
    )

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    level: Level = Field(sa_type=one_of(Level))
    management_number: str = Field(index=True)
    approved_on: date
    ended_on: date | None = None
    certificate_number: str | None = None
    exam_year: int | None = None
    issued_on: date | None = None
    issuing_province: str | None = None
    scan_sha256: str | None = None
    checked_by: CheckedBy | None = Field(default=None, sa_type=one_of(CheckedBy))
    checked: Checked | None = Field(default=None, sa_type=one_of(Checked))
    checked_on: date | None = None
    version: int = versioned()
    issuing_year: int | None = Field(
        default=None,
        sa_column=Column(Integer, Computed("extract(year from approved_on)::int", persisted=True), nullable=False),
    )


class Registration(Row, table=True):
    """A term of one's own certificate, for at most three years (REG-04); each has a row of its own.

    One that ended before its time says how, and until when it would have lasted; if that was before it had begun, it
    ends on the day on which it begins, and never counted.
    """

    __table_args__ = (
        ForeignKeyConstraint(["certificate_id", "person_id"], ["certificate.id", "certificate.person_id"]),
        CheckConstraint("(end_on - 1) - interval '3 years' < start_on", name="three_years"),
        CheckConstraint("end_on > start_on or (ended_as is not null and end_on = start_on)", name="runs_forward"),
        CheckConstraint("(ended_as is null) = (granted_until is null)", name="ended_whole"),
        CheckConstraint("granted_until >= end_on", name="ended_early"),
        never_twice("registration", "person_id", "certificate_id", start="start_on", end="end_on"),
        Index(None, "end_on", "id"),
    )

    id: UUID = key()
    person_id: UUID = Field(index=True)
    certificate_id: UUID = Field(index=True)
    start_on: date
    end_on: date
    application_id: UUID | None = Field(default=None, foreign_key="registration_application.id", index=True)
    ended_as: EndedAs | None = Field(default=None, sa_type=one_of(EndedAs))
    granted_until: date | None = None
    ground: str | None = Field(default=None, max_length=40)
    ended_why: str | None = None
