"""Minutes as class hours (CE-09): a calendar year is counted in the class hour in force on its first day.

Minutes are summed, then rounded: what rounding takes from one day the next one gets, and a year is exact (T07).
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache

from services.training.parameters import CLASS_HOUR_MINUTES, always

CENT = Decimal("0.01")


@cache
def class_hour(year: int) -> int:
    """How many minutes make one."""
    return always(CLASS_HOUR_MINUTES, date(year, 1, 1))


def cents(minutes: int, unit: int) -> int:
    """Hundredths of a unit, half up."""
    return (minutes * 200 + unit) // (2 * unit)


def hours(minutes: int, unit: int) -> Decimal:
    return cents(minutes, unit) * CENT


def class_hours(minutes: int, year: int) -> Decimal:
    return hours(minutes, class_hour(year))


def by_day(attended: Iterable[tuple[date, int]]) -> list[tuple[date, int]]:
    """Day by day, in order, the minutes of each."""
    days: dict[date, int] = {}
    for day, minutes in attended:
        days[day] = days.get(day, 0) + minutes
    return sorted(days.items())


def shares(days: Iterable[tuple[date, int]]) -> list[tuple[date, Decimal]]:
    """The class hours of each day, which add up, in every calendar year, to those of the year so far."""
    out: list[tuple[date, Decimal]] = []
    year, total, before = 0, 0, 0
    for day, minutes in days:
        if day.year != year:
            year, total, before = day.year, 0, 0
        total += minutes
        after = cents(total, class_hour(year))
        out.append((day, (after - before) * CENT))
        before = after
    return out
