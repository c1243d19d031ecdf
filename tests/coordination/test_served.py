"""From a service recorded by an official to a village that is served, through every process."""

import asyncio
import time
import uuid
from datetime import timedelta

import pytest

from services.contracts.registry import PersonRecord
from services.kernel.db import database
from services.kernel.feed import publish
from tests.apps import System, whole_system
from tests.coordination.factories import CITY, SINCE, STREET, VILLAGE, WORKER, a_person, a_service, ago

pytestmark = pytest.mark.anyio
PATH = "/coordination/service-records"


@pytest.fixture
async def system(databases, tmp_path):
    async with whole_system(databases, tmp_path) as running:
        yield running


async def a_registered_worker(system: System) -> None:
    """As the registry would say it."""
    opened = database(system.databases.settings("registry"))
    async with opened.writing.begin() as tx:
        state = a_person(WORKER, (SINCE, None))
        await publish(tx, state.subject, [], PersonRecord.model_validate(state.record))
    await opened.close()


async def served(door, division: str, tier: str, on) -> int:
    answer = (await door.get(f"/coverage/{division}", params={"on": on.isoformat()})).raise_for_status().json()
    return next(t["served"] for t in answer["tiers"] if t["tier"] == tier)


async def until(seconds: float, found) -> float:
    """How long it took."""
    began = time.monotonic()
    while not await found():
        assert time.monotonic() - began < seconds
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_cov_06_a_record_makes_its_village_served_from_its_day_for_ninety_days(system):
    street, village, city = [await system.signed_in(name) for name in ("street", "village", "city")]
    day = ago(10)
    order = a_service(service_point_id=..., division=VILLAGE, day=day.isoformat(), persons=25)
    await a_registered_worker(system)

    async def unrecorded() -> list[str]:
        return (await city.get(f"/coverage/{CITY}")).json()["unrecorded"]

    assert await unrecorded() == ["served"]

    async def posted() -> bool:
        """As soon as coordination knows the worker and the village."""
        headers = {"idempotency-key": str(uuid.uuid4())}
        answer = await street.post(PATH, json=order, headers=headers)
        made.append(answer.json())
        return answer.status_code == 201

    made: list[dict] = []
    await until(20, posted)
    record = made[-1]
    assert record["counts"], record

    async def is_served() -> bool:
        return await served(village, VILLAGE, "village", day) == 1

    await until(10, is_served)
    assert await unrecorded() == []
    days = {-1: 0, 0: 1, 10: 1, 89: 1, 90: 0, 200: 0}
    assert {n: await served(city, CITY, "village", day + timedelta(days=n)) for n in days} == days
    assert await served(city, STREET, "street", day) == 0, "the village is served, not its street"

    items = (await city.get(f"/indicators/{CITY}", params={"from": day.isoformat(), "to": day.isoformat()})).json()
    assert [float(i["value"]) for i in items["items"] if i["id"] == "persons_served"] == [25]
    told = (await city.get("/explain", params={"metric": "persons_served", "division": CITY})).json()
    assert [i["record"] for i in told["items"]] == [f"/api/v1{PATH}/{record['id']}"]
    assert (await city.get(f"{PATH}/{record['id']}")).json()["persons"] == 25

    withdrawn = await street.post(f"{PATH}/{record['id']}/withdraw", json={"reason": "录错"})
    assert withdrawn.status_code == 200

    async def is_served_no_more() -> bool:
        return await served(village, VILLAGE, "village", day) == 0

    await until(10, is_served_no_more)
