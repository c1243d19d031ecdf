"""What a dated target's status is on a day. Pure: no I/O, no clock (architecture §3)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from services.contracts.coverage import TargetStatus

MONTH_DAYS = Decimal("30.4375")


class Anchor(NamedTuple):
    """The plan passes through this value on this day."""

    day: date
    value: Decimal


class Goal(NamedTuple):
    """A target as it is judged; `path` is its plan, ascending, ending with the target itself."""

    due: date
    value: Decimal | None
    path: tuple[Anchor, ...]


class Lights(NamedTuple):
    """Shares of the plan, in percent, from which a target is on track, and at risk."""

    on_track: Decimal
    at_risk: Decimal


def goal(due: date, value: Decimal | None, baseline: Anchor | None, earlier: Sequence[Anchor]) -> Goal:
    """The plan is piecewise linear from the baseline through the targets due before; without either there is none."""
    if value is None:
        return Goal(due, None, ())
    after = date.min if baseline is None else baseline.day
    between = sorted(a for a in earlier if after < a.day < due)
    start = [] if baseline is None else [baseline]
    return Goal(due, value, (*start, *between, Anchor(due, value)))


def new_year(due: date) -> Anchor:
    """What is counted anew each year starts from nothing on 1 January."""
    return Anchor(date(due.year, 1, 1) - timedelta(days=1), Decimal(0))


def plan(path: Sequence[Anchor], day: date) -> Decimal | None:
    """The planned value on a day; before the plan begins, none; after its end, the target."""
    if not path or day < path[0].day:
        return None
    for left, right in pairwise(path):
        if day < right.day:
            share = Decimal((day - left.day).days) / (right.day - left.day).days
            return left.value + (right.value - left.value) * share
    return path[-1].value


def status(
    goal: Goal | None, day: date, *, value: Decimal | None, value_when_due: Decimal | None, lights: Lights
) -> TargetStatus:
    """After the due day only what was reached by then decides: reached later is `missed`, with its day beside it."""
    if goal is None:
        return TargetStatus.NO_TARGET
    if goal.value is None:
        return TargetStatus.CANNOT_TELL
    if day > goal.due:
        return _closed(goal.value, value_when_due)
    if value is None:
        return TargetStatus.CANNOT_TELL
    if value >= goal.value:
        return TargetStatus.ACHIEVED
    return _running(value, plan(goal.path, day), lights)


def _closed(target: Decimal, value: Decimal | None) -> TargetStatus:
    if value is None:
        return TargetStatus.CANNOT_TELL
    return TargetStatus.ACHIEVED if value >= target else TargetStatus.MISSED


def _running(value: Decimal, planned: Decimal | None, lights: Lights) -> TargetStatus:
    """A missing plan never passes: without a baseline nobody can tell."""
    if planned is None:
        return TargetStatus.CANNOT_TELL
    if value * 100 >= planned * lights.on_track:
        return TargetStatus.ON_TRACK
    return TargetStatus.AT_RISK if value * 100 >= planned * lights.at_risk else TargetStatus.BEHIND


def pace(gap: Decimal | None, due: date, day: date) -> Decimal | None:
    """What each month until the due day must add; none when it is reached, or over."""
    if gap is None or gap >= 0 or day >= due:
        return None
    return (-gap * MONTH_DAYS / (due - day).days).quantize(Decimal("0.01"))
