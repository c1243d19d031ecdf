"""Dated parameters of the rule book that coordination reads: each value holds from its day until the next one."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.contracts.days import EARLIEST, LATEST
from services.contracts.facts import Period

ONE_DAY = timedelta(days=1)


class Dated(NamedTuple):
    since: date
    value: int


# service.valid_days, UNSURE: no text says for how long a service keeps its unit served.
SERVICE_VALID_DAYS: Sequence[Dated] = (Dated(EARLIEST, 90),)
# T14: what is recorded later than this many days is recorded with a reason.
LATE_AFTER_DAYS: Sequence[Dated] = (Dated(EARLIEST, 30),)


def value_on(values: Sequence[Dated], day: date) -> int:
    """The one in force on a day."""
    return next(v.value for v in reversed(values) if v.since <= day)


def serving_on(values: Sequence[Dated], day: date) -> Iterator[Period]:
    """The days of service of which the validity covers `day`."""
    ends = [v.since for v in values[1:]] + [LATEST]
    for (since, days), until in zip(values, ends, strict=True):
        first, end = max(since, day - (days - 1) * ONE_DAY), min(until, day + ONE_DAY)
        if first < end:
            yield Period(first, end)
