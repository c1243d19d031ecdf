"""The tables of exam results and of passes of the senior exam."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Numeric, Text, UniqueConstraint, text
from sqlmodel import Field

from services.contracts.exams import ExamVerdict, Review, UnitType
from services.contracts.registry import IdType, Level
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, forward, key, versioned


def score() -> Decimal | None:
    found: Decimal | None = Field(default=None, sa_type=Numeric(4, 1), ge=0, le=100)
    return found


class ExamResult(Row, table=True):
    """One candidate in one year at one level, where the exam was taken. `stated` is the official list's own verdict.

    The ID number lies here as a person's does. When it is forgotten, the figures stay.
    """

    __tablename__ = "exam_result"
    __table_args__ = (
        UniqueConstraint("id_index", "exam_year", "level"),
        CheckConstraint("id_masked like '%***%'", name="id_masked"),
        CheckConstraint("(id_index is null) = (id_number = '')", name="known_or_forgotten"),
        CheckConstraint(
            "least(comprehensive, policy, practice) >= 0 and greatest(comprehensive, policy, practice) <= 100",
            name="scores",
        ),
        Index(None, "division", "id"),
        Index(None, "exam_year", "level"),
        Index(None, "id_index", "division"),  # the policy asks for both: by one alone a whole area would be read
    )

    id: UUID = key()
    exam_year: int
    level: Level = Field(sa_type=one_of(Level))
    division: str = at_division()
    unit_type: UnitType = Field(sa_type=one_of(UnitType))
    id_type: IdType = Field(sa_type=one_of(IdType))
    id_number: bytes
    id_index: bytes | None = None
    id_masked: str
    name: str
    comprehensive: Decimal | None = score()
    policy: Decimal | None = score()
    practice: Decimal | None = score()
    absent: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'")))
    stated: bool | None = None
    verdict: ExamVerdict = Field(sa_type=one_of(ExamVerdict))
    version: int = versioned()


class SeniorExamPass(Row, table=True):
    """Until `valid_until` its review must have been passed and made public (CERT-04)."""

    __tablename__ = "senior_exam_pass"
    __table_args__ = (
        UniqueConstraint("person_id", "exam_year"),
        forward("passed_on", "valid_until"),
        CheckConstraint("(review is null) = (reviewed_on is null)", name="reviewed_whole"),
        CheckConstraint("(review = 'passed') or publicized_on is null", name="publicized_passed"),
        Index(None, "valid_until", "id"),
    )

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id")
    exam_year: int
    passed_on: date
    number: str | None = None
    valid_until: date
    review: Review | None = Field(default=None, sa_type=one_of(Review))
    reviewed_on: date | None = None
    publicized_on: date | None = None
    version: int = versioned()
