"""The whole matrix of a target's status: when, how far, with and without a plan."""

from datetime import date
from decimal import Decimal

import pytest

from gateway.coverage.rules import Anchor, Goal, Lights, goal, new_year, pace, plan, status
from services.contracts.coverage import TargetStatus

LIGHTS = Lights(Decimal(100), Decimal(85))
START, MIDDLE, DUE, AFTER = date(2021, 1, 1), date(2022, 1, 1), date(2023, 1, 1), date(2023, 1, 2)
PLANNED = goal(DUE, Decimal(100), Anchor(START, Decimal(0)), ())  # 50 in the middle
UNPLANNED = goal(DUE, Decimal(100), None, ())
NO_NUMBER = goal(DUE, None, Anchor(START, Decimal(0)), ())


@pytest.mark.parametrize(
    ("goal", "day", "value", "when_due", "expected"),
    [
        (None, MIDDLE, 50, None, "no_target"),
        (NO_NUMBER, MIDDLE, 50, None, "cannot_tell"),
        (NO_NUMBER, AFTER, 50, 50, "cannot_tell"),
        (PLANNED, MIDDLE, None, None, "cannot_tell"),
        (PLANNED, AFTER, None, None, "cannot_tell"),
        (PLANNED, MIDDLE, 100, None, "achieved"),
        (PLANNED, MIDDLE, 50, None, "on_track"),
        (PLANNED, MIDDLE, "49.99", None, "at_risk"),
        (PLANNED, MIDDLE, "42.5", None, "at_risk"),
        (PLANNED, MIDDLE, "42.49", None, "behind"),
        (PLANNED, MIDDLE, 0, None, "behind"),
        (PLANNED, START, 0, None, "on_track"),
        (PLANNED, date(2020, 1, 1), 0, None, "cannot_tell"),
        (PLANNED, DUE, 99, 99, "at_risk"),
        (PLANNED, DUE, 100, 100, "achieved"),
        (PLANNED, AFTER, 100, 100, "achieved"),
        (PLANNED, AFTER, 120, 99, "missed"),
        (PLANNED, AFTER, 0, 100, "achieved"),
        (UNPLANNED, MIDDLE, 99, None, "cannot_tell"),
        (UNPLANNED, MIDDLE, 100, None, "achieved"),
        (UNPLANNED, AFTER, 99, 99, "missed"),
        (UNPLANNED, AFTER, 100, 100, "achieved"),
    ],
)
def test_status(goal: Goal | None, day: date, value, when_due, expected: str):
    numbers = [None if v is None else Decimal(v) for v in (value, when_due)]

    found = status(goal, day, value=numbers[0], value_when_due=numbers[1], lights=LIGHTS)

    assert found is TargetStatus(expected)


def test_the_plan_passes_through_the_targets_due_before():
    path = goal(date(2025, 1, 1), Decimal(20), Anchor(START, Decimal(0)), [Anchor(DUE, Decimal(5))]).path

    assert [plan(path, d) for d in (START, DUE, date(2024, 1, 2), date(2025, 1, 1), date(2030, 1, 1))] == [
        0, 5, Decimal(5) + 15 * (Decimal(366) / 731), 20, 20,
    ]  # fmt: skip


def test_an_earlier_target_is_a_beginning_where_there_is_no_baseline():
    path = goal(date(2025, 1, 1), Decimal(20), None, [Anchor(DUE, Decimal(5))]).path

    assert [plan(path, d) for d in (MIDDLE, DUE)] == [None, 5]


def test_a_target_before_the_baseline_is_no_part_of_the_plan():
    path = goal(DUE, Decimal(20), Anchor(MIDDLE, Decimal(8)), [Anchor(START, Decimal(5))]).path

    assert path == (Anchor(MIDDLE, Decimal(8)), Anchor(DUE, Decimal(20)))


def test_what_is_counted_anew_each_year_starts_from_nothing():
    due = date(2023, 12, 31)
    path = goal(due, Decimal(60), new_year(due), ()).path

    assert plan(path, date(2022, 12, 31)) == 0
    assert plan(path, due) == 60


@pytest.mark.parametrize(
    ("gap", "day", "expected"),
    [(-12, date(2022, 1, 1), "1.00"), (0, MIDDLE, None), (3, MIDDLE, None), (-5, DUE, None), (None, MIDDLE, None)],
)
def test_pace_is_what_each_month_must_add(gap, day, expected):
    found = pace(None if gap is None else Decimal(gap), DUE, day)

    assert found == (None if expected is None else Decimal(expected))
