"""Dated parameters of the rule book that training needs. UNSURE ones are shown and warn; they never block."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.contracts import education
from services.contracts.registry import Level


class Value(NamedTuple):
    """In force from a day until the next one begins."""

    start: date
    value: int


Parameter = Sequence[Value]
EVER = date(1900, 1, 1)

CLASS_HOUR_MINUTES: Parameter = (Value(EVER, 45),)  # CE-09, UNSURE
HOUR_MINUTES: Parameter = tuple(Value(*dated) for dated in education.HOUR_MINUTES)  # CE-09, UNSURE
ANNUAL_CLASS_HOURS: Parameter = (Value(date(2021, 1, 1), 60),)  # CE-06; the first full calendar year after issue
PERIOD_HOURS: dict[Level, Parameter] = {  # CE-02
    level: tuple(Value(*dated) for dated in asked) for level, asked in education.PERIOD_HOURS.items()
}
BACKDATED_DAYS: Parameter = (Value(EVER, 30),)  # T14
TERM_YEARS: Parameter = (Value(EVER, 3),)  # SUP-07, UNSURE
MAX_SUPERVISEES: Parameter = (Value(EVER, 10),)  # SUP-04, UNSURE
YEARS_OF_PRACTICE: Parameter = (Value(EVER, 5),)  # SUP-10, UNSURE


def on(parameter: Parameter, day: date) -> int | None:
    """What holds on a day; None before anything did."""
    return next((v.value for v in reversed(parameter) if v.start <= day), None)


def always(parameter: Parameter, day: date) -> int:
    """Of a parameter that has a value on every day."""
    value = on(parameter, day)
    if value is None:
        raise ValueError(f"no value on {day}")
    return value
