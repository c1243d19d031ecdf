"""Who sees personal data in clear, and why: reveals, approved exports, requests of data subjects, notices, holds."""

import unicodedata
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registry import Level
from services.contracts.text import Line, Name, Note, Search

LONGEST_NUMBER = 10  # digits in a row; a telephone has eleven, an identity number eighteen


def impersonal(text: str) -> str:
    """A reason says why, never whose number: it is read by auditors, who see personal data masked (A09)."""
    run = 0
    for character in unicodedata.normalize("NFKC", text):
        run = run + 1 if character.isdecimal() else 0
        if run > LONGEST_NUMBER:
            raise PydanticCustomError("personal_number", "请不要写证件号码、手机号等个人信息，只写事由")
    return text


Reason = Annotated[Line, Field(min_length=2), AfterValidator(impersonal)]
Answer = Annotated[Note, Field(min_length=2), AfterValidator(impersonal)]


class Purpose(StrEnum):
    """What personal data is processed for (PI-01, PI-02)."""

    REGISTRATION = "registration"
    CERTIFICATE_CHECK = "certificate_check"
    CONTACT = "contact"
    RIGHTS_REQUEST = "rights_request"
    STATUTORY_REPORT = "statutory_report"
    INSPECTION = "inspection"


PURPOSE_NAMES: dict[Purpose, str] = {
    Purpose.REGISTRATION: "登记审核",
    Purpose.CERTIFICATE_CHECK: "核验证书",
    Purpose.CONTACT: "联系本人",
    Purpose.RIGHTS_REQUEST: "办理本人的请求",
    Purpose.STATUTORY_REPORT: "依法报送",
    Purpose.INSPECTION: "监督检查",
}


class Basis(StrEnum):
    """On what grounds (PI-01)."""

    STATUTORY_DUTY = "statutory_duty"
    CONTRACT = "contract"
    CONSENT = "consent"


BASIS_NAMES: dict[Basis, str] = {
    Basis.STATUTORY_DUTY: "履行法定职责",
    Basis.CONTRACT: "订立、履行合同",
    Basis.CONSENT: "本人同意",
}


# ── reveals ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class RevealField(StrEnum):
    ID_NUMBER = "id_number"
    PHONE = "phone"


class RevealPerson(Request):
    purpose: Purpose
    reason: Reason
    fields: Annotated[list[RevealField], Field(min_length=1, max_length=len(RevealField))]


class Revealed(BaseModel):
    """In clear, this once; None of a field that was not asked for, or that nobody has told us."""

    reveal_id: UUID
    person_id: UUID
    id_number: str | None = None
    phone: str | None = None


class RevealOut(BaseModel):
    """Who saw whom. The person is named masked; `disclosure_id` names the export that the person stood in."""

    id: UUID
    at: datetime
    actor: str
    person_id: UUID
    person_name: str | None
    id_number: str | None  # masked
    division: DivisionCode
    purpose: Purpose
    reason: str
    fields: list[RevealField]
    disclosure_id: UUID | None


# ── exports with personal data in clear ──────────────────────────────────────────────────────────────────────────────
class DisclosureColumn(StrEnum):
    NAME = "name"
    ID_TYPE = "id_type"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    LEVEL = "level"
    REGISTERED_UNTIL = "registered_until"
    EMPLOYER = "employer"
    DIVISION = "division"
    EDUCATION = "education"
    MAJOR = "major"


CLEAR_COLUMNS = {DisclosureColumn.ID_NUMBER: RevealField.ID_NUMBER, DisclosureColumn.PHONE: RevealField.PHONE}


class DisclosureState(StrEnum):
    """`ready` until it is fetched, once, or a quarter of an hour has gone."""

    REQUESTED = "requested"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    MAKING = "making"
    READY = "ready"
    FETCHED = "fetched"
    EXPIRED = "expired"
    FAILED = "failed"


DISCLOSURE_STATE_NAMES: dict[DisclosureState, str] = {
    DisclosureState.REQUESTED: "待批准",
    DisclosureState.REFUSED: "未批准",
    DisclosureState.WITHDRAWN: "已撤回",
    DisclosureState.MAKING: "正在生成",
    DisclosureState.READY: "可以下载",
    DisclosureState.FETCHED: "已下载",
    DisclosureState.EXPIRED: "已过期",
    DisclosureState.FAILED: "未能生成",
}


class DisclosureAction(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    FETCH = "fetch"


class PeopleFilter(Request):
    """As the list of people is narrowed."""

    q: Search | None = None
    level: Level | None = None
    registered: bool | None = None
    on: Day | None = None


class RequestDisclosure(Request):
    division: DivisionCode
    purpose: Purpose
    reason: Reason
    filter: PeopleFilter = Field(default_factory=PeopleFilter)
    columns: Annotated[list[DisclosureColumn], Field(min_length=1, max_length=len(DisclosureColumn))]


class Refusal(Request):
    reason: Reason


class DisclosureOut(BaseModel):
    """`rows` were found when it was asked for: more than these the file never holds."""

    id: UUID
    number: int
    state: DisclosureState
    division: DivisionCode
    purpose: Purpose
    reason: str
    filter: PeopleFilter
    columns: list[DisclosureColumn]
    rows: int
    needs_approval: bool
    requested_by: str
    requester_name: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    refusal: str | None
    expires_at: datetime | None
    fetched_at: datetime | None
    failure: str | None
    may: list[DisclosureAction] = Field(default_factory=list)


# ── requests of data subjects ────────────────────────────────────────────────────────────────────────────────────────
class RightsKind(StrEnum):
    ACCESS = "access"
    COPY = "copy"
    CORRECT = "correct"
    DELETE = "delete"
    EXPLAIN = "explain"
    WITHDRAW = "withdraw"


RIGHTS_KIND_NAMES: dict[RightsKind, str] = {
    RightsKind.ACCESS: "查阅",
    RightsKind.COPY: "复制",
    RightsKind.CORRECT: "更正、补充",
    RightsKind.DELETE: "删除",
    RightsKind.EXPLAIN: "解释处理规则",
    RightsKind.WITHDRAW: "撤回同意",
}


class RightsState(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    REFUSED = "refused"


RIGHTS_STATE_NAMES: dict[RightsState, str] = {
    RightsState.OPEN: "待办理",
    RightsState.IN_PROGRESS: "办理中",
    RightsState.DONE: "已办结",
    RightsState.REFUSED: "已拒绝",
}


class RightsOutcome(StrEnum):
    """`restricted`: the law keeps the data for some time; until then it is stored and nothing else (PI-07)."""

    ANSWERED = "answered"
    RESTRICTED = "restricted"
    ERASED = "erased"


RIGHTS_OUTCOME_NAMES: dict[RightsOutcome, str] = {
    RightsOutcome.ANSWERED: "已答复",
    RightsOutcome.RESTRICTED: "限制处理（依法须保存）",
    RightsOutcome.ERASED: "已删除",
}


class RightsAction(StrEnum):
    START = "start"
    COMPLETE = "complete"
    REFUSE = "refuse"


class ReceiveRightsRequest(Request):
    """`notice_id`: the version of the notice that the person was shown with it."""

    person_id: UUID
    kind: RightsKind
    received_on: Day
    details: Answer
    notice_id: UUID | None = None


class CompleteRightsRequest(Request):
    answer: Answer


class RightsRequestOut(BaseModel):
    """`term`: which rule gives the deadline."""

    id: UUID
    number: int
    person_id: UUID
    person_name: str | None
    division: DivisionCode
    kind: RightsKind
    state: RightsState
    received_on: date
    due_on: date
    term: str
    overdue: bool
    details: str
    answer: str | None
    refusal: str | None
    outcome: RightsOutcome | None
    restricted_until: date | None
    notice_id: UUID | None
    received_by: str
    decided_by: str | None
    decided_at: datetime | None
    version: int
    may: list[RightsAction] = Field(default_factory=list)


# ── notices ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class PublishNotice(Request):
    """Of a division, for all below it; with each one of the same purpose the version grows."""

    division: DivisionCode
    purpose: Purpose
    basis: Basis
    title: Name
    body: Annotated[Note, Field(min_length=10)]
    valid_from: Day


class NoticeOut(BaseModel):
    id: UUID
    division: DivisionCode
    purpose: Purpose
    version: int
    basis: Basis
    title: str
    body: str
    valid_from: date
    published_at: datetime
    published_by: str


class NoticeSeenOut(BaseModel):
    """Who has seen a version of a notice; None of a name that the asker may not see."""

    person_id: UUID
    person_name: str | None
    division: DivisionCode
    at: datetime
    recorded_by: str


class SeenBy(Request):
    """By whom this version was seen."""

    person_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]


class Seen(BaseModel):
    """How many had not seen it before."""

    recorded: int
