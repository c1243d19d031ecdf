"""What training takes and answers about supervisors, training bases and internship sites."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.text import Line, Name, Note, clean
from services.contracts.training import Finding, Reason

Number = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(clean)]
Fields = Annotated[list[Name], Field(max_length=20)]


class Step(Request):
    """A change of state counts from a day, today if none is named."""

    on: Day | None = None
    reason: Reason | None = None


class StepOut(BaseModel):
    state: str
    on: date
    reason: str | None
    recorded_at: datetime


# ── supervisors ──────────────────────────────────────────────────────────────────────────────────────────────────────
class SupervisorType(StrEnum):
    """SUP-06: an external expert need not be in the registry."""

    INTERNAL = "internal"
    EXTERNAL_EXPERT = "external_expert"


class SupervisorLevel(StrEnum):
    """SUP-03."""

    ASSISTANT = "assistant_supervisor"
    TRAINEE = "trainee"
    JUNIOR = "junior"
    INTERMEDIATE = "intermediate"
    SENIOR = "senior"


class SupervisorState(StrEnum):
    """SUP-07. `expired` is what an appointment is from the end of its term on; nobody has to say so."""

    NOMINATED = "nominated"
    REVIEWED = "reviewed"
    PUBLICISED = "publicised"
    APPOINTED = "appointed"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    DISMISSED = "dismissed"


SUPERVISOR_TYPE_NAMES: dict[SupervisorType, str] = {
    SupervisorType.INTERNAL: "本系统社工",
    SupervisorType.EXTERNAL_EXPERT: "外聘专家",
}
SUPERVISOR_LEVEL_NAMES: dict[SupervisorLevel, str] = {
    SupervisorLevel.ASSISTANT: "督导助理",
    SupervisorLevel.TRAINEE: "见习督导",
    SupervisorLevel.JUNIOR: "初级督导",
    SupervisorLevel.INTERMEDIATE: "中级督导",
    SupervisorLevel.SENIOR: "高级督导",
}
SUPERVISOR_STATE_NAMES: dict[SupervisorState, str] = {
    SupervisorState.NOMINATED: "已提名",
    SupervisorState.REVIEWED: "已审核",
    SupervisorState.PUBLICISED: "公示中",
    SupervisorState.APPOINTED: "在聘",
    SupervisorState.SUSPENDED: "暂停",
    SupervisorState.EXPIRED: "聘期届满",
    SupervisorState.DISMISSED: "已解聘",
}


class NominateSupervisor(Request):
    """Of somebody in the registry (`person_id`), or of an expert by name and affiliation. The term is [start, end)."""

    type: SupervisorType
    person_id: UUID | None = None
    expert_name: Name | None = None
    affiliation: Name | None = None
    level: SupervisorLevel
    fields: Fields = Field(default_factory=list)
    appointing_id: UUID | None = None
    appointing_name: Name | None = None
    document_number: Number | None = None
    term_start: Day
    term_end: Day | None = None
    max_load: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    division: DivisionCode
    on: Day | None = None


class UpdateSupervisor(Request):
    """The term and the level are settled by the appointment."""

    level: SupervisorLevel | None = None
    fields: Fields | None = None
    appointing_id: UUID | None = None
    appointing_name: Name | None = None
    document_number: Number | None = None
    term_start: Day | None = None
    term_end: Day | None = None
    max_load: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None


class SupervisorOut(BaseModel):
    """`state` and `counted` on the day asked for: counted is who is appointed and in term (SUP-02)."""

    id: UUID
    type: SupervisorType
    person_id: UUID | None
    expert_name: str | None
    affiliation: str | None
    level: SupervisorLevel
    fields: list[str]
    appointing_id: UUID | None
    appointing_name: str | None
    document_number: str | None
    term_start: date
    term_end: date
    max_load: int | None
    division: DivisionCode
    division_name: str | None
    state: SupervisorState
    counted: bool
    version: int
    findings: list[Finding] = Field(default_factory=list)
    steps: list[StepOut] = Field(default_factory=list)
    may: list[str] = Field(default_factory=list)


# ── training bases and internship sites ──────────────────────────────────────────────────────────────────────────────
class PlaceKind(StrEnum):
    BASE = "base"
    SITE = "site"


class PlaceState(StrEnum):
    """INT-06."""

    APPLIED = "applied"
    SITE_CHECKED = "site_checked"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class PartnerKind(StrEnum):
    """INT-03."""

    UNIVERSITY = "university"
    LOCAL_UNIVERSITY = "local_university"
    SOCIAL_WORK_AGENCY = "social_work_agency"
    OTHER = "other"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


PLACE_KIND_NAMES: dict[PlaceKind, str] = {PlaceKind.BASE: "实训基地", PlaceKind.SITE: "实习点"}
PLACE_STATE_NAMES: dict[PlaceState, str] = {
    PlaceState.APPLIED: "已申报",
    PlaceState.SITE_CHECKED: "已实地考察",
    PlaceState.APPROVED: "已挂牌",
    PlaceState.SUSPENDED: "暂停",
    PlaceState.WITHDRAWN: "已撤销",
}
PARTNER_KIND_NAMES: dict[PartnerKind, str] = {
    PartnerKind.UNIVERSITY: "外地高校",
    PartnerKind.LOCAL_UNIVERSITY: "驻济高校",
    PartnerKind.SOCIAL_WORK_AGENCY: "社会工作服务机构",
    PartnerKind.OTHER: "其他",
}
ANSWER_NAMES: dict[Answer, str] = {Answer.YES: "是", Answer.NO: "否", Answer.UNKNOWN: "未知"}


class Checklist(Request):
    """The basic conditions of CE-16; what nobody has answered is unknown."""

    independent_legal_person: Answer = Answer.UNKNOWN
    premises_and_funds: Answer = Answer.UNKNOWN
    two_years_of_experience: Answer = Answer.UNKNOWN
    teacher_for_each_course: Answer = Answer.UNKNOWN
    own_materials: Answer = Answer.UNKNOWN
    law_abiding: Answer = Answer.UNKNOWN


CHECKLIST_NAMES: dict[str, str] = {
    "independent_legal_person": "具有独立法人资格，经费来源稳定",
    "premises_and_funds": "有固定场所、教学设施和基本经费",
    "two_years_of_experience": "有两年以上社会工作培训经验",
    "teacher_for_each_course": "师资稳定，每门主干课程至少一名专职教师",
    "own_materials": "有自编的教学大纲和教材",
    "law_abiding": "遵纪守法",
}


class ApplyPlace(Request):
    """The agreement is [start, end)."""

    name: Name
    division: DivisionCode
    address: Line | None = None
    partner_kind: PartnerKind
    partner_id: UUID | None = None
    partner_name: Name | None = None
    agreement_number: Number | None = None
    agreement_start: Day | None = None
    agreement_end: Day | None = None
    capacity: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    mentors: Note | None = None
    checklist: Checklist = Checklist()
    on: Day | None = None


class UpdatePlace(Request):
    name: Name | None = None
    address: Line | None = None
    partner_kind: PartnerKind | None = None
    partner_id: UUID | None = None
    partner_name: Name | None = None
    agreement_number: Number | None = None
    agreement_start: Day | None = None
    agreement_end: Day | None = None
    capacity: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    mentors: Note | None = None
    checklist: Checklist | None = None


class PlaceOut(BaseModel):
    """`counted` on the day asked for: approved, and the agreement in force (INT-06)."""

    id: UUID
    kind: PlaceKind
    name: str
    division: DivisionCode
    division_name: str | None
    address: str | None
    partner_kind: PartnerKind
    partner_id: UUID | None
    partner_name: str | None
    agreement_number: str | None
    agreement_start: date | None
    agreement_end: date | None
    capacity: int | None
    mentors: str | None
    checklist: Checklist
    state: PlaceState
    counted: bool
    version: int
    findings: list[Finding] = Field(default_factory=list)
    steps: list[StepOut] = Field(default_factory=list)
    may: list[str] = Field(default_factory=list)
