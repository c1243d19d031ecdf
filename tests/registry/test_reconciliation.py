"""An export of the national system against the register: what differs, what is decided, and when it is over."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.kernel import clock
from services.kernel.db import Database, everywhere, run
from services.registry.keys.erasing import erase_person_key
from tests import rosters
from tests.registry.conftest import Client
from tests.registry.factories import LEVELS, a_roster, a_worker, an_id_number
from tests.registry.reconciling import JINAN, LICHENG, LIXIA, a_csv, a_status, cases_of, kinds_of, reconciled, sent

pytestmark = pytest.mark.anyio
READ, WRITE, REVIEW = "registry:read", "registry:write", "registry:review"
TERM = {"登记日期": "2024-01-01", "登记有效期止": "2026-12-31"}
NONE = {"登记日期": "", "登记有效期止": ""}


@pytest.fixture
def today(app: FastAPI) -> None:
    app.dependency_overrides[clock.today] = lambda: date(2026, 11, 24)


def the_register() -> list[dict[str, object]]:
    """Ten workers of Licheng; 5 and 8 are not registered."""
    return [a_worker(n, **(NONE if n in (5, 8) else TERM)) for n in range(10)]


def the_export() -> list[dict[str, object]]:
    """0 agrees; everybody else differs in a way of their own. 9 is not in it, 77 is not in the register."""
    return [
        a_status(0, 证件号码=an_id_number(0)),
        a_status(1, 姓名="演示壹"),
        a_status(2, 登记状态="证书作废"),
        a_status(3, 登记状态="终审通过"),
        a_status(4, 登记状态="审核中"),
        a_status(5),
        a_status(6, 证书级别=LEVELS[0]),
        a_status(7, 有效期止="2026-12-30"),
        a_status(8, 登记状态="未申请登记证书", 登记日期="", 有效期止="", 证件号码=f"{an_id_number(8)[:4]}****9999"),
        a_status(77, 登记机关=""),
    ]


EXPECTED = {
    "1": "not_matched", "2": "void_there", "3": "ours_ahead", "4": "cannot_decide", "5": "national_ahead", "6": "level",
    "7": "dates", "8": "not_matched", "9": "only_ours", "77": "only_national",
}  # fmt: skip


async def added_up(client: httpx.AsyncClient, division: str = LICHENG) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/reconciliation/figures", params={"division": division})).json()
    for table in ("readings", "by_level", "by_state", "by_division"):
        for cell in found[table]:
            assert cell["ours"] - cell["national"] == cell["difference"] == sum(cell["reasons"].values()), cell
    return found


async def decided(client: httpx.AsyncClient, case: dict[str, Any], verb: str, **order: str) -> httpx.Response:
    return await client.post(f"/reconciliation/cases/{case['id']}/{verb}", json={"reason": "核对了材料", **order})


async def test_reg_15_reg_18_differences_are_found_decided_and_closed_by_a_later_export(
    client: Client, city: httpx.AsyncClient, worker: asyncio.Task[None], today: None
):
    reviewer = client(READ, WRITE, REVIEW, at=LICHENG)
    assert (await rosters.imported(city, a_roster(the_register()))).state == "done"
    before = await city.get("/people", params={"limit": 500})

    job = await reconciled(city, the_export())
    assert (job["state"], job["new"], job["warnings"]) == ("done", 10, 1), job

    # every record has its kind, the sums fit, nothing in the register has changed
    found = await cases_of(reviewer)
    assert {n: c["kind"] for n, c in found.items()} == EXPECTED
    assert (await kinds_of(city))["same"] == 1
    assert found["2"]["proposal"] is not None
    assert found["2"]["next_step"] == "void_certificate"
    assert [found[n]["fields"] for n in ("7", "8")] == [["valid_until"], ["id_number"]]
    assert found["4"]["national"]["state_name"] == "审核中"
    assert found["5"]["ours"]["state"] == "unregistered"
    figures = await added_up(city)
    assert {c["code"]: (c["ours"], c["national"]) for c in figures["readings"]} == {
        "certificates_issued": (10, 10), "certified_people": (10, 9), "registered_workers": (8, 6),
    }  # fmt: skip
    assert (await added_up(client(READ, at="370112001000"), "370112001000"))["kinds"]["same"] == 1
    assert (await city.get("/people", params={"limit": 500})).json() == before.json()
    assert await cases_of(client(READ, at=LIXIA)) == {}

    # decisions
    assert (await decided(client(READ, WRITE), found["3"], "ours")).status_code == 403
    assert (await decided(client(READ, REVIEW, at=LIXIA), found["3"], "ours")).status_code == 404
    assert (await decided(reviewer, found["3"], "ours")).json()["state"] == "to_report"
    assert (await decided(reviewer, found["5"], "national")).json()["state"] == "to_correct"
    assert (await decided(reviewer, found["1"], "confirm")).json()["state"] == "same_person"
    assert (await decided(reviewer, found["3"], "confirm")).json()["code"] == "nothing_to_confirm"
    assert (await decided(reviewer, found["6"], "postpone", until="2026-11-24")).json()["code"] == "not_later"
    assert (await decided(reviewer, found["6"], "postpone", until="2026-11-25")).json()["state"] == "postponed"
    odd = await decided(reviewer, found["5"], "national", application_id=found["5"]["id"])
    assert odd.json()["code"] == "other_certificate"
    assert set(await cases_of(reviewer, due=True)) == set(EXPECTED) - {"1", "3", "5", "6"}

    # a later one agrees on 3 and 6; 1 is confirmed by now; what else was decided stays
    agreed = [a_status(3), a_status(6), *(s for s in the_export() if s["姓名"] not in ("演示3", "演示6"))]
    later = await reconciled(city, agreed, day="2026-11-22")
    found = await cases_of(reviewer)
    assert {n: c["state"] for n, c in found.items() if c["state"] != "open"} == {
        "1": "closed", "3": "closed", "5": "to_correct", "6": "closed",
    }  # fmt: skip
    assert (found["3"]["agreed_on"], found["3"]["may"]) == ("2026-11-22", [])
    assert (await decided(reviewer, found["3"], "ours")).json()["code"] == "case_closed"

    # an older one is kept and counts for nothing; of one taken back the one before counts again, and 3 differs anew
    assert (await reconciled(city, [a_status(0)], day="2026-01-01"))["state"] == "done"
    assert (await cases_of(reviewer))["3"]["state"] == "closed"
    assert (await rosters.asked(city, later["id"], "undo")).state == "undone"
    found = await cases_of(reviewer)
    assert (found["3"]["state"], found["3"]["reopened"], found["3"]["agreed_on"]) == ("open", 1, None)
    assert (found["1"]["state"], found["5"]["state"]) == ("closed", "to_correct")
    told = await reviewer.get(f"/reconciliation/cases/{found['3']['id']}/history")
    assert [v["state"] for v in told.json()["items"]] == ["open", "closed", "to_report", "open"]
    exports = (await city.get("/reconciliation/exports")).json()["items"]
    assert [(e["exported_on"], e["current"]) for e in exports] == [("2026-11-20", True), ("2026-01-01", False)]
    await added_up(city)

    # compared anew with a register that has been put right
    assert (await rosters.imported(city, a_roster([a_worker(5, **TERM)]))).state == "done"
    again = await city.post(f"/reconciliation/exports/{exports[0]['id']}/compare")
    assert again.status_code == 200, again.text
    assert (await city.post(f"/reconciliation/exports/{exports[1]['id']}/compare")).json()["code"] == "not_newest"
    assert (await cases_of(reviewer))["5"]["state"] == "closed"

    # the list as a file
    file = await reviewer.get("/reconciliation/cases/export", params={"format": "csv", "kind": "void_there"})
    assert "全国系统记为证书无效" in file.text
    assert "演示2" in file.text
    assert an_id_number(0) not in file.text


async def test_headings_that_nobody_knows_are_mapped_kept_and_offered_again(
    client: Client, city: httpx.AsyncClient, worker: asyncio.Task[None], today: None
):
    lines = [
        {"编码": f"2023{n:012}", "姓名": f"=演示{n}", "环节": "已出证", "到期日": "2026-12-31", "备注": "x"}
        for n in range(2)
    ]  # fmt: skip
    stopped = await sent(city, a_csv(lines), name="导出.csv")
    job = await rosters.settled(city, stopped.json()["id"])
    assert (job["state"], job["refused"]["code"]) == ("failed", "unmapped_headings")
    at = f"/imports/{job['id']}/headings"
    asked = (await city.get(at)).json()
    assert {h["title"]: h["field"] for h in asked["headings"]} == {
        "编码": None, "姓名": "name", "环节": None, "到期日": None, "备注": None,
    }  # fmt: skip
    said = {"编码": "management_number", "姓名": "name", "环节": "status", "到期日": "valid_until", "备注": None}
    columns = [{"title": title, "field": field} for title, field in said.items()]

    async def mapped(*columns: dict[str, str | None], name: str = "新版") -> httpx.Response:
        return await city.post(at, json={"name": name, "columns": columns})

    assert (await mapped(*columns[:-1])).json()["code"] == "heading_unsaid"
    assert (await mapped(*columns[:2], *columns[3:], columns[2] | {"field": None})).json()["code"] == "missing_column"
    assert (await mapped(*columns[:-1], columns[-1] | {"field": "status"})).json()["code"] == "column_twice"
    assert (await mapped(*columns[:-1], columns[-1] | {"field": "password"})).json()["code"] == "no_such_field"
    assert (await mapped(*columns)).status_code == 202
    ready = await rosters.settled(city, job["id"])
    assert (ready["state"], ready["new"]) == ("ready", 2)
    assert any("备注" in note for note in ready["notes"])
    assert (await mapped(*columns)).json()["code"] == "not_to_map"
    assert (await rosters.asked(city, job["id"], "confirm", body={"skip_conflicts": False})).state == "done"
    assert (await kinds_of(city)) == {"only_national": 2}
    export = await city.get("/reconciliation/cases/export", params={"format": "csv"})
    assert '"\'=演示0"' in export.text

    # offered for the next file, or chosen at once; not to another area
    [kept] = (await city.get("/reconciliation/mappings")).json()["items"]
    again = await rosters.settled(city, (await sent(city, a_csv(lines, "utf-8-sig"), day="2026-11-21")).json()["id"])
    offered = (await city.get(f"/imports/{again['id']}/headings")).json()
    assert ({h["title"]: h["field"] for h in offered["headings"]}, offered["mapping"]) == (said, "新版")
    chosen = await sent(city, a_csv(lines), day="2026-11-21", mapping_id=kept["id"])
    assert (await rosters.settled(city, chosen.json()["id"]))["state"] == "ready"
    elsewhere = await sent(city, a_csv(lines), division=LIXIA, mapping_id=kept["id"])
    assert elsewhere.json()["code"] == "no_such_mapping"
    assert (await client(WRITE, READ, at=LIXIA).get("/reconciliation/mappings")).json()["items"] == []
    assert (await client(WRITE, READ, id="account:other").get(at)).status_code == 404

    # repeats are for a person; what is no export, or not for this area or day, is refused at once
    twice = await reconciled(city, [a_status(0), a_status(0, 登记状态="待审核")], day="2026-11-22")
    assert (twice["state"], twice["conflict"]) == ("ready", 1)
    for content, code in [
        (b"<html>", "not_table"), (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "not_table"), (b"", "empty_file"),
        (b"%PDF-1.7,", "not_table"), ("姓名".encode(), "not_table"), (b"\xff\xfe\xff,", "not_table"),
        (b"PK\x03\x04" + b"\0" * 100, "not_xlsx"),
    ]:  # fmt: skip
        assert (await sent(city, content)).json()["code"] == code
    assert (await sent(city, a_csv(lines), day="2026-11-25")).json()["code"] == "in_future"
    assert (await sent(client(READ, WRITE, at=LIXIA), a_csv(lines))).status_code == 404
    assert (await rosters.sent(city, a_roster([a_status(0)]), "national-statuses")).json()["code"] == "begun_elsewhere"


async def test_a_district_with_a_newer_export_keeps_its_own_figures(
    client: Client, city: httpx.AsyncClient, worker: asyncio.Task[None], today: None, registry: Database
):
    there = {"单位所在区划代码": "370102016000", "单位所在区划名称": "舜华路街道", "工作单位名称": "演示机构历下"}
    roster = [a_worker(0, **TERM), a_worker(1, **TERM), a_worker(2, **TERM, **there)]
    assert (await rosters.imported(city, a_roster(roster))).state == "done"
    assert (await reconciled(city, [a_status(n) for n in range(3)], division=JINAN))["state"] == "done"
    assert await kinds_of(city, JINAN) == {"same": 3}

    # the newer one of the district lacks 1, and has somebody who counts elsewhere
    district = client(READ, WRITE, at=LICHENG)
    assert (await reconciled(district, [a_status(0), a_status(2)], day="2026-11-21"))["state"] == "done"
    assert await kinds_of(city, JINAN) == {"same": 2, "only_ours": 1, "elsewhere": 1}
    [elsewhere] = (await district.get("/reconciliation/cases", params={"kind": "elsewhere"})).json()["items"]
    assert (elsewhere["certificate_id"], elsewhere["person_id"], elsewhere["ours"]) == (None, None, None)
    await added_up(city, JINAN)

    # the city's of the day before leaves the district alone; a still newer one covers all
    assert (await reconciled(city, [a_status(n) for n in range(3)], division=JINAN, day="2026-11-20"))[
        "state"
    ] == "done"
    assert await kinds_of(city, JINAN) == {"same": 2, "only_ours": 1, "elsewhere": 1}
    assert (await reconciled(city, [a_status(n) for n in range(3)], division=JINAN, day="2026-11-22"))[
        "state"
    ] == "done"
    assert await kinds_of(city, JINAN) == {"same": 3}
    assert {c["state"] for c in (await cases_of(city)).values()} == {"closed"}

    # whoever is erased goes out of every export
    [one] = (await city.get("/people", params={"q": "演示1"})).json()["items"]
    async with registry.writing.begin() as tx, everywhere(tx, "the test looks at all exports"):
        assert await erase_person_key(tx, UUID(one["id"]))
        asked = text("select distinct name, id_head || id_tail from national_entry where management_number like '%1'")
        assert [tuple(r) for r in (await run(tx, asked, {})).all()] == [("演", "")]
