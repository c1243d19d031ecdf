"""What the gateway answers about coverage, indicators, targets and explanations."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, Field

from services.contracts.divisions import DivisionCode, Tier
from services.contracts.metrics import Kind


class TargetStatus(StrEnum):
    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    BEHIND = "behind"
    MISSED = "missed"
    CANNOT_TELL = "cannot_tell"
    NO_TARGET = "no_target"


class SourceState(StrEnum):
    FRESH = "fresh"
    STALE = "stale"
    AWAY = "away"


class Map(StrEnum):
    """`then`: as the divisions lay on the day; `today`: on the latest map known."""

    THEN = "then"
    TODAY = "today"


class DivisionRef(BaseModel):
    code: DivisionCode
    name: str = Field(examples=["历城区"])
    tier: Tier = Field(examples=[Tier.DISTRICT])


class Source(BaseModel):
    """How fresh what this answer was made from is; `as_of` is the instant up to which the feed was followed."""

    service: str = Field(examples=["registry"])
    state: SourceState
    as_of: datetime | None


class CoverageTarget(BaseModel):
    due: date
    value: Decimal | None = Field(examples=["100"])
    status: TargetStatus
    achieved_on: date | None
    of: str = Field(examples=["established"])
    clause: str = Field(examples=["五、服务发展：建设社会工作服务体系（15c）"])
    note: str | None = Field(None, examples=["文件没有给出比例"])


class TierCoverage(BaseModel):
    """Counts of units of one tier; the denominator is `units`."""

    tier: Tier = Field(examples=[Tier.STREET])
    units: int = Field(examples=[132])
    established: int = Field(examples=[132])
    effective: int = Field(examples=[130])
    served: int = Field(examples=[131])
    target: CoverageTarget | None = None


class ChildCoverage(BaseModel):
    """A village has one tier, itself: what it has is what it counts. `counts`: it is a unit of its tier (COV-08)."""

    code: DivisionCode = Field(examples=["370112001000"])
    name: str = Field(examples=["山大路街道"])
    tier: Tier = Field(examples=[Tier.STREET])
    counts: bool
    tiers: list[TierCoverage]


class Coverage(BaseModel):
    """`unrecorded` names the kinds of coverage of which there is no record anywhere yet: their 0 is no finding."""

    division: DivisionRef
    path: list[DivisionRef]
    on: date
    map: Map
    tiers: list[TierCoverage]
    children: list[ChildCoverage]
    unrecorded: list[str] = []
    sources: list[Source]


class IndicatorTarget(BaseModel):
    """`gap` is value − target, so a shortfall is negative; `pace` is what each month until the due day must add.

    `plan` is the planned value on the day; after the due day there is none. `achieved_on` of a missed target is the
    day on which it was reached after all. `note` says why a number is missing.
    """

    due: date
    value: Decimal | None = Field(examples=["15000"])
    clause: str = Field(examples=["二、职业发展：推进职业评价（6a）"])
    status: TargetStatus
    achieved_on: date | None
    gap: Decimal | None = Field(examples=["0"])
    pace: Decimal | None
    plan: Decimal | None = None
    note: str | None = Field(None, examples=["尚无数据来源"])


class IndicatorPart(BaseModel):
    """One number an indicator is made of; a flow is counted from `since`, or since ever."""

    metric: str = Field(examples=["established@street"])
    since: date | None = None


class Indicator(BaseModel):
    id: str = Field(examples=["certified_people"])
    name: str = Field(examples=["持证社会工作专业人才"])
    kind: Kind
    metric: str | None = Field(examples=["certified_people"])
    value: Decimal | None = Field(examples=["17327"])
    unit: str = Field(examples=["人"])
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    meaning: str | None = None
    parts: list[IndicatorPart] = []
    target: IndicatorTarget | None = None


class ChildValue(BaseModel):
    """`value` None: nothing measures it there, or it is a share of nothing. Rates and lights are the child's own."""

    code: DivisionCode = Field(examples=["370112000000"])
    name: str = Field(examples=["历城区"])
    tier: Tier = Field(examples=[Tier.DISTRICT])
    counts: bool
    value: Decimal | None = Field(examples=["95.23"])
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    target: Decimal | None = None
    due: date | None = None
    status: TargetStatus


class ChildValues(BaseModel):
    """One indicator in every division below; `whole` is that of the division itself."""

    division: DivisionRef
    on: date
    whole: Indicator
    items: list[ChildValue]
    sources: list[Source]


class Indicators(BaseModel):
    division: DivisionRef
    on: date
    items: list[Indicator]
    sources: list[Source]


class SeriesPoint(BaseModel):
    day: date
    value: Decimal | None = Field(examples=["17327"])
    plan: Decimal | None = None


class Series(BaseModel):
    id: str = Field(examples=["certified_people"])
    name: str = Field(examples=["持证社会工作专业人才"])
    unit: str = Field(examples=["人"])
    division: DivisionRef
    points: list[SeriesPoint]


class Target(BaseModel):
    indicator: str = Field(examples=["certified_people"])
    name: str = Field(examples=["持证社会工作专业人才"])
    division: DivisionCode
    pack: str = Field(examples=["jinan-2020-54"])
    due: date
    value: Decimal | None = Field(examples=["15000"])
    baseline_on: date | None
    baseline: Decimal | None
    clause: str = Field(examples=["二、职业发展：推进职业评价（6a）"])
    status: TargetStatus
    achieved_on: date | None
    note: str | None = Field(None, examples=["基线为 2019 年末累计通过人数"])


class TargetList(BaseModel):
    items: list[Target]
    next: str | None = None


class ExplainedFact(BaseModel):
    """One fact behind a number; `record` is the address of the record that said it."""

    service: str = Field(examples=["registry"])
    subject: str = Field(examples=["person:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a11"])
    metric: str = Field(examples=["certified_people"])
    division: DivisionCode
    start: date
    end: date | None
    amount: Decimal = Field(examples=["1"])
    record: str | None = None
    facts: list["ExplainedFact"] = []


class Outside(BaseModel):
    """What lies outside the asker's scope: one line with its sum."""

    facts: int
    amount: Decimal = Field(examples=["312"])


class Explanation(BaseModel):
    metric: str = Field(examples=["certified_people"])
    division: DivisionRef
    on: date
    items: list[ExplainedFact]
    total: Decimal = Field(examples=["17327"])
    outside: Outside | None
    next: str | None = Field(examples=[None])


class GapKind(StrEnum):
    """Why a unit is not effectively covered, the gravest first: nothing there, an empty shell, or unpaid work."""

    NO_POINT = "no_point"  # no open point
    SHELL = "shell"  # a point without a registered social worker
    NO_CONTRACT = "no_contract"  # staffed, but neither bought by a contract nor with own staff


class Lack(StrEnum):
    POINT = "point"
    STAFF = "staff"
    CONTRACT = "contract"
    SERVICE = "service"


class Gap(BaseModel):
    """A unit that exists and is not effective; `within` is the division right above it."""

    division: DivisionRef
    within: DivisionRef | None
    kind: GapKind
    lacks: list[Lack] = Field(examples=[["staff", "service"]])


class GapCount(BaseModel):
    kind: GapKind
    tier: Tier = Field(examples=[Tier.STREET])
    units: int = Field(examples=[12])


class Gaps(BaseModel):
    """`counts` are of the whole division; `outside` of these units lie beyond the asker's area and are not listed."""

    division: DivisionRef
    on: date
    counts: list[GapCount]
    outside: int = Field(examples=[0])
    items: list[Gap]
    next: str | None = Field(examples=[None])


class PartStatus(BaseModel):
    part: str = Field(examples=["registry"])
    state: SourceState
    since: datetime | None
    lag_seconds: float | None
    parked: int


class Status(BaseModel):
    state: SourceState
    parts: list[PartStatus]
