"""What several people do to the same records at the same time, and to records that are not theirs."""

import asyncio
import random

import pytest
from sqlalchemy import text

from services.kernel.db import run
from services.registry.imports.confirming import CHANGED
from tests.registry.factories import STREET, a_point_line, a_uscc, a_worker
from tests.registry.test_api import a_point, listed
from tests.registry.test_imports import errors, people, points, upload
from tests.rosters import asked

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
MOVE = text("update organization set division = '370112002000', version = version + 1 where id = cast(:id as uuid)")


async def test_two_organizations_without_a_credit_code_do_not_stand_in_each_others_way(city):
    """No code is no code, not the same one."""
    first = await city.post("/organizations", json={"name": "甲", "kind": "other", "division": STREET})
    second = await city.post("/organizations", json={"name": "乙", "kind": "other", "division": STREET})
    path = f"/organizations/{second.json()['id']}"
    changed = await city.patch(path, json={"address": "别处"}, headers={"if-match": second.headers["etag"]})

    assert [first.status_code, second.status_code, changed.status_code] == [201, 201, 200]


async def test_an_operator_elsewhere_may_be_named_and_is_not_taught_a_code(city, client):
    """Its record is not there for whoever uploads, and not theirs to change."""
    elsewhere = {"name": "外区机构", "kind": "other", "division": "370112002000"}
    operator = (await city.post("/organizations", json=elsewhere)).json()
    street = client("registry:read", "registry:write", at=STREET)

    named = await points(street, a_point_line(0, 运营机构名称="外区机构"))
    line = a_point_line(1, 运营机构名称="外区机构", 运营机构统一社会信用代码=a_uscc(5))
    taught = await points(street, line)

    assert named.state == "done"
    assert [code for _, _, code in errors(taught)] == ["organization_elsewhere"]
    assert (await city.get(f"/organizations/{operator['id']}")).json()["uscc"] is None


async def test_an_import_waits_for_an_employer_that_is_moving(registry, city):
    """Whoever is employed there counts where the employer is, whichever of the two came first."""
    await upload(city, a_worker(0))
    [employer] = await listed(city, "/organizations")
    async with registry.writing.begin() as tx:
        await run(tx, MOVE, {"id": employer["id"]})
        importing = asyncio.create_task(upload(city, a_worker(0), a_worker(1)))
        await asyncio.sleep(0.7)
        assert not importing.done(), "it read the employer's old place"
        await tx.commit()
    answer = await importing
    assert (answer.state, answer.job["notes"]) == ("ready", [CHANGED])

    assert (await asked(city, answer.id, "confirm", body={"skip_conflicts": False})).state == "done"
    assert {p["division"] for p in await people(city)} == {"370112002000"}


async def test_leaving_and_closing_at_once_never_lock_each_other_out(city):
    rng = random.Random(3)
    stations = [await a_point(city, number=f"T-{n}") for n in range(4)]
    await upload(city, *(a_worker(n) for n in range(6)))
    started = []
    for person in await people(city):
        for station in stations:
            order = {"person_id": person["id"], "service_point_id": station["id"], "started_on": "2024-06-01"}
            started.append((await city.post("/assignments", json=order)).json()["id"])
    ends = [city.post(f"/assignments/{id}/end", json={"ended_on": "2025-06-01"}) for id in started]
    closes = [city.post(f"/service-points/{s['id']}/close", json={"closed_on": "2025-07-01"}) for s in stations]
    calls = [*ends, *closes]
    rng.shuffle(calls)

    statuses = {answer.status_code for answer in await asyncio.gather(*calls)}

    assert statuses <= {200, 409}


async def test_imports_that_wait_for_their_turn_take_no_connection_from_others(city):
    waiting = [upload(city, *(a_worker(n + 100 * k) for n in range(100))) for k in range(6)]
    opening = [a_point(city, number=f"W-{n}") for n in range(6)]

    answers, made = await asyncio.gather(asyncio.gather(*waiting), asyncio.gather(*opening))

    assert {a.state for a in answers} == {"done"}
    assert len(made) == 6


async def test_whoever_has_a_record_already_is_told_so_and_whoever_may_more_is_not(city, client):
    point = await a_point(city)
    path = f"/service-points/{point['id']}"
    tag = (await city.get(path)).headers["etag"]

    assert (await city.get(path, headers={"if-none-match": tag})).status_code == 304
    reader = client("registry:read")
    assert (await reader.get(path, headers={"if-none-match": tag})).status_code == 200


async def test_where_somebody_works_outside_the_askers_area_is_not_told(city, client):
    await points(city, a_point_line(0, 所在区划代码="370112002000", 所在区划名称="洪家楼街道"))
    await upload(city, a_worker(0, 服务站点编号="YS-00000", 到岗日期="2024-06-01"))
    street = client("registry:read", at=STREET)

    [seen_by_the_city], [seen_by_the_street] = await people(city), await people(street)

    assert seen_by_the_city["assignment"] is not None
    assert seen_by_the_street["id"] == seen_by_the_city["id"]
    assert seen_by_the_street["assignment"] is None
