"""Two records of one person through the API: found as they are written, kept apart or merged, taken apart again."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.kernel import clock
from services.kernel.db import Database, run
from services.registry.examples import NEW_POINT
from services.registry.models import METADATA
from tests.keys import JINAN, LICHENG, LIXIA
from tests.registry.conftest import Client
from tests.registry.factories import STREET, a_roster, a_worker, an_id_number
from tests.registry.test_disclosure import events, everywhere
from tests.rosters import Import, imported

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
DIFFERING = [
    "name", "id_number", "phone", "level", "employer_name", "education", "major", "direct_service"
]  # fmt: skip
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
TWIN = 12_000  # born on the same day as 0, by another number
WHY = {"reason": "对照证件原件"}
LIXIA_STREET = "370102016000"


async def enrolled(city: httpx.AsyncClient, *lines: dict) -> Import:
    found = await imported(city, a_roster(lines))
    assert found.state == "done", found
    return found


def entered(n: int, **over: object) -> dict[str, object]:
    return {"name": "演示甲", "id_number": an_id_number(n), "division": STREET, **over}


async def made(city: httpx.AsyncClient, path: str, order: dict[str, object]) -> str:
    answer = await city.post(path, json=order, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


async def a_point(city: httpx.AsyncClient, n: int = 0) -> str:
    return await made(city, "/service-points", NEW_POINT | {"number": f"YS-{n:05}"})


@pytest.fixture
def at(app: FastAPI):
    """The day on which everything happens."""

    def stand(moment: datetime) -> None:
        app.dependency_overrides[clock.now] = lambda: moment
        app.dependency_overrides[clock.today] = lambda: clock.business_date(moment)

    stand(NOW)
    return stand


async def the_pair(client: httpx.AsyncClient, **asked: str) -> dict:
    [found] = (await client.get("/possible-duplicates", params=asked)).raise_for_status().json()["items"]
    return found


def reviewing(client: Client, at: str = JINAN) -> httpx.AsyncClient:
    return client("registry:read", "registry:review", at=at, id=f"account:reviewer-{at}")


async def test_whoever_may_be_the_same_is_found_as_written_and_once_kept_apart_not_asked_again(client, city, at):
    """By name, in any form of its dot, and birth date; and again when a name is put right."""
    for n, name in ((0, "古丽·买买提"), (1, "演示另名")):
        await made(city, "/people", entered(n, name=name))

    done = await enrolled(city, a_worker(TWIN, 姓名="古丽•买买提"), a_worker(TWIN + 1, 姓名="演示他名"))

    rows = (await city.get(f"/imports/{done.id}/rows", params={"outcome": "warning"})).json()["items"]
    assert [[f["code"] for f in r["findings"]] for r in rows] == [["possible_duplicate"]]
    assert "古丽·买买提（9990**********" in rows[0]["findings"][0]["reason"]
    assert [n for n in done.job["notes"] if "疑似重复" in n] == [
        "发现 1 对可能是同一人的人员，已列入“疑似重复”，请核对。"
    ]
    pair = await the_pair(city)
    assert (pair["why"], pair["elsewhere"], pair["may"]) == ("name_birth", False, [])
    names = [p["name"] for p in pair["people"]]
    assert sorted(names) == ["古丽·买买提", "古丽•买买提"]
    reviewer = reviewing(client)
    beside = (await reviewer.get(f"/possible-duplicates/{pair['id']}")).json()
    assert (beside["may"], beside["differing"]) == (["merge", "dismiss"], DIFFERING)
    assert sorted(len(s["certificates"]) for s in beside["sides"]) == [0, 1]
    people = {p["name"]: p for p in (await city.get("/people")).json()["items"]}
    assert {p["possible_duplicates"] for n, p in people.items() if n in names} == {1}

    dismissed = await reviewer.post(f"/possible-duplicates/{pair['id']}/dismiss", json=WHY)

    assert (dismissed.status_code, dismissed.json()["state"]) == (200, "different")
    again = await reviewer.post(f"/possible-duplicates/{pair['id']}/dismiss", json=WHY)
    assert (again.status_code, again.json()["code"]) == (409, "decided_already")
    order = {"name": "演示另名", "kind": "completed", **WHY}
    named = await city.post(f"/people/{people['演示他名']['id']}/name", json=order)
    [found] = named.json()["possible_duplicates"]
    assert (await the_pair(city))["id"] == found
    for name in names:
        back = await city.post(f"/people/{people[name]['id']}/name", json=order | {"name": "古丽‧买买提"})
        assert back.json()["possible_duplicates"] == []


async def test_one_entered_by_hand_is_refused_by_number_and_found_by_name_and_birth_date(registry, client, city, at):
    """The number first, exactly, wherever somebody lies; who that is, only whoever may see them is told."""
    first = await city.post("/people", json=entered(0, phone="13900000000", major="社会工作", direct_service=True))
    assert first.status_code == 201, first.text
    assert (first.json()["phone"], first.json()["related_major"], first.json()["possible_duplicates"]) == (
        "139****0000", True, 0,
    )  # fmt: skip

    again = await city.post("/people", json=entered(0, name="另一写法"))
    masked = f"{an_id_number(0)[:4]}**********{an_id_number(0)[-4:]}"
    assert (again.status_code, again.json()["code"]) == (409, "known_already")
    assert f"演示甲（{masked}）" in again.json()["detail"]
    lixia = client("registry:read", "registry:write", at=LIXIA)
    elsewhere = await lixia.post("/people", json=entered(0, division=LIXIA_STREET))
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "ask_city")
    assert "演示" not in elsewhere.text
    for wrong, code in ((entered(0, id_number="1"), "id_form"), (entered(1, division=None), "no_place")):
        assert (await city.post("/people", json=wrong)).json()["code"] == code
    assert (await lixia.post("/people", json=entered(1))).status_code == 404

    twin = await city.post("/people", json=entered(TWIN))
    assert (twin.status_code, twin.json()["possible_duplicates"]) == (201, 1)
    passport = await city.post("/people", json=entered(2, id_type="passport", id_number="E00000001"))
    assert passport.json()["possible_duplicates"] == 0  # without a birth date and an employer nobody can say
    pair = await the_pair(city)
    assert await facts(registry, f"person:{pair['people'][0]['id']}") == []


async def state_of(app: FastAPI) -> dict[str, list[tuple]]:
    """All that a merge may touch, but for how often it has been touched."""
    kept = ("person", "certificate", "registration", "assignment", "person_former_name")
    async with everywhere(app.state.database) as tx:
        db = (await (await tx.connection()).get_raw_connection()).driver_connection
        found = {}
        for table in kept:
            columns = [c.name for c in METADATA.tables[table].columns if c.name != "version"]
            rows = await db.fetch(f"select {', '.join(columns)} from {table} order by id")
            found[table] = [tuple(r) for r in rows]
        return found


def working(since: str) -> dict[str, str]:
    return {"服务站点编号": "YS-00000", "到岗日期": since}


async def facts(registry: Database, subject: str) -> list[tuple[str, str]]:
    async with registry.hot() as db:
        said = await db.fetchval("select facts::text from subject where subject = $1", subject)
    return [(f["metric"], f["start"]) for f in orjson.loads(said)]


async def test_a_merge_moves_everything_counts_nothing_twice_and_is_undone_to_what_was(registry, app, client, city, at):
    """Both had worked at the same point on the same days."""
    await a_point(city)
    lines = [
        a_worker(0, 姓名="演示甲", **working("2024-06-01")),
        a_worker(TWIN, 姓名="演示 甲", 证书级别="高级社会工作师", **working("2024-03-01")),
    ]
    await enrolled(city, *lines)
    pair, reviewer = await the_pair(city), reviewing(client)
    path = f"/possible-duplicates/{pair['id']}/merge"
    by_name = {p["name"]: p["id"] for p in pair["people"]}
    kept, gone = by_name["演示甲"], by_name["演示 甲"]
    before = await state_of(app)
    assert (await city.post(path, json={"kept_id": kept, **WHY})).json()["code"] == "permission_missing"

    merged = await reviewer.post(path, json={"kept_id": kept, **WHY})

    assert merged.status_code == 200, merged.text
    merge = merged.json()
    assert merge["moved"] == {"certificate": 1, "registration": 1, "widened": 1}
    assert (merge["undo_until"], merge["may"]) == ("2026-12-24", ["undo"])
    led = await city.get(f"/people/{gone}")
    assert (led.status_code, led.json()["code"], led.json()["params"]) == (410, "person_merged", {"merged_into": kept})
    [person] = (await city.get("/people")).json()["items"]
    assert (person["id"], person["level"], person["assignment"]["started_on"]) == (kept, "senior", "2024-03-01")
    assert len((await city.get("/certificates", params={"person_id": kept})).json()["items"]) == 2
    said = await facts(registry, f"person:{kept}")
    assert sorted(m for m, _ in said if not m.startswith("certified_s")) == [
        "certificates_issued", "certificates_issued", "certified_people", "registered_workers"
    ]  # fmt: skip
    assert await facts(registry, f"person:{gone}") == []
    told = await events(client, "PersonMerged")
    assert {e["subject"] for e in told} == {f"person:{kept}", f"person:{gone}"}
    assert "演示" not in str(told)
    again = await enrolled(city, a_worker(TWIN, 姓名="演示甲", 手机=lines[0]["手机"], 证书级别="高级社会工作师"))
    assert (again.job["unchanged"], again.job["conflict"]) == (1, 0)  # by the other number, it is the kept one's
    asked = {"items": [{"id_number": an_id_number(n)} for n in (0, TWIN)], "purpose": "employment"}
    checked = (await client("verify").post("/verifications", json=asked)).raise_for_status().json()
    assert [(v["verdict"], v["level"]) for v in checked["items"]] == [("valid", "senior")] * 2

    undo = f"/person-merges/{merge['id']}/undo"
    at(NOW + timedelta(days=31))
    late = await reviewer.post(undo, json=WHY)
    assert (late.status_code, late.json()["code"]) == (409, "undo_too_late")
    at(NOW + timedelta(days=30))
    undone = await reviewer.post(undo, json=WHY)

    assert undone.status_code == 200, undone.text
    assert await state_of(app) == before
    assert (await reviewer.post(undo, json=WHY)).json()["code"] == "undone_already"
    assert (await city.get(f"/people/{gone}")).status_code == 200
    assert (await the_pair(city))["state"] == "open"
    assert len([m for m, _ in await facts(registry, f"person:{gone}") if m == "certified_people"]) == 1


async def test_a_merge_is_for_whoever_reaches_both_and_whoever_is_erased_is_erased_with_both(app, client, city, at):
    for n, division in ((0, STREET), (TWIN, LIXIA_STREET)):
        await made(city, "/people", entered(n, division=division))
    pair = await the_pair(city)
    kept = next(p["id"] for p in pair["people"] if p["division"] == STREET)
    path, order = f"/possible-duplicates/{pair['id']}", {"kept_id": kept, **WHY}

    district = reviewing(client, LICHENG)
    seen = await the_pair(district)
    assert (len(seen["people"]), seen["elsewhere"], seen["may"]) == (1, True, [])
    for verb, body in (("merge", order), ("dismiss", WHY)):
        refused = await district.post(f"{path}/{verb}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "ask_city")
        stranger = await reviewing(client, "370116000000").post(f"{path}/{verb}", json=body)
        assert stranger.status_code == 404
    nobody = await reviewing(client).post(f"{path}/merge", json=order | {"kept_id": pair["id"]})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "not_of_pair")
    merge = (await reviewing(client).post(f"{path}/merge", json=order)).raise_for_status().json()
    assert (await reviewing(client, LIXIA).get(f"/person-merges/{merge['id']}")).status_code == 404

    at_point = {"person_id": kept, "service_point_id": await a_point(city)}
    await made(city, "/assignments", {**at_point, "started_on": "2026-01-01"})
    gone = next(p["id"] for p in pair["people"] if p["id"] != kept)
    refused = await city.post("/assignments", json={**at_point, "person_id": gone, "started_on": "2026-01-01"})
    assert refused.status_code == 409, refused.text
    assert (await reviewing(client).post(f"/person-merges/{merge['id']}/undo", json=WHY)).status_code == 200
    assert len((await city.get("/assignments", params={"person_id": kept})).json()["items"]) == 1

    merge = (await reviewing(client).post(f"{path}/merge", json=order)).raise_for_status().json()
    async with everywhere(app.state.database) as tx:  # with the one whoever became them is erased, wherever they lie
        await run(tx, text("select erase_person(cast(:kept as uuid))"), {"kept": kept})
        left = "select count(*) from person where id_number <> '' or name not like '%**'"
        assert (await run(tx, text(left), {})).scalar_one() == 0
    undone = await reviewing(client).post(f"/person-merges/{merge['id']}/undo", json=WHY)
    assert (undone.status_code, undone.json()["code"]) == (409, "erased")


async def test_n07_names_that_few_can_write_wait_until_somebody_has_looked_and_old_names_still_find(city, at):
    names = ["演示？", "演示𠮷", "演示\ue001", "演示常"]
    ids = {name: await made(city, "/people", entered(n, name=name)) for n, name in enumerate(names)}

    async def waiting() -> list[str]:
        return [p["name"] for p in (await city.get("/people", params={"incomplete": True})).json()["items"]]

    assert sorted(await waiting()) == sorted(names[:3])
    order = {"kind": "completed", **WHY}

    right = await city.post(f"/people/{ids['演示？']}/name", json={"name": "演示乙", **order})
    confirmed = await city.post(f"/people/{ids['演示𠮷']}/name", json={"name": "演示𠮷", **order})

    assert (right.json()["person"]["name"], right.json()["person"]["name_incomplete"]) == ("演示乙", False)
    assert [(f["name"], f["source"]) for f in right.json()["former_names"]] == [("演示？", "completed")]
    assert confirmed.json()["former_names"] == []
    assert await waiting() == ["演示\ue001"]
    same = await city.post(f"/people/{ids['演示𠮷']}/name", json={"name": "演示𠮷", **order})
    assert (same.status_code, same.json()["code"]) == (409, "same_name")
    told = {"name": "演示旧", "start_on": "1990-01-01", "end_on": "2020-01-01", "note": "户口簿"}
    added = await city.post(f"/people/{ids['演示𠮷']}/former-names", json=told)
    assert (added.status_code, [f["end_on"] for f in added.json()["former_names"]]) == (201, ["2020-01-01"])
    for order, code in ((told, "known_already"), (told | {"end_on": "1980-01-01"}, "backwards")):
        refused = await city.post(f"/people/{ids['演示𠮷']}/former-names", json=order)
        assert refused.json()["code"] == code
    again = await enrolled(city, *(a_worker(n, 姓名=name) for n, name in enumerate(names)))  # with the names of before
    assert (again.job["changed"], again.job["conflict"], again.job["warnings"]) == (4, 0, 3)
