"""The rules of training, by their ids, on plain values."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from services.contracts.metrics import Metric
from services.contracts.registry import Level, PersonRecord
from services.contracts.training import AttendanceRow, AttendanceState, SessionDayOrder, SessionState, Verdict
from services.kernel.errors import Conflict, DomainError, Unprocessable
from services.training import facts, hours, parameters
from services.training.attendances import rules as attendance_rules
from services.training.attendances.rules import Act, Entered, Side, When
from services.training.facts import PersonCopy
from services.training.people import rules as people_rules
from services.training.sessions import rules as session_rules
from tests.training.asking import passes
from tests.training.factories import STREET, TODAY, a_person, person_id

BOUND = PersonCopy(STREET, True, date(2022, 8, 1))
A, B = UUID(int=1), UUID(int=2)


def days(*minutes: int, first: date = date(2025, 3, 1)) -> list[tuple[date, int]]:
    return [(first + timedelta(days=n), m) for n, m in enumerate(minutes)]


def of(state, metric: Metric) -> list[tuple[date, date | None, Decimal]]:
    return [(f.start, f.end, f.amount) for f in state.facts if f.metric is metric]


def record(**over: object) -> PersonRecord:
    return PersonRecord.model_validate(a_person(0, **over).record)


# ── hours ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_ce09_forty_five_minutes_make_a_class_hour():
    assert hours.class_hours(45, 2025) == Decimal("1.00")
    assert hours.class_hours(60, 2025) == Decimal("1.33")
    assert hours.hours(90, 60) == Decimal("1.50")


def test_t07_ten_tenths_of_an_hour_make_one_exactly():
    """What is rounded away on one day comes back on another, and a new year begins anew."""
    tenth = days(*[1] * 45)
    assert sum(h for _, h in hours.shares(tenth)) == Decimal("1.00")
    over_years = [(date(2025, 12, 31), 10), (date(2026, 1, 1), 10)]
    assert [h for _, h in hours.shares(over_years)] == [Decimal("0.22")] * 2


def test_a_parameter_is_read_on_a_day():
    assert parameters.on(parameters.ANNUAL_CLASS_HOURS, date(2020, 12, 31)) is None
    assert parameters.on(parameters.ANNUAL_CLASS_HOURS, date(2021, 1, 1)) == 60


def test_ce06_compliant_from_the_day_sixty_hours_are_reached_to_the_years_end():
    state = facts.of_person(A, BOUND, days(1440, 1259, 1, 60))

    assert of(state, Metric.CE_COMPLIANT) == [(date(2025, 3, 3), date(2026, 1, 1), 1)]
    assert of(facts.of_person(A, BOUND, days(1440, 1259)), Metric.CE_COMPLIANT) == []
    assert state.record == {"years": {"2025": "61.33"}}


def test_ce08_no_surplus_is_carried_into_the_next_year():
    plenty = [*days(1440, 1440, 1440), (date(2026, 5, 1), 1440)]

    assert of(facts.of_person(A, BOUND, plenty), Metric.CE_COMPLIANT) == [(date(2025, 3, 2), date(2026, 1, 1), 1)]


def test_ce06_is_asked_from_2021_on():
    state = facts.of_person(A, BOUND._replace(since=date(2015, 1, 1)), days(1440, 1440, first=date(2020, 5, 1)))

    assert of(state, Metric.CE_COMPLIANT) == []
    assert of(state, Metric.STAFF_IN_SCOPE) == [(date(2021, 1, 1), None, 1)]
    assert of(state, Metric.HOURS_ATTENDED) == [(date(2020, 5, 1), None, 32), (date(2020, 5, 2), None, 32)]


@pytest.mark.parametrize(
    ("person", "start"),
    [
        (BOUND, date(2022, 8, 1)),
        (BOUND._replace(since=None), date(2025, 3, 1)),
        (BOUND._replace(since=date(2025, 6, 1)), date(2025, 3, 1)),
        (BOUND._replace(direct_service=False), None),
        (BOUND._replace(direct_service=None), None),
    ],
)
def test_in_scope_is_who_is_known_to_be_bound_from_the_first_thing_known(person, start):
    state = facts.of_person(A, person, days(1440, 1440))

    assert [f[0] for f in of(state, Metric.STAFF_IN_SCOPE)] == ([start] if start else [])
    assert bool(of(state, Metric.CE_COMPLIANT)) == (start is not None)
    assert sum(f[2] for f in of(state, Metric.HOURS_ATTENDED)) == 64


def test_whoever_has_no_hours_and_is_not_bound_says_nothing():
    assert facts.of_person(A, PersonCopy(STREET, None, date(2020, 1, 1)), []).record is None


@pytest.mark.parametrize(
    ("over", "attended", "verdict", "missing"),
    [
        ({}, days(1440, 1440), Verdict.MET, []),
        ({}, days(1440), Verdict.NOT_MET, []),
        ({"direct_service": None}, days(1440, 1440), Verdict.CANNOT_DECIDE, ["direct_service"]),
        ({"direct_service": False}, [], Verdict.NOT_BOUND, []),
    ],
)
def test_ce06_of_a_person_is_met_not_met_or_cannot_be_decided(over, attended, verdict, missing):
    found = people_rules.annual(record(**over), 2025, attended)

    assert (found.rule, found.verdict, found.missing) == ("CE-06", verdict, missing)


@pytest.mark.parametrize(
    ("level", "hours_", "verdict"),
    [
        (Level.ASSISTANT, 72, Verdict.MET),
        (Level.ASSISTANT, 71, Verdict.NOT_MET),
        (Level.SOCIAL_WORKER, 72, Verdict.NOT_MET),
        (Level.SENIOR, 90, Verdict.MET),
    ],
)
def test_ce02_72_or_90_hours_within_the_registration(level, hours_, verdict):
    """CE-12: what was attended before the period counts in another one."""
    person = record(certificates=[{"level": level, "start": "2022-08-01", "end": None}])
    attended = [(date(2023, 6, 1) + timedelta(days=n), 60) for n in range(hours_)] + [(date(2023, 4, 30), 1440)]

    found = people_rules.of_period(person, 2024, attended)

    assert (found.rule, found.verdict, found.reached) == ("CE-02", verdict, hours_)


@pytest.mark.parametrize(
    ("over", "missing"), [({"registered": []}, ["registration"]), ({"certificates": [], "level": None}, ["level"])]
)
def test_ce02_cannot_be_decided_without_a_registration_or_a_level(over, missing):
    found = people_rules.of_period(record(**over), 2024, days(1440))

    assert (found.verdict, found.missing) == (Verdict.CANNOT_DECIDE, missing)


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def instants(start: datetime, **length: float) -> SessionDayOrder:
    return SessionDayOrder(starts_at=start, ends_at=start + timedelta(**length))


def at(hour: int, day: int = 1) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (instants(at(0), hours=25), "session_too_long"),  # T01
        (instants(at(0), hours=0), "ends_before_start"),  # T05
        (instants(at(5), hours=-1), "ends_before_start"),
        (instants(at(5), seconds=30), "session_too_short"),
        (SessionDayOrder(day=date(2026, 3, 1)), "day_or_instants"),
        (SessionDayOrder(starts_at=at(1)), "day_or_instants"),
        (SessionDayOrder(day=date(2026, 3, 1), starts_at=at(1), ends_at=at(2)), "day_or_instants"),
        (SessionDayOrder(starts_at=at(1), ends_at=at(2), minutes=61), "minutes_do_not_fit"),
        (SessionDayOrder(starts_at=at(15), ends_at=at(17), minutes=60), "minutes_do_not_fit"),
    ],
)
def test_t01_t05_days_that_do_not_fit_are_refused(order, code):
    with pytest.raises(Unprocessable) as refused:
        session_rules.days_of([order])

    assert (refused.value.code, refused.value.errors[0].field.startswith("days.0")) == (code, True)


def test_t01_a_whole_day_is_not_too_long():
    assert [d.minutes for d in session_rules.days_of([instants(at(16), hours=24)])] == [1440]


def test_t09_either_side_of_midnight_in_shanghai_counts_on_its_own_date():
    """CE-12: 16:00 UTC is midnight."""
    before, after = session_rules.days_of([instants(at(14), hours=4)])
    whole = session_rules.days_of([instants(at(16, 5), hours=2)])

    assert [(d.day, d.minutes) for d in (before, after)] == [(date(2026, 3, 1), 120), (date(2026, 3, 2), 120)]
    assert (before.ends_at, after.starts_at) == (at(16), at(16))
    assert [d.day for d in whole] == [date(2026, 3, 6)]


def test_the_same_day_twice_is_refused():
    with pytest.raises(Unprocessable) as refused:
        session_rules.days_of([SessionDayOrder(day=date(2026, 3, 1), minutes=60), instants(at(1), hours=1)])

    assert refused.value.code == "day_twice"


def test_ce11_a_cancelled_session_stays_cancelled():
    for state, to in itertools.product(SessionState, SessionState):
        allowed = (state, to) in {
            (SessionState.PLANNED, SessionState.HELD),
            (SessionState.PLANNED, SessionState.CANCELLED),
            (SessionState.HELD, SessionState.CANCELLED),
        }
        assert allowed == passes(session_rules.check_transition, state, to)


# ── attendances ──────────────────────────────────────────────────────────────────────────────────────────────────────
S = AttendanceState
MAY = {
    (S.CLAIMED, Act.CONFIRM, Side.ORGANIZER),
    (S.ORGANIZER_CONFIRMED, Act.APPROVE, Side.REVIEWER),
    (S.CLAIMED, Act.REJECT, Side.ORGANIZER),
    (S.CLAIMED, Act.REJECT, Side.REVIEWER),
    (S.ORGANIZER_CONFIRMED, Act.REJECT, Side.ORGANIZER),
    (S.ORGANIZER_CONFIRMED, Act.REJECT, Side.REVIEWER),
    (S.APPROVED, Act.REVERSE, Side.REVIEWER),
}


@pytest.mark.parametrize(("state", "act", "side"), list(itertools.product(S, Act, Side)))
def test_ce11_who_may_do_what_with_an_attendance_in_which_state(state, act, side):
    allowed = (state, act, side) in MAY

    assert (act.value in attendance_rules.acts(state, {side}, own=False)) == allowed
    if any((state, act, s) in MAY for s in Side):
        assert attendance_rules.check_move(act, state, "理由") is attendance_rules.MOVES[act].after
    else:
        with pytest.raises(Conflict):
            attendance_rules.check_move(act, state, "理由")


def test_ce11_an_hour_is_entered_by_one_and_approved_by_another():
    assert "approve" in attendance_rules.acts(S.ORGANIZER_CONFIRMED, set(Side), own=False)
    assert attendance_rules.acts(S.ORGANIZER_CONFIRMED, set(Side), own=True) == ["reject"]
    assert [act for act in Act if not passes(attendance_rules.check_other, act, own=True)] == [Act.APPROVE]
    assert passes(attendance_rules.check_other, Act.APPROVE, own=False)


def test_a_rejection_needs_a_reason():
    for act, state in ((Act.REJECT, S.CLAIMED), (Act.REVERSE, S.APPROVED)):
        with pytest.raises(Unprocessable):
            attendance_rules.check_move(act, state, None)


HELD = [When(date(2026, 3, 1), at(1), at(4), 180)]
PEOPLE = {person_id(0): BOUND, person_id(1): BOUND}


def plan(*rows: AttendanceRow, before=(), held=HELD, today: date = TODAY, state=S.ORGANIZER_CONFIRMED):
    return attendance_rules.planned(A, rows, held, PEOPLE, before, today, state)


def a_row(n: int = 0, **over: object) -> AttendanceRow:
    return AttendanceRow(person_id=person_id(n), **over)


def codes(*rows: AttendanceRow, **over) -> list[tuple[int | None, str]]:
    with pytest.raises(DomainError) as refused:
        plan(*rows, **over)
    return [(e.row, e.code) for e in refused.value.errors]


def test_wrong_rows_are_all_named():
    wrong = codes(a_row(9), a_row(0), a_row(1, day=date(2026, 3, 2)), a_row(2), a_row(1, minutes=181))

    assert wrong == [
        (1, "no_such_person"), (3, "not_a_day_of_the_session"), (4, "no_such_person"), (5, "more_than_taught")
    ]  # fmt: skip
    assert codes(a_row(), today=date(2026, 2, 1)) == [(1, "not_yet")]
    assert codes(a_row(), held=[*HELD, When(date(2026, 3, 2), None, None, 60)]) == [(1, "day_missing")]


def test_t17_the_same_again_is_nothing_new():
    entered = Entered(A, person_id(0), date(2026, 3, 1), at(1), at(4), 180)

    assert plan(a_row(), a_row(1), a_row(), before=(entered,)) == ([entered._replace(person_id=person_id(1))], 2)
    assert codes(a_row(minutes=90), before=(entered,)) == [(1, "entered_otherwise")]


def test_t03_nobody_is_in_two_places():
    elsewhere = Entered(B, person_id(0), date(2026, 3, 1), at(3), at(6), 60)

    assert codes(a_row(), before=(elsewhere,)) == [(1, "overlapping")]
    assert plan(a_row(), before=(elsewhere._replace(starts_at=at(4)),)).unchanged == 0


def test_t01_nobody_attends_more_than_a_day_a_day():
    whole = Entered(B, person_id(0), date(2026, 3, 1), None, None, 1300)

    assert codes(a_row(), before=(whole,)) == [(1, "over_24_hours")]
    assert plan(a_row(minutes=140), before=(whole,)).unchanged == 0


def test_t01_t03_what_is_only_claimed_takes_nobodys_time_before_it_is_confirmed():
    day = date(2026, 3, 1)
    claims = (
        Entered(B, person_id(0), day, None, None, 1440, True),
        Entered(B, person_id(0), day, at(1), at(4), 9, True),
    )

    for claim in claims:
        assert len(plan(a_row(), before=(claim,)).new) == 1
        confirmed = Entered(A, person_id(0), day, at(1), at(4), 180)
        with pytest.raises(Conflict):
            attendance_rules.check_confirmed(claim._replace(claimed=False), [claim, confirmed])
        attendance_rules.check_confirmed(claim._replace(claimed=False), [claim])
    claimed = plan(a_row(), a_row(1), state=S.CLAIMED).new
    assert [e.claimed for e in claimed] == [True, True]


def test_t14_what_lies_more_than_thirty_days_back_needs_a_reason():
    assert passes(attendance_rules.check_backdated, TODAY - timedelta(days=30), TODAY, None)
    assert not passes(attendance_rules.check_backdated, TODAY - timedelta(days=31), TODAY, None)
    assert passes(attendance_rules.check_backdated, TODAY - timedelta(days=31), TODAY, "补交")
    [note] = attendance_rules.warnings(plan(a_row()), today=TODAY, capacity=None, attended=1)
    assert note.field == "day"
