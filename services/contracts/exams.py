"""What the registry takes and answers about exams: results and pass rates, and the pass of the senior exam (CERT-04).

Periods are half-open; personal data leaves masked.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registry import Level
from services.contracts.text import clean

FIRST_EXAM_YEAR = 2008  # of the national exam
ExamYear = Annotated[int, Field(ge=FIRST_EXAM_YEAR, lt=2100)]
PassNumber = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(clean), Field(min_length=1)]


# ── results ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class Paper(StrEnum):
    """Each level has its own of them (CERT-02)."""

    COMPREHENSIVE = "comprehensive"
    POLICY = "policy"
    PRACTICE = "practice"


PAPER_NAMES: Mapping[Paper, str] = {
    Paper.COMPREHENSIVE: "综合能力",
    Paper.POLICY: "法规与政策",
    Paper.PRACTICE: "实务",
}


class UnitType(StrEnum):
    """Where a candidate works, as the sign-up form has it."""

    GOVERNMENT = "government"
    PUBLIC_INSTITUTION = "public_institution"
    MASS_ORGANIZATION = "mass_organization"
    SOCIAL_ORGANIZATION = "social_organization"
    COMMUNITY = "community"
    ENTERPRISE = "enterprise"
    STUDENT = "student"
    OTHER = "other"
    UNKNOWN = "unknown"


UNIT_TYPE_NAMES: Mapping[UnitType, str] = {
    UnitType.GOVERNMENT: "机关",
    UnitType.PUBLIC_INSTITUTION: "事业单位",
    UnitType.MASS_ORGANIZATION: "群团组织",
    UnitType.SOCIAL_ORGANIZATION: "社会组织",
    UnitType.COMMUNITY: "城乡社区",
    UnitType.ENTERPRISE: "企业",
    UnitType.STUDENT: "在校学生",
    UnitType.OTHER: "其他",
    UnitType.UNKNOWN: "未填",
}


class ExamVerdict(StrEnum):
    """`partial`: papers of one year are passed, and count for the next (CERT-02). What is missing passes nothing."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANNOT_DECIDE = "cannot_decide"


EXAM_VERDICT_NAMES: Mapping[ExamVerdict, str] = {
    ExamVerdict.PASSED: "合格",
    ExamVerdict.PARTIAL: "部分科目合格",
    ExamVerdict.FAILED: "不合格",
    ExamVerdict.CANNOT_DECIDE: "无法判断",
}


class ExamResultOut(BaseModel):
    """One candidate in one year at one level; `scores` of the papers sat, `absent` from which they stayed away."""

    id: UUID
    exam_year: int
    level: Level
    name: str
    id_number: str  # masked
    division: DivisionCode
    division_name: str
    unit_type: UnitType
    scores: dict[Paper, Decimal]
    absent: list[Paper]
    verdict: ExamVerdict


class RateBy(StrEnum):
    """What the candidates of a year and level are told apart by."""

    ALL = "all"
    DISTRICT = "district"
    UNIT_TYPE = "unit_type"


RATE_BY_NAMES: Mapping[RateBy, str] = {
    RateBy.ALL: "年度和级别",
    RateBy.DISTRICT: "区县",
    RateBy.UNIT_TYPE: "单位类型",
}


class PassRate(BaseModel):
    """Of `candidates`, `sat` have a score in a paper at least; of `undecided` nobody can say whether they passed.

    `rate` is of those who sat, in percent; null where nobody did.
    """

    exam_year: int
    level: Level
    district: DivisionCode | None
    district_name: str | None
    unit_type: UnitType | None
    candidates: int
    sat: int
    passed: int
    undecided: int
    rate: Decimal | None


class PassRates(BaseModel):
    items: list[PassRate]


# ── the pass of the senior exam ──────────────────────────────────────────────────────────────────────────────────────
class Review(StrEnum):
    PASSED = "passed"
    FAILED = "failed"


REVIEW_NAMES: Mapping[Review, str] = {Review.PASSED: "评审通过", Review.FAILED: "评审未通过"}


class PassState(StrEnum):
    """`used`: the review has passed; `ending`: soon over, and the review has not."""

    VALID = "valid"
    ENDING = "ending"
    USED = "used"
    ENDED = "ended"


PASS_STATE_NAMES: Mapping[PassState, str] = {
    PassState.VALID: "有效",
    PassState.ENDING: "即将到期",
    PassState.USED: "评审已通过",
    PassState.ENDED: "已到期",
}


class RecordExamPass(Request):
    """A 成绩合格证明: `passed_on` is the day on which the result was published."""

    exam_year: ExamYear
    passed_on: Day
    number: PassNumber | None = None


class ReviewExamPass(Request):
    """What came of the review; one that was passed says since when it is public."""

    result: Review
    reviewed_on: Day
    publicized_on: Day | None = None


class ExamPassOut(BaseModel):
    """It is no certificate, and counts nowhere (CERT-04)."""

    id: UUID
    person_id: UUID
    person_name: str
    exam_year: int
    passed_on: date
    valid_until: date
    number: str | None
    review: Review | None
    reviewed_on: date | None
    publicized_on: date | None
    state: PassState
    division: DivisionCode
    version: int
    may: list[str] = Field(default_factory=list)
