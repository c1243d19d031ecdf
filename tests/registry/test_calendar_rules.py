"""ID-09: working days by the table of holidays; without a table nothing is decided. Windows and terms to the day."""

from datetime import date

import pytest

from services.contracts.registrations import ApplicationKind, EndedAs, TermState
from services.contracts.working_days import DayKind
from services.registry.calendar.rules import (
    NO_TABLE,
    Calendar,
    latest_overdue,
    working_days_after,
    working_days_between,
)
from services.registry.registrations import parameters as p
from services.registry.registrations.states import term_state
from services.registry.registrations.windows import (
    Amnesty,
    Timing,
    initial_window,
    renewal_window,
    renewed_from,
    term,
    timing,
)

D = date.fromisoformat
# An invented year: a holiday on Thursday and Friday, made up for on the Saturday before.
CALENDAR = Calendar(
    {D("2099-01-08"): DayKind.HOLIDAY, D("2099-01-09"): DayKind.HOLIDAY, D("2099-01-03"): DayKind.WORKDAY},
    frozenset({2099}),
)


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2099-01-01", 1, "2099-01-02"),  # the day itself is not counted
        ("2099-01-02", 1, "2099-01-03"),  # a Saturday that is made up for
        ("2099-01-03", 1, "2099-01-05"),
        ("2099-01-07", 1, "2099-01-12"),  # over the holiday and the weekend
        ("2099-01-08", 1, "2099-01-12"),  # begun on a holiday
        ("2099-01-01", 8, "2099-01-14"),
        ("2099-01-05", 0, "2099-01-05"),
    ],
)
def test_id_09_working_days_skip_holidays_and_count_days_made_up_for(start, count, due):
    found = working_days_after(D(start), count, CALENDAR)

    assert (found.due_on, found.missing_years) == (D(due), [])
    assert working_days_between(D(start), D(due), CALENDAR) == count


def test_id_09_a_year_without_a_table_is_not_decided_and_the_estimate_says_so():
    bare = working_days_after(D("2026-09-21"), 30, NO_TABLE)
    over = working_days_after(D("2098-12-31"), 3, CALENDAR)
    beyond = working_days_after(D("2099-12-30"), 3, CALENDAR)

    assert (bare.due_on, bare.estimated_on, bare.missing_years) == (None, D("2026-11-02"), [2026])
    assert (over.due_on, over.estimated_on) == (D("2099-01-03"), D("2099-01-03"))
    assert (beyond.due_on, beyond.missing_years) == (None, [2100])


@pytest.mark.parametrize("calendar", [CALENDAR, NO_TABLE])
def test_reg_10_what_has_run_out_is_told_by_when_it_began(calendar):
    today = D("2099-02-20")
    last = latest_overdue(today, 30, calendar)

    assert working_days_after(last, 30, calendar).estimated_on < today
    assert working_days_after(date.fromordinal(last.toordinal() + 1), 30, calendar).estimated_on >= today


def at(day: str, window, kind=ApplicationKind.INITIAL, amnesties=()) -> Timing:
    return timing(window, D(day), kind=kind, approved_on=D("2024-02-29"), amnesties=amnesties)


def test_reg_03_an_initial_registration_is_taken_for_a_year_and_both_edges_belong_to_it():
    window = initial_window(D("2024-02-29"), D("2024-03-01"))

    found = [at(day, window) for day in ("2024-02-28", "2024-02-29", "2025-02-28", "2025-03-01")]

    assert found == [Timing.EARLY, Timing.IN_TIME, Timing.IN_TIME, Timing.LATE]


@pytest.mark.parametrize(
    ("end", "first", "last"),
    [
        ("2026-06-01", "2026-02-28", "2026-05-31"),  # no 31 February
        ("2028-06-01", "2028-02-29", "2028-05-31"),
        ("2027-01-01", "2026-09-30", "2026-12-31"),
        ("2027-05-01", "2027-01-30", "2027-04-30"),
    ],
)
def test_reg_05_a_renewal_is_taken_in_the_three_months_before_the_last_day(end, first, last):
    assert renewal_window(D(end), D("2026-01-01")) == (D(first), D(last))


@pytest.mark.parametrize(
    ("start", "end"),
    [("2024-05-01", "2027-05-01"), ("2024-02-29", "2027-03-01"), ("2025-03-01", "2028-03-01"), ("2009-04-07", None)],
)
def test_reg_04_a_term_lasts_three_years(start, end):
    assert term(D(start)) == (None if end is None else (D(start), D(end)))


def test_reg_06_a_renewal_in_time_leaves_no_gap_and_a_late_one_leaves_it_to_be_seen():
    end = D("2026-06-01")

    assert renewed_from(end, D("2026-05-20"), handed_in=D("2026-05-02")) == end
    assert renewed_from(end, D("2026-07-15"), handed_in=D("2026-05-31")) == end
    assert renewed_from(end, D("2026-07-15"), handed_in=D("2026-06-01")) == D("2026-07-15")


def test_reg_20_an_amnesty_takes_its_cohort_on_its_days():
    amnesty = Amnesty(ApplicationKind.INITIAL, D("2026-03-01"), D("2026-03-31"), D("2024-01-01"), D("2024-12-31"))
    window = initial_window(D("2024-02-29"), D("2026-01-01"))

    found = [at(day, window, amnesties=[amnesty]) for day in ("2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01")]

    assert found == [Timing.LATE, Timing.AMNESTY, Timing.AMNESTY, Timing.LATE]
    assert at("2026-03-01", window, ApplicationKind.RENEWAL, [amnesty]) is Timing.LATE
    other = amnesty._replace(approved_from=D("2024-03-01"))
    assert at("2026-03-01", window, amnesties=[other]) is Timing.LATE


def test_reg_03_an_anchor_whose_day_is_not_kept_cannot_be_decided(monkeypatch):
    monkeypatch.setattr(p, "INITIAL_ANCHOR", (p.Dated(p.MEASURE, p.Anchor.PUBLICATION),))

    assert at("2024-05-01", initial_window(D("2024-02-29"), D("2024-05-01"))) is Timing.UNDECIDED
    assert initial_window(D("2008-05-01"), D("2009-04-07")) is None  # before the measure


@pytest.mark.parametrize(
    ("on", "ended_as", "state"),
    [
        ("2024-04-30", None, TermState.UPCOMING),
        ("2024-05-01", None, TermState.ACTIVE),
        ("2027-01-29", None, TermState.ACTIVE),
        ("2027-01-30", None, TermState.RENEWAL_WINDOW),
        ("2027-04-30", None, TermState.RENEWAL_WINDOW),
        ("2027-05-01", None, TermState.EXPIRED),
        ("2027-04-30", EndedAs.REVOKED, TermState.ACTIVE),
        ("2027-05-01", EndedAs.REVOKED, TermState.REVOKED),
        ("2027-05-01", EndedAs.SUPERSEDED, TermState.SUPERSEDED),
        ("2027-05-01", EndedAs.CANCELLED, TermState.CANCELLED),
    ],
)
def test_the_state_of_a_term_is_worked_out_from_its_days(on, ended_as, state):
    assert term_state(D("2024-05-01"), D("2027-05-01"), ended_as, D(on)) is state
