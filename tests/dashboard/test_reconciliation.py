"""与全国系统核对 on pages: the figures add up on the screen, a first use is explained, decisions are forms."""

import json
import re
from uuid import UUID

import httpx
import pytest
from pydantic import BaseModel

from services.contracts.reconciliation import CaseOut, CaseVersion, FiguresOut, HeadingsOut, MappingOut, SnapshotOut
from services.kernel.paging import Page
from services.registry.reconciliation import examples as e
from tests.dashboard.scripted import JOB_ID, Script, a_division, an_import, an_official, browser, refused, text_of
from tests.dashboard.test_forms import filled
from tests.dashboard.test_pages import check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
ID = UUID(int=7)
API = "/registry/reconciliation"
CASE, HEADINGS = f"{API}/cases/{ID}", f"/registry/imports/{JOB_ID}/headings"
EVERYTHING = ("registry:read", "registry:write", "registry:review", "coverage:read")


def a_case(**over: object) -> CaseOut:
    return CaseOut.model_validate({**e.CASE, "id": ID, **over})


def figures(**over: object) -> FiguresOut:
    shown = {"by_state": [e.CELL], "by_level": [e.CELL], "by_division": [e.CELL]}
    return FiguresOut.model_validate({**e.FIGURES, **shown, **over})


def script(case: CaseOut | None = None, permissions=EVERYTHING, **answers) -> Script:
    shown = case or a_case()
    snapshot = SnapshotOut.model_validate({**e.SNAPSHOT, "id": JOB_ID})
    asked = HeadingsOut.model_validate({**e.HEADINGS, "job": an_import(kind="national-statuses")})
    return Script(**{
        "/auth/me": an_official(permissions={p: [JINAN] for p in permissions}),
        f"/registry/divisions/{JINAN}": a_division(code=JINAN, name="济南市", tier="city", parent=None),
        f"{API}/figures": figures(), f"{API}/exports": Page[SnapshotOut](items=[snapshot], next=None),
        f"{API}/mappings": Page[MappingOut](items=[MappingOut.model_validate(e.MAPPING)], next=None),
        f"{API}/cases": Page[CaseOut](items=[shown], next=None), CASE: shown, HEADINGS: asked,
        f"{CASE}/history": Page[CaseVersion](items=[CaseVersion.model_validate(e.CASE_VERSION)], next=None),
        f"{API}/exports/{JOB_ID}/compare": snapshot, **answers,
    })  # fmt: skip


async def test_figures_stand_side_by_side_with_reasons_that_add_up_and_say_what_was_not_compared():
    page = await browser(script(**{f"{API}/figures": figures(not_compared=["level"])})).get("/reconciliation")

    text = text_of(check(page) and page.text)
    row = re.search(r"登记有效数（有效登记的证书） (\S+) (\S+) (\S+) (.*?) 按登记状态", text)
    assert row, text
    assert [row[n].replace(",", "").replace("−", "-") for n in (1, 2, 3)] == ["12400", "12402", "-2"]
    assert "全国系统已登记，本系统没有 -3；" in row[4].replace("−", "-")
    assert "导出中没有以下内容，没有比对：证书级别" in text
    assert "重新比对" in text


async def test_a_first_use_says_which_export_to_fetch_and_who_does_it():
    nothing = {f"{API}/figures": figures(exports=[], exported_on=None, compared_at=None),
               f"{API}/exports": Page[SnapshotOut](items=[], next=None)}  # fmt: skip

    page = await browser(script(**nothing)).get("/reconciliation")
    reader = await browser(script(None, ("registry:read",), **nothing)).get("/reconciliation")

    assert "第一次核对怎样做" in text_of(page.text)
    assert "有效期止" in text_of(page.text)
    assert {a.get("href") for a in check(page).all("a")} >= {"/reconciliation/new"}
    assert "/reconciliation/new" not in {a.get("href") for a in check(reader).all("a")}


async def test_an_export_is_uploaded_with_its_area_and_day_and_unknown_columns_lead_to_the_form():
    refusal = {"code": "unmapped_headings", "detail": "不认识的列：当前环节。请先对应列名。"}
    failed = an_import(kind="national-statuses", state="failed", rows_total=None, refused=refusal)
    asked = script(**{f"/registry/imports/{JOB_ID}": failed, "/auth/me": an_official()})
    client = browser(asked)
    given = await filled(client, "/reconciliation/new")

    none = await client.post("/reconciliation/new", data=given)
    asked.answers[f"{API}/exports"] = an_import()
    typed = {**given, "division": JINAN, "exported_on": "2026-11-20"}
    sent = await client.post("/reconciliation/new", data=typed, files={"file": ("导出.csv", b"x", "text/csv")})

    assert none.status_code == 422
    assert "请选择区划，和从全国系统导出的文件" in text_of(none.text)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/imports/{JOB_ID}")
    body = asked.last(f"{API}/exports").content
    assert JINAN.encode() in body
    assert b"2026-11-20" in body
    job = await client.get(f"/imports/{JOB_ID}")
    assert f"/reconciliation/exports/{JOB_ID}/headings" in {a.get("href") for a in check(job).all("a")}
    moved = await client.get("/imports/new?kind=national-statuses")
    assert moved.headers["location"] == "/reconciliation/new"


async def test_every_column_is_said_to_be_something_or_left_out():
    asked = script()
    client = browser(asked)
    given = await filled(client, f"/reconciliation/exports/{JOB_ID}/headings")
    offered = check(await client.get(f"/reconciliation/exports/{JOB_ID}/headings"))
    assert [o["value"] for o in offered.all("option") if "selected" in o] == ["management_number"]
    given = {**given, "column.0": "management_number", "column.1": ""}
    shown = script().answers[HEADINGS]

    def told(request):
        if request.method == "POST":
            return refused(422, "还没有对应的列：当前环节。", "heading_unsaid")
        return shown_response(shown)

    asked.answers[HEADINGS] = told
    wrong = await client.post(f"/reconciliation/exports/{JOB_ID}/headings", data={**given, "name": "新版"})
    assert wrong.status_code == 422
    assert "还没有对应的列：当前环节" in text_of(wrong.text)
    assert 'value="新版"' in wrong.text

    asked.answers[HEADINGS] = lambda r: shown_response(an_import() if r.method == "POST" else shown)
    taken = await client.post(
        f"/reconciliation/exports/{JOB_ID}/headings", data={**given, "column.1": "-", "name": "新版"}
    )
    assert taken.headers["location"] == f"/imports/{JOB_ID}"
    sent = asked.last(HEADINGS).content
    assert b'"field": null' in sent


def shown_response(model: BaseModel) -> httpx.Response:
    return httpx.Response(200, text=model.model_dump_json(), headers={"content-type": "application/json"})


async def test_both_sides_of_a_difference_stand_beside_each_other_and_a_revocation_is_only_proposed():
    void = a_case(
        kind="void_there", proposal="建议撤销登记（REG-18）。系统不会自动撤销。", next_step="void_certificate"
    )
    page = await browser(script(void)).get(f"/reconciliation/cases/{ID}")

    text = text_of(check(page) and page.text)
    assert "登记状态 未登记 已出证 不同或不明" in text
    assert "系统不会自动撤销" in text
    assert f"/certificates/{void.certificate_id}" in {a.get("href") for a in check(page).all("a")}
    assert {f"/reconciliation/cases/{ID}/{v}" for v in ("ours", "national", "postpone")} <= {
        a.get("href") for a in check(page).all("a")
    }

    closed = a_case(state="closed", closed_at="2026-11-23T02:00:00Z", agreed_on="2026-11-22", may=[], ours=None)
    over = await browser(script(closed)).get(f"/reconciliation/cases/{ID}")
    assert "2026-11-22 的导出与本系统一致" in text_of(over.text)


@pytest.mark.parametrize(
    ("verb", "typed", "sent"),
    [
        ("ours", {}, {"reason": "已核对"}),
        ("national", {}, {"reason": "已核对"}),
        ("confirm", {}, {"reason": "已核对"}),
        ("postpone", {"until": "2027-01-15"}, {"reason": "已核对", "until": "2027-01-15"}),
    ],
)
async def test_a_decision_is_a_form_that_keeps_what_was_typed(verb, typed, sent):
    case = a_case(may=["ours", "national", "confirm", "postpone"])
    asked = script(case, **{f"{CASE}/{verb}": refused(409, "两边已经一致，无须处理。", "case_closed")})
    client, at = browser(asked), f"/reconciliation/cases/{ID}/{verb}"
    data = {**await filled(client, at), **typed, "reason": "已核对"}

    late = await client.post(at, data=data)
    asked.answers[f"{CASE}/{verb}"] = case
    taken = await client.post(at, data=data)

    assert late.status_code == 409
    assert "已核对" in late.text
    assert taken.headers["location"] == f"/reconciliation/cases/{ID}?done={verb}"
    assert json.loads(asked.last(f"{CASE}/{verb}").content) == sent
    assert (await client.post(at, data={**data, "reason": ""})).status_code == 422


async def test_the_queue_shows_what_is_not_agreed_on_and_says_when_there_is_nothing():
    asked = script()
    page = await browser(asked).get("/reconciliation/cases?kind=&state=&due=&older_than=30&division=")
    assert dict(asked.last(f"{API}/cases").url.params) == {"unfinished": "true", "older_than": "30", "limit": "50"}
    assert "全国系统已登记，本系统没有" in text_of(check(page) and page.text)

    asked.answers[f"{API}/cases"] = Page[CaseOut](items=[], next=None)
    empty = await browser(asked).get("/reconciliation/cases")
    assert "没有待处理的差异" in text_of(empty.text)
