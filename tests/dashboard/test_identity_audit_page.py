"""The auditor's page of what was done to accounts and grants; and what somebody reads whose account waits for her."""

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from services.contracts.administration import PlaceOut
from services.contracts.identity import Session
from services.contracts.identity_audit import IdentityEventOut
from services.kernel.paging import Page
from tests.dashboard.scripted import Script, an_official, browser, refused, text_of
from tests.dashboard.test_administration_pages import links
from tests.dashboard.test_forms import filled
from tests.dashboard.test_pages import check
from tests.keys import JINAN, LICHENG

pytestmark = pytest.mark.anyio
AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
WHO, WHOM = UUID(int=5), UUID(int=6)


def an_event(**over) -> IdentityEventOut:
    usual = {"id": UUID(int=1), "at": AT, "kind": "GrantEnded", "kind_name": "结束授权", "actor": f"account:{WHO}",
             "actor_name": "安全管理员甲（演示）", "actor_username": "security_admin", "subject": f"account:{WHOM}",
             "subject_name": "历城区经办（演示）", "subject_username": "zhang.wei", "role_name": "经办人员",
             "places": [PlaceOut(code=LICHENG, name="历城区")], "body": {"grant": "x", "reason": "调离"}}  # fmt: skip
    return IdentityEventOut(**{**usual, **over})


def script(*permissions: str, **answers) -> Script:
    who = an_official(permissions={p: [JINAN] for p in permissions})
    return Script(**{"/auth/me": who, "/audit/identity": Page[IdentityEventOut](items=[], next=None), **answers})


async def test_the_auditor_reads_and_narrows_what_was_done():
    refusal = an_event(kind="SignInRefused", kind_name="登录被拒", actor="anonymous", actor_name=None,
                       subject="sign_in", subject_name=None, role_name=None, places=[],
                       body={"network": "192.0.2.9", "reason": "wrong_credentials"})  # fmt: skip
    events = Page[IdentityEventOut](items=[an_event(), refusal], next="more")
    asked = script("audit:read", **{"/audit/identity": events})

    page = await browser(asked).get(f"/identity-audit?account={WHOM}&kind=&from=2026-11-01&to=2026-11-24")

    text = text_of(page.text)
    known = {"account": str(WHOM), "from": "2026-11-01", "to": "2026-11-24"}
    assert dict(asked.last("/audit/identity").url.params) == {**known, "limit": "50"}
    assert "安全管理员甲（演示）（security_admin） 结束授权 历城区经办（演示）（zhang.wei）" in text
    assert "经办人员 370112000000 历城区；理由：调离" in text
    assert "未登录的人 登录被拒 登录页 理由：用户名或密码不对；网络地址：192.0.2.9" in text
    [more] = [link for link in links(page) if "cursor=more" in link]
    assert dict(httpx.URL(more).params) == {**known, "cursor": "more"}
    assert f"/identity-audit?account={WHO}" in links(page)


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (Page[IdentityEventOut](items=[], next=None), 200, "还没有记录"),
        (refused(422, "起始日期晚于截止日期，请调整后重试。", "period_reversed"), 422, "起始日期晚于截止日期"),
        (refused(403, "您的角色不能进行这项操作。", "permission_missing"), 403, "没有权限"),
    ],
)
async def test_nothing_wrong_or_forbidden_is_said(answer, status, said):
    page = await browser(script("audit:read", **{"/audit/identity": answer})).get("/identity-audit")

    check(page)
    assert (page.status_code, said in text_of(page.text)) == (status, True)


async def test_only_the_auditor_has_it_in_the_menu():
    for permissions, there in ((("audit:read",), True), (("accounts:read",), False)):
        assert ("/identity-audit" in links(await browser(script(*permissions)).get("/policy"))) is there


async def test_whoever_waits_for_the_handing_over_may_change_the_password_and_reads_whom_to_ask():
    me = an_official(second_factor="handover", permissions={})
    asked = Script(**{"/auth/me": me, "/auth/password": httpx.Response(204)})
    client = browser(asked)

    elsewhere, page = await client.get("/account"), await client.get("/password")
    form = await filled(client, "/password") | {"old": "a", "new": "b", "again": "b"}
    changed = await client.post("/password", data=form)

    assert (elsewhere.status_code, elsewhere.headers["location"]) == (303, "/password")
    for shown in (page, changed):
        check(shown)
        assert "另一名系统管理员或安全管理员核实" in text_of(shown.text)
    assert "进入系统" not in text_of(changed.text)


async def test_signing_in_leads_there():
    session = Session(token="t", expires_at=AT, second_factor="handover", must_change_password=True)
    client = browser(Script(**{"/auth/login": session}), signed_in=False)

    answer = await client.post("/login", data=await filled(client, "/login") | {"username": "a", "password": "b"})

    assert answer.headers["location"] == "/password"
