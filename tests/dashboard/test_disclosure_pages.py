"""Exports of personal data on pages: what is asked for, what waits for whom, and a file that is fetched once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from services.contracts.disclosure import DISCLOSURE_STATE_NAMES, DisclosureOut, DisclosureState
from services.kernel.clock import now
from services.kernel.paging import Page
from services.registry.disclosure_examples import DISCLOSURE
from tests.dashboard.scripted import Script, a_division, an_official, browser, refused, sent, text_of
from tests.dashboard.test_forms import filled
from tests.dashboard.test_pages import check
from tests.keys import JINAN, LICHENG

pytestmark = pytest.mark.anyio
API, ID = "/registry/disclosures", UUID(int=5)
PAGE = f"/disclosures/{ID}"
EXPORTER, REVIEWER = ("registry:read", "registry:export"), ("registry:read", "registry:review")
ASKED = {
    "purpose": "statutory_report", "reason": "上报高级社会工作师名单", "columns.name": "true",
    "columns.id_number": "true", "filter.level": "senior", "filter.registered": "true", "division": LICHENG,
}  # fmt: skip


def a_disclosure(**over: object) -> DisclosureOut:
    return DisclosureOut.model_validate({**DISCLOSURE, "id": ID, "division": LICHENG, **over})


def script(permissions=EXPORTER, shown: DisclosureOut | None = None, **answers) -> Script:
    known = shown or a_disclosure()
    me = an_official(permissions={p: [JINAN] for p in permissions})
    items = Page[DisclosureOut](items=[known], next="more")
    city = a_division(code=JINAN, name="济南市", tier="city", parent=None)
    places = {f"/registry/divisions/{JINAN}": city}
    return Script(**{"/auth/me": me, API: items, f"{API}/{ID}": known, **places, **answers})


def links(response: httpx.Response) -> set[str]:
    return {a.get("href") or "" for a in check(response).all("a")}


async def test_the_reviewer_sees_first_what_waits_for_her_and_how_long_it_has():
    waits = a_disclosure(may=["approve", "refuse"], requested_at=now() - timedelta(days=3, hours=1))

    page = await browser(script(REVIEWER, waits)).get("/disclosures")

    text = text_of(page.text)
    assert "待我审批" in text
    assert "已等待 3 天" in text
    assert {PAGE, "/disclosures", "/disclosures?cursor=more"} <= links(page)
    assert "/disclosures/new" not in links(page)


async def test_the_menu_leads_only_whoever_may():
    for permissions, offered in ((EXPORTER, True), (REVIEWER, True), (("registry:read",), False)):
        page = await browser(script(permissions)).get("/disclosures")
        assert ('href="/disclosures"' in page.text.partition("<main")[0]) is offered
    nothing = await browser(script(**{API: Page[DisclosureOut](items=[], next=None)})).get("/disclosures")
    assert "还没有导出申请" in text_of(nothing.text)
    assert "/disclosures/new" in links(nothing)


async def test_an_export_is_asked_for_with_purpose_people_and_fields():
    asked = script()
    client = browser(asked)
    form = await client.get("/disclosures/new")
    assert "只能下载一次" in text_of(check(form) and form.text)
    asked.answers[API] = a_disclosure()

    sent_on = await client.post("/disclosures/new", data={**await filled(client, "/disclosures/new"), **ASKED})

    assert sent_on.headers["location"] == f"{PAGE}?done=new"
    assert sent(asked.last(API)) == {
        "division": LICHENG, "purpose": "statutory_report", "reason": "上报高级社会工作师名单",
        "columns": ["name", "id_number"], "filter": {"level": "senior", "registered": True},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("over", "answer", "status", "said"),
    [({"reason": ""}, None, 422, "请填写此项"),
     ({"columns.name": "", "columns.id_number": ""}, None, 422, "请填写此项"),
     ({}, refused(409, "按这些条件没有找到人员。", "nobody"), 409, "按这些条件没有找到人员"),
     ({}, refused(503, "没有应答。"), 503, "没有应答")],
)  # fmt: skip
async def test_what_is_wrong_with_it_is_said_and_what_was_typed_stays(over, answer, status, said):
    asked = script()
    client = browser(asked)
    data = {**await filled(client, "/disclosures/new"), **ASKED, **over}
    asked.answers[API] = answer or a_disclosure()

    page = await client.post("/disclosures/new", data=data)

    check(page)
    assert page.status_code == status
    assert said in text_of(page.text)
    assert 'value="senior" selected' in page.text


@pytest.mark.parametrize("state", DisclosureState)
async def test_every_state_says_what_comes_next(state):
    shown = a_disclosure(
        state=state, requested_by="account:1", expires_at=datetime(2026, 11, 24, 4, tzinfo=UTC), failure="人数增加了。",
        fetched_at=datetime(2026, 11, 24, 4, tzinfo=UTC), refusal="用途不明", decided_by="account:2",
        decided_at=datetime(2026, 11, 24, 4, tzinfo=UTC), may=["fetch"] if state is DisclosureState.READY else [],
    )  # fmt: skip

    page = await browser(script(shown=shown)).get(PAGE)

    text = text_of(page.text)
    assert DISCLOSURE_STATE_NAMES[state] in text
    assert (f"{PAGE}/fetch" in links(page)) is (state is DisclosureState.READY)
    expected = {"ready": "只能下载一次", "making": "正在生成", "requested": "等待他人审批", "fetched": "不能再次下载",
                "expired": "文件已经删除", "failed": "人数增加了", "refused": "用途不明",
                "withdrawn": "已撤回"}  # fmt: skip
    assert expected[state.value] in text


async def test_whoever_decides_sees_all_that_it_is_about_and_a_refusal_has_a_reason():
    asked = script(REVIEWER, a_disclosure(may=["approve", "refuse"]))
    client = browser(asked)
    text = text_of((await client.get(f"{PAGE}/approve")).text)
    for said in ("演示导出", "依法报送", "上报高级社会工作师名单", "证件号码（明文）", "12 人", "登记有效"):
        assert said in text
    bare = await client.post(f"{PAGE}/refuse", data=await filled(client, f"{PAGE}/refuse"))
    asked.answers[f"{API}/{ID}/approve"] = refused(403, "请重新验证身份。", "step_up_required")
    led = await client.post(f"{PAGE}/approve", data=await filled(client, f"{PAGE}/approve"))

    assert bare.status_code == 422
    assert led.headers["location"] == f"/confirm?next=%2Fdisclosures%2F{ID}%2Fapprove"


async def test_a_file_is_fetched_by_a_form_kept_nowhere_and_a_second_time_refused():
    asked = script(shown=a_disclosure(state="ready", may=["fetch"]))
    client = browser(asked)
    form = await client.get(f"{PAGE}/fetch")
    assert "水印" in text_of(check(form) and form.text)
    name = "attachment; filename=disclosure-17.xlsx"
    asked.answers[f"{API}/{ID}/fetch"] = httpx.Response(200, content=b"PK", headers={"content-disposition": name})

    file = await client.post(f"{PAGE}/fetch", data=await filled(client, f"{PAGE}/fetch"))
    asked.answers[f"{API}/{ID}/fetch"] = refused(410, "文件已经下载过，不能再次下载。", "already_fetched")
    again = await client.post(f"{PAGE}/fetch", data=await filled(client, f"{PAGE}/fetch"))

    assert (file.content, file.headers["content-disposition"], file.headers["cache-control"]) == (
        b"PK",
        name,
        "no-store",
    )
    assert asked.last(f"{API}/{ID}/fetch").method == "POST"
    assert again.status_code == 410
    assert "不能再次下载" in text_of(check(again) and again.text)
