"""The grounds on which a registration is refused or ended: a dated list, with the law each rests on (REG-17)."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from services.contracts.days import Day
from services.contracts.disclosure import impersonal
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registry_events import Event
from services.contracts.text import Line

GroundCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Wording = Annotated[Line, Field(min_length=2), AfterValidator(impersonal)]


class GroundDecision(StrEnum):
    """What is decided on a ground of the list."""

    REFUSAL = "refusal"
    CANCELLATION = "cancellation"
    REVOCATION = "revocation"
    VOID = "void"


DECISION_NAMES: Mapping[GroundDecision, str] = {
    GroundDecision.REFUSAL: "不予登记",
    GroundDecision.CANCELLATION: "注销登记",
    GroundDecision.REVOCATION: "撤销登记",
    GroundDecision.VOID: "证书无效",
}


class SetGround(Request):
    """A new ground, or from `begins` on new words for one there is; `unsure`: its legal basis is not confirmed."""

    division: DivisionCode
    decision: GroundDecision
    code: GroundCode
    text: Wording
    legal_basis: Wording | None = None
    begins: Day
    unsure: bool = False


class EndGround(Request):
    """From `ends` on nothing is decided on it any more."""

    division: DivisionCode
    decision: GroundDecision
    code: GroundCode
    ends: Day


class GroundOut(BaseModel):
    """`division` is None of what the system came with."""

    division: DivisionCode | None
    decision: GroundDecision
    code: str
    text: str
    legal_basis: str | None
    begins: date
    ends: date | None
    unsure: bool
    in_force: bool


class GroundSet(Event):
    division: DivisionCode
    decision: GroundDecision
    code: str
    begins: date
    unsure: bool


class GroundEnded(Event):
    division: DivisionCode
    decision: GroundDecision
    code: str
    ends: date
