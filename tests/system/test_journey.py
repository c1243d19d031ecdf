"""From a record in the registry to a number at the door, through every process."""

import asyncio
import uuid

import httpx
import pytest

from gateway.rebuilding import rebuild_from_feeds
from gateway.settings import GatewaySettings
from services.kernel.db import database
from tests.keys import keyring

pytestmark = pytest.mark.anyio
CITY, LICHENG, LIXIA = "370100000000", "370112000000", "370102000000"


async def until(door: httpx.AsyncClient, path: str, found, seconds: float = 20.0) -> dict:
    """The answer once it is as expected; the fold follows the registry in its own time."""
    for _ in range(int(seconds / 0.05)):
        answer = (await door.get(path)).raise_for_status().json()
        if found(answer):
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError(f"{path} does not come to what is expected: {answer}")


def tier(coverage: dict, name: str) -> dict:
    return next(t for t in coverage["tiers"] if t["tier"] == name)


def a_point(number: str, division: str, **over: str) -> dict[str, str]:
    point = {"number": number, "name": "演示社工站", "tier": "street_station", "division": division}
    return point | {"opened_on": "2021-06-01", "staffing_basis": "government_purchase"} | over


async def post(door: httpx.AsyncClient, path: str, body: dict[str, str]) -> httpx.Response:
    return await door.post(path, json=body, headers={"idempotency-key": str(uuid.uuid4())})


async def test_a_station_opened_in_a_street_is_counted_up_to_the_city_and_explained(system):
    city, district = await system.signed_in("city"), await system.signed_in("district")
    whole = await until(city, f"/coverage/{CITY}?on=2021-12-31", lambda c: tier(c, "village")["units"] == 5752)
    assert [(t["tier"], t["units"], t["established"]) for t in whole["tiers"]] == [
        ("city", 1, 0), ("district", 12, 0), ("street", 161, 0), ("village", 5752, 0)
    ]  # fmt: skip

    made = await post(district, "/registry/service-points", a_point("LC-001", "370112001000"))

    assert made.status_code == 201, made.text
    on = "on=2021-12-31"
    whole = await until(city, f"/coverage/{CITY}?{on}", lambda c: tier(c, "street")["established"] == 1)
    children = {c["code"]: tier(c, "street")["established"] for c in whole["children"] if c["tier"] == "district"}
    assert sum(children.values()) == children[LICHENG] == 1
    before = (await city.get(f"/coverage/{CITY}?on=2021-05-31")).json()
    assert tier(before, "street")["established"] == 0

    told = (await district.get(f"/explain?metric=established@street&division={CITY}&{on}")).json()
    assert (told["total"], told["outside"]) in (("1", None), ("1.0000", None)) or float(told["total"]) == 2
    [fact] = [f for i in told["items"] for f in (i["facts"] or [i]) if f["metric"].startswith("point_open")]
    record = (await district.get(fact["record"].removeprefix("/api/v1"))).raise_for_status().json()
    assert record["number"] == "LC-001"


async def test_a_neighbour_sees_the_number_and_not_the_record(system):
    district = await system.signed_in("district")
    made = (await post(district, "/registry/service-points", a_point("LC-002", "370112002000"))).json()
    await until(district, f"/coverage/{CITY}", lambda c: tier(c, "street")["established"] == 2)
    street = await system.signed_in("village")

    assert (await street.get(f"/registry/service-points/{made['id']}")).status_code == 404
    assert (await street.get("/registry/service-points")).json()["items"] == []
    told = (await street.get(f"/explain?metric=point_open@street&division={CITY}")).json()
    assert "LC-002" not in str(told)
    assert float(told["outside"]["amount"]) == float(told["total"]) == 2


async def test_what_one_may_not_do_is_refused_with_a_sentence(system):
    city, street = await system.signed_in("city"), await system.signed_in("street")

    wrong_role = await post(city, "/registry/service-points", a_point("X-1", "370112001000"))
    wrong_place = await post(street, "/registry/service-points", a_point("X-2", "370102001000"))
    nobody = await (await system.anonymous()).get("/registry/people")

    assert [a.status_code for a in (wrong_role, wrong_place, nobody)] == [403, 404, 401]
    assert all("。" in a.json()["detail"] for a in (wrong_role, wrong_place, nobody))


async def test_a_rebuild_from_the_feeds_gives_the_same_numbers_to_readers_who_notice_nothing(system):
    district = await system.signed_in("district")
    before = (await district.get(f"/coverage/{CITY}?on=2021-12-31")).json()
    settings = GatewaySettings(**system.databases.settings("gateway").model_dump())
    store = database(settings, search_path="coverage, public")
    rebuilding = asyncio.create_task(rebuild_from_feeds(store, keyring("gateway"), system.services))
    while not rebuilding.done():
        assert (await district.get(f"/coverage/{CITY}?on=2021-12-31")).status_code == 200
    await rebuilding
    await store.close()

    after = (await district.get(f"/coverage/{CITY}?on=2021-12-31")).json()
    assert after["tiers"] == before["tiers"]
    made = await post(district, "/registry/service-points", a_point("LC-003", "370112003000"))
    assert made.status_code == 201
    more = tier(before, "street")["established"] + 1
    await until(district, f"/coverage/{CITY}?on=2021-12-31", lambda c: tier(c, "street")["established"] == more)


async def test_what_nobody_has_recorded_is_not_a_zero(system):
    city = await system.signed_in("city")
    items = {i["id"]: i for i in (await city.get(f"/indicators/{CITY}?on=2026-01-01")).json()["items"]}

    assert (items["training_bases"]["value"], items["training_bases"]["target"]["status"]) == (None, "cannot_tell")
    assert items["coverage_street"]["value"] is not None
    assert (await city.get(f"/coverage/{CITY}")).json()["unrecorded"] == ["served"]
