"""Records of the registry → what they say to the world: dated facts and a small copy. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel

from services.contracts.divisions import DivisionCode
from services.contracts.facts import Fact, Period, SubjectState, merged, overlap, without
from services.contracts.metrics import Metric
from services.contracts.registry import (
    DivisionRecord,
    HeldRecord,
    Level,
    OrganizationRecord,
    PeriodRecord,
    PersonRecord,
    ServicePointRecord,
    StaffingBasis,
)
from services.registry.people.rules import RANK, highest

LEVEL_METRICS = {
    Level.ASSISTANT: Metric.CERTIFIED_ASSISTANTS,
    Level.SOCIAL_WORKER: Metric.CERTIFIED_SOCIAL_WORKERS,
    Level.SENIOR: Metric.CERTIFIED_SENIORS,
}
BASIS_METRICS = {
    StaffingBasis.GOVERNMENT_PURCHASE: Metric.POINT_CONTRACTED,
    StaffingBasis.OWN_STAFF: Metric.POINT_OWN_STAFF,
}


class Held(NamedTuple):
    """A certificate: from its approval until it ends."""

    level: Level
    approved_on: date
    ended_on: date | None


class Worked(NamedTuple):
    """An assignment, with the registrations of whoever is assigned."""

    period: Period
    registered: Sequence[Period]


class PersonTraits(NamedTuple):
    """What the registry says of a person apart from certificates and terms; `merged` are those who became them."""

    division: DivisionCode
    employer_id: UUID | None
    related_major: bool
    direct_service: bool | None
    merged_into: UUID | None = None
    merged: Sequence[UUID] = ()


def said(subject: str, facts: list[Fact], record: BaseModel) -> SubjectState:
    return SubjectState(subject=subject, facts=facts, record=record.model_dump(mode="json"))


def over(metric: Metric, division: DivisionCode, periods: Iterable[Period]) -> list[Fact]:
    return [Fact(metric=metric, division=division, start=p.start, end=p.end) for p in periods]


def of_division(division: DivisionRecord) -> SubjectState:
    """A unit of its tier while it is valid, if it counts (COV-08)."""
    valid = [Period(division.valid_from, division.valid_to)] if division.counts else []
    return said(f"division:{division.code}", over(Metric.UNIT, division.code, valid), division)


def of_organization(id: UUID, organization: OrganizationRecord) -> SubjectState:
    return said(f"organization:{id}", [], organization)


def by_level(held: Sequence[Held]) -> dict[Level, list[Period]]:
    """Over which days each level is the highest that is active: on no day is anybody counted twice (CERT-08)."""
    found: dict[Level, list[Period]] = {}
    higher: list[Period] = []
    for level in sorted(Level, key=RANK.__getitem__, reverse=True):
        own = merged(Period(c.approved_on, c.ended_on) for c in held if c.level is level)
        found[level] = without(own, higher)
        higher = merged([*higher, *own])
    return found


def of_person(id: UUID, person: PersonTraits, held: Sequence[Held], registered: Iterable[Period]) -> SubjectState:
    """Counted once while any certificate is valid, once while any registration is, and for each approval (COV-12)."""
    held = sorted(held, key=lambda c: (c.approved_on, c.level))
    certified, active = merged(Period(c.approved_on, c.ended_on) for c in held), merged(registered)
    facts = [
        *over(Metric.CERTIFICATES_ISSUED, person.division, (Period(c.approved_on) for c in held)),
        *over(Metric.CERTIFIED_PEOPLE, person.division, certified),
        *(fact for level, days in by_level(held).items() for fact in over(LEVEL_METRICS[level], person.division, days)),
        *over(Metric.REGISTERED_WORKERS, person.division, active),
    ]
    record = PersonRecord(
        level=highest(c.level for c in held if c.ended_on is None),
        **person._asdict() | {"merged": list(person.merged)},
        certificates=[HeldRecord(level=c.level, start=c.approved_on, end=c.ended_on) for c in held],
        certified=[PeriodRecord(start=p.start, end=p.end) for p in certified],
        registered=[PeriodRecord(start=p.start, end=p.end) for p in active],
    )
    return said(f"person:{id}", facts, record)


def of_point(id: UUID, point: ServicePointRecord, worked: Iterable[Worked]) -> SubjectState:
    """Open; staffed while somebody assigned is registered; contracted or with own staff, as its basis says (COV-07)."""
    open_ = [Period(point.opened_on, point.closed_on)]
    staffed = merged(p for w in worked for p in overlap([w.period], merged(w.registered)))
    basis = BASIS_METRICS.get(point.staffing_basis)
    facts = [
        *over(Metric.POINT_OPEN, point.division, open_),
        *over(Metric.POINT_STAFFED, point.division, overlap(open_, staffed)),
        *(over(basis, point.division, open_) if basis else []),
    ]
    return said(f"service_point:{id}", facts, point)
