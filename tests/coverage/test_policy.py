"""The pack says every number of the policy (rules/measures.md, “Count check”), and invents none."""

from datetime import date
from decimal import Decimal

import pytest

from gateway.coverage.covers import compiled
from gateway.coverage.numbering import COVERS, number_of
from gateway.coverage.policy import PACK_LIST, Pack
from gateway.coverage.targets import load_packs

JINAN = PACK_LIST["jinan-2020-54"]
Y21, Y22, Y25 = date(2021, 12, 31), date(2022, 12, 31), date(2025, 12, 31)


def values(indicator: str) -> dict[date, int | None]:
    row = JINAN.indicator(indicator)
    assert row is not None
    return {t.due: None if t.value is None else int(t.value) for t in row.targets}


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        ("training_bases", {Y22: 5, Y25: 10}),
        ("internship_sites", {Y22: 15, Y25: 30}),
        ("annual_training_hours", {date(y, 12, 31): 60 for y in range(2021, 2026)}),
        ("supervisors", {Y22: 100, Y25: 200}),
        ("certified_people", {Y22: 10000, Y25: 15000}),
        ("qualified_project_staff", {Y22: 60, Y25: 80}),
        ("coverage_city", {Y21: 100}),
        ("coverage_district", {Y21: 100}),
        ("coverage_street", {Y21: 100}),
        ("coverage_village", {Y25: None}),
        ("issuing_departments", {Y25: 15}),
        ("average_pay", {Y25: None}),
        ("practice_fields", {Y25: 17}),
        ("duty_departments", {Y25: 12}),
    ],
)
def test_every_number_of_the_policy_is_a_target(indicator, expected):
    assert values(indicator) == expected


def test_every_target_names_its_clause_and_every_missing_number_says_why():
    targets = [t for i in JINAN.indicators for t in i.targets]

    assert all(t.clause for t in targets)
    assert all(t.note for t in targets if t.value is None)
    assert all(t.note for i in JINAN.indicators if not i.parts for t in i.targets)


def test_only_known_baselines_are_set():
    rows = {i.id: t for i in JINAN.indicators for t in i.targets if t.baseline is not None}

    assert rows.keys() == {"certified_people"}
    assert (rows["certified_people"].baseline_on, rows["certified_people"].baseline) == (date(2019, 12, 31), 6494)


def test_the_second_pack_is_still_running():
    assert {t.due.year for i in PACK_LIST["demo-2030"].indicators for t in i.targets} == {2026, 2028, 2030}


def test_numbers_of_metrics_are_distinct_and_small():
    names = [f"{c}@{t}" for c in COVERS for t in ("city", "district", "street", "village", "zone")]
    numbers = [number_of(n) for n in [*names, "unit@street", "point_open@street", "certified_people", "amount_paid"]]

    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < 1024


@pytest.mark.parametrize(
    "expression", ["unit; drop table fact", "unit & nothing", "unit - point_open", "ｕnit", "unit''"]
)
def test_only_set_expressions_over_presence_are_compiled(expression):
    with pytest.raises(ValueError, match="not"):
        compiled(expression)


def test_a_set_expression_becomes_multiranges():
    assert compiled("unit & (point_open | point_staffed)") == "(has_unit * (has_point_open + has_point_staffed))"


def test_a_pack_is_refused_when_it_reads_raw_presence():
    row = {"id": "x", "name": "x", "kind": "stock", "unit": "个", "metric": "point_open@street"}

    with pytest.raises(ValueError, match="raw presence"):
        Pack.model_validate({**JINAN.model_dump(), "indicators": [row]})


async def test_packs_are_loaded_once_and_a_new_version_never_overwrites(db, monkeypatch):
    assert set(await load_packs(db)) == PACK_LIST.keys()
    assert await load_packs(db) == []
    first = JINAN.indicators[0]
    raised = first.targets[0].model_copy(update={"value": Decimal(6)})
    newer = JINAN.model_copy(update={
        "digest": "newer",
        "indicators": (first.model_copy(update={"targets": (raised, *first.targets[1:])}), *JINAN.indicators[1:]),
    })  # fmt: skip
    monkeypatch.setitem(PACK_LIST, JINAN.id, newer)

    assert await load_packs(db) == [JINAN.id]

    rows = await db.fetch(
        "select value, known_to is null as present from policy.target where pack = $1 and indicator = $2 and due = $3"
        " order by known_from", JINAN.id, first.id, Y22,
    )  # fmt: skip
    assert [tuple(r) for r in rows] == [(5, False), (6, True)]
    assert await db.fetchval("select count(*) from policy.target where known_to is not null") == 1
