"""Records of training → what they say to the world: dated facts and a small copy. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.contracts.divisions import DivisionCode
from services.contracts.facts import Fact, Period, SubjectState, merged, overlap
from services.contracts.metrics import Metric
from services.contracts.training import Credit, TrainingStanding
from services.contracts.training_practice import PlaceKind
from services.training.hours import by_day, class_hour, shares
from services.training.parameters import ANNUAL_CLASS_HOURS, on

PLACE_METRICS = {PlaceKind.BASE: Metric.TRAINING_BASES, PlaceKind.SITE: Metric.INTERNSHIP_SITES}
RULE_STARTS = ANNUAL_CLASS_HOURS[0].start


class PersonCopy(NamedTuple):
    """What the registry says of a person, as far as hours go. `since` is the first dated thing it knows of them."""

    division: DivisionCode
    direct_service: bool | None
    since: date | None


Attended = Sequence[tuple[date, int]]  # a day and its minutes, in any order


def over(metric: Metric, division: DivisionCode, periods: Iterable[Period]) -> list[Fact]:
    return [Fact(metric=metric, division=division, start=p.start, end=p.end) for p in periods]


def of_credits(id: UUID, person: PersonCopy, credits: Sequence[Credit]) -> SubjectState:
    """From what was approved, form by form: the registry judges a renewal by it (REG-11, CE-14)."""
    return of_person(id, person, [(c.day, c.minutes) for c in credits], credits)


def of_person(id: UUID | str, person: PersonCopy, attended: Attended, credits: Sequence[Credit] = ()) -> SubjectState:
    """Hours where the person counts; in scope and compliant only while it is known that the rule binds (CE-06)."""
    days = by_day(attended)
    split = shares(days)
    bound = scope(person, days[0][0] if days else None)
    hours = [
        Fact.model_construct(metric=Metric.HOURS_ATTENDED, division=person.division, start=d, end=None, amount=h)
        for d, h in split
        if h
    ]
    facts = [
        *hours,
        *over(Metric.STAFF_IN_SCOPE, person.division, bound),
        *over(Metric.CE_COMPLIANT, person.division, overlap(bound, compliant(days))),
    ]
    standing = TrainingStanding(years=by_year(split), credits=list(credits))
    record = standing.model_dump(mode="json", exclude_defaults=True) if facts or split else None
    return SubjectState(subject=f"person:{id}", facts=facts, record=record)


def scope(person: PersonCopy, first_attended: date | None) -> list[Period]:
    """From the first dated thing known of the person, not before the rule."""
    known = [day for day in (person.since, first_attended) if day is not None]
    if person.direct_service is not True or not known:
        return []
    return [Period(max(RULE_STARTS, min(known)))]


def compliant(days: Iterable[tuple[date, int]]) -> list[Period]:
    """From the day on which the class hours of a calendar year are reached to its end (CE-06, CE-08, CE-12)."""
    periods: list[Period] = []
    year, total = 0, 0
    for day, minutes in days:
        before, year = (total if day.year == year else 0), day.year
        total = before + minutes
        asked = on(ANNUAL_CLASS_HOURS, day)
        if asked is not None and before < asked * class_hour(year) <= total:
            periods.append(Period(day, date(year + 1, 1, 1)))
    return periods


def by_year(split: Iterable[tuple[date, Decimal]]) -> dict[str, Decimal]:
    years: dict[str, Decimal] = {}
    for day, hours in split:
        years[str(day.year)] = years.get(str(day.year), Decimal()) + hours
    return years


class Step(NamedTuple):
    """From a day on, a record is in a state; steps come in the order in which they were taken."""

    day: date
    state: str


def while_in(state: str, steps: Sequence[Step]) -> list[Period]:
    """The days on which a record was, or is, in a state."""
    ends = [step.day for step in steps[1:]]
    held = zip(steps, [*ends, None], strict=True) if steps else ()
    return merged(Period(step.day, end) for step, end in held if step.state == state)


class Appointment(NamedTuple):
    id: UUID
    division: DivisionCode
    term: Period
    steps: Sequence[Step]


def of_holder(appointments: Sequence[Appointment]) -> list[SubjectState]:
    """All appointments of one supervisor: counted while appointed and in term (SUP-02), and each day only once.

    They come in the order in which they were recorded: no later one takes a day from an earlier one by an earlier term.
    """
    taken: list[Period] = []
    states = []
    for a in appointments:
        counted = overlap([a.term], while_in("appointed", a.steps))
        facts = over(Metric.SUPERVISORS, a.division, without(counted, taken))
        taken = merged([*taken, *counted])
        states.append(SubjectState(subject=f"supervisor:{a.id}", facts=facts))
    return states


def without(periods: Sequence[Period], taken: Sequence[Period]) -> list[Period]:
    """What is left of a union of periods when another one is cut out."""
    left = list(periods)
    for cut in taken:
        left = [piece for p in left for piece in around(p, cut)]
    return left


def around(period: Period, cut: Period) -> list[Period]:
    """What of a period lies before and after the cut."""
    if not overlap([period], [cut]):
        return [period]
    before = [Period(period.start, cut.start)] if period.start < cut.start else []
    after = [] if cut.end is None else [Period(max(cut.end, period.start), period.end)]
    return [p for p in (*before, *after) if p.end is None or p.start < p.end]


def of_place(
    id: UUID, kind: PlaceKind, division: DivisionCode, agreement: Period | None, steps: Sequence[Step]
) -> SubjectState:
    """Counted only while approved and while the agreement is in force (INT-06)."""
    counted = overlap([agreement], while_in("approved", steps)) if agreement else []
    return SubjectState(subject=f"{kind.value}:{id}", facts=over(PLACE_METRICS[kind], division, counted))
