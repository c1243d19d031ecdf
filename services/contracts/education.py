"""Continuing education as a renewal is judged by it (CE-02, REG-11): what is asked for, and how somebody stands."""

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import BaseModel

from services.contracts.registry import Level
from services.contracts.training import Hours, SessionKind, Verdict

# Each from a day until the next one; in hours, and in minutes to an hour (CE-09, UNSURE).
PERIOD_HOURS: Mapping[Level, Sequence[tuple[date, int]]] = {
    Level.ASSISTANT: ((date(2009, 9, 7), 72),),
    Level.SOCIAL_WORKER: ((date(2009, 9, 7), 90),),
    Level.SENIOR: ((date(2009, 9, 7), 90),),
}
HOUR_MINUTES: Sequence[tuple[date, int]] = ((date(1900, 1, 1), 60),)


class FormHours(BaseModel):
    form: SessionKind
    hours: Hours


class EducationStanding(BaseModel):
    """Of the term from `start` to `end`: `heard_on` is the day on which training was last heard, None if never."""

    verdict: Verdict
    start: date | None
    end: date | None
    required: Hours | None
    reached: Hours | None
    missing: Hours | None
    forms: list[FormHours]
    heard_on: date | None
