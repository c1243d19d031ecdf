"""What records say, as dated facts."""

from datetime import date
from uuid import UUID

from services.contracts.divisions import Tier
from services.contracts.facts import Period
from services.contracts.metrics import Metric
from services.contracts.registry import DivisionRecord, Level, PointTier, ServicePointRecord, StaffingBasis
from services.registry import facts
from tests.registry.factories import STREET, STREET_NAME

ID = UUID(int=1)
Y = [date(year, 1, 1) for year in range(2020, 2031)]  # Y[0] is 2020-01-01
TRAITS = facts.PersonTraits(division=STREET, employer_id=ID, related_major=True, direct_service=None)


def said(state, metric: Metric) -> list[tuple[date, date | None]]:
    return [(f.start, f.end) for f in state.facts if f.metric is metric]


def a_point(basis: StaffingBasis = StaffingBasis.NONE, closed_on: date | None = None) -> ServicePointRecord:
    return ServicePointRecord(
        number="A", name="站", tier=PointTier.STREET_STATION, division=STREET, operator_id=None, staffing_basis=basis,
        opened_on=Y[1], closed_on=closed_on,
    )  # fmt: skip


def a_division(**over: object) -> DivisionRecord:
    whole = {
        "code": STREET, "name": STREET_NAME, "tier": Tier.STREET, "kind": "subdistrict", "parent": None,
        "zone": None, "counts": True, "valid_from": Y[0], "valid_to": Y[5], "successor": None,
    }  # fmt: skip
    return DivisionRecord.model_validate(whole | over)


def test_cov_08_a_division_is_a_unit_while_it_is_valid_if_it_counts():
    assert said(facts.of_division(a_division()), Metric.UNIT) == [(Y[0], Y[5])]
    assert facts.of_division(a_division(counts=False)).facts == []


def test_cov_12_a_person_counts_once_whatever_the_number_of_certificates():
    held = [
        facts.Held(Level.SENIOR, Y[3], None),
        facts.Held(Level.ASSISTANT, Y[0], Y[2]),
        facts.Held(Level.SOCIAL_WORKER, Y[1], Y[4]),
    ]
    state = facts.of_person(ID, TRAITS, held, [])

    assert said(state, Metric.CERTIFIED_PEOPLE) == [(Y[0], None)]
    assert said(state, Metric.CERTIFICATES_ISSUED) == [(Y[0], None), (Y[1], None), (Y[3], None)]
    assert said(state, Metric.REGISTERED_WORKERS) == []
    assert state.record is not None
    assert state.record["level"] == "senior"


def test_cov_12_a_gap_between_registrations_does_not_count():
    periods = [Period(Y[4], Y[7]), Period(Y[0], Y[3]), Period(Y[3], Y[4]), Period(Y[8], Y[9])]
    state = facts.of_person(ID, TRAITS, [facts.Held(Level.ASSISTANT, Y[0], None)], periods)

    assert said(state, Metric.REGISTERED_WORKERS) == [(Y[0], Y[7]), (Y[8], Y[9])]


def test_a_certificate_that_ended_gives_no_level():
    state = facts.of_person(ID, TRAITS, [facts.Held(Level.SENIOR, Y[0], Y[1])], [])

    assert state.record is not None
    assert state.record["level"] is None
    assert state.record["certificates"] == [{"start": "2020-01-01", "end": "2021-01-01", "level": "senior"}]


def test_a_record_holds_no_personal_data():
    state = facts.of_person(ID, TRAITS, [], [])

    assert state.record is not None
    assert set(state.record) == {
        "level", "employer_id", "division", "related_major", "direct_service",
        "certificates", "certified", "registered",
    }  # fmt: skip


def test_cov_07_a_point_is_staffed_while_open_with_a_registered_worker_there():
    worked = [
        facts.Worked(Period(Y[0], Y[4]), [Period(Y[2], Y[3])]),
        facts.Worked(Period(Y[3], None), [Period(Y[1], Y[2]), Period(Y[4], Y[9])]),
    ]
    state = facts.of_point(ID, a_point(closed_on=Y[8]), worked)

    assert said(state, Metric.POINT_OPEN) == [(Y[1], Y[8])]
    assert said(state, Metric.POINT_STAFFED) == [(Y[2], Y[3]), (Y[4], Y[8])]


def test_the_staffing_basis_says_who_pays():
    metrics = {basis: [f.metric for f in facts.of_point(ID, a_point(basis), []).facts] for basis in StaffingBasis}

    assert metrics == {
        StaffingBasis.GOVERNMENT_PURCHASE: [Metric.POINT_OPEN, Metric.POINT_CONTRACTED],
        StaffingBasis.OWN_STAFF: [Metric.POINT_OPEN, Metric.POINT_OWN_STAFF],
        StaffingBasis.NONE: [Metric.POINT_OPEN],
    }


def test_an_assignment_without_a_registration_staffs_nothing():
    state = facts.of_point(ID, a_point(), [facts.Worked(Period(Y[1]), [])])

    assert said(state, Metric.POINT_STAFFED) == []
