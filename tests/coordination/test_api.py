"""Service records: what each route answers to whom."""

import asyncio
import csv
import io
import json

import pytest
from sqlalchemy import text

from services.kernel.db import run
from tests.coordination.asking import PATH, READ, WRITE, bring_to, key
from tests.coordination.factories import (
    CITY,
    DISTRICT,
    OTHER_DISTRICT,
    ROOM,
    SECOND,
    STATION,
    STREET,
    UNREGISTERED,
    VILLAGE,
    WORKER,
    ZONE,
    ZONE_STREET,
    a_division,
    a_service,
    ago,
    gone,
    uuid,
)

pytestmark = pytest.mark.anyio


async def entered(client, **over) -> dict:
    answer = await client.post(PATH, json=a_service(**over))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def listed(client, **params) -> list[dict]:
    answer = await client.get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def refused(client, **over) -> tuple[int, str, str]:
    answer = await client.post(PATH, json=a_service(**over))
    problem = answer.json()
    return answer.status_code, problem["code"], next((e["field"] for e in problem["errors"]), "")


# ── entering ─────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_service_at_a_point_belongs_to_the_unit_of_the_point(city):
    answer = await city.post(PATH, json=a_service(field="elderly_service", note="上门探访", minutes=90))
    record = answer.json()

    assert answer.status_code == 201
    assert (record["division"], record["division_name"], record["service_point_name"]) == (
        VILLAGE, "演示一村", "演示社工室"
    )  # fmt: skip
    assert record["workers"] == [{"person_id": str(WORKER), "registered": True}]
    assert (record["counts"], record["warnings"], record["state"]) == (True, [], "entered")
    assert record["serves_until"] == ago(3 - 90).isoformat()
    read = await city.get(f"{PATH}/{record['id']}")
    assert read.json() == record
    tag = {"if-none-match": read.headers["etag"]}
    assert (await city.get(f"{PATH}/{record['id']}", headers=tag)).status_code == 304


async def test_a_service_may_be_delivered_away_from_any_point(city):
    record = await entered(city, service_point_id=..., division=SECOND)

    assert (record["division"], record["service_point_id"], record["counts"]) == (SECOND, None, True)


async def test_exactly_one_place_is_said(city):
    assert await refused(city, division=VILLAGE) == (422, "one_place", "division")
    assert await refused(city, service_point_id=...) == (422, "one_place", "division")


async def test_a_place_must_be_known_and_within_reach(city, client, registry_says):
    village = client("coordination:read", "coordination:write", at=VILLAGE)
    await registry_says(gone(a_division(SECOND)))

    for who, place in [
        (city, {"service_point_id": str(uuid(9))}),
        (city, {"service_point_id": ..., "division": "370199000000"}),
        (city, {"service_point_id": ..., "division": SECOND}),
        (village, {"service_point_id": ..., "division": STREET}),
        (village, {"service_point_id": str(STATION)}),
    ]:
        assert (await refused(who, **place))[:2] == (404, "not_found"), place
    assert (await entered(village))["division"] == VILLAGE


async def test_a_service_is_delivered_where_something_is_in_force(city, registry_says):
    await registry_says(a_division(SECOND, valid_to="2020-01-01"))

    assert await refused(city, day="2020-12-31", late_reason="补录") == (409, "point_not_open", "day")
    assert await refused(city, service_point_id=..., division=SECOND) == (409, "division_not_in_force", "day")


async def test_nothing_is_recorded_in_advance(city):
    assert await refused(city, day=ago(-1).isoformat()) == (422, "in_the_future", "day")
    assert (await entered(city, day=ago(0).isoformat()))["counts"]


async def test_t14_what_is_recorded_late_says_why(city):
    assert await refused(city, day=ago(31).isoformat()) == (422, "late_reason_missing", "late_reason")
    assert await refused(city, day=ago(31).isoformat(), late_reason=" ") == (422, "invalid", "late_reason")
    late = await entered(city, day=ago(31).isoformat(), late_reason="台账整理")

    assert (late["day"], late["late_reason"], late["recorded_at"][:4]) == (
        ago(31).isoformat(), "台账整理", str(ago(0).year)
    )  # fmt: skip
    assert (await entered(city, day=ago(30).isoformat()))["late_reason"] is None


async def test_a_workers_registration_is_told_only_where_the_worker_is(client, city):
    village = client("coordination:read", at=VILLAGE)
    record = await entered(city, workers=[str(WORKER), str(UNREGISTERED)])
    for who, told in ((city, [True, False]), (village, [None, None])):
        seen = (await who.get(f"{PATH}/{record['id']}")).json()
        assert ([w["registered"] for w in seen["workers"]], seen["counts"]) == (told, True)


async def test_every_worker_must_be_known_and_one_of_them_registered_for_it_to_count(city):
    assert await refused(city, workers=[str(WORKER), str(uuid(999))]) == (422, "no_such_person", "workers.1")
    alone = await entered(city, workers=[str(UNREGISTERED)])
    together = await entered(city, workers=[str(UNREGISTERED), str(WORKER), str(WORKER)])

    assert (alone["counts"], [w["code"] for w in alone["warnings"]]) == (False, ["no_registered_worker"])
    assert (together["counts"], [w["registered"] for w in together["workers"]]) == (True, [True, False])


async def test_the_same_service_is_recorded_once_unless_it_has_a_number_of_its_own(city):
    first = await entered(city)
    answer = await city.post(PATH, json=a_service(persons=5))

    assert (answer.status_code, answer.json()["code"]) == (409, "already_recorded")
    assert answer.json()["params"] == {"service_record_id": first["id"]}
    second = await entered(city, reference="A-2")
    assert second["id"] != first["id"]
    assert (await refused(city, reference="A-2", day=ago(1).isoformat()))[1] == "already_recorded"


async def test_a_withdrawn_service_may_be_entered_again(city):
    first = await entered(city)
    await city.post(f"{PATH}/{first['id']}/withdraw", json={"reason": "录错"})

    assert (await entered(city))["id"] != first["id"]


async def test_a_post_under_one_key_has_one_effect(city):
    key = {"idempotency-key": "once-and-only"}
    first, again = [await city.post(PATH, json=a_service(), headers=key) for _ in range(2)]

    assert first.json() == again.json()
    assert len(await listed(city)) == 1


HOSTILE = [
    ("day", "0001-01-01"), ("day", "2026-02-29"), ("day", "20260101"), ("day", 1704067200), ("day", None),
    ("persons", 0), ("persons", -1), ("persons", 100_001), ("persons", 10**400), ("persons", 1.5), ("persons", "5"),
    ("persons", True), ("persons", None), ("minutes", 0), ("minutes", 1441), ("minutes", 2**63), ("kind", "other"),
    ("kind", 1), ("field", "18"), ("workers", []), ("workers", ["x"]), ("workers", None), ("workers", {}),
    ("workers", [str(uuid(n)) for n in range(51)]), ("note", "a\x00b"), ("note", "\ud800"), ("note", "x" * 201),
    ("note", "电话 13812345678"), ("note", "999000 19900101 123X"), ("note", "１３８１２３４５６７８"), ("note", ["x"]),
    ("reference", "a b"), ("reference", ""), ("reference", "x" * 65), ("service_point_id", "x"),
    ("division", "370112"), ("late_reason", "\u202e"), ("recipients", ["演示"]),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), HOSTILE, ids=[f"{f}-{str(v)[:12]!a}" for f, v in HOSTILE])
async def test_hostile_values_are_refused_by_field(city, field, value):
    over = {field: value} | ({"service_point_id": ...} if field == "division" else {})
    body = json.dumps(a_service(**over))
    answer = await city.post(PATH, content=body, headers={"content-type": "application/json"})

    assert answer.status_code in (400, 422), answer.text
    if answer.status_code == 422:
        assert answer.json()["errors"][0]["field"].partition(".")[0] == field


# ── role × state ─────────────────────────────────────────────────────────────────────────────────────────────────────
ROLES = {
    "nobody": (), "viewer": (READ,), "editor": (READ, WRITE), "elsewhere": (READ, WRITE),
    "registrar": ("registry:write",),
}  # fmt: skip
DONE = {"correct": 200, "withdraw": 200}
EXPECTED = {
    ("nobody", "entered"): {"read": 403, "correct": 403, "withdraw": 403},
    ("registrar", "entered"): {"read": 403, "correct": 403, "withdraw": 403},
    ("viewer", "entered"): {"read": 200, "correct": 403, "withdraw": 403},
    ("elsewhere", "entered"): {"read": 404, "correct": 404, "withdraw": 404},
    ("editor", "entered"): {"read": 200, **DONE},
    ("editor", "corrected"): {"read": 200, **DONE},
    ("editor", "withdrawn"): {"read": 200, "correct": 409, "withdraw": 409},
    ("viewer", "withdrawn"): {"read": 200, "correct": 403, "withdraw": 403},
    ("elsewhere", "withdrawn"): {"read": 404, "correct": 404, "withdraw": 404},
}


@pytest.mark.parametrize(("role", "state"), EXPECTED)
async def test_who_may_do_what_in_which_state(city, client, role, state):
    who = client(*ROLES[role], at=OTHER_DISTRICT if role == "elsewhere" else CITY)
    for verb, expected in EXPECTED[role, state].items():
        record = await entered(city, reference=verb)
        path = await bring_to(city, record, state)
        version = {"if-match": f'"{1 if state == "entered" else 2}"'}
        answer = await {
            "read": lambda path=path: who.get(path),
            "correct": lambda path=path, v=version: who.patch(path, json={"persons": 14}, headers=v),
            "withdraw": lambda path=path: who.post(f"{path}/withdraw", json={"reason": "重复录入"}),
        }[verb]()
        assert answer.status_code == expected, (verb, answer.text)
        if verb == "read" and expected == 200:
            may = ["correct", "withdraw"] if role == "editor" and state != "withdrawn" else []
            assert answer.json()["may"] == may


# ── correcting and withdrawing ───────────────────────────────────────────────────────────────────────────────────────
async def test_a_correction_changes_what_it_says_and_nothing_else(city):
    record = await entered(city, note="甲", minutes=30)
    path = f"{PATH}/{record['id']}"
    tag = {"if-match": (await city.get(path)).headers["etag"]}
    body = {"persons": 20, "note": None, "workers": [str(UNREGISTERED), str(WORKER)]}

    same = await city.patch(path, json={"persons": 12}, headers=tag)
    changed = await city.patch(path, json=body, headers=tag)
    stale = await city.patch(path, json={"persons": 21}, headers=tag)

    assert (same.json()["version"], same.json()["state"]) == (1, "entered")
    after = changed.json()
    assert (after["persons"], after["note"], after["minutes"], after["state"], after["version"]) == (
        20, None, 30, "corrected", 2
    )  # fmt: skip
    assert len(after["workers"]) == 2
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert (await city.patch(path, json={"persons": 21})).status_code == 428
    for wrong in ({"persons": None}, {"day": ago(-1).isoformat()}, {"division": SECOND}, {"workers": [str(uuid(9))]}):
        answer = await city.patch(path, json=wrong, headers={"if-match": '"2"'})
        assert answer.status_code == 422, wrong
    late = await city.patch(path, json={"day": ago(40).isoformat()}, headers={"if-match": '"2"'})
    assert late.json()["code"] == "late_reason_missing"
    body = {"day": ago(40).isoformat(), "late_reason": "日期录错"}
    assert (await city.patch(path, json=body, headers={"if-match": '"2"'})).json()["day"] == ago(40).isoformat()


async def test_of_two_withdrawals_at_once_one_is_refused(city):
    record = await entered(city)
    path = f"{PATH}/{record['id']}/withdraw"

    answers = await asyncio.gather(*(city.post(path, json={"reason": f"第{n}次"}) for n in range(2)))

    assert sorted(a.status_code for a in answers) == [200, 409]
    assert (await city.post(path, json={"reason": ""})).status_code == 422
    after = (await city.get(f"{PATH}/{record['id']}")).json()
    assert (after["state"], after["counts"], after["warnings"], after["version"]) == ("withdrawn", False, [], 2)


async def test_nothing_is_deleted_and_every_version_is_kept(coordination, city):
    record = await entered(city)
    await bring_to(city, record, "corrected")
    await bring_to(city, record, "withdrawn")

    async with coordination.writing() as tx:
        rows = await run(tx, text("select row->>'state' from service_record_history order by recorded_from"), {})
        states = rows.scalars().all()
        kinds = (await run(tx, text("select kind, body from event order by seq"), {})).all()
    assert states == ["entered", "corrected", "withdrawn"]
    assert [k for k, _ in kinds] == ["ServiceRecorded", "ServiceRecordCorrected", "ServiceRecordWithdrawn"]
    assert kinds[1].body["fields"] == ["persons"]
    assert (await city.delete(f"{PATH}/{record['id']}")).status_code == 405


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_records_are_found_by_place_day_kind_point_worker_and_words(city, client):
    first = await entered(city, day=ago(1).isoformat(), note="消防_演练 100%")
    second = await entered(city, service_point_id=str(STATION), kind="crisis_intervention", day=ago(2).isoformat())
    third = await entered(
        city, service_point_id=..., division=SECOND, day=ago(95).isoformat(), late_reason="补录", reference="B-1",
        workers=[str(UNREGISTERED)], field="legal_aid",
    )  # fmt: skip

    async def ids(who=city, **params) -> list[str]:
        return [r["id"] for r in await listed(who, **params)]

    one, two, three = first["id"], second["id"], third["id"]
    assert await ids() == [one, two, three]
    assert await ids(division=DISTRICT) == await ids(division=STREET) == [one, three]
    assert await ids(division=VILLAGE) == await ids(service_point_id=str(ROOM)) == [one]
    assert await ids(division=ZONE) == await ids(division=ZONE_STREET) == [two]
    assert await ids(kind="crisis_intervention") == [two]
    assert await ids(field="legal_aid") == await ids(worker=str(UNREGISTERED)) == [three]
    assert await ids(**{"from": ago(2).isoformat(), "to": ago(2).isoformat()}) == [two]
    assert await ids(on=ago(0).isoformat()) == [one, two]
    assert await ids(on=ago(6).isoformat()) == await ids(on=ago(95).isoformat()) == [three]
    assert await ids(on=ago(5).isoformat()) == await ids(on=ago(96).isoformat()) == []
    assert await ids(on=ago(-88).isoformat()) == [one]
    assert await ids(q="消防_演") == await ids(q="100%") == [one]
    assert await ids(q="消防%") == await ids(q="__") == []
    assert await ids(q="B-1") == [three]
    assert await ids(state="withdrawn") == []
    assert await ids(client(READ, at=STREET)) == [one, three]
    assert (await client(READ, at=STREET).get(PATH, params={"division": ZONE})).status_code == 404
    assert (await city.get(PATH, params={"division": "370199000000"})).json()["code"] == "no_such_division"


async def test_pages_follow_one_another(city):
    rows = [a_service(reference=f"R{n}", day=ago(n % 5).isoformat()) for n in range(23)]
    assert (await city.post(f"{PATH}/batch", json={"rows": rows}, headers=key())).status_code == 200
    seen, cursor = [], None
    while True:
        page = (await city.get(PATH, params={"limit": 5, **({"cursor": cursor} if cursor else {})})).json()
        seen += [(r["day"], r["id"]) for r in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert len(seen) == 23
    assert seen == sorted(set(seen), reverse=True)
    for bad in ("x", "WzFd", "WyJhIiwiYiJd", "WyJcdWQ4MDAiLCAiYiJd"):
        assert (await city.get(PATH, params={"cursor": bad})).status_code == 422, bad
    for wrong in ({"limit": 501}, {"on": "0001-01-01"}, {"q": "a\x00"}, {"from": "2026-02-01", "to": "2026-01-01"}):
        assert (await city.get(PATH, params=wrong)).status_code == 422, wrong


async def test_the_list_is_taken_out_as_a_file(city, client):
    await entered(city, note="=1+1")
    answer = await city.get(f"{PATH}/export", params={"format": "csv", "division": VILLAGE})

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer.status_code == 200
    assert "区划 370112001001" in rows[0][0]
    assert dict(zip(rows[1], rows[2], strict=True)) | {"录入时间": ""} == {
        "服务日期": ago(3).isoformat(), "所在区划代码": VILLAGE, "所在区划": "演示一村", "服务站点": "演示社工室",
        "服务项目": "精神慰藉", "服务领域": "", "服务人次": "12", "在场社工数": "1", "其中登记有效": "1",
        "时长（分钟）": "", "备注": "'=1+1", "补录原因": "", "编号": "", "状态": "已录入", "撤回原因": "",
        "计入有服务": "是",
        "计入至": ago(-86).isoformat(), "提示": "", "录入时间": "",
    }  # fmt: skip
    assert (await client().get(f"{PATH}/export")).status_code == 403
