"""The rules of supervisors, training bases and internship sites."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from services.contracts.facts import Period
from services.contracts.metrics import Metric
from services.contracts.registry import PersonRecord
from services.contracts.training import Verdict
from services.contracts.training_practice import (
    Answer,
    Checklist,
    PlaceKind,
    PlaceState,
    SupervisorState,
    SupervisorType,
)
from services.kernel.errors import Conflict, Forbidden, Unprocessable
from services.training import facts
from services.training.facts import Appointment, PersonCopy, Step
from services.training.places import rules as place_rules
from services.training.steps import acts, check_move
from services.training.supervisors import rules as supervisor_rules
from tests.training.asking import passes
from tests.training.factories import STREET, TODAY, a_person

BOUND = PersonCopy(STREET, True, date(2022, 8, 1))
A, B = UUID(int=1), UUID(int=2)


def days(*minutes: int, first: date = date(2025, 3, 1)) -> list[tuple[date, int]]:
    return [(first + timedelta(days=n), m) for n, m in enumerate(minutes)]


def of(state, metric: Metric) -> list[tuple[date, date | None, Decimal]]:
    return [(f.start, f.end, f.amount) for f in state.facts if f.metric is metric]


def record(**over: object) -> PersonRecord:
    return PersonRecord.model_validate(a_person(0, **over).record)


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
        moves[verb], state, names, rule="X", day=TODAY, last=TODAY, today=TODAY, reason="理由", own=False
    ).value  # fmt: skip


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(V, supervisor_rules.MOVES)))
def test_sup07_which_step_may_follow_which(state, verb):
    check(supervisor_rules, {s: s.value for s in V}, STEPS, state, verb)


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(PlaceState, place_rules.MOVES)))
def test_int06_which_step_may_follow_which(state, verb):
    check(place_rules, {s: s.value for s in PlaceState}, PLACE_STEPS, state, verb)


def check(rules, names, allowed, state, verb) -> None:
    assert (verb in rules.may(state, own=False)) == ((state.value, verb) in allowed)
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
                move,
                V.NOMINATED,
                names,
                rule="X",
                day=day,
                last=TODAY - timedelta(days=8),
                today=TODAY,
                reason=None,
                own=False,
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
    assert counted(first, longer) == [(JAN, DEC), (DEC, NEXT)]


def test_sup02_an_expert_is_one_whatever_the_spaces_and_widths_of_the_name():
    one = {supervisor_rules.holder(None, n, a) for n, a in (
        ("专家一", "演示大学(A)"), ("专家 一", "演示 大学（Ａ）"), ("专家\u3000一", "演示大学(A)"),
    )}  # fmt: skip
    assert one == {"expert:专家一|演示大学(A)"}
    assert supervisor_rules.holder(None, "专家二", "演示大学(A)") not in one


def test_sup02_of_two_appointments_the_one_recorded_first_counts():
    first = an_appointment(A, JUN, NEXT, (JUN, "appointed"))
    earlier = an_appointment(B, JAN, NEXT, (JAN, "appointed"), at="370102001000")

    states = {s.subject: [(f.start, f.end) for f in s.facts] for s in facts.of_holder([first, earlier])}
    assert states == {f"supervisor:{A}": [(JUN, NEXT)], f"supervisor:{B}": [(JAN, JUN)]}


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


@pytest.mark.parametrize(
    ("moves", "verb", "state"),
    [(supervisor_rules.MOVES, "appoint", V.PUBLICISED), (place_rules.MOVES, "approve", PlaceState.SITE_CHECKED)],
)
def test_nobody_decides_on_what_he_entered(moves, verb, state):
    step = {"rule": "X", "day": TODAY, "last": TODAY, "today": TODAY, "reason": None}
    assert verb in acts(moves, state, own=False)
    assert acts(moves, state, own=True) == [v for v in acts(moves, state, own=False) if v != verb]
    with pytest.raises(Forbidden) as refused:
        check_move(moves[verb], state, {}, **step, own=True)
    assert refused.value.code == "own_entry"


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
