"""Rosters imported whole or not at all, through the API, on a real database."""

import asyncio

import httpx
import pytest

from services.contracts.imports import OLD_NUMBERS_LABEL
from tests.keys import JINAN, LICHENG, LIXIA, signed_by
from tests.registry.factories import LEVELS, STREET, a_point_line, a_roster, a_uscc, a_worker, an_id_number
from tests.rosters import Import, imported, sent

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
WORKERS, POINTS = "certified-workers", "service-points"
ZONE_STREET = {"单位所在区划代码": "370102016000", "单位所在区划名称": "舜华路街道"}


async def upload(client: httpx.AsyncClient, *lines: dict, kind=WORKERS, **how) -> Import:
    return await imported(client, a_roster(lines), kind, **how)


async def points(client: httpx.AsyncClient, *lines: dict) -> Import:
    return await upload(client, *lines, kind=POINTS)


async def people(client: httpx.AsyncClient, **params) -> list[dict]:
    answer = await client.get("/people", params={"on": "2026-01-01", **params})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def counts(found: Import) -> tuple[int, int, int, int]:
    assert (found.answer.status_code, found.state) == (202, "done"), found
    return tuple(found.job[k] for k in ("rows_total", "new", "changed", "unchanged"))


async def rows(client: httpx.AsyncClient, found: Import, outcome: str | None = None) -> list[dict]:
    asked = {"limit": 500} | ({"outcome": outcome} if outcome else {})
    return (await client.get(f"/imports/{found.id}/rows", params=asked)).raise_for_status().json()["items"]


def errors(found: Import) -> list[tuple[int, str, str]]:
    """Of a file that was not imported: row, column and code of all that is wrong."""
    assert found.state == "invalid", found
    wrong = [(r["number"], f) for r in found.wrong for f in r["findings"] if f["severity"] == "error"]
    return [(number, f["column"], f["code"]) for number, f in wrong]


async def size(registry, table: str) -> int:
    async with registry.hot() as db:
        return await db.fetchval(f"select count(*) from {table}")


async def feed(client: httpx.AsyncClient, kind: str) -> list[dict]:
    client.headers.update(signed_by("gateway", "registry"))
    return (await client.get(f"/internal/{kind}", params={"limit": 5000})).json()["items"]


async def test_a_roster_becomes_people_certificates_registrations_and_facts(client, city):
    lines = [a_worker(n, 登记日期="2024-05-01", 登记有效期止="2027-04-30") for n in range(3)]

    answer = await upload(city, *lines)

    assert counts(answer) == (3, 3, 0, 0)
    found = await people(city)
    assert [(p["name"], p["level"], p["registered_until"]) for p in found] == [
        (f"演示{n}", "social_worker", "2027-05-01") for n in range(3)
    ]
    assert found[1]["id_number"] == an_id_number(1)[:4] + "**********" + an_id_number(1)[-4:]
    assert found[1]["phone"] == "139****0001"
    assert {p["employer_name"] for p in found} == {"演示社会工作服务中心"}
    subjects = {s["subject"]: s for s in await feed(client(), "subjects")}
    facts = subjects[f"person:{found[0]['id']}"]["facts"]
    assert [(f["metric"], f["division"], f["start"], f.get("end")) for f in facts] == [
        ("certificates_issued", STREET, "2023-08-15", None),
        ("certified_people", STREET, "2023-08-15", None),
        ("certified_social_workers", STREET, "2023-08-15", None),
        ("registered_workers", STREET, "2024-05-01", "2027-05-01"),
    ]


async def test_there_is_one_event_per_record_with_the_batch_and_no_personal_data(client, city):
    batch = (await upload(city, a_worker(0), a_worker(1))).id

    events = [e for e in await feed(client(), "events") if e["body"].get("batch_id") == batch]
    kinds = sorted(e["kind"] for e in events)
    assert kinds == sorted([*["PersonAdded", "CertificateAdded", "RegistrationAdded"] * 2, "OrganizationAdded"])
    said = str(events) + str(await feed(client(), "subjects"))
    assert not any(secret in said for secret in (an_id_number(0), "演示0", "13900000000", a_worker(0)["管理号"]))


async def test_the_same_file_twice_changes_nothing(registry, client, city):
    lines = [a_worker(n, 登记日期="2024-05-01", 登记有效期止="2027-04-30") for n in range(3)]
    await points(city, a_point_line(0))
    lines[0] |= {"服务站点编号": "YS-00000", "到岗日期": "2024-06-01"}
    await upload(city, *lines)
    tables = ("person", "organization", "certificate", "registration", "assignment", "service_point")
    counted = [*(f"{t}{h}" for t in tables for h in ("_history", "")), "event where kind <> 'ImportMoved'"]
    before = [await size(registry, t) for t in counted]

    assert counts(await upload(city, *lines)) == (3, 0, 0, 3)
    assert counts(await points(city, a_point_line(0))) == (1, 0, 0, 1)
    assert [await size(registry, t) for t in counted] == before


async def test_a_wrong_row_refuses_the_file_and_names_row_column_and_reason(registry, city):
    answer = await upload(city, a_worker(0), a_worker(1, 证件号码="11010519491231002Y"), a_worker(2, 批准日期="昨天"))

    assert errors(answer) == [(3, "证件号码", "id_form"), (4, "批准日期", "bad_date")]
    assert (answer.job["errors"], answer.job["new"], answer.job["may"]) == (2, 1, ["cancel"])
    assert await size(registry, "person") == await size(registry, "organization") == 0


async def test_what_a_later_file_says_changes_what_it_says_and_blank_cells_change_nothing(client, city):
    await upload(city, a_worker(0, 登记日期="", 登记有效期止=""))
    later = a_worker(0, 手机="", 专业="", 学历="硕士研究生", 登记日期="2024-05-01", 登记有效期止="2027-04-30")

    assert counts(await upload(city, later)) == (1, 0, 1, 0)
    [person] = await people(city)
    assert (person["phone"], person["education"], person["major"]) == ("139****0000", "硕士研究生", "社会工作")
    assert person["registered_until"] == "2027-05-01"
    [change] = [e["body"] for e in await feed(client(), "events") if e["kind"] == "PersonChanged"]
    assert change["fields"] == ["education"]


async def test_a_registration_period_is_put_right_by_its_start_and_never_overlaps_another(city):
    await upload(city, a_worker(0, 登记日期="2024-05-01", 登记有效期止="2026-04-30"))

    longer = await upload(city, a_worker(0, 登记日期="2024-05-01", 登记有效期止="2027-04-30"))
    crossing = await upload(city, a_worker(0, 登记日期="2025-05-01", 登记有效期止="2028-04-30"))
    renewal = await upload(city, a_worker(0, 登记日期="2027-05-01", 登记有效期止="2030-04-30"))

    assert counts(longer) == (1, 0, 1, 0)
    assert errors(crossing) == [(2, "登记日期", "overlapping")]
    assert counts(renewal) == (1, 0, 1, 0)
    periods = [(r["start"], r["end"]) for r in (await city.get("/registrations")).json()["items"]]
    assert periods == [("2024-05-01", "2027-05-01"), ("2027-05-01", "2030-05-01")]


async def test_cert_08_a_lower_level_never_replaces_a_higher_one(city):
    await upload(city, a_worker(0, 证书级别=LEVELS[2], 管理号="20200000000001"))

    answer = await upload(city, a_worker(0, 证书级别=LEVELS[0], 管理号="20150000000001", 批准日期="2015-01-01"))

    assert counts(answer) == (1, 0, 1, 0)
    assert [p["level"] for p in await people(city)] == ["senior"]
    assert len((await city.get("/certificates")).json()["items"]) == 2


async def test_p11_another_name_on_the_same_number_is_for_a_person_to_decide(city):
    await upload(city, a_worker(0, 姓名="古丽·买买提"))

    assert counts(await upload(city, a_worker(0, 姓名="古丽•买买提"))) == (1, 0, 0, 1)
    conflict = await upload(city, a_worker(0, 姓名="别人"))
    assert (conflict.answer.status_code, conflict.answer.json()["code"]) == (409, "in_conflict")
    assert (conflict.state, conflict.job["conflict"]) == ("ready", 1)
    skipped = await upload(city, a_worker(0, 姓名="别人"), a_worker(1, 姓名="演示丙"), skip_conflicts=True)
    assert counts(skipped) == (2, 1, 0, 0)
    assert [p["name"] for p in await people(city)] == ["古丽·买买提", "演示丙"]


@pytest.mark.parametrize(
    ("over", "column", "code"),
    [
        ({"证件号码": an_id_number(9), "姓名": "另一人"}, "管理号", "number_taken"),
        ({"证书级别": LEVELS[0]}, "证书级别", "other_level"),
        ({"管理号": "20239999999999"}, "管理号", "other_number"),
    ],
)
async def test_cert_06_a_management_number_belongs_to_one_person_and_one_level(city, over, column, code):
    await upload(city, a_worker(0))

    assert errors(await upload(city, a_worker(0, **over))) == [(2, column, code)]


async def test_an_employer_is_known_by_its_code_or_by_its_name_in_the_district(city):
    named = {"工作单位统一社会信用代码": a_uscc(1)}
    another = a_worker(2, 工作单位名称="另一单位", 工作单位统一社会信用代码=a_uscc(2))
    await upload(city, a_worker(0), a_worker(1, **named), another)

    organizations = (await city.get("/organizations")).json()["items"]
    assert sorted((o["name"], o["uscc"], o["kind"]) for o in organizations) == [
        ("另一单位", a_uscc(2), "private_nonprofit"),
        ("演示社会工作服务中心", a_uscc(1), "private_nonprofit"),
    ]
    other_name = await upload(city, a_worker(3, 工作单位名称="不是这个", **named))
    other_code = await upload(city, a_worker(3, 工作单位统一社会信用代码=a_uscc(3)))
    assert errors(other_name) == [(2, "工作单位名称", "organization_mismatch")]
    assert errors(other_code) == [(2, "工作单位统一社会信用代码", "organization_mismatch")]


async def test_the_same_name_in_another_district_is_another_employer(city):
    await upload(city, a_worker(0), a_worker(1, **ZONE_STREET))

    assert len((await city.get("/organizations")).json()["items"]) == 2


async def test_codes_of_another_system_are_read_when_said_so(city):
    other = {"单位所在区划代码": "370176001000", "单位所在区划名称": "舜华路街道"}

    assert errors(await upload(city, a_worker(0, **other))) == [(2, "单位所在区划代码", "no_such_division")]
    assert counts(await upload(city, a_worker(0, **other), code_system="nbs")) == (1, 1, 0, 0)
    assert [p["division"] for p in await people(city)] == ["370102016000"]


async def test_a_row_outside_the_own_area_is_refused_without_saying_what_is_there(client, city):
    await upload(city, a_worker(0))
    lixia = client("registry:read", "registry:write", at=LIXIA)

    outside = await upload(lixia, a_worker(1))
    moved = await upload(lixia, a_worker(0, 姓名="别人", **ZONE_STREET))

    assert errors(outside) == [(2, "单位所在区划代码", "outside_area")]
    assert errors(moved) == [(2, "证件号码", "ask_city")]
    assert "演示0" not in str(moved.wrong)


async def test_a_row_that_meets_records_elsewhere_says_the_same_whichever_they_are(client, city):
    """An upload is no way to ask who is registered in other districts; how often it was tried stands in the log."""
    employer = {"工作单位统一社会信用代码": a_uscc(3)}
    nowhere = {"服务站点编号": "NO-1", "到岗日期": "2024-01-01"}
    await upload(city, a_worker(0, **employer))
    lixia = client("registry:read", "registry:write", at=LIXIA)

    refused = [
        await upload(lixia, a_worker(0, 管理号=a_worker(7)["管理号"], **ZONE_STREET)),
        await upload(lixia, a_worker(1, 管理号=a_worker(0)["管理号"], **nowhere, **ZONE_STREET)),
        await upload(lixia, a_worker(2, **employer, **ZONE_STREET)),
    ]

    told = [(f["column"], f["code"], f["remedy"], f["reason"]) for j in refused for r in j.wrong for f in r["findings"]]
    assert [t[:3] for t in told] == [("证件号码", "ask_city", "请联系市民政局核对。")] * 3
    assert len({t[3] for t in told}) == 1
    counted = [e["body"]["rows"] for e in await feed(client(), "events") if e["kind"] == "ImportRowsElsewhere"]
    assert counted == [1, 1, 1]


async def test_assignments_need_an_open_point_within_reach(client, city):
    await points(city, a_point_line(0, 撤站日期="2025-12-31"), a_point_line(1))
    lixia = client("registry:read", "registry:write", at=LIXIA)
    at = {"服务站点编号": "YS-00000"}

    early = await upload(city, a_worker(0, 到岗日期="2021-05-31", **at))
    late = await upload(city, a_worker(0, 到岗日期="2026-01-01", **at))
    unknown = await upload(city, a_worker(0, 服务站点编号="NO-1", 到岗日期="2024-01-01"))
    foreign = await upload(lixia, a_worker(0, 到岗日期="2024-01-01", **at, **ZONE_STREET))

    assert errors(early) == errors(late) == [(2, "到岗日期", "point_not_open")]
    assert errors(unknown) == errors(foreign) == [(2, "服务站点编号", "no_such_point")]
    assert counts(await upload(city, a_worker(0, 到岗日期="2024-01-01", **at))) == (1, 1, 0, 0)
    assert counts(await upload(city, a_worker(0, 到岗日期="2023-01-01", **at))) == (1, 0, 1, 0)
    [assignment] = (await city.get("/assignments")).json()["items"]
    assert (assignment["started_on"], assignment["ended_on"]) == ("2023-01-01", "2026-01-01")


async def test_a_registration_imported_later_staffs_the_point(client, city):
    await points(city, a_point_line(0))
    at = {"服务站点编号": "YS-00000", "到岗日期": "2024-06-01"}
    await upload(city, a_worker(0, 登记日期="", 登记有效期止="", **at))

    async def staffed() -> list[tuple[str, str | None]]:
        [point] = [s for s in await feed(client(), "subjects") if s["subject"].startswith("service_point:")]
        return [(f["start"], f.get("end")) for f in point["facts"] if f["metric"] == "point_staffed"]

    assert await staffed() == []
    await upload(city, a_worker(0, 登记日期="2024-05-01", 登记有效期止="2027-04-30"))
    assert await staffed() == [("2024-06-01", "2027-05-01")]


async def test_points_are_imported_changed_and_closed(client, city):
    operator = {"运营机构名称": "演示运营中心", "运营机构统一社会信用代码": a_uscc(5)}
    assert counts(await points(city, a_point_line(0, **operator), a_point_line(1))) == (2, 2, 0, 0)
    await upload(city, a_worker(0, 服务站点编号="YS-00000", 到岗日期="2024-06-01"))

    answer = await points(
        city, a_point_line(0, 负责人="演示乙", 撤站日期="2025-12-31", 人员保障方式=""), a_point_line(1)
    )

    assert counts(answer) == (2, 0, 1, 1)
    first, second = (await city.get("/service-points", params={"on": "2025-01-01"})).json()["items"]
    assert (first["manager"], first["closed_on"], first["staffing_basis"]) == (
        "演示乙",
        "2026-01-01",
        "government_purchase",
    )
    assert (first["operator_name"], first["staff"], second["staff"]) == ("演示运营中心", 1, 0)
    [assignment] = (await city.get("/assignments")).json()["items"]
    assert assignment["ended_on"] == "2026-01-01"
    kinds = [e["kind"] for e in await feed(client(), "events")]
    assert [k for k in kinds if k in ("ServicePointClosed", "AssignmentEnded")] == [
        "ServicePointClosed",
        "AssignmentEnded",
    ]


async def test_a_point_contradicting_what_is_known_is_refused(client, city):
    await points(city, a_point_line(0))
    await upload(city, a_worker(0, 服务站点编号="YS-00000", 到岗日期="2024-06-01"))
    lixia = client("registry:read", "registry:write", at=LIXIA)
    elsewhere = {"所在区划代码": "370102016000", "所在区划名称": "舜华路街道"}

    assert errors(await points(city, a_point_line(0, **elsewhere))) == [(2, "所在区划代码", "other_place")]
    assert errors(await points(lixia, a_point_line(0, **elsewhere))) == [(2, "站点编号", "ask_city")]
    assert errors(await points(city, a_point_line(0, 撤站日期="2024-01-01"))) == [(2, "撤站日期", "still_staffed")]
    assert errors(await points(city, a_point_line(0, 开站日期="2025-01-01"))) == [(2, "开站日期", "still_staffed")]


async def test_a_key_is_required_and_replays(registry, city):
    content = a_roster([a_worker(0)])
    bare = await city.post("/imports/certified-workers", files={"file": ("a.xlsx", content)})
    assert (bare.status_code, bare.json()["code"]) == (428, "idempotency_key_missing")

    first = await sent(city, content, key="one-key-only")
    again = await sent(city, content, key="one-key-only")
    other = await sent(city, a_roster([a_worker(1)]), key="one-key-only")

    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert [j["id"] for j in (await city.get("/imports")).json()["items"]] == [first.json()["id"]]


@pytest.mark.parametrize(
    "keys", [["same-key-1"] * 4, [f"other-key-{n}" for n in range(4)]], ids=["one key", "four keys"]
)
async def test_p12_the_same_file_at_once_has_one_effect_and_no_500(registry, city, keys):
    answers = await asyncio.gather(*(upload(city, a_worker(0), a_worker(1), key=k) for k in keys))

    assert {a.answer.status_code for a in answers} <= {202, 409, 503}
    assert "done" in {a.state for a in answers}
    assert await size(registry, "person") == await size(registry, "certificate") == 2
    assert len({a.id for a in answers if a.job.get("new") == 2 and a.state == "done"}) == 1


async def test_an_import_needs_a_role_that_writes(client):
    assert (await upload(client("registry:read"), a_worker(0))).answer.status_code == 403
    assert (await client("registry:read").get("/imports/certified-workers/template.xlsx")).status_code == 200


async def test_a_file_that_is_no_workbook_is_refused_with_a_sentence(city):
    files, key = {"file": ("名册.csv", "姓名,证件号码".encode())}, {"idempotency-key": "a-csv-file"}
    answer = await city.post("/imports/certified-workers", files=files, headers=key)

    assert (answer.status_code, answer.json()["code"]) == (415, "not_xlsx")
    assert (await city.post("/imports/certified-workers", headers=key)).status_code == 422
    assert (await city.post("/imports/anything", files=files, headers=key)).status_code == 422


async def test_an_official_of_a_district_imports_its_own(client):
    licheng = client("registry:read", "registry:write", at=LICHENG)

    assert counts(await upload(licheng, a_worker(0))) == (1, 1, 0, 0)
    assert len(await people(licheng, division=LICHENG)) == len(await people(licheng, division=JINAN)) == 1


OLD = {"old_numbers": "true"}


async def test_p04_old_numbers_are_taken_only_when_the_upload_says_so_and_every_row_says_so_too(city):
    whole = an_id_number(0)
    old = a_worker(0, 证件号码=whole[:6] + whole[8:17])
    never = a_worker(1, 证件号码="999000700230000")

    unsaid = await upload(city, old)
    impossible = await upload(city, old, never, a_worker(0, 管理号="2023999"), said=OLD)
    taken = await upload(city, old, said=OLD)
    [person] = await people(city)
    again = await upload(city, a_worker(0, 姓名=old["姓名"]))

    [finding] = [f for r in unsaid.wrong for f in r["findings"]]
    assert (unsaid.state, finding["code"], OLD_NUMBERS_LABEL in finding["remedy"]) == ("invalid", "id_form", True)
    assert errors(impossible) == [(3, "证件号码", "id_birth_date"), (4, "证件号码", "repeated")]
    assert counts(taken) == (1, 1, 0, 0)
    assert (taken.job["old_numbers"], taken.job["warnings"]) == (True, 1)
    [shown] = await rows(city, taken, "warning")
    assert [(f["severity"], f["code"], f["value"]) for f in shown["findings"]] == [
        ("warning", "upgraded", "9990*******1000"),
    ]
    assert shown["findings"][0]["reason"] == f"由 15 位升为 18 位（{whole[:4]}**********{whole[-4:]}）"
    assert person["id_number"] == f"{whole[:4]}**********{whole[-4:]}"
    assert counts(again) == (1, 0, 0, 1)  # the same person by the number of today


async def test_p04_the_same_file_said_to_hold_other_numbers_is_another_upload(city):
    content = a_roster([a_worker(0)])

    first, other = (
        await sent(city, content, key="the-same-key"),
        await sent(city, content, key="the-same-key", said=OLD),
    )

    assert (first.status_code, other.status_code) == (202, 422)
