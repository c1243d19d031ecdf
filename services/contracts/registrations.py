"""What the registry takes and answers about the registration of certificates: applications and terms.

Periods are half-open, but for windows: what people must know of a window is its last day.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.contracts.days import Day
from services.contracts.disclosure import Answer, Reason
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registry import Level
from services.contracts.text import Line
from services.contracts.working_days import Deadline

AT_ONCE = 100  # decisions in one request


# ── applications ─────────────────────────────────────────────────────────────────────────────────────────────────────
class ApplicationKind(StrEnum):
    """REG-02, REG-17, REG-19."""

    INITIAL = "initial"
    RENEWAL = "renewal"
    CHANGE = "change"
    CANCELLATION = "cancellation"


KIND_NAMES: Mapping[ApplicationKind, str] = {
    ApplicationKind.INITIAL: "首次登记",
    ApplicationKind.RENEWAL: "再登记",
    ApplicationKind.CHANGE: "变更登记",
    ApplicationKind.CANCELLATION: "注销登记",
}


class ApplicationState(StrEnum):
    """As the national system names them (REG-13); and withdrawn, which is ours."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    NEEDS_CORRECTION = "needs_correction"
    FIRST_REVIEW_PASSED = "first_review_passed"
    FIRST_REVIEW_REJECTED = "first_review_rejected"
    FINAL_REVIEW_PASSED = "final_review_passed"
    FINAL_REVIEW_REJECTED = "final_review_rejected"
    REGISTERED = "registered"
    CERT_ISSUED = "cert_issued"
    WITHDRAWN = "withdrawn"


STATE_NAMES: Mapping[ApplicationState, str] = {
    ApplicationState.DRAFT: "未提交",
    ApplicationState.SUBMITTED: "待审核",
    ApplicationState.NEEDS_CORRECTION: "待补正",
    ApplicationState.FIRST_REVIEW_PASSED: "初审通过",
    ApplicationState.FIRST_REVIEW_REJECTED: "初审未通过",
    ApplicationState.FINAL_REVIEW_PASSED: "终审通过",
    ApplicationState.FINAL_REVIEW_REJECTED: "终审未通过",
    ApplicationState.REGISTERED: "登记已完成",
    ApplicationState.CERT_ISSUED: "已出证",
    ApplicationState.WITHDRAWN: "已撤回",
}


class Verb(StrEnum):
    EDIT = "edit"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    REGISTER = "register"
    ISSUE = "issue"


class Place(StrEnum):
    """On what ground somebody applies here (REG-09)."""

    HUKOU = "hukou"
    WORKPLACE = "workplace"


class Item(StrEnum):
    """What an application comes with: documents, and declarations of the applicant (REG-07, REG-08, REG-11, REG-12)."""

    IDENTITY = "identity"
    CERTIFICATE = "certificate"
    FORM = "form"
    PHOTO = "photo"
    REGISTRATION_CERTIFICATE = "registration_certificate"
    CE_PROOF = "ce_proof"
    CAPACITY = "capacity"
    ETHICS = "ethics"


ITEM_NAMES: Mapping[Item, str] = {
    Item.IDENTITY: "身份证明",
    Item.CERTIFICATE: "职业水平证书",
    Item.FORM: "登记申请表",
    Item.PHOTO: "照片",
    Item.REGISTRATION_CERTIFICATE: "原登记证书",
    Item.CE_PROOF: "继续教育证明",
    Item.CAPACITY: "具有完全民事行为能力的声明",
    Item.ETHICS: "遵纪守法、恪守职业道德的声明",
}


class Ground(StrEnum):
    """Why a registration ends before its time (REG-17, UNSURE: the articles have not been seen)."""

    DEATH = "death"
    LOSS_OF_CAPACITY = "loss_of_capacity"
    OBTAINED_BY_FRAUD = "obtained_by_fraud"
    CRIMINAL_PENALTY = "criminal_penalty"
    SERIOUS_ETHICS_BREACH = "serious_ethics_breach"
    CERTIFICATE_REVOKED = "certificate_revoked"
    VOLUNTARY = "voluntary"
    MOVED_OUT = "moved_out"
    LAPSED = "lapsed"


class EndedAs(StrEnum):
    """How a term ended before its time."""

    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    REVOKED = "revoked"


class TermState(StrEnum):
    """Of a term of registration on a day: never stored, always worked out."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    RENEWAL_WINDOW = "renewal_window"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    REVOKED = "revoked"


class Change(Request):
    """With another employer one counts where that one is; without one, where it is said (REG-19)."""

    employer_id: UUID | None = None
    division: DivisionCode | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.employer_id is None) == (self.division is None):
            raise PydanticCustomError("one_change", "请填写新的工作单位，或新的所在区划，二者选一")
        return self


class Cancellation(Request):
    """The registration no longer counts from `effective_on`."""

    ground: Ground
    effective_on: Day


class Contents(Request):
    items: Annotated[list[Item], Field(default_factory=list, max_length=len(Item))]
    late_reason: Reason | None = None
    change: Change | None = None
    cancellation: Cancellation | None = None


class CreateApplication(Contents):
    """`division` is where it is reviewed: where the person counts, unless said otherwise."""

    kind: ApplicationKind
    certificate_id: UUID
    place: Place = Place.WORKPLACE
    division: DivisionCode | None = None


class ChangeApplication(Contents):
    """All of its contents anew."""


class Decision(Request):
    reason: Answer | None = None


class Rejection(Request):
    """Never without reasons (REG-10)."""

    reason: Answer


class Return(Request):
    """To the applicant, with all that is missing, once (REG-22); by the city, to the district."""

    reason: Answer
    missing: Annotated[list[Item], Field(default_factory=list, max_length=len(Item))]


class RegisterApplication(Request):
    """On the day, and with the number, that the national system says; the registry itself gives neither."""

    registered_on: Day | None = None


class IssueCertificate(Request):
    number: Annotated[Line, Field(min_length=4, max_length=64)]


class Named(Request):
    """`version` as it was when the decision was made; left out, whatever it is now."""

    application_id: UUID
    version: Annotated[int, Field(ge=1, lt=2**31)] | None = None


class DecideApplications(Request):
    verb: Verb
    reason: Answer | None = None
    applications: Annotated[list[Named], Field(min_length=1, max_length=AT_ONCE)]


class Decided(BaseModel):
    """`code` and `detail` say why this one was not decided."""

    application_id: UUID
    state: ApplicationState | None
    code: str | None = None
    detail: str | None = None


class DecidedAll(BaseModel):
    items: list[Decided]


class ApplicationOut(BaseModel):
    """`open_days` is its age since the clock began; the clock ends with `deadline` (REG-10)."""

    id: UUID
    number: int
    kind: ApplicationKind
    state: ApplicationState
    person_id: UUID
    person_name: str | None
    certificate_id: UUID
    level: Level | None
    division: DivisionCode
    place: Place
    items: list[Item]
    late_reason: str | None
    change: Change | None
    cancellation: Cancellation | None
    submitted_on: date | None
    accepted_on: date | None
    open_days: int | None
    deadline: Deadline | None
    overdue: bool | None
    missing: list[Item]
    notified_on: date | None
    reason: str | None
    entered_by: list[str]
    first_by: str | None
    first_on: date | None
    final_by: str | None
    final_on: date | None
    registered_on: date | None
    registration_number: str | None
    version: int
    may: list[Verb]


class StepState(StrEnum):
    """`UNDECIDED` is never taken for done; `WARNING` stands in nobody's way."""

    DONE = "done"
    UNMET = "unmet"
    UNDECIDED = "undecided"
    WAIVED = "waived"
    WARNING = "warning"


class Step(BaseModel):
    """One line of the checklist; `detail` says what is to be done, and by whom."""

    code: str
    name: str
    state: StepState
    detail: str
    rule: str


class ChecklistOut(BaseModel):
    """`complete`: every step up to the reviews is done, so that it may be passed."""

    application_id: UUID
    state: ApplicationState
    complete: bool
    window_last: date | None
    notice_deadline: Deadline | None
    steps: list[Step]


# ── terms ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class RevokeRegistration(Request):
    ground: Ground
    reason: Reason


class VoidCertificate(Request):
    """The notice of the examination authority (REG-18)."""

    void_on: Day
    document: Annotated[Line, Field(min_length=2)]


class TermOut(BaseModel):
    """`end` is when it ended or will; `granted_until` when it would have, had it not ended before its time."""

    id: UUID
    person_id: UUID
    certificate_id: UUID
    level: Level
    division: DivisionCode
    start: date
    end: date
    state: TermState
    granted_until: date | None
    ground: Ground | None
    application_id: UUID | None


class Terms(BaseModel):
    items: list[TermOut]


class OpenAmnesty(Request):
    """Applications of this kind are taken on these days, too, whatever their window says (REG-20)."""

    division: DivisionCode
    kind: ApplicationKind
    first_on: Day
    last_on: Day
    approved_from: Day | None = None
    approved_until: Day | None = None
    source: Annotated[Line, Field(min_length=2)]


class AmnestyOut(BaseModel):
    id: UUID
    division: DivisionCode
    kind: ApplicationKind
    first_on: date
    last_on: date
    approved_from: date | None
    approved_until: date | None
    source: str
