"""Records outside one's own area are not there: for every route of the API that names a record, whoever wrote it."""

import re
import uuid

import pytest

from tests import rosters
from tests.system.test_invariant import machine

pytestmark = pytest.mark.anyio
STREET, NAME = "370112002000", "洪家楼街道"
# What a change must look like to get as far as the question whose record it is.
# Whose role may do it elsewhere, does not find it here; whose role may not, is told that before anything is looked up.
NOT_HERS = {(404, "not_found"), (403, "permission_missing")}
BODIES = {
    "close": {"closed_on": "2026-01-01"},
    "end": {"ended_on": "2026-01-01"},
    "organizations": {"address": "别处"},
    "service-points": {"name": "别名"},
}


async def some_records(door) -> dict[str, str]:
    """One of each kind in the street, by the last word of its address."""
    point = {"number": "NB-1", "name": "演示社工站", "tier": "street_station", "division": STREET}
    point |= {"opened_on": "2021-06-01", "staffing_basis": "none"}
    made = await door.post("/registry/service-points", json=point, headers={"idempotency-key": str(uuid.uuid4())})
    assert made.status_code == 201, made.text
    row = rosters.worker(9000, STREET, NAME, 服务站点编号="NB-1", 到岗日期="2024-06-01")
    done = await rosters.imported(door, rosters.a_roster([row]), prefix="/registry")
    assert done.state == "done", done
    kinds = ("people", "certificates", "registrations", "organizations", "service-points", "assignments")
    found = {kind: (await door.get(f"/registry/{kind}?division={STREET}")).json()["items"] for kind in kinds}
    return {kind: items[0]["id"] for kind, items in found.items()}


async def operations(door) -> list[tuple[str, str, dict[str, object]]]:
    """Of the registry, each with an example of what it takes."""
    paths = (await door.get("/openapi.json")).json()["paths"]
    return [
        (method.upper(), path, operation.get("requestBody", {}).get("content", {}).get("application/json", {}))
        for path, item in paths.items()
        for method, operation in item.items()
        if path.startswith("/registry/")
    ]


async def test_a_neighbours_record_is_not_there_and_nothing_of_it_is_listed(system):
    door, neighbour = await machine(system), await system.signed_in("village")
    records = await some_records(door)
    seen = set()
    for method, path, takes in await operations(door):
        kind = path.split("/")[2]
        if kind not in records:
            continue
        seen.add(kind)
        if "{id}" in path:
            body = BODIES.get(path.rpartition("/")[2], takes.get("example") or BODIES.get(kind))
            more = {"json": body, "headers": {"if-match": '"1"', "idempotency-key": str(uuid.uuid4())}}
            answer = await neighbour.request(
                method, path.replace("{id}", records[kind]), **({} if method == "GET" else more)
            )
            refused = (answer.status_code, answer.json().get("code"))
            assert refused in NOT_HERS, f"{method} {path}: {answer.status_code} {answer.text}"
        elif method == "GET":
            for query in ("", f"?division={STREET}", "?division=370100000000", "?q=演示", "?limit=500"):
                answer = await neighbour.get(path + query)
                assert records[kind] not in answer.text, f"{path}{query}"
    assert seen == set(records)


async def test_no_answer_shows_an_id_number_or_a_phone_in_clear(system):
    door = await machine(system)
    for method, path, _ in await operations(door):
        if method == "GET" and "{" not in path:
            text = (await door.get(f"{path}?limit=500")).text
            clear = re.findall(r"(?<![0-9])9990[0-9]{13}[0-9X](?![0-9])|(?<![0-9])139[0-9]{8}(?![0-9])", text)
            assert clear == [], path
    feed = await door.get("/registry/internal/subjects")
    assert feed.status_code == 404
