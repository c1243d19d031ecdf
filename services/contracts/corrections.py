"""Corrections of what the register says, which a second person approves; and the history of a record in words."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.contracts.disclosure import Answer, Reason
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registry_events import Event
from services.contracts.text import Line


class Of(StrEnum):
    """What kind of record is put right."""

    PERSON = "person"
    CERTIFICATE = "certificate"
    REGISTRATION = "registration"


OF_NAMES: Mapping[Of, str] = {Of.PERSON: "人员", Of.CERTIFICATE: "职业水平证书", Of.REGISTRATION: "登记"}


class CorrectionState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CORRECTION_STATE_NAMES: Mapping[CorrectionState, str] = {
    CorrectionState.REQUESTED: "待批准",
    CorrectionState.APPROVED: "已更正",
    CorrectionState.REFUSED: "未批准",
    CorrectionState.WITHDRAWN: "已撤回",
}


class CorrectionAction(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class Correctable(StrEnum):
    """The fields that may be put right. Birth date and sex stand in the identity number; `end_on` is half-open."""

    NAME = "name"
    ID_TYPE = "id_type"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    EDUCATION = "education"
    MAJOR = "major"
    DIRECT_SERVICE = "direct_service"
    LEVEL = "level"
    MANAGEMENT_NUMBER = "management_number"
    APPROVED_ON = "approved_on"
    START_ON = "start_on"
    END_ON = "end_on"


CORRECTABLE_NAMES: Mapping[Correctable, str] = {
    Correctable.NAME: "姓名",
    Correctable.ID_TYPE: "证件类型",
    Correctable.ID_NUMBER: "证件号码",
    Correctable.PHONE: "手机",
    Correctable.EDUCATION: "学历",
    Correctable.MAJOR: "专业",
    Correctable.DIRECT_SERVICE: "是否直接从事社会服务",
    Correctable.LEVEL: "证书级别",
    Correctable.MANAGEMENT_NUMBER: "管理号",
    Correctable.APPROVED_ON: "批准日期",
    Correctable.START_ON: "登记日期",
    Correctable.END_ON: "登记有效期止",
}


class FieldNow(BaseModel):
    """A field as it stands, in words and masked where it is personal; `value` as an order says it, unless masked."""

    field: Correctable
    name: str
    shown: str | None
    value: str | None


class Opening(BaseModel):
    """A record as whoever corrects it reads it; `seen` says which version that was, and goes back with the order."""

    of: Of
    record_id: UUID
    person_id: UUID
    person_name: str
    division: DivisionCode
    seen: str
    fields: list[FieldNow]
    may: list[str] = Field(default_factory=list)


class NewValue(Request):
    """As it must be; None empties a field that may be empty."""

    field: Correctable
    value: Annotated[Line, Field(max_length=100)] | None


class RequestCorrection(Request):
    of: Of
    record_id: UUID
    seen: Annotated[str, Field(min_length=8, max_length=64)]
    changes: Annotated[list[NewValue], Field(min_length=1, max_length=len(Correctable))]
    reason: Reason
    evidence: Answer


class ApproveCorrection(Request):
    note: Reason | None = None


class RefuseCorrection(Request):
    reason: Reason


class Side(BaseModel):
    """One field, side by side: as it was when this was asked for, as it stands now, as it will be. Masked."""

    field: Correctable
    name: str
    before: str | None
    now: str | None = None
    after: str | None


class CorrectionOut(BaseModel):
    """`sides` is empty where the person has been erased. `stale`: the record has changed since; None in a list."""

    id: UUID
    number: int
    state: CorrectionState
    of: Of
    record_id: UUID
    person_id: UUID
    person_name: str | None
    division: DivisionCode
    fields: list[Correctable]
    sides: list[Side]
    stale: bool | None
    reason: str
    evidence: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    may: list[CorrectionAction] = Field(default_factory=list)


class CorrectionRequested(Event):
    correction_id: UUID
    of: Of
    record_id: UUID
    person_id: UUID
    fields: list[Correctable]


class CorrectionDecided(CorrectionRequested):
    """`before` and `after` tell what names nobody: levels and days."""

    state: CorrectionState
    before: dict[Correctable, str | None] = Field(default_factory=dict)
    after: dict[Correctable, str | None] = Field(default_factory=dict)


# ── history ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class HistoryChange(BaseModel):
    """In words; personal data masked, what is encrypted told as changed only."""

    field: str
    name: str
    before: str | None
    after: str | None


class HistoryEntry(BaseModel):
    """Who did what when. `subject` is the record, `about` what kind it is; `batch_id` the import that did it."""

    id: UUID
    at: datetime
    actor: str
    kind: str
    what: str
    subject: str
    about: str
    batch_id: UUID | None
    changes: list[HistoryChange]
