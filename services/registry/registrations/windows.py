"""When an application is in time, and which days its term has (REG-03 to REG-06, REG-20). Pure; edges included."""

import calendar
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from services.contracts.registrations import ApplicationKind
from services.registry.people.rules import years_before
from services.registry.registrations import parameters as p

ONE_DAY = timedelta(days=1)


class Window(NamedTuple):
    """From a day to a day, both included."""

    first: date
    last: date


class Amnesty(NamedTuple):
    """Days on which more is taken than usual, perhaps of one cohort only (REG-20)."""

    kind: ApplicationKind
    first_on: date
    last_on: date
    approved_from: date | None = None
    approved_until: date | None = None

    def covers(self, kind: ApplicationKind, day: date, approved_on: date) -> bool:
        cohort = (self.approved_from or date.min) <= approved_on <= (self.approved_until or date.max)
        return kind is self.kind and self.first_on <= day <= self.last_on and cohort


class Timing(StrEnum):
    IN_TIME = "in_time"
    AMNESTY = "amnesty"
    EARLY = "early"
    LATE = "late"
    UNDECIDED = "undecided"


def years_after(day: date, years: int) -> date:
    """The same day of the month; of 29 February the 28th, the last one there is (Civil Code 202)."""
    return years_before(day, -years)


def months_before(day: date, months: int) -> date:
    """The same day of the month, or the last one there is; as PostgreSQL counts."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def initial_window(approved_on: date, day: date) -> Window | None:
    """From the approval until the same day of the next year (REG-03); None where it cannot be told.

    The day on which results were published is not kept: by that anchor there is no answer.
    """
    years, anchor = p.on(p.INITIAL_YEARS, day), p.on(p.INITIAL_ANCHOR, day)
    if years is None or anchor is not p.Anchor.APPROVAL:
        return None
    return Window(approved_on, years_after(approved_on, years))


def renewal_window(end_on: date, day: date) -> Window | None:
    """The months before the last day of a term, that day included (REG-05)."""
    months, last = p.on(p.WINDOW_MONTHS, day), end_on - ONE_DAY
    return None if months is None else Window(months_before(last, months), last)


def timing(
    window: Window | None, day: date, *, kind: ApplicationKind, approved_on: date, amnesties: Iterable[Amnesty]
) -> Timing:
    """`day` is the day in Shanghai on which it was first handed in."""
    if window is not None and window.first <= day <= window.last:
        return Timing.IN_TIME
    if any(a.covers(kind, day, approved_on) for a in amnesties):
        return Timing.AMNESTY
    if window is None:
        return Timing.UNDECIDED
    return Timing.EARLY if day < window.first else Timing.LATE


def term(start: date) -> tuple[date, date] | None:
    """Half-open, of the full years (REG-04): of 29 February the last day is the 28th."""
    years = p.on(p.VALID_YEARS, start)
    if years is None:
        return None
    returns = years_after(start, years)
    return start, returns + ONE_DAY if returns.day < start.day else returns


def renewed_from(previous_end: date, registered_on: date, *, handed_in: date) -> date:
    """The day after the old term, without a gap (REG-06); of what was handed in after it, the day of registration: the
    gap stays to be seen.
    """
    return previous_end if handed_in < previous_end else max(previous_end, registered_on)
