"""What a status there and a state here come to together: the whole table, and the figures that follow. No database."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.national_statuses import NATIONAL_STATUS_NAMES, NationalState, NationalStatus, OurState, Phase
from services.contracts.reconciliation import CaseState, CaseVerb, DifferenceKind
from services.contracts.registrations import ApplicationState, EndedAs
from services.registry.reconciliation import rows, rules
from services.registry.reconciliation.figures import Group, by_division, by_level, by_state, of_people, readings
from services.registry.reconciliation.headings import Headings, Unmapped
from services.registry.reconciliation.storing import place_of

K, N, S = DifferenceKind, NationalState, OurState


def test_reg_13_the_table_is_total_over_both_sides():
    assert rules.STATES.keys() == set(product(NationalState, OurState))
    assert rules.NATIONAL_PHASES.keys() == set(NationalState)
    assert rules.OUR_PHASES.keys() == set(OurState)
    assert rules.SENTENCES.keys() == set(DifferenceKind)
    assert rules.APPLIED.keys() == set(ApplicationState)
    assert rules.ENDED.keys() == set(EndedAs)
    assert {s.value for s in NationalStatus} <= {s.value for s in NationalState}


def test_what_agrees_is_of_one_phase_and_what_nobody_knows_never_agrees():
    for (there, here), kind in rules.STATES.items():
        same = rules.NATIONAL_PHASES[there] is rules.OUR_PHASES[here]
        assert (kind is K.SAME) == (same and there is not N.UNKNOWN), (there, here)
        assert (kind is K.CANNOT_DECIDE) == (there is N.UNKNOWN), (there, here)


@pytest.mark.parametrize(
    ("there", "here", "kind"),
    [
        (N.ISSUED, S.ACTIVE, K.SAME),
        (N.REGISTERED, S.ACTIVE, K.SAME),
        (N.PENDING, S.NEEDS_CORRECTION, K.SAME),
        (N.NOT_APPLIED, S.UNREGISTERED, K.SAME),
        (N.LAPSED, S.EXPIRED, K.SAME),
        (N.VOID, S.VOID, K.SAME),
        (N.VOID, S.ACTIVE, K.VOID_THERE),
        (N.VOID, S.REVOKED, K.VOID_THERE),
        (N.ISSUED, S.VOID, K.VOID_HERE),
        (N.ISSUED, S.UNREGISTERED, K.NATIONAL_AHEAD),
        (N.ISSUED, S.FINAL_PASSED, K.NATIONAL_AHEAD),
        (N.LAPSED, S.UNREGISTERED, K.NATIONAL_AHEAD),
        (N.FINAL_PASSED, S.ACTIVE, K.OURS_AHEAD),
        (N.NOT_APPLIED, S.EXPIRED, K.OURS_AHEAD),
        (N.ISSUED, S.EXPIRED, K.LAPSED_HERE),
        (N.LAPSED, S.ACTIVE, K.LAPSED_THERE),
        (N.ISSUED, S.CANCELLED, K.ENDED_HERE),
        (N.PENDING, S.SUPERSEDED, K.ENDED_HERE),
        (N.FIRST_PASSED, S.SUBMITTED, K.REVIEW_DIFFERS),
        (N.UNKNOWN, S.ACTIVE, K.CANNOT_DECIDE),
    ],
)
def test_reg_13_reg_18_each_pair_says_who_is_ahead(there: NationalState, here: OurState, kind: DifferenceKind):
    assert rules.STATES[there, here] is kind


def test_reg_18_a_void_certificate_proposes_a_revocation_and_does_nothing_else():
    assert "REG-18" in rules.PROPOSALS[K.VOID_THERE]
    assert rules.PROPOSALS.keys() == {K.VOID_THERE}


def test_reg_15_only_a_doubtful_person_can_be_confirmed_and_a_closed_case_waits_for_nobody():
    for state, kind, verb in product(CaseState, DifferenceKind, CaseVerb):
        allowed = verb in rules.may(state, kind)
        assert allowed == (state is not CaseState.CLOSED and (verb is not CaseVerb.CONFIRM or kind is K.NOT_MATCHED))
        if allowed:
            assert rules.check(verb, state, kind) is rules.DECISIONS[verb]
        else:
            with pytest.raises((rules.CaseClosed, rules.NothingToConfirm)):
                rules.check(verb, state, kind)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("3701**********002X", ("3701", "002X")),
        ("370112********123x", ("3701", "123X")),
        ("37011219********12", ("3701", "12")),
        ("3701＊＊＊＊＊＊＊＊＊＊＊＊＊＊", ("3701", "")),
        ("999000199001010000", ("9990", "0000")),
        ("演示", ("", "")),
        ("", ("", "")),
    ],
)
def test_of_an_identity_number_only_its_ends_are_kept(text: str, kept: tuple[str, str]):
    assert rows.ends(text) == kept


def test_reg_13_the_words_of_the_national_system_are_known():
    assert {rows.STATUSES[name] for name in NATIONAL_STATUS_NAMES.values()} == set(NationalStatus)


def test_a_registration_body_is_where_its_name_says_or_the_whole_area():
    named = {"济南高新区": "370176000000", "历城区": "370112000000"}

    said = [place_of(body, "370100000000", named) for body in ("济南市历城区民政局", "济南市民政局", None)]

    assert said == ["370112000000", "370100000000", "370100000000"]


HEADER = ["管理号", "姓名", "登记状态", "有效期止"]


def test_no_column_is_left_out_silently():
    found = Headings([["全国导出"], [*HEADER, "导出日期"]], {}, day_said=False)
    assert (found.line, found.where["exported_on"], found.notes) == (2, 4, [])

    with pytest.raises(Unmapped) as refused:
        Headings([[*HEADER, "当前环节"]], {}, day_said=True)
    assert "当前环节" in refused.value.detail
    assert [e.field for e in refused.value.errors] == [*HEADER, "当前环节"]

    left_out = Headings([[*HEADER, "当前环节"]], {"当前环节": None}, day_said=True)
    assert "当前环节" in left_out.notes[0]


def test_a_mapping_goes_before_what_a_name_suggests():
    said = {"编码": "management_number", "人": "name", "登记状态": None, "环节": "status", "到期": "valid_until"}
    found = Headings([["编码", "人", "登记状态", "环节", "到期"]], said, day_said=True)

    assert found.where == {"management_number": 0, "name": 1, "status": 3, "valid_until": 4}


@pytest.mark.parametrize(
    ("titles", "said"),
    [(HEADER, "导出日期"), (HEADER[:3], "有效期止"), ([*HEADER, "有效期至"], "对应了两次")],
)
def test_what_is_missing_or_twice_is_named(titles: list[str], said: str):
    with pytest.raises(Unmapped, match=said):
        Headings([titles], {}, day_said=titles is not HEADER)


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────
LEVELS = ["assistant", "social_worker", "senior"]


@st.composite
def groups(draw: st.DrawFn) -> Group:
    """As a comparison makes them: what agrees is alike on both sides."""
    kind = draw(st.sampled_from(DifferenceKind))
    ours, national = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    phases = [draw(st.sampled_from([p.value for p in Phase])) if side else None for side in (ours, national)]
    levels = [draw(st.sampled_from(LEVELS)) if side else None for side in (ours, national)]
    if kind is K.SAME:
        ours = national = True
        phases, levels = ["registered"] * 2, ["senior"] * 2
    child = draw(st.sampled_from(["370112000000", "370102000000"]))
    return Group(child, kind, ours, national, *levels, *phases, draw(st.integers(1, 1000)))


@settings(max_examples=50)
@given(st.lists(groups(), max_size=12))
def test_cov_12_differences_add_up_to_their_reasons_in_every_cell(found: list[Group]):
    people = of_people([(True, True, None, 5), (True, False, 3, 2), (False, True, 2, 4)])
    tables = {
        "level": by_level(found), "state": by_state(found), "readings": readings(found, people),
        "division": by_division(found, {}),
    }  # fmt: skip

    for name, cell in ((name, cell) for name, table in tables.items() for cell in table):
        assert cell.ours - cell.national == cell.difference == sum(cell.reasons.values()), (name, cell)
        assert K.SAME not in cell.reasons
    for name in ("level", "state", "division"):
        assert sum(c.ours for c in tables[name]) == sum(g.n for g in found if g.ours), name
        assert sum(c.national for c in tables[name]) == sum(g.n for g in found if g.national), name


def test_cov_12_the_three_readings_have_names_of_their_own():
    found = [Group("370112000000", K.SAME, True, True, "senior", "senior", "registered", "registered", 2)]
    people = of_people([(True, True, None, 2)])

    read = readings(found, people)

    assert [c.code for c in read] == ["certificates_issued", "certified_people", "registered_workers"]
    assert {c.difference for c in read} == {0}
    assert len({c.name for c in read}) == 3


def test_of_nothing_every_reading_is_nought():
    assert [(c.code, c.ours, c.national) for c in readings([], of_people([]))] == [
        ("certificates_issued", 0, 0), ("certified_people", 0, 0), ("registered_workers", 0, 0),
    ]  # fmt: skip
