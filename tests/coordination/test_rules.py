"""Rules on service records, by the id they cite; and what records say, as dated facts."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.contracts.coordination import (
    SERVICE_KIND_NAMES,
    CreateServiceRecord,
    ServiceKind,
    ServiceRecordRecord,
    ServiceRecordState,
)
from services.contracts.facts import Period
from services.contracts.metrics import METRICS, Metric
from services.contracts.practice import PRACTICE_FIELD_NAMES, PracticeField
from services.contracts.registry import PeriodRecord, PointTier, ServicePointRecord, StaffingBasis
from services.coordination import facts, parameters
from services.coordination.parameters import Dated, serving_on, value_on
from services.coordination.service_records import rules
from tests.coordination.factories import VILLAGE, a_service

DAY = date(2026, 3, 1)
ONE, TWO = UUID(int=1), UUID(int=2)


def a_record(**over: object) -> ServiceRecordRecord:
    whole = {
        "service_point_id": None, "division": VILLAGE, "day": DAY, "kind": ServiceKind.SOCIAL_SUPPORT, "field": None,
        "persons": 12, "state": ServiceRecordState.ENTERED,
    }  # fmt: skip
    return ServiceRecordRecord.model_validate(whole | over)


def open_from(opened_on: date, closed_on: date | None = None) -> ServicePointRecord:
    return ServicePointRecord(
        number="A", name="站", tier=PointTier.STREET_STATION, division=VILLAGE, operator_id=None,
        staffing_basis=StaffingBasis.NONE, opened_on=opened_on, closed_on=closed_on,
    )  # fmt: skip


def test_cov_11_there_are_eleven_services():
    assert len(ServiceKind) == 11
    assert list(SERVICE_KIND_NAMES) == list(ServiceKind)


def test_cov_13_there_are_seventeen_fields_in_the_order_of_the_policy():
    assert len(PracticeField) == 17
    assert list(PRACTICE_FIELD_NAMES) == list(PracticeField)
    assert [PRACTICE_FIELD_NAMES[f] for f in list(PracticeField)[:4]] == [
        "基层党建",
        "乡村振兴",
        "社会救助",
        "扶贫开发",
    ]


def test_cov_06_a_service_keeps_its_unit_served_for_ninety_days_and_reaches_people_once():
    state = facts.of_service_record(ONE, a_record(), counts=True)
    served, reached = state.facts

    assert (served.metric, served.division, served.start) == (Metric.SERVICE_DELIVERED, VILLAGE, DAY)
    assert served.end == DAY + timedelta(days=90)
    assert (reached.metric, reached.start, reached.end, reached.amount) == (Metric.PERSONS_SERVED, DAY, None, 12)
    assert {METRICS[f.metric].owner for f in state.facts} == {"coordination"}


def test_cov_06_what_does_not_count_says_nothing_but_that_it_is_there():
    state = facts.of_service_record(ONE, a_record(state=ServiceRecordState.WITHDRAWN), counts=False)

    assert state.facts == []
    assert state.record is not None
    assert state.record["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("periods", "registered"),
    [
        ([], False),
        ([(DAY, None)], True),
        ([(DAY, DAY + timedelta(days=1))], True),
        ([(DAY - timedelta(days=9), DAY)], False),
        ([(DAY + timedelta(days=1), None)], False),
        ([(date(2020, 1, 1), date(2023, 1, 1)), (date(2025, 1, 1), date(2028, 1, 1))], True),
    ],
)
def test_cov_06_a_social_worker_is_one_whose_registration_is_active_on_the_day(periods, registered):
    known = {ONE: [PeriodRecord(start=start, end=end) for start, end in periods]}

    assert rules.registered([ONE, TWO], known, DAY) == {ONE: registered, TWO: False}
    assert rules.warnings(DAY, {ONE: registered, TWO: False}, None, None) == (
        [] if registered else [rules.NO_REGISTERED_WORKER]
    )


@pytest.mark.parametrize(
    ("opened_on", "closed_on", "open_"),
    [
        (DAY, None, True),
        (DAY, DAY + timedelta(days=1), True),
        (date(2020, 1, 1), DAY, False),
        (date(2027, 1, 1), None, False),
    ],
)
def test_cov_07_a_point_counts_while_it_is_open(opened_on, closed_on, open_):
    point = open_from(opened_on, closed_on)

    assert rules.warnings(DAY, {ONE: True}, ONE, point) == ([] if open_ else [rules.POINT_NOT_OPEN])
    assert bool(rules.wrong_place(rules.Place(VILLAGE, point), DAY)) is not open_


def test_t14_thirty_days_are_in_time_and_thirty_one_need_a_reason():
    def codes(days: int, reason: str | None = None) -> list[str]:
        return [e.code for e in rules.wrong_day(DAY - timedelta(days=days), reason, DAY)]

    assert codes(0) == codes(30) == codes(31, "补录") == []
    assert codes(31) == codes(31, "") == ["late_reason_missing"]
    assert codes(-1) == codes(-1, "补录") == ["in_the_future"]


def test_a_parameter_is_read_for_the_day_of_the_service():
    """service.valid_days: what was valid for 90 days stays so when services after New Year are valid for 30."""
    values = (Dated(date(1900, 1, 1), 90), Dated(date(2026, 1, 1), 30))

    assert [value_on(values, d) for d in (date(2025, 12, 31), date(2026, 1, 1))] == [90, 30]
    assert list(serving_on(values, date(2025, 6, 30))) == [Period(date(2025, 4, 2), date(2025, 7, 1))]
    assert list(serving_on(values, date(2026, 1, 10))) == [
        Period(date(2025, 10, 13), date(2026, 1, 1)), Period(date(2026, 1, 1), date(2026, 1, 11))
    ]  # fmt: skip
    assert list(serving_on(values, date(2026, 6, 1))) == [Period(date(2026, 5, 3), date(2026, 6, 2))]
    assert value_on(parameters.SERVICE_VALID_DAYS, DAY) == 90


def test_what_is_listed_for_a_day_is_what_serves_on_that_day():
    days = [DAY + timedelta(days=n) for n in range(-100, 3)]
    serving = [
        d for d in days if any(p.start <= d < p.end for p in serving_on(parameters.SERVICE_VALID_DAYS, DAY) if p.end)
    ]

    assert serving == [d for d in days if d <= DAY < rules.serves_until(d)]


def test_the_key_of_a_row_knows_no_order_of_workers_and_keeps_senders_numbers_apart():
    def key(**over: object) -> bytes:
        return rules.key_of(CreateServiceRecord.model_validate(a_service(**over)))

    both = [str(ONE), str(TWO)]
    assert key(workers=both) == key(workers=[*both[::-1], both[0]]) != key(workers=both[:1])
    assert key(persons=1) == key(persons=2, note="x")
    assert len({key(), key(kind="social_support"), key(day="2026-01-01"), key(reference="A"), key(reference="B")}) == 5
    assert key(reference="A") == key(reference="A", kind="social_support")
    assert key(reference="A") != key(reference="A", service_point_id=..., division=VILLAGE)
