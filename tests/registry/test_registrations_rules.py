"""REG-13: every state, every verb, every role; and the checklist, on which every unmet step names itself. Pure."""

import itertools
from datetime import date
from uuid import UUID

import pytest

from services.contracts.divisions import subtree
from services.contracts.registrations import (
    ApplicationKind,
    ApplicationState,
    Cancellation,
    EndedAs,
    Ground,
    Item,
    StepState,
    Verb,
)
from services.contracts.registry import Level
from services.kernel.errors import DomainError
from services.registry.registrations import checklist, parameters, states
from services.registry.registrations.roles import roles_of
from services.registry.registrations.standing import Case, Standing, Term
from services.registry.registrations.states import Role
from tests.keys import JINAN, LICHENG, LIXIA, an_actor
from tests.registry.factories import STREET

S, V, R, K = ApplicationState, Verb, Role, ApplicationKind
# By hand, and written otherwise than the table: who may bring an application from where to where.
ALLOWED = """
editor: draft edit draft, draft submit submitted, draft withdraw withdrawn,
  submitted edit submitted, submitted withdraw withdrawn,
  needs_correction edit needs_correction, needs_correction submit submitted, needs_correction withdraw withdrawn
district_reviewer: submitted approve first_review_passed, submitted reject first_review_rejected,
  submitted return needs_correction
city_reviewer: submitted approve first_review_passed, submitted reject first_review_rejected,
  submitted return needs_correction, first_review_passed approve final_review_passed,
  first_review_passed reject final_review_rejected, first_review_passed return submitted,
  final_review_passed register registered, registered issue cert_issued
"""


def parsed() -> dict[tuple[str, str, str], str]:
    found = {}
    for line in ALLOWED.replace("\n  ", " ").strip().splitlines():
        role, _, moves = line.partition(":")
        for move in moves.split(","):
            state, verb, to = move.split()
            found[state, verb, role] = to
    return found


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(S, V)), ids=lambda v: v.value)
def test_reg_13_every_state_by_every_verb_by_every_role(state, verb):
    expected = parsed()
    anybody = any((state, verb, role) in expected for role in R)
    for role in R:
        to = expected.get((state.value, verb.value, role.value))
        if to is not None:
            assert states.move(state, verb, {role}) == to
            assert verb in states.may(state, K.INITIAL, {role}, own=False, first=False)
            continue
        with pytest.raises(DomainError) as refused:
            states.move(state, verb, {role})
        assert refused.value.code == ("other_level" if anybody else "wrong_state"), role
        assert verb not in states.may(state, K.INITIAL, {role}, own=False, first=False)


def test_reg_13_every_state_to_every_state_by_every_role():
    """Whatever the verb: no way leads from one to the other but those that are written down."""
    allowed = {(state, to, role) for (state, _, role), to in parsed().items()}

    found = {(of.value, to.to.value, role.value) for (of, _), to in states.MOVES.items() for role in to.by}

    assert len(list(itertools.product(S, S, R))) == 400
    assert found == allowed


def test_reg_14_nothing_leads_out_of_a_final_state():
    final = {S.FIRST_REVIEW_REJECTED, S.FINAL_REVIEW_REJECTED, S.CERT_ISSUED, S.WITHDRAWN}

    assert {state for state, _ in states.MOVES} == set(S) - final
    assert set(states.OPEN) == set(S) - final - {S.REGISTERED}


@pytest.mark.parametrize(
    ("permission", "at", "division", "role"),
    [
        ("registry:review", JINAN, STREET, R.CITY_REVIEWER),
        ("registry:review", JINAN, JINAN, R.CITY_REVIEWER),
        ("registry:review", LICHENG, STREET, R.DISTRICT_REVIEWER),
        ("registry:review", STREET, STREET, None),  # a street does not review
        ("registry:review", LIXIA, STREET, None),
        ("registry:write", STREET, STREET, R.EDITOR),
        ("registry:write", LIXIA, STREET, None),
        ("registry:read", LICHENG, STREET, R.VIEWER),
    ],
)
def test_a_role_is_where_somebody_reaches(permission, at, division, role):
    actor = an_actor(may={permission: (subtree(at),)})

    assert roles_of(actor, division) == ({role} if role else set())


def test_nobody_decides_on_what_she_entered_nor_in_both_reviews():
    states.check_decider("c", ["a"], "b")
    for asker, code in [("a", "own_application"), ("b", "own_first_review")]:
        with pytest.raises(DomainError) as refused:
            states.check_decider(asker, ["a"], "b")
        assert (refused.value.status, refused.value.code) == (403, code)
    city = {R.CITY_REVIEWER}
    assert states.may(S.FIRST_REVIEW_PASSED, K.INITIAL, city, own=False, first=True) == []
    assert states.may(S.REGISTERED, K.CANCELLATION, city, own=False, first=False) == []


# ── the checklist ────────────────────────────────────────────────────────────────────────────────────────────────────
ONE, OTHER = UUID(int=1), UUID(int=2)
TODAY = date(2026, 11, 24)
EVERYTHING = frozenset(Item)


def a_term(start: str, end: str, ended_as: EndedAs | None = None, **over: object) -> Term:
    usual = {"id": ONE, "certificate_id": ONE, "level": Level.SOCIAL_WORKER}
    return Term(**usual | over, start=date.fromisoformat(start), end=date.fromisoformat(end), ended_as=ended_as)


def a_standing(*terms: Term, approved: str = "2026-08-15", ended_on: date | None = None) -> Standing:
    return Standing(ONE, ONE, Level.SOCIAL_WORKER, date.fromisoformat(approved), ended_on, terms)


def a_case(kind: K = K.INITIAL, **over: object) -> Case:
    usual = {"state": S.SUBMITTED, "items": EVERYTHING, "late_reason": None, "cancellation": None, "day": TODAY}
    return Case(**{"kind": kind, "today": TODAY, **usual, **over})


def unmet(case: Case, standing: Standing) -> list[str]:
    found = list(checklist.conditions(case, standing, []))
    assert all(s.detail for s in found if s.state is StepState.UNMET)
    return [s.code for s in found if s.state in (StepState.UNMET, StepState.UNDECIDED)]


RUNNING = a_term("2024-01-10", "2027-01-10")
CASES = [
    (a_case(), a_standing(), []),
    (a_case(), a_standing(ended_on=TODAY), ["certificate_valid"]),
    (a_case(), a_standing(approved="2025-11-23"), ["window"]),
    (a_case(late_reason="住院"), a_standing(approved="2025-11-23"), []),
    (a_case(), a_standing(RUNNING), ["not_registered"]),
    (a_case(), a_standing(a_term("2026-09-01", "2026-10-01", EndedAs.CANCELLED)), []),
    (a_case(), a_standing(a_term("2026-09-01", "2026-09-01", EndedAs.REVOKED)), ["not_revoked"]),
    (a_case(items=frozenset({Item.PHOTO})), a_standing(), ["capacity", "ethics", "identity", "certificate", "form"]),
    (a_case(K.RENEWAL), a_standing(RUNNING), []),
    (a_case(K.RENEWAL), a_standing(), ["registered", "window"]),
    (a_case(K.RENEWAL), a_standing(a_term("2024-03-01", "2027-03-01")), ["window"]),
    (a_case(K.RENEWAL, late_reason="忘了"), a_standing(a_term("2024-03-01", "2027-03-01")), ["window"]),
    (a_case(K.RENEWAL), a_standing(a_term("2023-11-24", "2026-11-24")), ["window"]),
    (a_case(K.RENEWAL, late_reason="住院"), a_standing(a_term("2023-11-24", "2026-11-24")), []),
    (a_case(K.RENEWAL, items=EVERYTHING - {Item.CE_PROOF}), a_standing(RUNNING), ["ce_proof"]),
    (a_case(K.RENEWAL), a_standing(a_term("2024-01-10", "2026-11-24", EndedAs.REVOKED)),
     ["not_revoked", "registered", "window"]),
    (a_case(K.CHANGE), a_standing(RUNNING), []),
    (a_case(K.CHANGE), a_standing(a_term("2023-11-24", "2026-11-24")), ["registered"]),
    (a_case(K.CANCELLATION), a_standing(RUNNING), ["effective_on"]),
    (a_case(K.CANCELLATION, cancellation=Cancellation(ground=Ground.VOLUNTARY, effective_on=date(2026, 12, 1))),
     a_standing(RUNNING), []),
]  # fmt: skip


@pytest.mark.parametrize(("case", "standing", "wanting"), CASES)
def test_every_unmet_step_names_itself(case, standing, wanting):
    assert unmet(case, standing) == wanting
    if wanting:
        with pytest.raises(DomainError) as refused:
            checklist.check_complete(case, standing, [])
        assert [e.field for e in refused.value.errors] == wanting
    else:
        checklist.check_complete(case, standing, [])


def test_reg_12_the_proof_of_continuing_education_may_be_waived_for_a_time(monkeypatch):
    waived = (*parameters.CE_REQUIRED, parameters.Dated(date(2026, 1, 1), False))
    monkeypatch.setattr(parameters, "CE_REQUIRED", waived)

    assert unmet(a_case(K.RENEWAL, items=EVERYTHING - {Item.CE_PROOF}), a_standing(RUNNING)) == []


def test_reg_20_by_the_stricter_policy_nothing_late_is_taken(monkeypatch):
    monkeypatch.setattr(parameters, "LATE", (parameters.Dated(date(2009, 4, 8), parameters.LatePolicy.REJECT),))

    assert unmet(a_case(late_reason="住院"), a_standing(approved="2025-11-23")) == ["window"]


def test_reg_21_a_lower_level_below_a_higher_one_is_warned_of_and_not_refused():
    higher = a_term("2026-10-01", "2029-10-01", certificate_id=OTHER, level=Level.SENIOR)

    [step] = [s for s in checklist.conditions(a_case(), a_standing(higher), []) if s.code == "no_higher"]

    assert step.state is StepState.WARNING
    assert unmet(a_case(), a_standing(higher)) == []


def test_reg_22_what_is_only_missing_is_for_the_notice_and_does_not_stop_the_handing_in():
    checklist.check_submittable(a_case(items=frozenset()), a_standing(), [])

    with pytest.raises(checklist.OutOfTime) as refused:
        checklist.check_submittable(a_case(), a_standing(approved="2025-11-23"), [])
    assert (refused.value.code, refused.value.rule) == ("window_late", "REG-20")


STEPS = {
    S.SUBMITTED: 1, S.FIRST_REVIEW_REJECTED: 1, S.FIRST_REVIEW_PASSED: 2, S.FINAL_REVIEW_REJECTED: 2,
    S.FINAL_REVIEW_PASSED: 3, S.REGISTERED: 4, S.CERT_ISSUED: 5,
}  # fmt: skip


@pytest.mark.parametrize("state", S)
def test_the_way_to_the_certificate_says_what_comes_next(state):
    way = list(checklist.way(a_case(state=state)))

    done = [s.code for s in way if s.state is StepState.DONE]
    assert done == [s.code for s in way][: len(done)]  # one after the other
    assert len(done) == STEPS.get(state, 0)
