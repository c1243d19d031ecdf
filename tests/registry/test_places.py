"""ID-07: a division is meant by its code and its name, in one of three code systems, and never by half of that."""

from datetime import date

import pytest

from services.contracts.divisions import CodeRange, Tier, subtree
from services.contracts.registry import CodeSystem
from services.registry.imports.places import Place, Places, district_of
from services.registry.imports.roster import Cells, Column, Findings, Row
from services.registry.seed import parsed
from tests.registry.factories import DIVISIONS, TODAY

COLUMNS = {f: Column(f, t, True) for f, t in (("division_code", "所在区划代码"), ("division_name", "所在区划名称"))}
EVERY = [Place(d.code, d.name, d.tier, d.mca_code, d.nbs_code, None) for d in parsed(DIVISIONS)]
JINAN = (subtree("370100000000"),)


def read(
    code: str | None,
    name: str | None,
    system: CodeSystem = CodeSystem.OWN,
    within: tuple[CodeRange, ...] = JINAN,
    places: Places | None = None,
) -> tuple[Place | None, list[tuple[str, str, str]]]:
    given = {"division_code": code, "division_name": name}
    findings = Findings()
    cells = Cells(Row(2, {k: v for k, v in given.items() if v is not None}), COLUMNS, findings)
    found = (places or Places(EVERY, system=system, within=within, today=TODAY)).read(cells)
    return found, [(f.column, f.code, f"{f.reason}，{f.remedy}") for f in findings.of_row[2]]


@pytest.mark.parametrize(
    ("code", "system"),
    [
        ("370102016000", CodeSystem.OWN),
        ("370102016", CodeSystem.OWN),
        ("370176001000", CodeSystem.NBS),
        ("370102016", CodeSystem.MCA),
        ("370102016000", CodeSystem.MCA),
    ],
)
def test_each_system_finds_the_same_division(code: str, system: CodeSystem):
    found, errors = read(code, "舜华路街道", system)

    assert errors == []
    assert found is not None
    assert (found.code, found.tier) == ("370102016000", Tier.STREET)


def test_every_division_of_jinan_is_found_by_its_own_code_and_by_its_nbs_code():
    for system in (CodeSystem.OWN, CodeSystem.NBS):
        every = Places(EVERY, system=system, within=JINAN, today=TODAY)
        named = [p for p in EVERY if p.called(system)]
        assert [p.code for p in named if read(p.called(system), p.name, places=every)[0] != p] == []


def test_a_code_and_a_name_that_disagree_are_refused_with_both_named():
    found, [(column, code, says)] = read("370112001000", "舜华路街道")

    assert found is None
    assert (column, code) == ("所在区划名称", "division_mismatch")
    assert "370112001000 是“山大路街道”" in says
    assert "“舜华路街道”的代码是 370102016000" in says


def test_a_code_of_another_system_is_named_as_such():
    _, [(_, code, says)] = read("370176001000", "舜华路街道")

    assert code == "no_such_division"
    assert "code_system=nbs" in says


def test_swapped_codes_are_refused_in_the_wrong_system():
    """Where the nbs code of one unit is another unit's own code, only the name tells them apart."""
    own = {p.code: p for p in EVERY}
    swapped = [p for p in EVERY if p.nbs_code in own and p.nbs_code != p.code and own[p.nbs_code].name != p.name]
    assert len(swapped) > 100

    places = Places(EVERY, system=CodeSystem.OWN, within=JINAN, today=TODAY)
    for place in swapped:
        found, errors = read(place.nbs_code, place.name, places=places)
        assert found is None
        assert errors[0][1] == "division_mismatch"
        assert "code_system=nbs" in errors[0][2]


def test_both_cells_are_needed():
    assert [e[:2] for e in read(None, "山大路街道")[1]] == [("所在区划代码", "missing")]
    assert [e[:2] for e in read("370112001000", None)[1]] == [("所在区划名称", "missing")]


def test_a_division_outside_the_own_area_is_not_described():
    found, [(_, code, says)] = read("370112001000", "山大路街道", within=(subtree("370102000000"),))

    assert found is None
    assert code == "outside_area"
    assert "山大路" not in says


def test_a_division_that_has_ended_is_refused():
    ended = [p._replace(valid_to=date(2026, 1, 1)) for p in EVERY if p.code == "370112001000"]
    places = Places(ended, system=CodeSystem.OWN, within=JINAN, today=TODAY)

    assert read("370112001000", "山大路街道", places=places)[1][0][1] == "division_ended"


def test_a_name_means_one_organization_within_a_district():
    assert [district_of(c) for c in ("370100000000", "370112000000", "370112001001")] == ["3701", "370112", "370112"]
