"""What training takes, answers and says: sessions, attendances, statements; see `training_practice` for the rest.

Time is kept in minutes. Class hours (学时) are shown with two digits; how many minutes make one is a dated parameter.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from services.contracts.days import EARLIEST, LATEST, Day
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registry import RowNote
from services.contracts.text import Line, Name, clean

DAY_MINUTES = 24 * 60
MOST_ROWS = 5000


def written_instant(value: object) -> object:
    """2026-11-24T08:00:00Z and nothing else: pydantic would take a number of seconds, too."""
    if isinstance(value, str) and not (len(value) >= 16 and value[10] in "T " and value.isascii()):
        raise PydanticCustomError("datetime_parsing", "时刻应写成 2026-11-24T08:00:00Z 的样子")
    if not isinstance(value, str | datetime):
        raise PydanticCustomError("datetime_parsing", "时刻应写成 2026-11-24T08:00:00Z 的样子")
    return value


def within_reason(value: datetime) -> datetime:
    if not EARLIEST < value.date() < LATEST:
        raise PydanticCustomError("instant_range", "时刻不在合理范围内，请核对年份")
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, BeforeValidator(written_instant), AfterValidator(within_reason)]
Minutes = Annotated[int, Field(strict=True, ge=1, le=DAY_MINUTES)]
Reason = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(clean), Field(min_length=1)]
Hours = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]


class Verdict(StrEnum):
    """A missing value never passes: then nothing can be decided."""

    MET = "met"
    NOT_MET = "not_met"
    CANNOT_DECIDE = "cannot_decide"
    NOT_BOUND = "not_bound"  # the rule does not bind this person


VERDICT_NAMES: dict[Verdict, str] = {
    Verdict.MET: "达标",
    Verdict.NOT_MET: "未达标",
    Verdict.CANNOT_DECIDE: "无法判断",
    Verdict.NOT_BOUND: "不适用",
}


class Finding(BaseModel):
    """What a rule says of a record. It is shown and blocks nothing."""

    rule: str
    code: str
    verdict: Verdict
    detail: str


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class SessionKind(StrEnum):
    LECTURE = "lecture"
    WORKSHOP = "workshop"
    PRACTICE = "practice"
    ONLINE = "online"
    EXAM_CLASS = "exam_class"
    OTHER = "other"


SESSION_KIND_NAMES: dict[SessionKind, str] = {
    SessionKind.LECTURE: "集中授课",
    SessionKind.WORKSHOP: "工作坊",
    SessionKind.PRACTICE: "实务实训",
    SessionKind.ONLINE: "网络课程",
    SessionKind.EXAM_CLASS: "考前培训",
    SessionKind.OTHER: "其他",
}


class SessionState(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


SESSION_STATE_NAMES: dict[SessionState, str] = {
    SessionState.PLANNED: "计划中",
    SessionState.HELD: "已举办",
    SessionState.CANCELLED: "已取消",
}


class SessionDayOrder(Request):
    """From an instant to an instant (with `minutes` where breaks do not count), or a day and its minutes."""

    day: Day | None = None
    minutes: Minutes | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None


class CreateSession(Request):
    """The organizer is an organization of the registry or a free name. What is over may be entered as held."""

    title: Name
    kind: SessionKind
    field: Line | None = None
    organizer_id: UUID | None = None
    organizer_name: Name | None = None
    division: DivisionCode
    capacity: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    days: Annotated[list[SessionDayOrder], Field(min_length=1, max_length=60)]
    state: SessionState = SessionState.PLANNED

    @field_validator("state")
    @classmethod
    def _begins(cls, state: SessionState) -> SessionState:
        if state is SessionState.CANCELLED:
            raise PydanticCustomError("enum", "只能是 planned、held")
        return state


class UpdateSession(Request):
    """Left out: stays; null empties an optional field. Its days stay once somebody's attendance is entered."""

    title: Name | None = None
    kind: SessionKind | None = None
    field: Line | None = None
    organizer_id: UUID | None = None
    organizer_name: Name | None = None
    capacity: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    days: Annotated[list[SessionDayOrder], Field(min_length=1, max_length=60)] | None = None


class CancelSession(Request):
    reason: Reason


class SessionDay(BaseModel):
    day: date
    starts_at: datetime | None
    ends_at: datetime | None
    minutes: int
    class_hours: Hours


class SessionOut(BaseModel):
    """`attended` counts the people with an attendance that is not rejected or reversed; `waiting` those to approve."""

    id: UUID
    title: str
    kind: SessionKind
    field: str | None
    organizer_id: UUID | None
    organizer_name: str | None
    division: DivisionCode
    division_name: str | None
    capacity: int | None
    state: SessionState
    cancelled_reason: str | None
    days: list[SessionDay]
    first_day: date
    last_day: date
    minutes: int
    class_hours: Hours
    attended: int
    waiting: int
    version: int
    may: list[str] = Field(default_factory=list)


# ── attendances ──────────────────────────────────────────────────────────────────────────────────────────────────────
class AttendanceState(StrEnum):
    """CE-11."""

    CLAIMED = "claimed"
    ORGANIZER_CONFIRMED = "organizer_confirmed"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVERSED = "reversed"


ATTENDANCE_STATE_NAMES: dict[AttendanceState, str] = {
    AttendanceState.CLAIMED: "自行申报",
    AttendanceState.ORGANIZER_CONFIRMED: "主办方已确认",
    AttendanceState.APPROVED: "已审核",
    AttendanceState.REJECTED: "未通过",
    AttendanceState.REVERSED: "已冲销",
}


class AttendanceRow(Request):
    """Without `day` the only day of the session; without `minutes` all of that day."""

    person_id: UUID
    day: Day | None = None
    minutes: Minutes | None = None


class EnterAttendances(Request):
    """All rows or none. A claim needs evidence; what lies more than thirty days back needs a reason.

    Nothing is entered as approved: an hour counts only when it is reviewed as well (CE-11), and nobody decides on what
    he entered.
    """

    rows: Annotated[list[AttendanceRow], Field(min_length=1, max_length=MOST_ROWS)]
    state: AttendanceState = AttendanceState.ORGANIZER_CONFIRMED
    reason: Reason | None = None
    evidence: Line | None = None

    @field_validator("state")
    @classmethod
    def _begins(cls, state: AttendanceState) -> AttendanceState:
        if state not in (AttendanceState.CLAIMED, AttendanceState.ORGANIZER_CONFIRMED):
            raise PydanticCustomError("enum", "只能是 claimed、organizer_confirmed；登记之后由他人审核")
        return state


class EnteredAttendances(BaseModel):
    session_id: UUID
    rows: int
    new: int
    unchanged: int
    warned: int
    warnings: list[RowNote]


class Decide(Request):
    reason: Reason | None = None


class ApprovedAttendances(BaseModel):
    """`left` were confirmed, too, but are for somebody else to approve."""

    session_id: UUID
    approved: int
    left: int


class AttendanceOut(BaseModel):
    """`division` is where the person counts."""

    id: UUID
    session_id: UUID
    session_title: str
    person_id: UUID
    division: DivisionCode | None
    division_name: str | None
    day: date
    minutes: int
    class_hours: Hours
    state: AttendanceState
    reason: str | None
    evidence: str | None
    entered_at: datetime
    may: list[str] = Field(default_factory=list)


# ── a person's standing ──────────────────────────────────────────────────────────────────────────────────────────────
class Credit(BaseModel):
    """What was approved of one form on one day: hours are reckoned by whoever has a rule for them (CE-09)."""

    day: date
    form: SessionKind
    minutes: int


class TrainingStanding(BaseModel):
    """What the feed says of `person:<id>`: class hours by calendar year, and what they are made of."""

    years: dict[str, Hours]
    credits: list[Credit] = Field(default_factory=list)


class StatementLine(BaseModel):
    attendance_id: UUID
    session_id: UUID
    title: str
    kind: SessionKind
    organizer_name: str | None
    day: date
    minutes: int
    class_hours: Hours
    state: AttendanceState


class Requirement(BaseModel):
    """One rule held against one person, in the unit of the rule; `missing` is what would be needed to decide."""

    rule: str
    name: str
    unit: str
    start: date | None
    end: date | None
    required: Hours | None
    reached: Hours
    verdict: Verdict
    since: date | None
    missing: list[str]
    detail: str


class StatementOut(BaseModel):
    """CE-14: the attended hours of a year; only approved ones count."""

    person_id: UUID
    division: DivisionCode
    division_name: str | None
    year: int
    direct_service: bool | None
    minutes: int
    class_hours: Hours
    minutes_per_class_hour: int
    compliant_since: date | None
    requirements: list[Requirement]
    items: list[StatementLine]
