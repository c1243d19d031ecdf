"""Requests of data subjects, notices, holds and terms of keeping on pages: deadlines in words, and who does what."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from services.contracts.disclosure import NoticeOut, NoticeSeenOut, RightsRequestOut, Seen
from services.contracts.registry import PersonOut
from services.contracts.retention import HoldOut, RetentionDue, RetentionOut
from services.kernel.clock import today
from services.kernel.paging import Page
from services.registry.disclosure_examples import HOLD, NOTICE, NOTICE_SEEN, RETENTION, RETENTION_DUE, RIGHTS_REQUEST
from tests.dashboard.scripted import (
    PERSON_ID,
    Script,
    a_division,
    a_person,
    an_official,
    browser,
    refused,
    sent,
    text_of,
)
from tests.dashboard.test_forms import filled
from tests.dashboard.test_pages import check
from tests.keys import JINAN, LICHENG

pytestmark = pytest.mark.anyio
ID = UUID(int=5)
API = {name: f"/registry/{name}" for name in ("rights-requests", "notices", "legal-holds", "retention")}
REVIEWER = ("registry:read", "registry:review", "rights:read", "rights:write")
EDITOR = ("registry:read", "registry:write")
RIGHTS, NOTICE_PAGE, HOLD_PAGE = f"/rights-requests/{ID}", f"/notices/{ID}", f"/legal-holds/{ID}"


def a_request(**over: object) -> RightsRequestOut:
    return RightsRequestOut.model_validate({**RIGHTS_REQUEST, "id": ID, **over})


def a_notice(**over: object) -> NoticeOut:
    return NoticeOut.model_validate({**NOTICE, "id": ID, "valid_from": "2026-01-01", **over})


def a_hold(**over: object) -> HoldOut:
    return HoldOut.model_validate({**HOLD, "id": ID, **over})


def listed(of, *items):
    return Page[of](items=list(items), next=None)


def script(permissions=REVIEWER, *, request=None, notices=None, **answers) -> Script:
    asked, known = request or a_request(), notices or [a_notice()]
    seen = listed(NoticeSeenOut, NoticeSeenOut.model_validate(NOTICE_SEEN))
    return Script(**{
        "/auth/me": an_official(permissions={p: [JINAN] for p in permissions}),
        f"/registry/divisions/{JINAN}": a_division(code=JINAN, name="济南市", tier="city", parent=None),
        API["rights-requests"]: listed(RightsRequestOut, asked), f"{API['rights-requests']}/{ID}": asked,
        API["notices"]: listed(NoticeOut, known[-1]), f"{API['notices']}/versions": listed(NoticeOut, *known),
        f"{API['notices']}/{ID}": known[0], f"{API['notices']}/{ID}/seen": seen,
        API["legal-holds"]: listed(HoldOut, a_hold()), f"{API['legal-holds']}/{ID}": a_hold(),
        API["retention"]: listed(RetentionOut, RetentionOut.model_validate(RETENTION)),
        f"{API['retention']}/due": listed(RetentionDue, RetentionDue.model_validate(RETENTION_DUE)), **answers,
    })  # fmt: skip


def links(response: httpx.Response) -> set[str]:
    return {a.get("href") or "" for a in check(response).all("a")}


async def sending(asked: Script, path: str, told: object, at: str, /, **typed: str) -> httpx.Response:
    client = browser(asked)
    data = {**await filled(client, path), **typed}
    asked.answers[at] = told
    return await client.post(path, data=data)


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("days", "said"), [(-2, "已逾期 2 天"), (0, "今天到期"), (5, "还有 5 天"), (20, "还有 20 天")])
async def test_a_deadline_is_said_in_words_and_those_that_wait_come_by_it(days, said):
    asked = script(request=a_request(due_on=today() + timedelta(days=days), overdue=days < 0))

    page = await browser(asked).get("/rights-requests")

    assert said in text_of(check(page) and page.text)
    assert dict(asked.last(API["rights-requests"]).url.params) == {"unfinished": "true", "limit": "50"}


async def test_all_requests_are_asked_for_by_an_address_of_their_own():
    asked = script(**{API["rights-requests"]: listed(RightsRequestOut)})

    page = await browser(asked).get("/rights-requests?unfinished=false&overdue=&state=&division=")

    assert asked.last(API["rights-requests"]).url.params["unfinished"] == "false"
    assert "没有这样的请求" in text_of(page.text)


async def test_a_request_shows_its_steps_its_deadline_and_the_rule_that_gives_it():
    page = await browser(script()).get(RIGHTS)

    text = text_of(page.text)
    assert "收到后 30 天，GB/T 35273—2020（PI-06）" in text
    assert {f"{RIGHTS}/start", f"{RIGHTS}/refuse"} <= links(page)
    assert f"{RIGHTS}/complete" not in links(page)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"received_by": "account:1", "may": []}, "这项请求由您登记，须由其他审核人员办结或拒绝"),
        ({"state": "in_progress", "kind": "delete", "may": ["refuse"]}, "删除须由他人办结"),
        ({"state": "refused", "refusal": "无法核实身份", "decided_by": "account:2", "may": []}, "无法核实身份"),
        ({"state": "done", "outcome": "restricted", "restricted_until": "2041-01-01", "answer": "已限制处理",
          "decided_by": "account:2", "person_name": None, "may": []}, "限制处理（依法须保存），保存到 2040-12-31"),
    ],
)  # fmt: skip
async def test_it_says_why_somebody_else_must_decide_and_what_was_decided(over, said):
    page = await browser(script(request=a_request(decided_at=datetime(2026, 11, 24, tzinfo=UTC), **over))).get(RIGHTS)

    assert said in text_of(check(page) and page.text)


async def test_completing_says_what_cannot_be_undone_and_a_refusal_needs_its_reason():
    asked = script(request=a_request(state="in_progress", kind="delete", may=["complete", "refuse"]))
    form = await browser(asked).get(f"{RIGHTS}/complete")
    bare = await sending(asked, f"{RIGHTS}/refuse", a_request(), f"{API['rights-requests']}/{ID}/refuse", reason="")
    done = await sending(
        asked, f"{RIGHTS}/complete", a_request(), f"{API['rights-requests']}/{ID}/complete", answer="已告知本人"
    )

    assert "个人信息无法恢复" in text_of(check(form) and form.text)
    assert bare.status_code == 422
    assert done.headers["location"] == f"{RIGHTS}?done=complete"
    assert sent(asked.last(f"{API['rights-requests']}/{ID}/complete")) == {"answer": "已告知本人"}


@pytest.mark.parametrize("permissions", [EDITOR, (*REVIEWER, "registry:write")])
async def test_whoever_receives_a_request_learns_its_number_and_deadline(permissions):
    """An editor may not read requests: the answer to what she entered is all she sees."""
    asked = script(permissions, **{"/registry/people": listed(PersonOut, a_person())})
    start = await browser(asked).get("/rights-requests")
    form = await browser(asked).get(f"/rights-requests/new?person_id={PERSON_ID}")

    page = await sending(
        asked, "/rights-requests/new", a_request(), API["rights-requests"], person=a_person().name, kind="correct",
        received_on="2026-11-20", details="工作单位已变更",
    )  # fmt: skip

    assert a_person().name in form.text
    assert sent(asked.last(API["rights-requests"]))["person_id"] == str(a_person().id)
    if permissions is EDITOR:
        assert start.headers["location"] == "/rights-requests/new"
        assert "期限已算出" in text_of(check(page) and page.text)
        assert "2026-12-20" in page.text
    else:
        assert page.headers["location"] == f"{RIGHTS}?done=new"


# ── notices ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_every_version_of_a_notice_is_listed_as_coming_in_force_or_replaced():
    versions = [
        a_notice(id=UUID(int=7), version=3, valid_from="2099-01-01"), a_notice(version=1),
        a_notice(id=UUID(int=6), version=2),
    ]  # fmt: skip

    page = await browser(script(notices=versions)).get("/notices")

    text = text_of(check(page) and page.text)
    assert [word in text for word in ("2099-01-01 起生效", "现行", "已被新版本代替")] == [True] * 3
    assert {"/notices/new", NOTICE_PAGE} <= links(page)
    away = await browser(script(**{API["notices"]: refused(503, "没有应答。")})).get("/notices")
    assert "无法判断" in text_of(away.text)


async def test_a_notice_shows_who_has_seen_it_and_is_shown_to_more():
    asked = script(EDITOR, **{"/registry/people": listed(PersonOut, a_person())})
    page = await browser(asked).get(NOTICE_PAGE)
    assert {f"{NOTICE_PAGE}/seen", f"/people/{NOTICE_SEEN['person_id']}"} <= links(page)

    seen = await sending(
        asked, f"{NOTICE_PAGE}/seen", Seen(recorded=1), f"{API['notices']}/{ID}/seen", person_ids=a_person().name
    )

    assert seen.headers["location"] == f"{NOTICE_PAGE}?done=seen"
    assert sent(asked.last(f"{API['notices']}/{ID}/seen")) == {"person_ids": [str(a_person().id)]}


async def test_a_new_version_is_published_with_the_day_it_begins():
    asked = script()
    order = {"purpose": "registration", "basis": "statutory_duty", "title": "告知书", "valid_from": "2099-01-01",
             "body": "处理者：演示。目的：登记管理。"}  # fmt: skip

    page = await sending(asked, "/notices/new", a_notice(), API["notices"], **order)

    assert page.headers["location"] == f"{NOTICE_PAGE}?done=new"
    assert sent(asked.last(API["notices"])) == {**order, "division": JINAN}
    early = refused(422, "告知书的生效日期不能早于今天。", "backdated")
    wrong = await sending(script(), "/notices/new", early, API["notices"], **order)
    assert (wrong.status_code, "不能早于今天" in wrong.text) == (422, True)


# ── holds and terms ──────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_hold_is_placed_on_a_division_and_lifted():
    asked = script()
    page = await browser(asked).get("/legal-holds")
    assert {"/legal-holds/new", HOLD_PAGE} <= links(page)
    assert f"{HOLD_PAGE}/lift" in links(await browser(asked).get(HOLD_PAGE))

    placed = await sending(
        asked, "/legal-holds/new", a_hold(), API["legal-holds"], data_class="processing_record", reason="配合调查",
        division=LICHENG,
    )  # fmt: skip
    lifted = await sending(asked, f"{HOLD_PAGE}/lift", a_hold(), f"{API['legal-holds']}/{ID}/lift")

    assert sent(asked.last(API["legal-holds"])) == {
        "division": LICHENG, "data_class": "processing_record", "reason": "配合调查",
    }  # fmt: skip
    assert (placed.headers["location"], lifted.headers["location"]) == (
        f"{HOLD_PAGE}?done=new", f"{HOLD_PAGE}?done=lift",
    )  # fmt: skip


async def test_terms_of_keeping_are_read_by_everybody_and_what_goes_when_by_whoever_may():
    mine, others = [await browser(script(who)).get("/retention") for who in (REVIEWER, EDITOR)]

    assert "3 年 个人信息保护法第五十六条" in text_of(check(mine) and mine.text)
    assert "查看明文的记录 12 0 2029-11-25" in text_of(mine.text)
    assert "2029-11-25" not in text_of(check(others) and others.text)
    assert "/legal-holds" not in links(others)
    away = await browser(script(**{f"{API['retention']}/due": refused(503, "没有应答。")})).get("/retention")
    assert "没有应答" in text_of(away.text)


@pytest.mark.parametrize("path", ["/rights-requests", "/notices", "/legal-holds", "/retention", RIGHTS, HOLD_PAGE])
@pytest.mark.parametrize("status", [403, 503])
async def test_a_refusal_is_a_page(path, status):
    asked = script()
    asked.answers |= dict.fromkeys(
        [k for k in asked.answers if k.startswith("/registry")], refused(status, "现在不能。")
    )

    page = await browser(asked).get(path)

    assert page.status_code == status
    assert "现在不能" in text_of(check(page) and page.text)
