"""What procurement takes, answers and says: projects, contracts, project staff, payments.

Periods are half-open everywhere: `end` and `…_on` of something that ended name the first day that no longer counts.
Money is a text with two decimals, in yuan. Nobody's name is kept: people are known by their number in the registry.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.money import Money
from services.contracts.orders import Request
from services.contracts.practice import PracticeField
from services.contracts.text import Line, Name

T = TypeVar("T")


class ProjectState(StrEnum):
    """The first contract makes a planned project active."""

    PLANNED = "planned"
    ACTIVE = "active"
    COMPLETED = "completed"
    TERMINATED = "terminated"


PROJECT_STATE_NAMES: dict[ProjectState, str] = {
    ProjectState.PLANNED: "筹备",
    ProjectState.ACTIVE: "执行",
    ProjectState.COMPLETED: "完成",
    ProjectState.TERMINATED: "终止",
}


class StaffRole(StrEnum):
    LEAD = "lead"
    SOCIAL_WORKER = "social_worker"
    ASSISTANT = "assistant"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    OTHER = "other"


STAFF_ROLE_NAMES: dict[StaffRole, str] = {
    StaffRole.LEAD: "项目负责人",
    StaffRole.SOCIAL_WORKER: "社工",
    StaffRole.ASSISTANT: "社工助理",
    StaffRole.SUPERVISOR: "督导",
    StaffRole.ADMINISTRATOR: "行政财务",
    StaffRole.OTHER: "其他",
}


class PaymentState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVERSED = "reversed"


PAYMENT_STATE_NAMES: dict[PaymentState, str] = {
    PaymentState.REQUESTED: "待审批",
    PaymentState.APPROVED: "已支付",
    PaymentState.REJECTED: "已驳回",
    PaymentState.REVERSED: "已冲回",
}

Number = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z\u4e00-\u9fff〔〕()（）_/-]{1,60}$")
]
Reason = Annotated[Line, Field(min_length=1)]


def once_each(values: list[T]) -> list[T]:
    return list(dict.fromkeys(values))


Fields = Annotated[list[PracticeField], Field(min_length=1, max_length=50), AfterValidator(once_each)]
Served = Annotated[list[DivisionCode], Field(max_length=500), AfterValidator(once_each)]
Points = Annotated[list[UUID], Field(max_length=500), AfterValidator(once_each)]


def half_width(value: object) -> object:
    if isinstance(value, str) and not value.isascii():
        raise PydanticCustomError("decimal_parsing", "应为半角数字")
    return value


# A share of a full-time post (QUAL-04).
Share = Annotated[Decimal, BeforeValidator(half_width), Field(gt=0, le=1, max_digits=3, decimal_places=2)]


class RuleWarning(BaseModel):
    """What a rule would rather see otherwise; it blocks nothing."""

    code: str = Field(examples=["contract_too_long"])
    detail: str
    rule: str = Field(examples=["GPS-11"])


# ── projects ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class CreateProject(Request):
    """Its division is the buyer's."""

    number: Number
    name: Name
    buyer_id: UUID
    provider_id: UUID
    fields: Fields


class UpdateProject(Request):
    """What is left out stays as it is. Buyer and provider are settled by the first contract."""

    name: Name | None = None
    buyer_id: UUID | None = None
    provider_id: UUID | None = None
    fields: Fields | None = None


class CompleteProject(Request):
    completed_on: Day


class TerminateProject(Request):
    terminated_on: Day  # the first day on which nothing is in force any more
    reason: Reason


class ProjectOut(BaseModel):
    """`value` of all its contracts, `paid` of all their payments; `in_force` on the day asked for."""

    id: UUID
    number: str
    name: str
    buyer_id: UUID
    buyer_name: str | None
    provider_id: UUID
    provider_name: str | None
    division: DivisionCode
    division_name: str | None
    fields: list[PracticeField]
    state: ProjectState
    in_force: bool
    start: date | None
    end: date | None
    closed_on: date | None
    close_reason: str | None
    value: Decimal
    paid: Decimal
    version: int
    may: list[str] = Field(default_factory=list)


class ProjectRecord(BaseModel):
    """What the feed says of `project:<id>`."""

    number: str
    name: str
    buyer_id: UUID
    provider_id: UUID
    division: DivisionCode
    fields: list[PracticeField]
    state: ProjectState


# ── contracts ────────────────────────────────────────────────────────────────────────────────────────────────────────
class CreateContract(Request):
    """`stable`: budget secured, and the item stable, continuous and of steady price (GPS-11)."""

    project_id: UUID
    number: Number
    signed_on: Day
    start: Day
    end: Day
    value: Money
    stable: bool = False
    served_divisions: Served = Field(default_factory=list)
    service_point_ids: Points = Field(default_factory=list)


class UpdateContract(Request):
    """Mistakes put right; what is left out stays as it is."""

    signed_on: Day | None = None
    start: Day | None = None
    end: Day | None = None
    value: Money | None = None
    stable: bool | None = None
    served_divisions: Served | None = None
    service_point_ids: Points | None = None


class TerminateContract(Request):
    ended_on: Day  # the first day on which it is no longer in force
    reason: Reason


class ContractOut(BaseModel):
    """`committed` is paid or waits to be; `ended_on` is set when it ends before its `end`."""

    id: UUID
    project_id: UUID
    project_name: str
    number: str
    division: DivisionCode
    signed_on: date
    start: date
    end: date
    value: Decimal
    committed: Decimal
    paid: Decimal
    stable: bool
    served_divisions: list[DivisionCode]
    service_point_ids: list[UUID]
    ended_on: date | None
    end_reason: str | None
    warnings: list[RuleWarning] = Field(default_factory=list)
    version: int
    may: list[str] = Field(default_factory=list)


class ContractRecord(BaseModel):
    """What the feed says of `contract:<id>`; no money."""

    project_id: UUID
    number: str
    division: DivisionCode
    start: date
    end: date
    ended_on: date | None
    served_divisions: list[DivisionCode]
    service_point_ids: list[UUID]


# ── staff ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class AddStaff(Request):
    """Without `end` as long as the project has a contract."""

    project_id: UUID
    person_id: UUID
    role: StaffRole
    fte: Share
    start: Day
    end: Day | None = None


class UpdateStaff(Request):
    role: StaffRole | None = None
    fte: Share | None = None
    start: Day | None = None
    end: Day | None = None


class StaffOut(BaseModel):
    """`qualified`, `certified` and `registered` on the day asked for; null: the person is not known here (yet)."""

    id: UUID
    project_id: UUID
    project_name: str
    division: DivisionCode
    person_id: UUID
    role: StaffRole
    fte: Decimal
    start: date
    end: date | None
    qualified: bool | None
    certified: bool | None
    registered: bool | None
    related_major: bool | None
    warnings: list[RuleWarning] = Field(default_factory=list)
    version: int
    may: list[str] = Field(default_factory=list)


class ProjectStaffRecord(BaseModel):
    """What the feed says of `project_staff:<id>`."""

    project_id: UUID
    person_id: UUID
    role: StaffRole
    fte: Decimal
    start: date
    end: date | None


class StaffShare(BaseModel):
    """By head on a day (QUAL-01); `value` in percent, null when there is nobody. `threshold` null: none in force."""

    denominator: int
    numerator: int
    registered: int
    value: Decimal | None
    threshold: Decimal | None
    reached: bool | None


# ── payments ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class RequestPayment(Request):
    contract_id: UUID
    amount: Money
    paid_on: Day
    payee: Name
    document_number: Number


class RejectPayment(Request):
    reason: Reason


class ReversePayment(Request):
    """Without an amount all comes back that has not yet."""

    reversed_on: Day
    reason: Reason
    amount: Money | None = None


class PaymentOut(BaseModel):
    """`reversed_amount` is all that came back, last on `reversed_on` and for the last `reason`."""

    id: UUID
    contract_id: UUID
    contract_number: str
    project_id: UUID
    project_name: str
    division: DivisionCode
    amount: Decimal
    paid_on: date
    payee: str
    document_number: str
    state: PaymentState
    reason: str | None
    reversed_on: date | None
    reversed_amount: Decimal | None
    version: int
    may: list[str] = Field(default_factory=list)


class PaymentRecord(BaseModel):
    """What the feed says of `payment:<id>`; who was paid is not told."""

    project_id: UUID
    contract_id: UUID
    state: PaymentState
    paid_on: date


class ProjectDetail(ProjectOut):
    """A project with its contracts, whoever works on it on the day, and the qualified share of these."""

    contracts: list[ContractOut]
    staff: list[StaffOut]
    staff_share: StaffShare
