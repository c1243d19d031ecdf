"""The rules of training, by their ids, on plain values."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from services.contracts.facts import Period
from services.contracts.metrics import Metric
from services.contracts.registry import Level, PersonRecord
from services.contracts.training import AttendanceRow, AttendanceState, SessionDayOrder, SessionState, Verdict
from services.contracts.training_practice import (
    Answer,
    Checklist,
    PlaceKind,
    PlaceState,
    SupervisorState,
    SupervisorType,
)
from services.kernel.errors import Conflict, DomainError, Unprocessable
from services.training import facts, hours, parameters
from services.training.attendances import rules as attendance_rules
from services.training.attendances.rules import Act, Entered, Side, When
from services.training.facts import Appointment, PersonCopy, Step
from services.training.people import rules as people_rules
from services.training.places import rules as place_rules
from services.training.sessions import rules as session_rules
from services.training.steps import check_move
from services.training.supervisors import rules as supervisor_rules
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
        (BOUND._replace(gone=True), None),
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


def passes(check, *args, **named) -> bool:
    try:
        check(*args, **named)
    except DomainError:
        return False
    return True


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

    assert (act.value in attendance_rules.acts(state, {side})) == allowed
    if any((state, act, s) in MAY for s in Side):
        assert attendance_rules.check_move(act, state, "理由") is attendance_rules.MOVES[act].after
    else:
        with pytest.raises(Conflict):
            attendance_rules.check_move(act, state, "理由")


def test_a_rejection_needs_a_reason():
    for act, state in ((Act.REJECT, S.CLAIMED), (Act.REVERSE, S.APPROVED)):
        with pytest.raises(Unprocessable):
            attendance_rules.check_move(act, state, None)


HELD = [When(date(2026, 3, 1), at(1), at(4), 180)]
PEOPLE = {person_id(0): BOUND, person_id(1): BOUND, person_id(2): BOUND._replace(gone=True)}


def plan(*rows: AttendanceRow, before: tuple[Entered, ...] = (), held=HELD, today: date = TODAY):
    return attendance_rules.planned(A, rows, held, PEOPLE, before, today)


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


def test_t14_what_lies_more_than_thirty_days_back_needs_a_reason():
    assert passes(attendance_rules.check_backdated, TODAY - timedelta(days=30), TODAY, None)
    assert not passes(attendance_rules.check_backdated, TODAY - timedelta(days=31), TODAY, None)
    assert passes(attendance_rules.check_backdated, TODAY - timedelta(days=31), TODAY, "补交")
    [note] = attendance_rules.warnings(plan(a_row()), today=TODAY, capacity=None, attended=1)
    assert note.field == "day"


# ── supervisors ──────────────────────────────────────────────────────────────────────────────────────────────────────
V = SupervisorState
STEPS = {
    ("nominated", "review"): "reviewed",
    ("reviewed", "publicise"): "publicised",
    ("publicised", "appoint"): "appointed",
    ("appointed", "suspend"): "suspended",
    ("suspended", "resume"): "appointed",
} | {(s, "dismiss"): "dismissed" for s in ("nominated", "reviewed", "publicised", "appointed", "suspended")}
PLACE_STEPS = {
    ("applied", "check-site"): "site_checked",
    ("site_checked", "approve"): "approved",
    ("approved", "suspend"): "suspended",
    ("suspended", "resume"): "approved",
} | {(s, "withdraw"): "withdrawn" for s in ("applied", "site_checked", "approved", "suspended")}


def moved(moves, names, verb, state):
    return check_move(
        moves[verb], state, names, rule="X", day=TODAY, last=TODAY, today=TODAY, reason="理由"
    ).value  # fmt: skip


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(V, supervisor_rules.MOVES)))
def test_sup07_which_step_may_follow_which(state, verb):
    check(supervisor_rules, {s: s.value for s in V}, STEPS, state, verb)


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(PlaceState, place_rules.MOVES)))
def test_int06_which_step_may_follow_which(state, verb):
    check(place_rules, {s: s.value for s in PlaceState}, PLACE_STEPS, state, verb)


def check(rules, names, allowed, state, verb) -> None:
    assert (verb in rules.may(state)) == ((state.value, verb) in allowed)
    if (state.value, verb) in allowed:
        assert moved(rules.MOVES, names, verb, state) == allowed[state.value, verb]
    else:
        with pytest.raises(Conflict):
            moved(rules.MOVES, names, verb, state)


def test_a_step_is_taken_on_no_day_to_come_and_not_before_the_last():
    move, names = supervisor_rules.MOVES["review"], {V.NOMINATED: "x"}
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=9)):
        with pytest.raises(Unprocessable) as refused:
            check_move(
                move, V.NOMINATED, names, rule="X", day=day, last=TODAY - timedelta(days=8), today=TODAY, reason=None
            )
        assert refused.value.errors[0].field == "on"


def an_appointment(id: UUID, start: date, end: date | None, *steps: tuple[date, str], at: str = STREET) -> Appointment:
    return Appointment(id, at, Period(start, end), [Step(*s) for s in steps])


def counted(*appointments: Appointment) -> list[tuple[date, date | None]]:
    return sorted((f.start, f.end) for s in facts.of_holder(appointments) for f in s.facts)


JAN, JUN, DEC, NEXT = date(2025, 1, 1), date(2025, 6, 1), date(2025, 12, 1), date(2026, 12, 1)


def test_sup02_counted_while_appointed_and_in_term():
    appointed = (date(2025, 2, 1), "appointed")
    assert counted(an_appointment(A, JAN, NEXT, appointed)) == [(date(2025, 2, 1), NEXT)]
    assert counted(an_appointment(A, JUN, NEXT, appointed)) == [(JUN, NEXT)]
    assert counted(an_appointment(A, JAN, NEXT, (JAN, "nominated"), (JAN, "publicised"))) == []
    broken = an_appointment(A, JAN, NEXT, appointed, (JUN, "suspended"), (DEC, "appointed"), (DEC, "dismissed"))
    assert counted(broken) == [(date(2025, 2, 1), JUN)]


def test_sup02_overlapping_appointments_of_one_person_count_once():
    first = an_appointment(A, JAN, DEC, (JAN, "appointed"))
    inside = an_appointment(B, date(2025, 3, 1), JUN, (JAN, "appointed"))
    longer = an_appointment(B, JUN, NEXT, (JAN, "appointed"), at="370112002000")

    assert counted(first, inside) == [(JAN, DEC)]
    assert counted(longer, first) == [(JAN, DEC), (DEC, NEXT)]


def test_sup07_a_term_is_three_years_and_runs_forward():
    assert supervisor_rules.term_end(date(2024, 2, 29), None) == date(2027, 2, 28)
    with pytest.raises(Unprocessable):
        supervisor_rules.term_end(JUN, JUN)
    assert supervisor_rules.shown(V.APPOINTED, JUN, JUN) is V.EXPIRED
    assert supervisor_rules.shown(V.DISMISSED, JUN, JUN) is V.DISMISSED


def test_sup06_an_expert_by_name_and_a_worker_by_id():
    check = supervisor_rules.check_identity
    assert passes(check, SupervisorType.INTERNAL, A, None)
    assert passes(check, SupervisorType.EXTERNAL_EXPERT, None, "演示·丙")
    for type, id, name in itertools.product(SupervisorType, (A, None), ("演示·丙", None)):
        right = (type is SupervisorType.INTERNAL, id, name) in ((True, A, None), (False, None, "演示·丙"))
        assert passes(check, type, id, name) == right


def test_sup04_and_sup10_warn_and_a_missing_value_never_passes():
    def verdicts(person, load):
        found = supervisor_rules.findings(SupervisorType.INTERNAL, person, load, date(2026, 1, 1))
        return {f.code: f.verdict for f in found}

    met = {"load": Verdict.MET, "level": Verdict.MET, "registered": Verdict.MET, "practice": Verdict.CANNOT_DECIDE}
    assert verdicts(record(), 10) == met
    old = record(certificates=[{"level": "senior", "start": "2015-01-01", "end": None}])
    assert verdicts(old, 11) == met | {"practice": Verdict.MET, "load": Verdict.NOT_MET}
    assert set(verdicts(None, None).values()) == {Verdict.CANNOT_DECIDE}


# ── training bases and internship sites ──────────────────────────────────────────────────────────────────────────────
def test_int06_counted_while_approved_and_the_agreement_is_in_force():
    approved = [Step(JAN, "applied"), Step(JUN, "approved")]
    for kind, metric in ((PlaceKind.BASE, Metric.TRAINING_BASES), (PlaceKind.SITE, Metric.INTERNSHIP_SITES)):
        state = facts.of_place(A, kind, STREET, Period(JAN, DEC), approved)
        assert (state.subject, of(state, metric)) == (f"{kind.value}:{A}", [(JUN, DEC, 1)])
    assert facts.of_place(A, PlaceKind.BASE, STREET, None, approved).facts == []
    withdrawn = facts.of_place(A, PlaceKind.BASE, STREET, Period(JAN, NEXT), [*approved, Step(DEC, "withdrawn")])
    assert of(withdrawn, Metric.TRAINING_BASES) == [(JUN, DEC, 1)]


def test_ce16_unanswered_conditions_cannot_be_decided():
    asked = Checklist(law_abiding=Answer.YES, own_materials=Answer.NO)
    found = {f.code: f.verdict for f in place_rules.findings(PlaceKind.BASE, dict(asked), None, TODAY)}

    assert (found["law_abiding"], found["own_materials"]) == (Verdict.MET, Verdict.NOT_MET)
    assert {found["premises_and_funds"], found["agreement"]} == {Verdict.CANNOT_DECIDE}
    assert [f.code for f in place_rules.findings(PlaceKind.SITE, dict(asked), DEC, TODAY)] == ["agreement"]


def test_int03_one_partner_and_a_whole_agreement():
    assert not passes(place_rules.check_partner, A, "x")
    assert not passes(place_rules.check_agreement, JAN, None)
    assert not passes(place_rules.check_agreement, JUN, JUN)
    assert passes(place_rules.check_agreement, None, None)
