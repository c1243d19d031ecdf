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
from services.contracts.education import EducationStanding
from services.contracts.grounds import GroundCode
from services.contracts.orders import Request
from services.contracts.registration_terms import (
    GROUND_NAMES as GROUND_NAMES,
)
from services.contracts.registration_terms import (
    TERM_STATE_NAMES as TERM_STATE_NAMES,
)
from services.contracts.registration_terms import (
    EndedAs as EndedAs,
)
from services.contracts.registration_terms import (
    Ground as Ground,
)
from services.contracts.registration_terms import (
    RevokeRegistration as RevokeRegistration,
)
from services.contracts.registration_terms import (
    TermOut as TermOut,
)
from services.contracts.registration_terms import (
    Terms as Terms,
)
from services.contracts.registration_terms import (
    TermState as TermState,
)
from services.contracts.registration_terms import (
    VoidCertificate as VoidCertificate,
)
from services.contracts.registry import Level
from services.contracts.text import Line, Name, Phone
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


PLACE_NAMES: Mapping[Place, str] = {Place.WORKPLACE: "工作单位所在地", Place.HUKOU: "户籍所在地"}


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


# What a form of each kind asks for; which of them it needs, and on what day, the registry's parameters say.
ITEMS: Mapping[ApplicationKind, tuple[Item, ...]] = {
    ApplicationKind.INITIAL: (
        Item.IDENTITY, Item.CERTIFICATE, Item.FORM, Item.PHOTO, Item.CAPACITY, Item.ETHICS,
    ),
    ApplicationKind.RENEWAL: (
        Item.IDENTITY, Item.CERTIFICATE, Item.FORM, Item.REGISTRATION_CERTIFICATE, Item.CE_PROOF,
    ),
    ApplicationKind.CHANGE: (Item.FORM,),
    ApplicationKind.CANCELLATION: (Item.FORM,),
}  # fmt: skip


class Change(Request):
    """With another employer one counts where that one is; without one, where it is said (REG-19)."""

    employer_id: UUID | None = None
    division: DivisionCode | None = None
    name: Name | None = None
    phone: Phone | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.employer_id is not None and self.division is not None:
            raise PydanticCustomError("one_change", "新的工作单位和新的所在区划，请只填写一项")
        if not any((self.employer_id, self.division, self.name, self.phone)):
            raise PydanticCustomError("no_change", "请填写要变更的内容：姓名、联系电话、工作单位或所在区划")
        return self


class ChangeOut(BaseModel):
    """The phone is masked."""

    employer_id: UUID | None
    division: DivisionCode | None
    name: str | None = None
    phone: str | None = None


class Cancellation(Request):
    """The registration no longer counts from `effective_on`."""

    ground: GroundCode
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
    """Never without reasons (REG-10); `ground` is one of the list (REG-17)."""

    reason: Answer
    ground: GroundCode | None = None


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
    ground: GroundCode | None = None
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
    """`open_days` is its age since the clock began; the clock ends with `deadline` (REG-10).

    `education` is the standing on which a renewal was last passed.
    """

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
    change: ChangeOut | None
    new_employer_name: str | None = None
    cancellation: Cancellation | None
    submitted_on: date | None
    accepted_on: date | None
    open_days: int | None
    deadline: Deadline | None
    overdue: bool | None
    missing: list[Item]
    notified_on: date | None
    reason: str | None
    refusal_ground: str | None = None
    education: EducationStanding | None = None
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
    education: EducationStanding | None = None


# ── amnesties ────────────────────────────────────────────────────────────────────────────────────────────────────────
class OpenAmnesty(Request):
    """Applications of this kind are taken on these days, too, whatever their window says (REG-20)."""

    division: DivisionCode
    kind: ApplicationKind
    first_on: Day
    last_on: Day
    approved_from: Day | None = None
    approved_until: Day | None = None
    source: Annotated[Line, Field(min_length=2)]


class CloseAmnesty(Request):
    """Its last day, earlier than it was."""

    last_on: Day


class AmnestyOut(BaseModel):
    id: UUID
    division: DivisionCode
    kind: ApplicationKind
    first_on: date
    last_on: date
    approved_from: date | None
    approved_until: date | None
    source: str
    may: list[str] = Field(default_factory=list)
