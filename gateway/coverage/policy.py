"""The policy packs: what coverage means, which indicators there are, and which targets a policy sets, by clause."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, model_validator

from gateway.coverage.covers import compiled
from gateway.coverage.numbering import COVERS, PRESENCE, number_of
from services.contracts.divisions import DivisionCode
from services.contracts.metrics import Kind

PACKS = Path(__file__).with_name("policies")
DEFAULT = "jinan-2020-54"


class Window(StrEnum):
    """What a flow counts when no period is asked for."""

    YEAR = "year"  # since 1 January
    ALL = "all"  # since ever


class Strict(BaseModel, extra="forbid", frozen=True):
    pass


class TargetRow(Strict):
    """`value` None: the policy names no number, or it is not known; then nobody can tell."""

    due: date
    clause: str
    value: Decimal | None = None
    division: DivisionCode | None = None  # the pack's own, unless said
    below: bool = False  # a share that holds for every division below, too
    baseline_on: date | None = None
    baseline: Decimal | None = None
    note: str | None = None


class Part(Strict):
    """One number of an indicator: a metric of the fold, and for a flow the period it is counted over."""

    metric: str
    window: Window | None = None

    @property
    def number(self) -> int:
        return number_of(self.metric)


class IndicatorRow(Strict):
    """Without `metric` (or, for a ratio, its two parts) nothing measures it yet: its targets stand all the same."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    name: str
    kind: Kind
    unit: str
    metric: str | None = None
    window: Window | None = None
    numerator: Part | None = None
    denominator: Part | None = None
    factor: int = 1
    meaning: str | None = None
    targets: tuple[TargetRow, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Numerator and denominator of a ratio, the metric itself otherwise; none if nothing measures it."""
        if self.numerator is not None and self.denominator is not None:
            return (self.numerator, self.denominator)
        return (Part(metric=self.metric, window=self.window),) if self.metric else ()

    @model_validator(mode="after")
    def _readable(self) -> Self:
        for part in self.parts:
            if part.metric.partition("@")[0] in PRESENCE:
                raise ValueError(f"{self.id}: raw presence is not read as units; name a coverage: exists@street")
            number_of(part.metric)
        if self.kind is Kind.RATIO and len(self.parts) == 1:
            raise ValueError(f"{self.id}: a ratio has a numerator and a denominator")
        return self


class Threshold(Strict):
    """From this day: the share of the plan, in percent, from which a target is on track, and at risk."""

    start: date
    on_track: Decimal
    at_risk: Decimal


class Cover(Strict):
    name: str
    of: str  # a set expression over presence metrics


class Pack(Strict):
    id: str
    name: str
    document: str
    division: DivisionCode
    start: date
    end: date
    thresholds: tuple[Threshold, ...] = Field(min_length=1)
    coverage: dict[str, Cover]
    indicators: tuple[IndicatorRow, ...]
    digest: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.coverage.keys() != COVERS.keys():
            raise ValueError(f"{self.id}: coverage defines {sorted(COVERS)}")
        for cover in self.coverage.values():
            compiled(cover.of)
        if len({i.id for i in self.indicators}) < len(self.indicators):
            raise ValueError(f"{self.id}: an indicator appears twice")
        return self

    def indicator(self, id: str) -> IndicatorRow | None:
        return next((i for i in self.indicators if i.id == id), None)


def pack_of(path: Path) -> Pack:
    text = path.read_bytes()
    return Pack.model_validate({**tomllib.loads(text.decode()), "digest": sha256(text).hexdigest()})


def definitions_of(packs: Mapping[str, Pack]) -> dict[str, str]:
    """Covers are folded once for all packs, so these must agree on what coverage means."""
    said = {name: {pack.coverage[name].of for pack in packs.values()} for name in COVERS}
    for name, expressions in said.items():
        if len(expressions) != 1:
            raise ValueError(f"the packs do not agree on {name}: {sorted(expressions)}")
    return {name: expressions.pop() for name, expressions in said.items()}


PACK_LIST: Mapping[str, Pack] = {pack.id: pack for pack in map(pack_of, sorted(PACKS.glob("*.toml")))}
DEFINITIONS = definitions_of(PACK_LIST)
