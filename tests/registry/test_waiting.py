"""What waits for somebody: registrations that may be renewed now, imports that are not done with."""

import pytest

from tests.keys import LICHENG, LIXIA
from tests.registry.factories import a_roster, a_worker
from tests.registry.test_api import listed
from tests.registry.test_imports import ZONE_STREET, upload
from tests.rosters import sent, settled

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]


def until(n: int, last_day: str, **over: object) -> dict[str, object]:
    return a_worker(n, 登记日期="2024-05-01", 登记有效期止=last_day, **over)


async def renewable(client, on: str, **params) -> list[str]:
    found = await listed(client, "/registrations", renewable=True, on=on, sort="ending", **params)
    return [r["person_name"] for r in found]


async def test_reg_05_a_registration_is_renewed_in_the_three_months_before_its_end(city):
    await upload(city, until(0, "2026-05-31"))

    for day, open in [("2026-02-27", []), ("2026-02-28", ["演示0"]), ("2026-05-31", ["演示0"]), ("2026-06-01", [])]:
        assert await renewable(city, day) == open, day


async def test_reg_05_whoever_is_registered_beyond_it_has_been_renewed(city):
    await upload(city, until(0, "2026-05-31"), until(1, "2026-05-31"))
    await upload(city, a_worker(0, 登记日期="2026-06-01", 登记有效期止="2029-05-31"))

    assert await renewable(city, "2026-05-01") == ["演示1"]


async def test_renewable_registrations_come_by_their_end_within_the_askers_area(city, client):
    await upload(city, until(0, "2026-05-31"), until(1, "2026-05-20"), until(2, "2026-05-10", **ZONE_STREET))

    assert await renewable(city, "2026-05-01") == ["演示2", "演示1", "演示0"]
    assert await renewable(city, "2026-05-01", division=LICHENG) == ["演示1", "演示0"]
    assert await renewable(client("registry:read", at=LIXIA), "2026-05-01") == ["演示2"]
    asked = {"renewable": True, "on": "2026-05-01", "sort": "ending", "limit": 1}
    first = (await city.get("/registrations", params=asked)).json()
    rest = await listed(city, "/registrations", **asked | {"limit": 5, "cursor": first["next"]})
    assert [r["person_name"] for r in first["items"] + rest] == ["演示2", "演示1", "演示0"]
    backwards = await listed(city, "/registrations", sort="-ending")
    assert [r["person_name"] for r in backwards] == ["演示0", "演示1", "演示2"]


async def test_open_imports_are_those_that_are_not_done_with(city):
    await upload(city, a_worker(0))
    wrong = (await upload(city, a_worker(1, 批准日期="昨天"))).id
    ready = (await settled(city, (await sent(city, a_roster([a_worker(2)]))).json()["id"]))["id"]

    assert [j["id"] for j in await listed(city, "/imports", open=True)] == [ready, wrong]
    assert (await city.post(f"/imports/{wrong}/cancel")).status_code == 200
    assert [j["id"] for j in await listed(city, "/imports", open=True)] == [ready]
    assert len(await listed(city, "/imports")) == 3
