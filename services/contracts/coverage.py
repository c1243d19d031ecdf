"""What the gateway answers about coverage, indicators, targets and explanations."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel

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
    name: str
    tier: Tier


class Source(BaseModel):
    """How fresh what this answer was made from is; `as_of` is the instant up to which the feed was followed."""

    service: str
    state: SourceState
    as_of: datetime | None


class CoverageTarget(BaseModel):
    due: date
    value: Decimal | None
    status: TargetStatus
    achieved_on: date | None
    of: str
    clause: str


class TierCoverage(BaseModel):
    """Counts of units of one tier; the denominator is `units`."""

    tier: Tier
    units: int
    established: int
    effective: int
    served: int
    target: CoverageTarget | None = None


class ChildCoverage(BaseModel):
    """`own` is the child's own unit when it is a single unit (a village): what it has."""

    code: DivisionCode
    name: str
    tier: Tier
    counts: bool
    tiers: list[TierCoverage]


class Coverage(BaseModel):
    division: DivisionRef
    path: list[DivisionRef]
    on: date
    map: Map
    tiers: list[TierCoverage]
    children: list[ChildCoverage]
    sources: list[Source]


class IndicatorTarget(BaseModel):
    due: date
    value: Decimal | None
    clause: str
    status: TargetStatus
    achieved_on: date | None
    gap: Decimal | None
    pace: Decimal | None


class Indicator(BaseModel):
    id: str
    name: str
    kind: Kind
    metric: str | None
    value: Decimal | None
    unit: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    target: IndicatorTarget | None = None


class Indicators(BaseModel):
    division: DivisionRef
    on: date
    items: list[Indicator]
    sources: list[Source]


class SeriesPoint(BaseModel):
    day: date
    value: Decimal | None
    plan: Decimal | None = None


class Series(BaseModel):
    id: str
    name: str
    unit: str
    division: DivisionRef
    points: list[SeriesPoint]


class Target(BaseModel):
    indicator: str
    name: str
    division: DivisionCode
    pack: str
    due: date
    value: Decimal | None
    baseline_on: date | None
    baseline: Decimal | None
    clause: str
    status: TargetStatus
    achieved_on: date | None


class TargetList(BaseModel):
    items: list[Target]
    next: str | None = None


class ExplainedFact(BaseModel):
    """One fact behind a number; `record` is the address of the record that said it."""

    service: str
    subject: str
    metric: str
    division: DivisionCode
    start: date
    end: date | None
    amount: Decimal
    record: str | None = None
    facts: list["ExplainedFact"] = []


class Outside(BaseModel):
    """What lies outside the asker's scope: one line with its sum."""

    facts: int
    amount: Decimal


class Explanation(BaseModel):
    metric: str
    division: DivisionRef
    on: date
    items: list[ExplainedFact]
    total: Decimal
    outside: Outside | None
    next: str | None


class PartStatus(BaseModel):
    part: str
    state: SourceState
    since: datetime | None
    lag_seconds: float | None
    parked: int


class Status(BaseModel):
    state: SourceState
    parts: list[PartStatus]
