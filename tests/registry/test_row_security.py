"""SEC-07, SEC-21 in the registry, with the application's own narrowing turned off: the policies alone hold; and what
crosses districts on purpose goes on working.
"""

import pytest

from services.kernel import narrowing
from services.registry.disclosures import queries as disclosures
from services.registry.examples import NEW_ORGANIZATION
from tests.keys import LICHENG, LIXIA, an_actor
from tests.registry.factories import a_point_line, a_uscc, a_worker
from tests.registry.test_api import a_point, listed
from tests.registry.test_imports import ZONE_STREET, people, points, upload

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
EXPORT = {"purpose": "inspection", "reason": "演示抽查", "division": LICHENG, "columns": ["name", "id_number"]}
LISTS = ("/people", "/certificates", "/registrations", "/service-points", "/organizations", "/assignments")


async def test_a_district_sees_and_changes_its_own_even_if_no_endpoint_has_a_where(client, city, monkeypatch):
    """One person of Lixia works at a point of Licheng, which an organization of Lixia runs."""
    provider = {**NEW_ORGANIZATION, "division": LIXIA, "uscc": a_uscc(7), "name": "演示运营机构"}
    provider = (await city.post("/organizations", json=provider)).json()
    await points(city, a_point_line(0), a_point_line(1, 所在区划代码=LIXIA, 所在区划名称="历下区", 层级="区县社工总站"))
    await upload(city, a_worker(0), a_worker(1, **ZONE_STREET))
    here = await a_point(city, operator_id=provider["id"])
    stranger = next(p for p in await people(city) if p["division"].startswith("370102"))
    assigned = {"person_id": stranger["id"], "service_point_id": here["id"], "started_on": "2026-03-01"}
    assert (await city.post("/assignments", json=assigned)).status_code == 201
    before = {path: {i["id"]: i for i in await listed(city, path)} for path in LISTS}
    may = ("registry:read", "registry:write")
    licheng, lixia = client(*may, at=LICHENG), client(*may, at=LIXIA)
    monkeypatch.setattr(narrowing, "on", False)

    for path in LISTS:
        mine = {i["id"] for i in await listed(licheng, path)}
        assert mine, path
        assert mine == {id for id, i in before[path].items() if i["division"].startswith("370112")}, path
        for id in before[path].keys() - mine:
            assert (await licheng.get(f"{path}/{id}")).status_code == 404, path
    [at] = await listed(licheng, "/assignments")
    assert at["person_name"] == stranger["name"]
    assert (await licheng.get(f"/service-points/{here['id']}")).json()["operator_name"] == "演示运营机构"
    assert (await licheng.get(f"/organizations/by-uscc/{a_uscc(7)}")).json()["id"] == provider["id"]

    refused = [
        await licheng.post("/organizations", json=NEW_ORGANIZATION | {"division": LIXIA, "name": "新的"}),
        await licheng.patch(f"/organizations/{provider['id']}", json={"name": "改名"}, headers={"if-match": '"1"'}),
        await licheng.post("/assignments", json=assigned | {"started_on": "2026-04-01"}),
        await lixia.post("/assignments", json=assigned | {"started_on": "2026-04-01"}),
        await lixia.post(f"/service-points/{here['id']}/close", json={"closed_on": "2026-09-01"}),
    ]
    assert [r.status_code for r in refused] == [404] * len(refused), [r.text for r in refused]


async def test_a_district_decides_on_its_own_exports_even_if_the_list_has_no_where(client, city, monkeypatch):
    await upload(city, a_worker(0))
    asked = await client("registry:read", "registry:export", id="account:exporter").post("/disclosures", json=EXPORT)
    may = ("registry:read", "registry:review")
    monkeypatch.setattr(narrowing, "on", False)

    seen = [await listed(client(*may, at=at, id="account:r"), "/disclosures") for at in (LICHENG, LIXIA)]

    assert [[d["id"] for d in found] for found in seen] == [[asked.json()["id"]], []]
    assert "division" not in disclosures.visible(an_actor(*may, at=LIXIA)).sql()
    assert await listed(client("registry:read", at=LICHENG, id="account:v"), "/disclosures") == []
