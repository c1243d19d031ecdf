"""On which day a threshold was first reached: the edges of the period asked for, and of the curve."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from gateway.coverage.numbering import ONE
from gateway.coverage.reads import Question, day_number, first_day
from gateway.coverage.steps import Steps

START = date(2024, 1, 1)
PART, WHOLE = 8, 9


def day(n: int) -> date:
    return START + timedelta(n)


def steps(*moves: tuple[int, int, int]) -> Steps:
    """(metric, day, by how much), in any order."""
    metrics, days, deltas = zip(*moves, strict=True)
    return Steps(
        np.array(metrics, np.int64), np.ones(len(moves), np.int16),
        np.array([day_number(day(n)) for n in days], np.int32), np.array(deltas, np.int64) * ONE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [(None, 30, 10), (None, 10, 10), (None, 9, None), (15, 30, 15), (10, 10, 10), (19, 19, 19), (20, 29, None),
     (20, 30, 30), (40, 40, 40)],
)  # fmt: skip
def test_a_number_reaches_its_target(since, until, expected):
    """At least 2 from day 10 until day 20, and again from day 30."""
    curve = steps((PART, 5, 1), (PART, 30, 1), (PART, 20, -1), (PART, 10, 1))
    asked = Question(PART, 0, 0, Decimal(2), date.min if since is None else day(since), day(until))

    assert first_day(curve, asked) == (None if expected is None else day(expected))


@pytest.mark.parametrize(("share", "expected"), [("0.5", 5), ("0.6", 20), ("1", 20), ("1.01", None)])
def test_a_share_reaches_its_target(share, expected):
    """1 of 2 from day 5, 1 of 1 from day 20; before day 5 a share of nothing is none."""
    curve = steps((WHOLE, 1, 2), (PART, 5, 1), (WHOLE, 20, -1))

    found = first_day(curve, Question(PART, WHOLE, 0, Decimal(share), date.min, day(99)))

    assert found == (None if expected is None else day(expected))


def test_what_was_there_before_the_year_is_not_counted():
    curve = steps((PART, 1, 5), (PART, 40, 2))

    assert first_day(curve, Question(PART, 0, 5 * ONE, Decimal(1), day(31), day(99))) == day(40)


def test_an_empty_curve_reaches_nothing():
    curve = steps((PART, 1, 5))

    assert first_day(curve, Question(WHOLE, 0, 0, Decimal(1), date.min, day(99))) is None
