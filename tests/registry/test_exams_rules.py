"""CERT-02 to CERT-04 and CERT-08 as pure functions: what papers come to, how long a pass holds, which level decides."""

from datetime import date
from decimal import Decimal

import pytest

from services.contracts.exams import ExamVerdict, Paper, PassState, Review
from services.contracts.facts import Period
from services.contracts.metrics import Metric
from services.contracts.registry import Level, SeniorGround
from services.kernel.errors import DomainError
from services.registry import facts
from services.registry.exams import rules
from services.registry.exams.parameters import OtherMark
from services.registry.exams.rules import Sitting
from services.registry.people.rules import highest_on, senior_ground
from tests.keys import JINAN, LICHENG, LIXIA
from tests.registry.test_facts import ID, TRAITS, Y, said

V, A, S, TOP = ExamVerdict, Level.ASSISTANT, Level.SOCIAL_WORKER, Level.SENIOR
C, P, X = Paper.COMPREHENSIVE, Paper.POLICY, Paper.PRACTICE
TODAY = date(2026, 11, 24)


def sat(level: Level, year: int = 2025, **scores: float | None) -> Sitting:
    """`c`, `p`, `x`: the papers; None: absent."""
    named = {"c": C, "p": P, "x": X}
    known = {named[n]: None if s is None else Decimal(str(s)) for n, s in scores.items()}
    return Sitting(year, level, LICHENG, known)


@pytest.mark.parametrize(
    ("sitting", "before", "verdict"),
    [
        (sat(A, c=60, x=60), [], V.PASSED),
        (sat(A, c=60, x=59.5), [], V.FAILED),
        (sat(A, c=60, x=None), [], V.FAILED),
        (sat(A, x=61), [sat(A, 2024, c=90, x=10)], V.CANNOT_DECIDE),  # both papers in one year; one is not told
        (sat(A, x=10), [], V.FAILED),
        (sat(S, c=60, p=60, x=60), [], V.PASSED),
        (sat(S, c=60, p=60, x=59), [], V.PARTIAL),
        (sat(S, c=10, p=20, x=None), [], V.FAILED),
        (sat(S, x=60), [sat(S, 2024, c=60, p=70, x=30)], V.PASSED),  # within two consecutive years
        (sat(S, x=60), [sat(S, 2023, c=60, p=70, x=30)], V.CANNOT_DECIDE),  # a year between does not count
        (sat(S, x=60), [], V.CANNOT_DECIDE),  # the year before may hold the rest, and is not known
        (sat(S, x=60), [sat(S, 2024, c=60, p=50, x=30)], V.PARTIAL),
        (sat(S, p=40, x=60), [sat(S, 2024, c=60, p=50, x=30)], V.PARTIAL),
        (sat(TOP, x=60), [], V.PASSED),
        (sat(TOP, x=59), [], V.FAILED),
        (sat(TOP), [], V.CANNOT_DECIDE),
        (sat(TOP, 2017, x=90), [], V.CANNOT_DECIDE),  # before there was such an exam
    ],
)
def test_cert_02_papers_pass_within_the_years_of_their_level_and_what_is_missing_never_passes(sitting, before, verdict):
    assert rules.computed(sitting, before) is verdict


def test_cert_03_sixty_passes_unless_the_notice_of_the_year_says_otherwise_there():
    others = [
        OtherMark(2025, JINAN, A, Decimal(55), "演示通知"), OtherMark(2025, LICHENG, A, Decimal(50), "演示通知"),
    ]  # fmt: skip

    marks = [rules.pass_mark(y, level, at, others) for y, level, at in (
        (2025, A, LICHENG), (2025, A, LIXIA), (2024, A, LICHENG), (2025, S, LICHENG), (2005, A, LICHENG),
    )]  # fmt: skip

    assert marks == [50, 55, 60, 60, None]


def test_cert_03_the_official_word_is_the_last_and_a_contradiction_is_told():
    failed = sat(A, c=60, x=55)

    assert rules.verdict(failed, stated=True) is V.PASSED
    assert rules.verdict(sat(A, c=60, x=60), stated=False) is V.FAILED
    assert rules.verdict(sat(S, c=60, p=60, x=10), stated=False) is V.PARTIAL
    assert [rules.differs(v, s) for v, s in ((V.FAILED, True), (V.PASSED, False), (V.PASSED, True))] == [
        True, True, False,
    ]  # fmt: skip
    assert not rules.differs(V.CANNOT_DECIDE, True)
    assert not rules.differs(V.FAILED, None)


# ── the pass of the senior exam ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("passed_on", "end"), [(date(2024, 2, 29), date(2027, 2, 28)), (date(2024, 9, 20), date(2027, 9, 20))]
)
def test_cert_04_a_pass_holds_for_three_years_to_the_day(passed_on, end):
    assert rules.pass_end(2024, passed_on, TODAY) == end


@pytest.mark.parametrize(
    ("year", "day", "code"),
    [
        (2026, date(2026, 11, 25), "in_future"),
        (2025, date(2024, 9, 20), "before_exam"),
        (2018, date(2018, 3, 5), "no_such_exam"),
    ],
)
def test_cert_04_a_pass_of_no_exam_is_refused(year, day, code):
    with pytest.raises(DomainError) as refused:
        rules.pass_end(year, day, TODAY)

    assert (refused.value.code, refused.value.rule) == (code, "CERT-04")


HELD = Period(date(2023, 9, 20), date(2026, 9, 20))
PASSED, FAILED = Review.PASSED, Review.FAILED


@pytest.mark.parametrize(
    ("result", "reviewed", "public", "code"),
    [
        (PASSED, date(2026, 9, 1), date(2026, 9, 19), None),
        (PASSED, date(2026, 9, 1), date(2026, 9, 20), "outside_validity"),
        (PASSED, date(2023, 9, 19), date(2023, 9, 20), "outside_validity"),
        (PASSED, date(2026, 9, 1), None, "publicized_missing"),
        (PASSED, date(2026, 9, 2), date(2026, 9, 1), "publicized_early"),
        (PASSED, date(2026, 9, 1), date(2026, 12, 1), "in_future"),
        (FAILED, date(2026, 9, 1), None, None),
        (FAILED, date(2026, 9, 1), date(2026, 9, 2), "not_publicized"),
    ],
)
def test_cert_04_a_review_is_passed_and_public_while_the_pass_holds(result, reviewed, public, code):
    try:
        rules.check_review(HELD, result, reviewed, public, TODAY)
        said = None
    except DomainError as refusal:
        said = refusal.code

    assert said == code


def test_cert_04_a_pass_is_told_of_half_a_year_before_it_ends():
    ends = [date(2027, 5, 25), date(2027, 5, 24), date(2026, 11, 25), date(2026, 11, 24)]

    assert [rules.pass_state(end, FAILED, TODAY) for end in ends] == [
        PassState.VALID, PassState.ENDING, PassState.ENDING, PassState.ENDED,
    ]  # fmt: skip
    assert rules.pass_state(ends[-1], PASSED, TODAY) is PassState.USED


def test_cert_04_a_senior_certificate_without_a_pass_behind_it_cannot_be_decided():
    on = date(2026, 9, 19)

    assert senior_ground(TOP, on, []) is SeniorGround.CANNOT_DECIDE
    assert senior_ground(TOP, on, [HELD]) is SeniorGround.COVERED
    assert senior_ground(TOP, date(2026, 9, 20), [HELD]) is SeniorGround.OUTSIDE
    assert senior_ground(TOP, date(2027, 1, 1), [HELD._replace(end=None)]) is SeniorGround.COVERED
    assert senior_ground(S, on, []) is None


# ── the highest level decides ────────────────────────────────────────────────────────────────────────────────────────
CERTIFICATES = [facts.Held(A, Y[0], None), facts.Held(TOP, Y[3], Y[5]), facts.Held(S, Y[1], Y[6])]


def test_cert_08_the_highest_certificate_that_is_active_on_the_day_decides():
    assert [highest_on(CERTIFICATES, day) for day in (date(2019, 1, 1), Y[0], Y[1], Y[3], Y[5], Y[6])] == [
        None, A, S, TOP, S, A,
    ]  # fmt: skip


def test_cert_08_each_person_counts_once_at_the_highest_level_of_the_day():
    state = facts.of_person(ID, TRAITS, CERTIFICATES, [])
    of = {A: Metric.CERTIFIED_ASSISTANTS, S: Metric.CERTIFIED_SOCIAL_WORKERS, TOP: Metric.CERTIFIED_SENIORS}

    assert [said(state, of[level]) for level in (A, S, TOP)] == [
        [(Y[0], Y[1]), (Y[6], None)], [(Y[1], Y[3]), (Y[5], Y[6])], [(Y[3], Y[5])],
    ]  # fmt: skip
    for day in (Y[0], Y[2], Y[4], Y[5], Y[9]):
        counting = [m for m in of.values() for start, end in said(state, m) if start <= day < (end or date.max)]
        assert counting == [of[highest_on(CERTIFICATES, day)]]
