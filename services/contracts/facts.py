"""Dated facts: how a number reaches the dashboard (architecture §3)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Self
from uuid import UUID

from pydantic import BaseModel, JsonValue, model_validator

from services.contracts.divisions import DivisionCode
from services.contracts.metrics import Metric


class Fact(BaseModel, frozen=True):
    """`amount` of `metric` counts at `division` from `start` up to, not including, `end`; None is open."""

    metric: Metric
    division: DivisionCode
    start: date
    end: date | None = None
    amount: Decimal = Decimal(1)

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.end is not None and self.end <= self.start:
            raise ValueError("a fact ends after it starts")
        return self


class SubjectState(BaseModel):
    """The latest word of one subject, as the feed of subjects serves it.

    What has ended keeps a record that says when. A tombstone has neither facts nor record: the subject never was, and
    whatever somebody else entered for it counts no more, until it has a record again.
    """

    subject: str
    facts: list[Fact]
    record: dict[str, JsonValue] | None = None


class EventOut(BaseModel):
    """One thing done, as the feed of events serves it; the body carries no personal data in clear."""

    id: UUID
    at: datetime
    actor: str
    kind: str
    subject: str
    body: dict[str, JsonValue]


class SubjectPage(BaseModel):
    """`next` is always a cursor to go on from; `done` says that nothing more was ready."""

    items: list[SubjectState]
    next: str
    done: bool


class EventPage(BaseModel):
    items: list[EventOut]
    next: str
    done: bool


class Period(NamedTuple):
    """A half-open period; `end` None is open."""

    start: date
    end: date | None = None


def merged(periods: Iterable[Period]) -> list[Period]:
    """The union of periods, in order, touching ones joined."""
    out: list[Period] = []
    for p in sorted((p for p in periods if p.end is None or p.start < p.end), key=lambda p: p.start):
        last = out[-1] if out else None
        if last is None or (last.end is not None and last.end < p.start):
            out.append(p)
        elif last.end is not None:
            out[-1] = Period(last.start, None if p.end is None else max(last.end, p.end))
    return out


def overlap(left: Sequence[Period], right: Sequence[Period]) -> list[Period]:
    """The days that lie in both of two unions of periods."""
    both = (Period(max(a.start, b.start), _earlier(a.end, b.end)) for a in left for b in right)
    return merged(p for p in both if p.end is None or p.start < p.end)


def without(left: Iterable[Period], right: Iterable[Period]) -> list[Period]:
    """The days of one union of periods that do not lie in the other."""
    rest = list(left)
    for p in right:
        before = [Period(r.start, _earlier(r.end, p.start)) for r in rest]
        after = [] if p.end is None else [Period(max(r.start, p.end), r.end) for r in rest]
        rest = merged([*before, *after])
    return merged(rest)


def _earlier(a: date | None, b: date | None) -> date | None:
    return b if a is None else a if b is None else min(a, b)
