"""The regulations on projects, contracts and staff, by their ids."""

from datetime import date
from decimal import Decimal

import pytest

from services.contracts.facts import Period
from services.contracts.procurement import ProjectState
from services.contracts.registry import OrganizationKind, PersonRecord
from services.procurement.contracts import rules as contracts
from services.procurement.projects import rules as projects
from services.procurement.staff import rules as staff
from tests.procurement.conftest import day, told
from tests.procurement.factories import (
    CERTIFIED,
    CLASS1,
    ELSEWHERE,
    MASS,
    PROVIDER,
    RELATED,
    UNCLASSED,
    a_contract,
    a_member,
    a_person,
    a_project,
    an_id,
    an_organization,
    said,
)
from tests.procurement.test_api import listed

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("side", ["buyer_id", "provider_id"])
@pytest.mark.parametrize(
    ("party", "code"), [(CLASS1, "party_barred"), (MASS, "party_barred"), (UNCLASSED, "party_undecided")]
)
async def test_gps_04_some_institutions_neither_buy_nor_provide(buying, side, party, code):
    refused = await buying.post("/projects", a_project(1, **{side: party}), 409)

    assert (refused["code"], refused["rule"]) == (code, "GPS-04")


async def test_gps_04_is_asked_again_when_a_contract_is_signed(buying, procurement):
    project = await buying.project()
    await told(procurement, [an_organization(PROVIDER, OrganizationKind.MASS_ORGANIZATION)])

    assert (await buying.post("/contracts", a_contract(project["id"]), 409))["rule"] == "GPS-04"


@pytest.mark.parametrize("kind", [k for k in OrganizationKind if k not in (*projects.BARRED, projects.UNDECIDED)])
def test_gps_02_everybody_else_may(kind):
    projects.check_parties(OrganizationKind.GOVERNMENT, kind)


async def test_a_project_has_two_parties(buying):
    same = a_project(1)
    same["provider_id"] = same["buyer_id"]

    assert (await buying.post("/projects", same, 422))["code"] == "same_party"
    assert (await buying.post("/projects", a_project(1, provider_id=an_id(99)), 422))["code"] == "not_known"


async def test_parties_are_settled_by_the_first_contract(buying):
    project = await buying.project()
    other = str(RELATED)  # a number that no organization has
    path = f"/projects/{project['id']}"
    assert (await buying.change(path, {"provider_id": other}, 422))["code"] == "not_known"
    await buying.contract(project)

    assert (await buying.change(path, {"provider_id": other}, 409))["code"] == "settled"


@pytest.mark.parametrize(
    ("signed", "start", "end", "stable", "warned"),
    [
        ("2025-12-20", "2026-01-01", "2027-01-01", False, False),
        ("2025-12-20", "2026-01-01", "2027-01-02", False, True),
        ("2025-12-20", "2026-01-01", "2029-01-01", True, False),
        ("2025-12-20", "2026-01-01", "2029-01-02", True, True),
        ("2024-02-20", "2024-02-29", "2025-02-28", False, False),
        ("2024-02-20", "2024-02-29", "2025-03-01", False, True),
        ("2020-02-29", "2020-03-01", "2025-03-01", False, False),  # before the rule
    ],
)
def test_gps_11_a_contract_of_more_than_a_year_warns(signed, start, end, stable, warned):
    found = contracts.warnings(day(signed), day(start), day(end), stable=stable)

    assert [(w.code, w.rule) for w in found] == ([("contract_too_long", "GPS-11")] if warned else [])


async def test_gps_11_warns_and_does_not_block(buying):
    _, contract = await buying.active(end="2028-01-01")

    assert [w["rule"] for w in contract["warnings"]] == ["GPS-11"]


@pytest.mark.parametrize(("start", "end"), [("2026-01-01", "2026-01-01"), ("2026-01-02", "2026-01-01")])
async def test_a_contract_has_days(buying, start, end):
    project = await buying.project()

    assert (await buying.post("/contracts", a_contract(project["id"], start=start, end=end), 422))["code"] == (
        "contract_backwards"
    )


async def test_contracts_of_a_project_follow_one_another(buying):
    project, first = await buying.active()

    overlapping = a_contract(project["id"], 2, start="2026-12-31", end="2027-06-01")
    assert (await buying.post("/contracts", overlapping, 409))["code"] == "periods_overlap"
    await buying.post(f"/contracts/{first['id']}/terminate", {"ended_on": "2026-12-31", "reason": "提前"}, 200)
    await buying.post("/contracts", overlapping)


async def test_a_point_is_open_on_the_first_day(buying):
    project = await buying.project()
    early = a_contract(project["id"], start="2021-05-31")

    assert (await buying.post("/contracts", early, 409))["code"] == "point_not_open"


async def test_numbers_are_taken_once(buying):
    project, _ = await buying.active()

    assert (await buying.post("/projects", a_project(1), 409))["code"] == "number_taken"
    again = a_contract(project["id"], 1, start="2027-01-01", end="2028-01-01")
    assert (await buying.post("/contracts", again, 409))["code"] == "number_taken"


async def test_a_project_is_completed_when_its_contracts_have_run(buying):
    project, _ = await buying.active()
    path = f"/projects/{project['id']}/complete"

    assert (await buying.post(path, {"completed_on": "2026-12-31"}, 409))["code"] == "still_in_force"
    await buying.post(path, {"completed_on": "2027-01-01"}, 200)


async def test_terminating_a_project_ends_what_is_in_force_and_what_would_follow(buying):
    project, _ = await buying.active()
    await buying.contract(project, 2, start="2027-01-01", end="2028-01-01")

    order = {"terminated_on": "2026-06-01", "reason": "承接主体停止运营"}
    await buying.post(f"/projects/{project['id']}/terminate", order, 200)

    ended = {c["number"]: c["ended_on"] for c in await listed(buying.http, "/contracts")}
    assert ended == {"HT-0001": "2026-06-01", "HT-0002": "2027-01-01"}
    assert not await listed(buying.http, "/contracts", on="2027-01-01")


# ── staff ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("start", "end", "within"),
    [("2026-01-01", None, True), ("2026-01-01", "2028-01-01", True), ("2027-12-31", None, True),
     ("2025-12-31", None, False), ("2026-01-01", "2028-01-02", False), ("2028-01-01", None, False)],
)  # fmt: skip
def test_staff_are_there_within_the_contracts(start, end, within):
    contracted = [Period(day("2026-01-01"), day("2027-01-01")), Period(day("2027-01-01"), day("2028-01-01"))]
    ends = day(end) if end else None
    if within:
        staff.check_within(day(start), ends, contracted)
    else:
        with pytest.raises(staff.OutsideContract):
            staff.check_within(day(start), ends, contracted)


async def test_staff_need_a_contract_and_are_there_once_at_a_time(buying):
    project = await buying.project()
    assert (await buying.post("/staff", a_member(project["id"]), 409))["code"] == "project_planned"
    await buying.contract(project)
    await buying.member(project)

    assert (await buying.post("/staff", a_member(project["id"]), 409))["code"] == "already_there"
    assert (await buying.post("/staff", a_member(project["id"], an_id(98)), 422))["code"] == "not_known"
    backwards = a_member(project["id"], RELATED, end="2026-01-01")
    assert (await buying.post("/staff", backwards, 422))["code"] == "staff_backwards"


async def test_somebody_elsewhere_may_be_named_only_if_the_provider_employs_them(buying, procurement):
    project, _ = await buying.active()
    assert (await buying.post("/staff", a_member(project["id"], ELSEWHERE), 422))["code"] == "not_known"
    await told(procurement, [a_person(ELSEWHERE, employer=PROVIDER, division="370102000000")])

    await buying.member(project, ELSEWHERE)


async def test_qual_04_shares_above_one_warn(buying):
    one, two, three = [(await buying.active(n))[0] for n in (1, 2, 3)]
    await buying.member(one, CERTIFIED, fte="0.60", end="2026-07-01")
    full = await buying.member(two, CERTIFIED, fte="0.40")
    over = await buying.member(three, CERTIFIED, fte="0.01", start="2026-06-30")

    assert full["warnings"] == []
    assert [w["rule"] for w in over["warnings"]] == ["QUAL-04"]
    eased = await buying.change(f"/staff/{over['id']}", {"start": "2026-07-01"})
    assert eased["warnings"] == []


@pytest.mark.parametrize("fte", ["0", "1.01", "-0.5", "0.005", "NaN", "Infinity", "１"])
async def test_qual_04_a_share_is_a_share(buying, fte):
    project, _ = await buying.active()

    await buying.post("/staff", a_member(project["id"], fte=fte), 422)


@pytest.mark.parametrize(
    ("heads", "on", "threshold", "reached"),
    [((5, 4, 4), "2025-12-31", 80, True), ((5, 3, 3), "2025-12-31", 80, False), ((5, 3, 0), "2025-12-30", 60, True),
     ((3, 1, 1), "2022-12-30", None, None), ((0, 0, 0), "2026-01-01", 80, None)],
)  # fmt: skip
def test_qual_01_thresholds_are_dated(heads, on, threshold, reached):
    found = staff.share(*heads, day(on))

    assert (found.threshold, found.reached) == (None if threshold is None else Decimal(threshold), reached)


async def test_qual_03_a_certificate_counts_whether_registered_or_not(buying, procurement):
    project, _ = await buying.active()
    told_of = a_person(CERTIFIED, (date(2020, 1, 1), None))
    unregistered = PersonRecord.model_validate(told_of.record).model_copy(update={"registered": []})
    await told(procurement, [said(told_of.subject, unregistered)])
    member = await buying.member(project)

    assert (member["qualified"], member["certified"], member["registered"]) == (True, True, False)


@pytest.mark.parametrize("state", list(ProjectState))
def test_what_is_over_does_not_go_on(state):
    if state in projects.OPEN:
        projects.check_open(state, "更正")
    else:
        with pytest.raises(projects.WrongState):
            projects.check_open(state, "更正")
