"""What coordination takes, answers and says: records of services delivered.

Nobody who was served is named: a record counts them and no more (PI-02, PI-04).
"""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.practice import PracticeField
from services.contracts.text import Line

MOST_ROWS = 1000


class ServiceKind(StrEnum):
    """The 11 services of the city's guide for stations (COV-11)."""

    POLICY_CONSULTATION = "policy_consultation"
    SOCIAL_ASSISTANCE = "social_assistance"
    EMOTIONAL_SUPPORT = "emotional_support"
    CAPACITY_BUILDING = "capacity_building"
    SOCIAL_SUPPORT = "social_support"
    CRISIS_INTERVENTION = "crisis_intervention"
    RIGHTS_PROTECTION = "rights_protection"
    SOCIAL_INTEGRATION = "social_integration"
    COMMUNITY_PARTICIPATION = "community_participation"
    CULTURE_SPORTS_HEALTH = "culture_sports_health"
    ENVIRONMENTAL_PROTECTION = "environmental_protection"


SERVICE_KIND_NAMES: dict[ServiceKind, str] = {
    ServiceKind.POLICY_CONSULTATION: "政策宣传咨询",
    ServiceKind.SOCIAL_ASSISTANCE: "社会救助",
    ServiceKind.EMOTIONAL_SUPPORT: "精神慰藉",
    ServiceKind.CAPACITY_BUILDING: "能力提升",
    ServiceKind.SOCIAL_SUPPORT: "社会支持",
    ServiceKind.CRISIS_INTERVENTION: "危机干预",
    ServiceKind.RIGHTS_PROTECTION: "权益维护",
    ServiceKind.SOCIAL_INTEGRATION: "社会融入",
    ServiceKind.COMMUNITY_PARTICIPATION: "社区参与",
    ServiceKind.CULTURE_SPORTS_HEALTH: "文体健康",
    ServiceKind.ENVIRONMENTAL_PROTECTION: "环境保护",
}


class ServiceRecordState(StrEnum):
    ENTERED = "entered"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


SERVICE_RECORD_STATE_NAMES: dict[ServiceRecordState, str] = {
    ServiceRecordState.ENTERED: "已录入",
    ServiceRecordState.CORRECTED: "已更正",
    ServiceRecordState.WITHDRAWN: "已撤回",
}

LONG_NUMBER = re.compile(r"[0-9０-９](?:[\s-]?[0-9０-９]){10}")


def nobody_in_it(text: str) -> str:
    """An identity or telephone number does not belong in free text (PI-02)."""
    if LONG_NUMBER.search(text):
        raise PydanticCustomError("personal_number", "请勿填写身份证号、电话号码等个人信息，删除后重新提交")
    return text


Persons = Annotated[int, Field(strict=True, ge=1, le=100_000)]
Minutes = Annotated[int, Field(strict=True, ge=1, le=24 * 60)]
Workers = Annotated[list[UUID], Field(min_length=1, max_length=50)]
Remark = Annotated[Line, AfterValidator(nobody_in_it)]
Reason = Annotated[Line, Field(min_length=1), AfterValidator(nobody_in_it)]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class CreateServiceRecord(Request):
    """Delivered at a service point, or, away from any, in a division; one of the two is said.

    `reference` is the sender's own number; without it a place has one service of a kind on a day by the same workers.
    """

    service_point_id: UUID | None = None
    division: DivisionCode | None = None
    day: Day
    kind: ServiceKind
    field: PracticeField | None = None
    persons: Persons
    workers: Workers
    minutes: Minutes | None = None
    note: Remark | None = None
    late_reason: Reason | None = None
    reference: Reference | None = None


class ServiceRecordBatch(Request):
    rows: Annotated[list[CreateServiceRecord], Field(min_length=1, max_length=MOST_ROWS)]


class CorrectServiceRecord(Request):
    """What is left out stays as it is; null empties an optional field. One entered at a wrong place is withdrawn."""

    day: Day | None = None
    kind: ServiceKind | None = None
    field: PracticeField | None = None
    persons: Persons | None = None
    workers: Workers | None = None
    minutes: Minutes | None = None
    note: Remark | None = None
    late_reason: Reason | None = None


class WithdrawServiceRecord(Request):
    reason: Reason


class WorkerPresent(BaseModel):
    """Whether the registry has an active registration of theirs on the day of the service; null: not in your area."""

    person_id: UUID
    registered: bool | None


class ServiceRecordWarning(BaseModel):
    """Why a record is kept, but not counted as yet."""

    code: str
    detail: str


class ServiceRecordOut(BaseModel):
    """`serves_until` is the first day on which this record no longer keeps the unit served."""

    id: UUID
    service_point_id: UUID | None
    service_point_name: str | None
    division: DivisionCode
    division_name: str | None
    day: date
    serves_until: date
    kind: ServiceKind
    field: PracticeField | None
    persons: int
    workers: list[WorkerPresent]
    minutes: int | None
    note: str | None
    late_reason: str | None
    reference: str | None
    state: ServiceRecordState
    withdrawn_reason: str | None
    counts: bool
    warnings: list[ServiceRecordWarning]
    recorded_at: datetime
    version: int
    may: list[str] = Field(default_factory=list)


class EnteredRow(BaseModel):
    """What became of a row; one that was there before keeps its state."""

    row: int
    id: UUID
    new: bool
    state: ServiceRecordState


class ServiceRecordBatchResult(BaseModel):
    """Every row is new or unchanged: either all were taken, or none."""

    rows: int
    new: int
    unchanged: int
    items: list[EnteredRow]


class ServiceRecordRecord(BaseModel):
    """What the feed says of `service_record:<id>`."""

    service_point_id: UUID | None
    division: DivisionCode
    day: date
    kind: ServiceKind
    field: PracticeField | None
    persons: int
    state: ServiceRecordState
