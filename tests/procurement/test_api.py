"""Procurement's API: what each route answers to whom."""

import pytest

from tests.keys import JINAN, LICHENG, LIXIA
from tests.procurement.conftest import BUYING, PAYING, says
from tests.procurement.factories import (
    CERTIFIED,
    LIXIA_BUYER,
    LIXIA_POINT,
    POINT,
    PROVIDER,
    RELATED,
    STREET,
    UNQUALIFIED,
    VILLAGE,
    VILLAGE_POINT,
    ZONE,
    a_contract,
    a_payment,
    a_project,
)

pytestmark = pytest.mark.anyio
LISTS = ("/projects", "/contracts", "/staff", "/payments")


async def listed(client, path: str, **params) -> list[dict]:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_project_from_plan_to_end(buying, payer):
    project = await buying.project()
    assert (project["state"], project["division"], project["in_force"]) == ("planned", LICHENG, False)
    assert (project["buyer_name"], project["division_name"]) == ("机构government", f"区划{LICHENG}")

    contract = await buying.contract(project, served_divisions=[STREET, VILLAGE])
    await buying.member(project, CERTIFIED)
    payment = await buying.payment(contract)
    approved = await payer.post(f"/payments/{payment['id']}/approve")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")

    detail = (await buying.http.get(f"/projects/{project['id']}", params={"on": "2026-06-01"})).json()
    assert (detail["state"], detail["in_force"], detail["value"], detail["paid"]) == (
        "active", True, "1000.00", "100.00",
    )  # fmt: skip
    assert [c["served_divisions"] for c in detail["contracts"]] == [[STREET, VILLAGE]]
    assert [s["qualified"] for s in detail["staff"]] == [True]
    share = detail["staff_share"]
    assert share == {"denominator": 1, "numerator": 1, "registered": 1, "value": "100.00", "threshold": "80",
                     "reached": True}  # fmt: skip

    done = await buying.post(f"/projects/{project['id']}/complete", {"completed_on": "2027-01-01"}, 200)
    assert (done["state"], done["closed_on"], done["may"]) == ("completed", "2027-01-01", [])


async def test_of_nobody_there_is_no_share(buying):
    project, _ = await buying.active()

    share = (await buying.http.get(f"/projects/{project['id']}")).json()["staff_share"]

    assert (share["denominator"], share["value"], share["reached"]) == (0, None, None)


async def test_qual_01_the_share_of_a_project_is_read_on_a_day(buying):
    project, _ = await buying.active()
    for person in (CERTIFIED, RELATED, UNQUALIFIED):
        await buying.member(project, person)
    path = f"/projects/{project['id']}"

    on_day = (await buying.http.get(path, params={"on": "2026-06-01"})).json()["staff_share"]
    before = (await buying.http.get(path, params={"on": "2025-06-01"})).json()["staff_share"]

    assert (on_day["numerator"], on_day["denominator"], on_day["value"], on_day["reached"]) == (2, 3, "66.66", False)
    assert on_day["registered"] == 1
    assert (before["denominator"], before["threshold"]) == (0, "60")


async def test_lists_are_narrowed_and_paged(buying):
    for n in range(1, 6):
        project, _ = await buying.active(n, service_point_ids=[VILLAGE_POINT] if n % 2 else [POINT])
        await buying.member(project, RELATED, fte="0.10")
    await buying.project(9, name="100%_筹备")

    assert [p["number"] for p in await listed(buying.http, "/projects", state="planned")] == ["LC-0009"]
    assert [p["number"] for p in await listed(buying.http, "/projects", q="%_")] == ["LC-0009"]
    assert [p["number"] for p in await listed(buying.http, "/projects", q="LC-0002")] == ["LC-0002"]
    assert len(await listed(buying.http, "/projects", in_force=True)) == 5
    assert len(await listed(buying.http, "/projects", in_force=True, on="2027-01-01")) == 0
    assert len(await listed(buying.http, "/projects", provider_id=str(PROVIDER), field="community_service")) == 6
    assert len(await listed(buying.http, "/contracts", service_point_id=str(POINT))) == 2
    assert len(await listed(buying.http, "/contracts", on="2026-12-31")) == 5
    assert len(await listed(buying.http, "/contracts", on="2027-01-01")) == 0
    assert len(await listed(buying.http, "/staff", person_id=str(RELATED), qualified=True, there=True)) == 5
    for sort, by, back in (("number", "number", False), ("-number", "number", True), ("newest", "id", True)):
        first = (await buying.http.get("/projects", params={"limit": 2, "sort": sort})).json()
        rest = await listed(buying.http, "/projects", sort=sort, cursor=first["next"])
        values = [p[by] for p in (*first["items"], *rest)]
        assert values == sorted(values, reverse=back), sort
        assert len(set(values)) == 6
    seen, cursor = [], None
    while True:
        answer = await buying.http.get("/staff", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        seen += [s["id"] for s in answer.json()["items"]]
        if (cursor := answer.json()["next"]) is None:
            break
    assert (len(seen), len(set(seen))) == (5, 5)


async def test_only_ones_own_area_is_there(buying, client):
    project, contract = await buying.active()
    member, payment = await buying.member(project), await buying.payment(contract)
    records = [f"{path}/{r['id']}" for path, r in zip(LISTS, (project, contract, member, payment), strict=True)]
    lixia = client(*BUYING, "procurement:pay", at=LIXIA)

    for path in LISTS:
        assert await listed(lixia, path) == []
        assert (await lixia.get(path, params={"division": STREET})).status_code == 404
        assert len(await listed(client("procurement:read", at=JINAN), path, division=LICHENG)) == 1
        assert await listed(client("procurement:read", at=JINAN), path, division=ZONE) == []
    for path in records:
        assert (await lixia.get(path)).status_code == 404
        assert (await client("procurement:read").get(path)).json()["may"] == []
    for path, verb in (("/projects", "complete"), ("/projects", "terminate"), ("/contracts", "terminate")):
        order = {"completed_on": "2027-01-01"} if verb == "complete" else {}
        order = order or {"terminated_on": "2026-06-01", "reason": "x"} if path == "/projects" else order
        order = order or {"ended_on": "2026-06-01", "reason": "x"}
        id = project["id"] if path == "/projects" else contract["id"]
        assert (await lixia.post(f"{path}/{id}/{verb}", json=order)).status_code == 404
    assert (await lixia.post("/contracts", json=a_contract(project["id"], 7))).status_code == 404
    headers = {"idempotency-key": "lixia-00001"}
    assert (await lixia.post("/payments", json=a_payment(contract["id"], 7), headers=headers)).status_code == 404
    assert (await lixia.post(f"/payments/{payment['id']}/approve")).status_code == 404


async def test_nothing_of_another_area_can_be_bought_for(buying):
    project = await buying.project()
    for order, field in (
        ({"service_point_ids": [LIXIA_POINT]}, "service_point_ids"),
        ({"served_divisions": [LIXIA]}, "served_divisions"),
        ({"served_divisions": ["370112999999"]}, "served_divisions"),
    ):
        refused = await buying.post("/contracts", a_contract(project["id"], **order), 422)
        assert [e["field"] for e in refused["errors"]] == [field]
    refused = await buying.post("/projects", a_project(2, buyer_id=LIXIA_BUYER), 422)
    assert [e["field"] for e in refused["errors"]] == ["buyer_id"]


async def test_a_stale_or_missing_if_match_is_refused(buying):
    project, contract = await buying.active()
    member = await buying.member(project)
    for path in (f"/projects/{project['id']}", f"/contracts/{contract['id']}", f"/staff/{member['id']}"):
        for header, status in (({}, 428), ({"if-match": '"99-0"'}, 412)):
            assert (await buying.http.patch(path, json={}, headers=header)).status_code == status
        tag = (await buying.http.get(path)).headers["etag"]
        assert (await buying.http.get(path, headers={"if-none-match": tag})).status_code == 304


async def test_corrections_are_published(buying, procurement):
    project, contract = await buying.active()
    member = await buying.member(project)

    await buying.change(f"/projects/{project['id']}", {"name": "改名项目", "fields": ["legal_aid"]})
    await buying.change(f"/contracts/{contract['id']}", {"end": "2026-07-01", "service_point_ids": []})
    changed = await buying.change(f"/staff/{member['id']}", {"start": "2026-02-01", "end": "2026-06-01"})

    assert (changed["start"], changed["end"]) == ("2026-02-01", "2026-06-01")
    facts = {(f.metric.value, f.start.isoformat(), f.end.isoformat()) for _, f in await says(procurement)}
    assert facts == {
        ("projects_in_force", "2026-01-01", "2026-07-01"),
        ("project_staff", "2026-02-01", "2026-06-01"),
        ("project_staff_qualified", "2026-02-01", "2026-06-01"),
    }
    async with procurement.hot() as db:
        kinds = [r["kind"] for r in await db.fetch("select kind from event order by seq")]
        kept = await db.fetchval("select count(*) from contract_history where id = $1", contract["id"])
    assert kinds == ["ProjectAdded", "ContractSigned", "StaffAdded", "ProjectChanged", "ContractChanged",
                     "StaffChanged"]  # fmt: skip
    assert kept == 2


async def test_nothing_changed_is_nothing_said(buying, procurement):
    project, contract = await buying.active()

    await buying.change(f"/projects/{project['id']}", {"name": project["name"]})
    await buying.change(f"/contracts/{contract['id']}", {"value": contract["value"], "start": contract["start"]})

    async with procurement.hot() as db:
        assert await db.fetchval("select count(*) from event") == 2


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("format", ["xlsx", "csv"])
async def test_every_list_is_there_as_a_file(buying, path, format):
    project, contract = await buying.active()
    await buying.member(project)
    await buying.payment(contract, payee="=1+1")

    answer = await buying.http.get(f"{path}/export", params={"format": format})

    assert answer.status_code == 200, answer.text
    if format == "csv":
        assert len(answer.text.splitlines()) == 3
        assert ("'=1+1" in answer.text) == (path == "/payments")


async def test_payments_of_days_that_end_before_they_begin_are_refused(buying):
    for path in ("/payments", "/payments/export"):
        turned = await buying.http.get(path, params={"from": "2026-11-03", "to": "2026-11-02"})
        assert (turned.status_code, turned.json()["code"]) == (422, "period_reversed"), path


async def test_the_buyer_cannot_pay_and_the_payer_cannot_buy(buying, client):
    project, contract = await buying.active()
    payment = await buying.payment(contract)

    assert (await buying.http.post(f"/payments/{payment['id']}/approve")).status_code == 403
    other = client(*PAYING)
    assert (await other.post("/projects", json=a_project(2))).status_code == 403
    assert (await other.post("/contracts", json=a_contract(project["id"], 2))).status_code == 403
