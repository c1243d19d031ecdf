"""A purchased project with a contract, a member and a payment that waits, and a service that was delivered."""

import asyncio

import httpx

from services.kernel.clock import today
from tests.apps import System
from tests.browser.conftest import LICHENG

PATIENCE = 100  # times a tenth of a second, until what was registered is known to the other services


async def bought(system: System) -> None:
    district, buyer = await system.signed_in("district"), await system.signed_in("buyer")
    parties = [
        await said(district, "/registry/organizations", name=name, kind=kind, division=LICHENG)
        for name, kind in (("演示购买单位", "government"), ("演示社工中心", "social_work_agency"))
    ]
    [point] = (await district.get("/registry/service-points", params={"q": "B-1"})).json()["items"]
    people = (await district.get("/registry/people", params={"limit": 1})).json()["items"]
    place, person = {"served_divisions": [point["division"]], "service_point_ids": [point["id"]]}, people[0]["id"]
    start, end = f"{today().year}-01-01", f"{today().year + 2}-01-01"
    project = await said(
        buyer, "/procurement/projects", number="演购1", name="演示项目", buyer_id=parties[0]["id"],
        provider_id=parties[1]["id"], fields=["elderly_service", "legal_aid"],
    )  # fmt: skip
    contract = await said(
        buyer, "/procurement/contracts", project_id=project["id"], number="演购1号", signed_on=start, start=start,
        end=end, value="120000.00", **place,
    )  # fmt: skip
    await said(
        buyer, "/procurement/staff", project_id=project["id"], person_id=person, role="lead", fte="0.5", start=start
    )
    await said(
        buyer, "/procurement/payments", contract_id=contract["id"], amount="2000.50", paid_on=start,
        payee="演示社工中心", document_number="凭1",
    )  # fmt: skip
    await said(
        district, "/coordination/service-records", service_point_id=point["id"], day=str(today()), persons=12,
        kind="social_support", workers=[person],
    )  # fmt: skip


async def said(door: httpx.AsyncClient, path: str, **order: object) -> dict[str, str]:
    """Said again as long as what it names has not come through."""
    for _ in range(PATIENCE):
        answer = await door.post(path, json=order, headers={"idempotency-key": f"{path}-{hash(str(order))}"})
        if answer.status_code not in (404, 422):
            break
        await asyncio.sleep(0.1)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made
