"""Terms of registration as the registry answers them, and what ends them before their time.

Periods are half-open.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.contracts.days import Day
from services.contracts.disclosure import Reason
from services.contracts.divisions import DivisionCode
from services.contracts.grounds import GroundCode
from services.contracts.orders import Request
from services.contracts.registry import Level
from services.contracts.text import Line


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


GROUND_NAMES: Mapping[Ground, str] = {
    Ground.DEATH: "死亡",
    Ground.LOSS_OF_CAPACITY: "丧失民事行为能力",
    Ground.OBTAINED_BY_FRAUD: "以不正当手段取得",
    Ground.CRIMINAL_PENALTY: "受刑事处罚",
    Ground.SERIOUS_ETHICS_BREACH: "严重违反职业道德",
    Ground.CERTIFICATE_REVOKED: "证书被宣布无效",
    Ground.VOLUNTARY: "本人申请",
    Ground.MOVED_OUT: "迁出本市",
    Ground.LAPSED: "逾期未办理再登记",
}


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


TERM_STATE_NAMES: Mapping[TermState, str] = {
    TermState.UPCOMING: "尚未开始",
    TermState.ACTIVE: "有效",
    TermState.RENEWAL_WINDOW: "有效，可办理再登记",
    TermState.EXPIRED: "已过期",
    TermState.SUPERSEDED: "被更高等级取代",
    TermState.CANCELLED: "已注销",
    TermState.REVOKED: "已撤销",
}


class RevokeRegistration(Request):
    ground: GroundCode
    reason: Reason


class VoidCertificate(Request):
    """The notice of the examination authority (REG-18)."""

    void_on: Day
    document: Annotated[Line, Field(min_length=2)]
    ground: GroundCode = Ground.CERTIFICATE_REVOKED.value


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
    ground: str | None
    application_id: UUID | None


class Terms(BaseModel):
    items: list[TermOut]


class GapOut(BaseModel):
    """Days without a registration between two terms of somebody: from `start` until the next one begins on `end`."""

    person_id: UUID
    person_name: str
    registration_id: UUID
    next_registration_id: UUID
    start: date
    end: date
    days: int
    division: DivisionCode


class TermAsKnown(BaseModel):
    """How a term stood on the day `on`, by what the register knew at the end of the day `known`.

    `state` is None where it knew nothing of the term yet.
    """

    registration_id: UUID
    on: date
    known: date
    state: TermState | None
    start: date | None
    end: date | None
    ground: str | None
