"""The registry's API: what each route answers to whom."""

from uuid import UUID

import pytest

from services.kernel.paging import encode_cursor
from services.registry.app import create_app
from services.registry.examples import NEW_ORGANIZATION, NEW_POINT
from tests.conftest import client_of
from tests.keys import JINAN, LICHENG, LIXIA, a_vault, keyring
from tests.registry.factories import STREET, STREET_NAME, a_point_line, a_uscc, a_worker
from tests.registry.test_imports import ZONE_STREET, people, points, upload
from tests.routes import filled, routes_of

pytestmark = pytest.mark.anyio
IMPORTING = pytest.mark.usefixtures("worker")
POINT = {**NEW_POINT, "phone": "13812341234"}
WORK = {"服务站点编号": "YS-00000", "到岗日期": "2024-06-01"}


async def a_point(client, **over) -> dict:
    answer = await client.post("/service-points", json=POINT | over)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def listed(client, path: str, **params) -> list[dict]:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


# ── divisions ────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_every_official_reads_all_divisions(client):
    village = client("registry:read", at="370112001001")

    assert (await village.get(f"/divisions/{STREET}")).json()["name"] == STREET_NAME
    assert [d["code"] for d in await listed(village, "/divisions", tier="zone")] == ["370176000000"]
    assert {d["parent"] for d in await listed(village, f"/divisions/{STREET}/children", limit=500)} == {STREET}
    assert [d["name"] for d in await listed(village, "/divisions", q="山大路")] == [STREET_NAME]
    codes = [STREET, "370176000000"]
    assert [d["code"] for d in await listed(village, "/divisions", code=codes)] == codes
    assert await listed(village, "/divisions", q="山%路") == await listed(village, "/divisions", q="_大路") == []


async def test_a_zone_has_the_streets_it_manages_as_children(city):
    assert [d["code"] for d in await listed(city, "/divisions/370176000000/children")] == ["370102016000"]


async def test_divisions_are_read_on_a_day(city):
    """Laiwu came to Jinan in 2019."""
    districts = {"tier": "district", "limit": 100}
    assert len(await listed(city, "/divisions", **districts)) == 12
    assert len(await listed(city, "/divisions", on="2018-12-31", **districts)) == 10


async def test_the_history_of_a_division_has_its_versions(city):
    [version] = await listed(city, f"/divisions/{STREET}/history")
    assert (version["name"], version["recorded_to"]) == (STREET_NAME, None)
    assert (await city.get("/divisions/370199000000")).status_code == 404
    assert (await city.get("/divisions/123")).status_code == 422


async def test_pages_follow_one_another(city):
    seen, cursor = [], None
    while True:
        page = (await city.get("/divisions", params={"limit": 20, **({"cursor": cursor} if cursor else {})})).json()
        seen += [d["code"] for d in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert len(seen) == len(set(seen)) > 40
    assert seen == sorted(seen)
    nul, surrogate = encode_cursor("\x00", str(UUID(int=1))), "WyJcdWQ4MDAiXQ"
    for path, bad in [("/people", "x"), ("/people", "WzFd"), ("/people", encode_cursor("a", "b")), ("/people", nul)]:
        assert (await city.get(path, params={"cursor": bad})).status_code == 422, bad
    assert (await city.get("/divisions", params={"cursor": surrogate})).status_code == 422


@pytest.mark.parametrize(
    "day", ["0001-01-01", "9999-12-31", "2026-02-29", "20260131", "1704067200", 1704067200, None, ""]
)
async def test_t13_days_are_written_out_and_within_reason(city, day):
    answer = await city.post("/service-points", json=POINT | {"opened_on": day})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "opened_on")
    if day:
        assert (await city.get("/people", params={"on": day})).status_code == 422


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@IMPORTING
async def test_people_are_found_by_place_name_level_registration_and_day(city):
    await points(city, a_point_line(0))
    await upload(
        city,
        a_worker(0, 姓名="古丽·买买提", 登记日期="2024-05-01", 登记有效期止="2025-04-30", **WORK),
        a_worker(1, 登记日期="", 登记有效期止="", 证书级别="高级社会工作师", **ZONE_STREET),
    )

    async def ids(**params) -> list[str]:
        return [p["name"] for p in await people(city, **params)]

    first, second = "古丽·买买提", "演示1"
    assert await ids(division=JINAN) == [second, first]
    assert await ids(division=STREET) == await ids(division=LICHENG) == [first]
    assert await ids(division=LIXIA) == await ids(division="370176000000") == [second]
    assert await ids(level="senior") == await ids(registered=False, division=LIXIA) == [second]
    assert await ids(registered=True, on="2025-04-30") == [first]
    assert await ids(registered=True, on="2025-05-01") == []
    assert await ids(level="senior", on="2023-01-01") == []
    for q in ("古丽·", "丽•买", "买提", "演示1", "示1"):
        assert len(await ids(q=q)) == 1, q
    for q in ("%%", "__", "演_1", "\\\\"):
        assert await ids(q=q) == [], q
    [person] = await people(city, on="2024-07-01", division=STREET)
    assert person["assignment"]["service_point_name"] == "演示社工站0"
    assert {"assign", "certify"} <= set(person["may"])


async def test_cert_06_a_management_number_finds_its_holder_whole_and_in_any_writing(city, client, worker):
    await upload(city, a_worker(0), a_worker(1))
    _, held = await listed(city, "/certificates")
    number = held["management_number"]

    for q in (number, number.lower(), f" {number} "):
        assert [p["id"] for p in await listed(city, "/people", q=q)] == [held["person_id"]], q
    for q in (number[:-1], f"{number}0", number.replace(number[3], "%", 1)):
        assert await listed(city, "/people", q=q) == [], q
    assert await listed(client("registry:read", at=LIXIA), "/people", q=number) == []


async def test_n12_a_search_needs_two_characters_and_at_most_fifty(city):
    assert (await city.get("/people", params={"q": "张"})).json()["code"] == "search_too_short"
    assert (await city.get("/people", params={"q": "张" * 51})).status_code == 422
    assert (await city.get("/people", params={"q": "张\x00三"})).status_code == 422


@IMPORTING
async def test_another_district_gets_404_and_lists_nothing(client, city):
    await points(city, a_point_line(0))
    await upload(city, a_worker(0, **WORK))
    other = client("registry:read", "registry:write", at=LIXIA)
    paths = ("/people", "/certificates", "/registrations", "/service-points", "/assignments", "/organizations")

    for path in paths:
        [record] = await listed(city, path)
        assert (await city.get(f"{path}/{record['id']}")).json()["id"] == record["id"]
        assert (await other.get(f"{path}/{record['id']}")).status_code == 404, path
        assert (await other.get(path, params={"division": LICHENG})).status_code == 404, path
        assert await listed(other, path) == await listed(other, path, division=JINAN) == [], path
    [point], [work] = await listed(city, "/service-points"), await listed(city, "/assignments")
    [person], [employer] = await listed(city, "/people"), await listed(city, "/organizations")
    mine = await a_point(other, number="LX-1", division="370102016000")
    for answer in (
        await other.patch(f"/service-points/{point['id']}", json={"name": "x"}, headers={"if-match": '"1"'}),
        await other.post(f"/service-points/{point['id']}/close", json={"closed_on": "2030-01-01"}),
        await other.post(f"/assignments/{work['id']}/end", json={"ended_on": "2030-01-01"}),
        await other.patch(f"/organizations/{employer['id']}", json={"name": "x"}, headers={"if-match": '"1"'}),
        await other.post("/organizations", json=NEW_ORGANIZATION),
        await other.post("/service-points", json=POINT),
        await other.post(
            "/assignments", json={"person_id": person["id"], "service_point_id": mine["id"], "started_on": "2024-01-01"}
        ),
    ):
        assert answer.status_code == 404, answer.text


# ── organizations ────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_an_organization_is_added_and_changed(city):
    added = await city.post("/organizations", json=NEW_ORGANIZATION)
    assert (added.status_code, added.headers["etag"][:3]) == (201, '"1-')
    path = f"/organizations/{added.json()['id']}"

    changed = await city.patch(path, json={"uscc": a_uscc(1).lower()}, headers={"if-match": '"1"'})
    stale = await city.patch(path, json={"name": "别名"}, headers={"if-match": '"1"'})
    blind = await city.patch(path, json={"name": "别名"})

    tag = changed.headers["etag"]
    assert (changed.status_code, changed.json()["uscc"], tag[:3]) == (200, a_uscc(1), '"2-')
    assert (stale.status_code, blind.status_code) == (412, 428)
    assert (await city.get(path, headers={"if-none-match": tag})).status_code == 304


@pytest.mark.parametrize(
    ("over", "status", "code"),
    [
        ({"uscc": "91110000600037341M"}, 422, "uscc_check_digit"),
        ({"division": "370112009000"}, 422, "no_such_division"),
        ({"kind": "club"}, 422, "invalid"),
        ({"name": " "}, 422, "invalid"),
        ({"id": "0198f000-0000-7000-8000-000000000000"}, 422, "invalid"),
        ({}, 409, "already_there"),
    ],
)
async def test_a_wrong_organization_is_refused(city, over, status, code):
    await city.post("/organizations", json=NEW_ORGANIZATION)
    answer = await city.post("/organizations", json=NEW_ORGANIZATION | over)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_provider_is_found_by_its_whole_code_wherever_it_is(city, client):
    """And by nothing less: a buyer may take it from another district (ID-03)."""
    added = await city.post("/organizations", json=NEW_ORGANIZATION | {"uscc": a_uscc(1)})
    other = client("registry:read", at=LIXIA)

    found = await other.get(f"/organizations/by-uscc/{a_uscc(1)}")
    assert (found.status_code, found.json()["id"], found.json()["may"]) == (200, added.json()["id"], [])
    assert (await other.get("/organizations", params={"q": a_uscc(1)})).json()["items"] == []
    assert (await other.get(f"/organizations/by-uscc/{a_uscc(2)}")).status_code == 404
    assert (await other.get(f"/organizations/by-uscc/{a_uscc(1)[:17]}")).status_code == 422


@IMPORTING
async def test_people_move_with_their_employer(city):
    await upload(city, a_worker(0))
    [employer] = await listed(city, "/organizations")

    moved = await city.patch(
        f"/organizations/{employer['id']}", json={"division": "370112002000"}, headers={"if-match": '"1"'}
    )

    assert moved.status_code == 200, moved.text
    assert [p["division"] for p in await people(city)] == ["370112002000"]


# ── service points and assignments ───────────────────────────────────────────────────────────────────────────────────
async def test_a_point_is_opened_changed_and_closed(city):
    point = await a_point(city)
    assert (point["phone"], point["may"]) == ("138****1234", ["update", "close", "assign"])
    path = f"/service-points/{point['id']}"

    same = await city.patch(path, json={"phone": POINT["phone"]}, headers={"if-match": '"1"'})
    changed = await city.patch(path, json={"manager": "演示乙", "phone": None}, headers={"if-match": '"1"'})
    closed = await city.post(f"{path}/close", json={"closed_on": "2026-01-01"})
    again = await city.post(f"{path}/close", json={"closed_on": "2026-02-01"})

    assert (same.json()["version"], changed.json()["version"]) == (1, 2)
    assert (changed.json()["manager"], changed.json()["phone"]) == ("演示乙", None)
    assert (closed.json()["closed_on"], closed.json()["may"]) == ("2026-01-01", ["update"])
    assert (again.status_code, again.json()["code"]) == (409, "point_closed")
    assert await listed(city, "/service-points", open=True, on="2026-01-01") == []
    assert len(await listed(city, "/service-points", open=True, on="2025-12-31", q="山大路")) == 1


@pytest.mark.parametrize(
    ("over", "status", "code"),
    [
        ({}, 409, "number_taken"),
        ({"number": "B", "tier": "village_service_room"}, 422, "tier_mismatch"),
        ({"number": "B", "operator_id": "0198f000-0000-7000-8000-000000000000"}, 422, "no_such_organization"),
        ({"number": "B", "staffing_basis": None}, 422, "invalid"),
        ({"number": "B b"}, 422, "invalid"),
        ({"number": "B", "version": 7}, 422, "invalid"),
    ],
)
async def test_a_wrong_point_is_refused(city, over, status, code):
    await a_point(city)
    answer = await city.post("/service-points", json=POINT | over)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_required_field_may_not_be_emptied(city):
    point = await a_point(city)
    answer = await city.patch(f"/service-points/{point['id']}", json={"name": None}, headers={"if-match": '"1"'})

    assert (answer.status_code, answer.json()["code"]) == (422, "may_not_be_empty")


@IMPORTING
async def test_somebody_is_assigned_and_leaves(city):
    await upload(city, a_worker(0))
    [person], point = await people(city), await a_point(city)
    order = {"person_id": person["id"], "service_point_id": point["id"], "started_on": "2024-06-01"}

    early = await city.post("/assignments", json=order | {"started_on": "2021-05-31"})
    started = await city.post("/assignments", json=order)
    twice = await city.post("/assignments", json=order | {"started_on": "2024-07-01"})
    path = f"/assignments/{started.json()['id']}"
    ended = await city.post(f"{path}/end", json={"ended_on": "2025-06-01"})

    assert (early.status_code, early.json()["code"]) == (409, "point_not_open")
    assert (started.status_code, started.json()["may"]) == (201, ["end"])
    assert (twice.status_code, twice.json()["code"]) == (409, "works_there")
    assert ended.json()["ended_on"] == "2025-06-01"
    assert (await city.post(f"{path}/end", json={"ended_on": "2026-06-01"})).json()["code"] == "already_ended"
    sooner = await city.post(f"{path}/end", json={"ended_on": "2025-05-01"})
    assert (sooner.status_code, sooner.json()["ended_on"]) == (200, "2025-05-01")
    assert (await city.post("/assignments", json=order | {"started_on": "2025-06-01"})).status_code == 201


@IMPORTING
async def test_closing_a_point_ends_its_assignments_but_none_that_begin_later(city):
    await upload(city, a_worker(0), a_worker(1))
    found, point = await people(city), await a_point(city)
    for person, started_on in zip(found, ("2024-06-01", "2025-06-01"), strict=True):
        order = {"person_id": person["id"], "service_point_id": point["id"], "started_on": started_on}
        assert (await city.post("/assignments", json=order)).status_code == 201
    path = f"/service-points/{point['id']}/close"

    refused = await city.post(path, json={"closed_on": "2025-01-01"})
    closed = await city.post(path, json={"closed_on": "2026-01-01"})

    assert (refused.status_code, refused.json()["code"]) == (409, "still_staffed")
    assert closed.status_code == 200
    assert {a["ended_on"] for a in await listed(city, "/assignments")} == {"2026-01-01"}


async def test_a_post_under_one_key_has_one_effect(city):
    key = {"idempotency-key": "once-and-only"}
    first = await city.post("/service-points", json=POINT, headers=key)
    again = await city.post("/service-points", json=POINT, headers=key)

    assert first.json() == again.json()
    assert len(await listed(city, "/service-points")) == 1


# ── all routes ───────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_whoever_only_reads_may_not_write(client, databases):
    app = create_app(databases.settings("registry"), keyring("registry"), a_vault())
    writing = [(m, filled(r.path)) for m, r in routes_of(app) if m not in ("GET", "HEAD") and "internal" not in r.path]
    assert len(writing) == 80

    for method, path in writing:
        answer = await client("registry:read").request(method, path.replace("{kind}", "service-points"), json={})
        anonymous = await client_of(app).request(method, path, json={})
        assert answer.status_code in (403, 422), (method, path)
        assert anonymous.status_code in (401, 422), (method, path)
    assert (await client("registry:read").post("/service-points", json=POINT)).status_code == 403
    assert (await client().get("/people")).status_code == 403


async def test_every_operation_has_an_example(databases):
    schema = create_app(databases.settings("registry"), keyring("registry"), a_vault()).openapi()
    bare = [
        (method, path)
        for path, operations in schema["paths"].items()
        if not path.startswith("/internal/")
        for method, operation in operations.items()
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        and status != "204"
        and not any("example" in c for c in answer.get("content", {}).values())
    ]
    assert bare == []
    bodies = [o["requestBody"]["content"] for p in schema["paths"].values() for o in p.values() if "requestBody" in o]
    assert all("example" in c["application/json"] for c in bodies if "application/json" in c)
