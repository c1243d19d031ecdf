"""An import as its owner lives through it: watched, corrected, confirmed, taken back; and nobody else's business."""

import asyncio
import io

import pytest
import python_calamine
from sqlalchemy import text

from services.contracts.imports import WORKING
from services.kernel import jobs as queue
from services.kernel.db import run
from services.registry.imports import upkeep
from services.registry.imports.confirming import CHANGED
from services.registry.imports.jobs import QUEUE
from tests.registry.factories import STREET, a_point_line, a_roster, a_worker, an_id_number, workers
from tests.registry.test_api import listed
from tests.registry.test_imports import counts, feed, people, points, rows, size, upload
from tests.registry.test_publishing import compare
from tests.rosters import asked, imported, sent, settled

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
TABLES = ("person", "certificate", "registration", "assignment", "organization", "service_point")
CONFIRM = {"skip_conflicts": False}


async def ready(client, *lines: dict, **how) -> dict:
    answer = await sent(client, a_roster(lines), **how)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/imports/{answer.json()['id']}"
    return await settled(client, answer.json()["id"])


async def everything(registry) -> list[str]:
    """All rows of the register but their versions, and what they say."""
    said = [f"select (to_jsonb(t) - 'version')::text as row from {table} t" for table in TABLES]
    said.append("select jsonb_build_array(subject, facts, record)::text as row from subject where record is not null")
    async with registry.hot() as db:
        return sorted([r["row"] for s in said for r in await db.fetch(s)])


# ── seen ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_an_import_of_somebody_else_is_not_there(city, client):
    job = await ready(city, a_worker(0))
    other = client("registry:read", "registry:write", id="account:other")

    assert (await other.get("/imports")).json()["items"] == []
    for path in ("", "/rows", "/errors.xlsx"):
        assert (await other.get(f"/imports/{job['id']}{path}")).status_code == 404
    for what in ("confirm", "cancel", "undo"):
        assert (await other.post(f"/imports/{job['id']}/{what}", json=CONFIRM)).status_code == 404
    assert (await city.get("/imports/0198c0de-0000-7000-8000-000000000001")).status_code == 404
    assert (await client("registry:read").get("/imports")).status_code == 403


async def test_what_is_ready_has_written_nothing_and_shows_what_it_would(registry, city):
    await upload(city, a_worker(0), a_worker(1))
    before = await everything(registry)
    changes = {
        "手机": "13900009999",
        "工作单位名称": "另一单位",
        "登记日期": "2027-05-01",
        "登记有效期止": "2030-04-30",
    }

    job = await ready(city, a_worker(0, **changes), a_worker(1), a_worker(2))

    assert await everything(registry) == before
    assert [job[n] for n in ("state", "new", "changed", "unchanged", "may")] == [
        "ready", 1, 1, 1, ["confirm", "cancel"]
    ]  # fmt: skip
    found = (await city.get(f"/imports/{job['id']}/rows")).json()["items"]
    assert [(r["number"], r["outcome"]) for r in found] == [(2, "changed"), (3, "unchanged"), (4, "new")]
    assert found[0]["label"] == f"演示0 {an_id_number(0)[:4]}**********{an_id_number(0)[-4:]}"
    assert [(c["column"], c["before"], c["after"]) for c in found[0]["changes"]] == [
        ("手机", "139****0000", "139****9999"),
        ("工作单位名称", "演示社会工作服务中心", "另一单位（新登记的机构）"),
        ("登记有效期止", None, "2027-05-01 至 2030-04-30"),
    ]
    assert "13900009999" not in str(found)


async def test_rows_are_read_by_outcome_and_page_by_page(city):
    lines = [a_worker(n, 学历="私塾" if n == 3 else "本科") for n in range(5)]
    job = await ready(city, *lines, a_worker(9, 姓名=""))

    path = f"/imports/{job['id']}/rows"
    first = (await city.get(path, params={"limit": 4})).json()
    rest = (await city.get(path, params={"limit": 4, "cursor": first["next"]})).json()
    assert [r["number"] for r in first["items"] + rest["items"]] == [2, 3, 4, 5, 6, 7]
    [warned] = (await city.get(path, params={"outcome": "warning"})).json()["items"]
    assert (warned["number"], warned["outcome"], warned["findings"][0]["code"]) == (5, "new", "unusual_education")
    [wrong] = (await city.get(path, params={"outcome": "error"})).json()["items"]
    assert wrong["findings"] == [
        {"severity": "error", "column": "姓名", "field": "name", "code": "missing", "value": None,
         "reason": "没有填写", "remedy": "请填写姓名。"}
    ]  # fmt: skip
    assert (job["errors"], job["warnings"], job["new"]) == (1, 1, 5)
    assert (await city.get(path, params={"cursor": "x"})).status_code == 422
    assert (await city.get(path, params={"outcome": "x"})).status_code == 422


async def test_progress_is_seen_and_polling_is_cheap(city):
    id = (await sent(city, a_roster(workers(3500)))).json()["id"]
    seen, tag = [], ""
    for _ in range(2000):
        answer = await city.get(f"/imports/{id}", headers={"if-none-match": tag})
        if answer.status_code == 200:
            tag = answer.headers["etag"]
            seen.append((answer.json()["state"], answer.json()["rows_done"]))
            if seen[-1][0] not in WORKING:
                break
        await asyncio.sleep(0.01)

    assert seen[-1] == ("invalid", 3500)  # most of their places are not in this corner
    assert seen == sorted(seen, key=lambda s: (["queued", "reading", "checking", "invalid"].index(s[0]), s[1]))
    assert len({done for state, done in seen if state == "checking"}) >= 2
    assert (await city.get(f"/imports/{id}", headers={"if-none-match": tag})).status_code == 304


# ── corrected ────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_wrong_rows_are_taken_out_corrected_and_uploaded_again(registry, city):
    lines = [a_worker(0), a_worker(1, 批准日期="昨天", 姓名="=1+1"), a_worker(2, 证件号码="999")]
    headers = list(reversed(lines[0]))  # in another order than the template's
    job = (await imported(city, a_roster(lines, headers=headers))).job

    answer = await city.get(f"/imports/{job['id']}/errors.xlsx")

    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    _, titles, *wrong = sheet
    assert [t.rstrip("*") for t in titles] == [*a_worker(0), "错误说明", "原行号"]
    assert [(r[0], r[-1]) for r in wrong] == [("=1+1", 3.0), ("演示2", 4.0)]
    assert wrong[0][-2] == "批准日期：不是日期，或没有这一天。请写成 2026-01-31 的样子。"
    corrected = [dict(zip([t.rstrip("*") for t in titles], r, strict=True)) for r in wrong]
    corrected[0] |= {"批准日期": "2023-08-15"}
    corrected[1] |= {"证件号码": an_id_number(2)}
    assert counts(await upload(city, *corrected)) == (2, 2, 0, 0)
    assert {p["name"] for p in await people(city)} == {"=1+1", "演示2"}
    right = await ready(city, a_worker(0))
    assert (await city.get(f"/imports/{right['id']}/errors.xlsx")).json()["code"] == "no_wrong_rows"


async def test_a_conflict_stands_in_errors_xlsx_too(city):
    await upload(city, a_worker(0))
    job = await ready(city, a_worker(0, 姓名="别人"))

    [row] = (await city.get(f"/imports/{job['id']}/rows", params={"outcome": "conflict"})).json()["items"]
    assert (row["findings"][0]["severity"], row["findings"][0]["code"]) == ("conflict", "other_name")
    assert (await city.get(f"/imports/{job['id']}/errors.xlsx")).status_code == 200


async def test_a_date_that_lost_its_format_is_refused_with_its_cause(city):
    found = await upload(city, a_worker(0, 批准日期=45322))

    [finding] = found.wrong[0]["findings"]
    assert (finding["code"], finding["value"]) == ("date_as_number", "45322")
    assert "2024-01-31" in finding["reason"] + finding["remedy"]


async def test_a_header_that_is_wrong_refuses_the_file_and_names_the_columns(city):
    headers = [c for c in a_worker() if c not in ("管理号", "姓名")]
    job = (await imported(city, a_roster([a_worker(0)], headers=headers))).job

    assert (job["state"], job["refused"]["code"], job["may"]) == ("failed", "bad_header", [])
    assert [(f["column"], f["code"]) for f in job["refused"]["findings"]] == [
        ("姓名", "missing_column"), ("管理号", "missing_column")
    ]  # fmt: skip
    assert "缺少“姓名”列" in job["refused"]["detail"]


async def test_a_value_is_masked_where_it_is_personal(city):
    found = await upload(city, a_worker(0, 证件号码="999000197001010011", 手机="139000000001234567890"))

    text = str(found.wrong)
    assert "999000197001010011" not in text
    assert "139000000001234567890" not in text
    assert "9990**********0011" in text


# ── confirmed ────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_what_changed_after_the_check_is_not_written_but_shown_anew(registry, city):
    await upload(city, a_worker(0, 学历="本科"))
    stale = await ready(city, a_worker(0, 学历="大专"))
    await upload(city, a_worker(0, 学历="硕士研究生"))

    first = await asked(city, stale["id"], "confirm", body=CONFIRM)

    assert (first.answer.status_code, first.state, first.job["notes"]) == (202, "ready", [CHANGED])
    assert [p["education"] for p in await people(city)] == ["硕士研究生"]
    [row] = await rows(city, first)
    assert row["changes"] == [{"column": "学历", "before": "硕士研究生", "after": "大专"}]
    assert (await asked(city, stale["id"], "confirm", body=CONFIRM)).state == "done"
    assert [p["education"] for p in await people(city)] == ["大专"]


async def test_two_files_with_the_same_new_people_write_them_once(registry, city):
    first, second = [await ready(city, a_worker(0), a_worker(1)) for _ in range(2)]

    ended = await asyncio.gather(*(asked(city, j["id"], "confirm", body=CONFIRM) for j in (first, second)))

    assert sorted(e.state for e in ended) == ["done", "ready"]
    assert await size(registry, "person") == await size(registry, "certificate") == 2
    assert await compare(registry) == 2


async def test_what_may_be_done_depends_on_the_state(city):
    job = await ready(city, a_worker(0))
    invalid = (await upload(city, a_worker(1, 姓名=""))).job
    cancelled = await asked(city, job["id"], "cancel")

    assert (cancelled.answer.status_code, cancelled.state, cancelled.job["may"]) == (200, "cancelled", [])
    for id, what, code in [
        (job["id"], "confirm", "not_ready"),
        (job["id"], "cancel", "not_cancellable"),
        (job["id"], "undo", "not_undoable"),
        (invalid["id"], "confirm", "not_ready"),
    ]:
        answer = await city.post(f"/imports/{id}/{what}", json=CONFIRM)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert invalid["may"] == ["cancel"]
    assert await people(city) == []


async def test_a_confirmation_twice_has_one_effect(registry, city):
    job = await ready(city, a_worker(0))

    answers = await asyncio.gather(
        *(asked(city, job["id"], "confirm", body=CONFIRM, key="confirm-once") for _ in range(3)),
        *(asked(city, job["id"], "confirm", body=CONFIRM) for _ in range(3)),
    )

    assert {a.answer.status_code for a in answers} <= {202, 409}
    assert {a.state for a in answers} == {"done"}
    assert await size(registry, "person") == 1


async def test_the_rights_of_whoever_confirms_count_as_they_are_then(city, client):
    job = await ready(city, a_worker(0))
    demoted = client("registry:read", "registry:write", at="370102000000")

    found = await asked(demoted, job["id"], "confirm", body=CONFIRM)

    assert (found.state, found.job["notes"]) == ("invalid", [CHANGED])
    assert await people(city) == []


# ── taken back ───────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_undo_leaves_the_register_as_it_was_and_says_so(registry, client, city):
    await points(city, a_point_line(0), a_point_line(1, 运营机构名称="演示甲机构"))
    await upload(city, a_worker(0), a_worker(1, 服务站点编号="YS-00000", 到岗日期="2024-06-01", 工作单位名称="老单位"))
    before = await everything(registry)
    later = [
        a_worker(0, 手机="13900009999", 学历="大专", 服务站点编号="YS-00001", 到岗日期="2024-06-01"),
        a_worker(1, 服务站点编号="YS-00000", 到岗日期="2023-06-01", 工作单位名称="新单位", 批准日期="2022-08-15"),
        a_worker(2, 登记日期="2024-05-01", 登记有效期止="2027-04-30", 服务站点编号="YS-00000", 到岗日期="2024-07-01"),
    ]
    found = await upload(city, *later)
    assert counts(found) == (3, 1, 2, 0)
    assert found.job["may"] == ["undo"]
    [newest] = [p["id"] for p in await people(city) if p["name"] == "演示2"]

    undone = await asked(city, found.id, "undo")

    assert (undone.answer.status_code, undone.state, undone.job["may"]) == (202, "undone", [])
    assert await everything(registry) == before
    assert await compare(registry) == 4
    gone = {s["subject"]: s for s in await feed(client(), "subjects")}[f"person:{newest}"]
    assert (gone["facts"], gone["record"]) == ([], None)
    events = [e for e in await feed(client(), "events") if e["body"].get("batch_id") == found.id]
    kinds = [(e["kind"], e["subject"].partition(":")[0]) for e in events]
    assert kinds.count(("Removed", "person")) == 1
    assert kinds.count(("Restored", "person")) == 2
    assert ("Removed", "organization") in kinds
    again = await city.post(f"/imports/{found.id}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "not_undoable")
    assert counts(await upload(city, *later)) == (3, 1, 2, 0)


async def test_undo_of_points_opens_them_again(registry, city):
    await points(city, a_point_line(0))
    await upload(city, a_worker(0, 服务站点编号="YS-00000", 到岗日期="2024-06-01"))
    before = await everything(registry)
    found = await points(
        city, a_point_line(0, 撤站日期="2025-12-31", 运营机构名称="新机构", 电话="0531-11111111"), a_point_line(1)
    )
    assert counts(found) == (2, 1, 1, 0)

    assert (await asked(city, found.id, "undo")).state == "undone"
    assert await everything(registry) == before
    assert await compare(registry) == 2


async def test_undo_is_refused_with_the_rows_that_were_changed_since(registry, city):
    found = await points(city, *(a_point_line(n) for n in range(3)))
    station = next(s for s in await listed(city, "/service-points") if s["number"] == "YS-00001")
    changed = await city.patch(
        f"/service-points/{station['id']}", json={"manager": "演示乙"}, headers={"if-match": '"1"'}
    )
    assert changed.status_code == 200
    before = await everything(registry)

    refused = await city.post(f"/imports/{found.id}/undo")

    assert (refused.status_code, refused.json()["code"], refused.json()["params"]) == (
        409,
        "changed_since",
        {"total": 1},
    )
    assert [(e["row"], e["field"]) for e in refused.json()["errors"]] == [(3, "YS-00001 演示社工站1")]
    assert [r["number"] for r in await rows(city, found, "changed_since")] == [3]
    assert await everything(registry) == before
    assert (await settled(city, found.id))["state"] == "done"


@pytest.mark.parametrize("what", ["a later import", "an assignment by hand", "a colleague"])
async def test_undo_is_refused_when_something_else_refers_to_what_was_made(city, what: str):
    await points(city, a_point_line(0))
    found = await upload(city, a_worker(0), a_worker(1, 工作单位名称="另一单位"))
    if what == "a later import":
        await upload(city, a_worker(0, 学历="大专"))
    elif what == "a colleague":
        await upload(city, a_worker(5))
    else:
        [person] = [p["id"] for p in await people(city) if p["name"] == "演示0"]
        [station] = await listed(city, "/service-points")
        order = {"person_id": person, "service_point_id": station["id"], "started_on": "2024-06-01"}
        assert (await city.post("/assignments", json=order)).status_code == 201

    refused = await city.post(f"/imports/{found.id}/undo")

    assert (refused.status_code, refused.json()["code"]) == (409, "changed_since")
    named = [(e["row"], e["field"].partition(" ")[0]) for e in refused.json()["errors"]]
    assert named == ([(None, "演示社会工作服务中心")] if what == "a colleague" else [(2, "演示0")])


async def test_undo_is_over_after_a_day(registry, city):
    found = await upload(city, a_worker(0))
    async with registry.writing.begin() as tx:
        await run(tx, text("update import_job set undo_until = now() - interval '1 second'"), {})

    refused = await city.post(f"/imports/{found.id}/undo")

    assert (refused.status_code, refused.json()["code"]) == (409, "undo_too_late")
    assert (await settled(city, found.id))["may"] == []


async def test_an_undo_overtaken_by_a_change_undoes_nothing(registry, city):
    """The change came after the answer and before the work."""
    found = await upload(city, a_worker(0))
    [person] = await people(city)
    held = text("select id from organization for update")
    async with registry.writing.begin() as tx:
        await run(tx, held, {})
        undoing = asyncio.create_task(asked(city, found.id, "undo"))
        await asyncio.sleep(0.5)
        change = text("update person set education = '大专', version = version + 1")
        await run(tx, change, {})
    ended = await undoing

    assert (ended.answer.status_code, ended.state) == (202, "done")
    assert "撤销没有进行" in ended.job["notes"][-1]
    assert [p["id"] for p in await people(city)] == [person["id"]]


# ── kept ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_after_a_week_rows_and_files_are_gone_and_the_line_stays(registry, city):
    found, waiting = await upload(city, a_worker(0)), await ready(city, a_worker(1))
    async with registry.writing.begin() as tx:
        await run(tx, text("update import_job set created_at = now() - interval '8 days'"), {})
        await upkeep.erase(tx)

    assert await size(registry, "import_row") == await size(registry, "import_content") == 0
    jobs = {j["id"]: j for j in (await city.get("/imports")).json()["items"]}
    assert jobs[found.id]["state"] == "done"
    assert jobs[waiting["id"]]["state"] == "cancelled"
    assert (await rows(city, found)) == []


async def test_jobs_are_listed_newest_first_page_by_page(city):
    made = [(await ready(city, a_worker(n), name=f"第{n}份.xlsx"))["id"] for n in range(3)]

    first = (await city.get("/imports", params={"limit": 2})).json()
    rest = (await city.get("/imports", params={"limit": 2, "cursor": first["next"]})).json()

    assert [j["id"] for j in first["items"] + rest["items"]] == made[::-1]
    assert first["items"][0]["file_name"] == "第2份.xlsx"


async def test_an_entry_that_was_lost_is_made_again(registry, city):
    job = await ready(city, a_worker(0))
    async with registry.hot() as db:  # the worker strikes its entry off after the commit
        while await db.fetchval("select count(*) from pgqueuer"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    async with registry.writing.begin() as tx:
        await run(tx, text("update import_job set state = 'confirming'"), {})
        await queue.resume(tx, QUEUE, [job["id"]])
        await queue.resume(tx, QUEUE, [job["id"]])
        assert (await run(tx, text("select count(*) from pgqueuer where status = 'queued'"), {})).scalar_one() == 1
    assert (await settled(city, job["id"]))["state"] == "done"
    assert {p["division"] for p in await people(city)} == {STREET}
