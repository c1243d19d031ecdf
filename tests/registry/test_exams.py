"""Exams, passes and certificates over HTTP and on a real database: imported, decided, counted, and forgotten again."""

from datetime import UTC, datetime

import pytest

from services.kernel.db import everywhere
from services.registry.keys.erasing import erase_person_key
from services.registry.keys.moving import PASSES, everybody
from services.registry.retention.candidates import forget_candidates
from tests.keys import LICHENG, LIXIA
from tests.registry.factories import LEVELS, a_candidate, a_worker, an_id_number
from tests.registry.test_imports import counts, errors, feed, rows, upload
from tests.rosters import asked

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
EXAMS = "exam-results"
LIXIA_AREA = {"考区区划代码": LIXIA, "考区区划名称": "历下区"}
SEALED = "select r.id_number, h.row::text as row from exam_result r join exam_result_history h on h.id = r.id::text"
MIDDLE = {"报考级别": "中级", "综合能力": "", "法规与政策": "", "实务": ""}


async def results(client, **narrowed) -> dict[str, dict]:
    answer = (await client.get("/exams/results", params=narrowed)).raise_for_status().json()
    return {f"{r['name']} {r['exam_year']}": r for r in answer["items"]}


async def rates(client, **narrowed) -> list[tuple]:
    answer = (await client.get("/exams/pass-rates", params=narrowed)).raise_for_status().json()
    names = ("exam_year", "level", "district_name", "unit_type", "candidates", "sat", "passed", "undecided", "rate")
    return [tuple(r[n] for n in names) for r in answer["items"]]


async def test_cert_02_results_are_imported_decided_over_the_years_counted_and_taken_back(registry, client, city):
    """Two files: what is passed in the later year depends on the earlier one, which comes last and lies elsewhere."""
    first = await upload(
        city,
        a_candidate(0), a_candidate(1, 实务="缺考", 综合能力="-1"), a_candidate(2, 实务="59.5", 单位类型="企业"),
        a_candidate(3, 是否合格="是", 实务="50"), a_candidate(4, **MIDDLE | {"实务": "61"}),
        a_candidate(5, **LIXIA_AREA, 单位类型=""), kind=EXAMS,
    )  # fmt: skip

    assert counts(first) == (6, 6, 0, 0)
    assert [r["findings"][0]["code"] for r in await rows(city, first, "warning")] == ["stated_otherwise"]
    found = await results(city)
    assert [found[f"演示考生{n} 2025"]["verdict"] for n in range(6)] == [
        "passed", "failed", "failed", "passed", "cannot_decide", "passed",
    ]  # fmt: skip
    one = found["演示考生1 2025"]
    assert one["id_number"] == an_id_number(1)[:4] + "**********" + an_id_number(1)[-4:]
    assert (one["scores"], one["absent"], one["unit_type"]) == ({}, ["comprehensive", "practice"], "community")

    second = await upload(
        city,
        a_candidate(4, **MIDDLE | LIXIA_AREA | {"考试年度": "2024", "综合能力": "60", "法规与政策": "66", "实务": "3"}),
        kind=EXAMS,
    )  # fmt: skip
    assert (await results(city, level="social_worker"))["演示考生4 2025"]["verdict"] == "passed"
    assert (await results(city, verdict="partial")).keys() == {"演示考生4 2024"}

    assert await rates(city) == [
        (2025, "assistant", None, None, 5, 4, 3, 0, "75.0"),
        (2025, "social_worker", None, None, 1, 1, 1, 0, "100.0"),
        (2024, "social_worker", None, None, 1, 1, 0, 0, "0.0"),
    ]
    assert await rates(city, by="district", level="assistant") == [
        (2025, "assistant", "历下区", None, 1, 1, 1, 0, "100.0"),
        (2025, "assistant", "历城区", None, 4, 3, 2, 0, "66.7"),
    ]
    assert await rates(city, by="unit_type", district=LICHENG, level="assistant", from_year=2025) == [
        (2025, "assistant", None, "community", 3, 2, 2, 0, "100.0"),
        (2025, "assistant", None, "enterprise", 1, 1, 0, 0, "0.0"),
    ]
    assert (await results(city, district=LICHENG, unit_type="enterprise")).keys() == {"演示考生2 2025"}
    export = await city.get("/exams/results/export", params={"format": "csv", "level": "assistant"})
    assert "缺考" in export.text and an_id_number(1) not in export.text  # noqa: PT018

    lixia = client("registry:read", at=LIXIA)
    assert await rates(lixia, level="assistant") == [(2025, "assistant", None, None, 1, 1, 1, 0, "100.0")]
    assert (await lixia.get("/exams/results", params={"division": LICHENG})).status_code == 404
    said = str([e for e in await feed(client(), "events") if e["kind"].startswith("ExamResult")])
    assert said.count("ExamResultAdded") == 7 and said.count("ExamResultChanged") == 1  # noqa: PT018
    assert not any(secret in said for secret in (an_id_number(4), "演示考生4"))

    undone = await asked(city, second.id, "undo")
    assert undone.state == "undone"
    assert (await results(city, level="social_worker"))["演示考生4 2025"]["verdict"] == "cannot_decide"


async def test_every_wrong_cell_of_a_result_is_named_and_what_lies_elsewhere_is_nobody_elses(client, city):
    wrong = await upload(
        city,
        a_candidate(0, 考试年度="2030"), a_candidate(1, 实务="101"), a_candidate(2, 法规与政策="70"),
        a_candidate(3, 综合能力="", 实务=""), a_candidate(4, 报考级别="高级", 综合能力="", 考试年度="2017"),
        a_candidate(5), a_candidate(5), a_candidate(6, 考区区划名称="历下区"), a_candidate(7, 证件号码="1"), kind=EXAMS,
    )  # fmt: skip
    assert errors(wrong) == [
        (2, "考试年度", "bad_year"), (3, "实务", "bad_score"), (4, "法规与政策", "other_paper"),
        (5, "综合能力", "missing"), (6, "考试年度", "no_such_exam"), (8, "证件号码", "repeated"),
        (9, "考区区划名称", "division_mismatch"), (10, "证件号码", "id_form"),
    ]  # fmt: skip

    known = (a_candidate(0, **LIXIA_AREA), a_candidate(1), a_candidate(3))
    assert counts(await upload(city, *known, kind=EXAMS)) == (3, 3, 0, 0)
    licheng = client("registry:read", "registry:write", at=LICHENG)
    elsewhere = await upload(licheng, a_candidate(0), kind=EXAMS)
    assert errors(elsewhere) == [(2, "证件号码", "ask_city")]
    better = a_candidate(3, 实务="88", 是否合格="否")
    again = await upload(
        licheng, a_candidate(1, 姓名="另一人"), a_candidate(2), better, kind=EXAMS, skip_conflicts=True
    )
    assert [again.job[what] for what in ("conflict", "new", "changed")] == [1, 1, 1]
    [row] = await rows(licheng, again, "changed")
    assert [(c["column"], c["before"], c["after"]) for c in row["changes"]] == [
        ("实务", "60", "88"), ("是否合格", None, "否"),
    ]  # fmt: skip
    assert (await results(licheng, verdict="failed")).keys() == {"演示考生3 2025"}


async def test_cert_07_a_further_certificate_is_added_completed_and_the_highest_decides(client, city):
    await upload(city, a_worker(0), a_worker(1))
    licheng = client("registry:read", "registry:write", at=LICHENG)
    first, other = (await licheng.get("/people", params={"on": "2026-01-01"})).json()["items"]
    path = f"/people/{first['id']}/certificates"
    order = {"level": "senior", "management_number": " yscert2025000001 ", "approved_on": "2026-06-30"}
    [held] = (await city.get("/certificates", params={"person_id": other["id"]})).json()["items"]

    refused = [
        (await licheng.post(path, json=order | over)).json()["code"]
        for over in (
            {"level": "social_worker"}, {"management_number": held["management_number"]}, {"approved_on": "2099-01-01"},
            {"issued_on": "2026-06-29"}, {"exam_year": 2027}, {"checked_by": "manual"},
        )
    ]  # fmt: skip
    assert refused == [
        "held_already", "number_taken", "in_future", "issued_before_approved", "approved_before_exam",
        "checked_in_part",
    ]  # fmt: skip
    assert (await client("registry:write", at=LIXIA).post(path, json=order)).status_code == 404

    added = (await licheng.post(path, json=order)).raise_for_status()
    certificate = added.json()
    assert (certificate["management_number"], certificate["senior_ground"]) == ("YSCERT2025000001", "cannot_decide")
    levels = [
        (await city.get(f"/people/{first['id']}", params={"on": on})).json()["level"]
        for on in ("2026-06-29", "2026-06-30")
    ]
    assert levels == ["social_worker", "senior"]
    subject = next(s for s in await feed(client(), "subjects") if s["subject"] == f"person:{first['id']}")
    assert [(f["metric"], f["start"], f.get("end")) for f in subject["facts"] if "certified_s" in f["metric"]] == [
        ("certified_seniors", "2026-06-30", None), ("certified_social_workers", "2023-08-15", "2026-06-30"),
    ]  # fmt: skip

    at, tag = f"/certificates/{certificate['id']}", {"if-match": added.headers["etag"]}
    check = {"checked_by": "exam_authority", "checked": "confirmed", "checked_on": "2026-07-01"}
    done = await licheng.patch(at, json=check | {"issuing_province": "山东省", "exam_year": 2025}, headers=tag)
    assert (done.status_code, done.json()["checked"], done.json()["version"]) == (200, "confirmed", 2)
    assert (await licheng.patch(at, json=check, headers=tag)).status_code == 412
    assert (await licheng.patch(at, json={"level": "assistant"}, headers=tag)).json()["code"] == "invalid"
    events = [e["body"] for e in await feed(client(), "events") if e["subject"] == f"certificate:{certificate['id']}"]
    assert [e.get("fields") for e in events] == [
        None, ["checked", "checked_by", "checked_on", "exam_year", "issuing_province"],
    ]  # fmt: skip


async def test_cert_04_a_pass_is_recorded_told_of_before_it_ends_reviewed_and_lies_behind_the_certificate(client, city):
    await upload(city, a_worker(0, 证书级别=LEVELS[2], 批准日期="2026-02-01", 登记日期="", 登记有效期止=""))
    [person] = (await city.get("/people")).json()["items"]
    path, order = f"/people/{person['id']}/exam-passes", {"exam_year": 2024, "passed_on": "2024-03-01"}

    made = (await city.post(path, json=order)).raise_for_status().json()
    assert (made["valid_until"], made["may"]) == ("2027-03-01", ["review"])
    assert (await city.post(path, json=order)).json()["code"] == "recorded_already"
    assert (await client("registry:write", at=LIXIA).post(path, json=order | {"exam_year": 2025})).status_code == 404

    async def listed(state: str, on: str) -> list[str]:
        answer = await city.get("/exam-passes", params={"state": state, "on": on})
        return [p["id"] for p in answer.raise_for_status().json()["items"]]

    assert await listed("valid", "2026-08-31") == await listed("ending", "2026-09-01") == [made["id"]]
    assert await listed("ended", "2027-03-01") == [made["id"]]
    assert await listed("ending", "2026-08-31") == await listed("ended", "2027-02-28") == []

    review = f"/exam-passes/{made['id']}/review"
    failed = await city.post(review, json={"result": "failed", "reviewed_on": "2025-01-10"})
    assert (failed.status_code, failed.json()["may"]) == (200, ["review"])
    passed = {"result": "passed", "reviewed_on": "2026-01-10", "publicized_on": "2026-01-20"}
    assert (await city.post(review, json=passed)).json()["state"] == "used"
    assert (await city.post(review, json=passed)).json()["code"] == "reviewed_already"
    assert await listed("used", "2026-12-01") == [made["id"]]
    [certificate] = (await city.get("/certificates", params={"person_id": person["id"]})).json()["items"]
    assert certificate["senior_ground"] == "covered"


async def test_candidates_lie_sealed_move_with_the_keys_and_are_forgotten_in_time_or_with_whoever_is_erased(
    registry, app, city
):
    """The figures stay. Nobody is forgotten before three years after the end of the exam's year."""
    await upload(city, a_candidate(0, 考试年度="2022"), a_candidate(1, 考试年度="2023"), a_candidate(2), kind=EXAMS)
    await upload(city, a_worker(2))
    async with registry.hot() as db:
        sealed = await db.fetch(SEALED)
    assert not any(an_id_number(n) in f"{r['id_number']}{r['row']}" for n in range(3) for r in sealed)
    for ring in ("data", "index"):
        candidates = next(p for p in PASSES[ring] if p.name.startswith("exam_result"))
        assert await candidates.run(app.state.database, app.state.vault) == 0

    async with everybody(app.state.database) as tx, everywhere(tx, "a test"):
        assert await forget_candidates(tx, datetime(2025, 12, 31, 12, tzinfo=UTC)) == 0
        assert await forget_candidates(tx, datetime(2026, 1, 1, 12, tzinfo=UTC)) == 1
    [person] = (await city.get("/people")).json()["items"]
    async with everybody(app.state.database) as tx:
        assert await erase_person_key(tx, person["id"])

    found = await results(city)
    assert [(name, r["id_number"]) for name, r in sorted(found.items()) if "**" in name] == [
        ("演** 2022", "***"), ("演** 2025", "***"),
    ]  # fmt: skip
    assert found["演示考生1 2023"]["id_number"].endswith(an_id_number(1)[-4:])
    assert [r[4:7] for r in await rates(city)] == [(1, 1, 1)] * 3
    async with registry.hot() as db:
        kept = await db.fetch("select row from exam_result_history where row ->> 'exam_year' in ('2022', '2025')")
    assert all("演示考生" not in r["row"] for r in kept)
