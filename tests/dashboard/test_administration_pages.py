"""Accounts, grants and the policy on pages: who is offered what, what is sent, and what is shown once only."""

from datetime import UTC, date, datetime
from uuid import UUID

import httpx
import pytest

from services.contracts.administration import (
    GRANT_STATE_NAMES,
    AccountDetail,
    AccountOut,
    FirstPassword,
    GrantOut,
    GrantState,
    PermissionOut,
    PlaceOut,
    PolicyOut,
    RoleOut,
)
from services.contracts.identity import SessionList, SessionOut
from services.kernel.errors import FieldError
from services.kernel.paging import Page
from tests.dashboard.scripted import Script, an_official, browser, refused, sent, text_of
from tests.dashboard.test_forms import filled
from tests.dashboard.test_pages import check
from tests.keys import JINAN, LICHENG

pytestmark = pytest.mark.anyio
AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
ID, GRANT_ID, OTHER = UUID(int=5), UUID(int=6), UUID(int=7)
PAGE = f"/accounts/{ID}"
OF_GRANT = f"{PAGE}/grants/{GRANT_ID}"
SYSTEM, SECURITY = ("accounts:read", "accounts:write"), ("accounts:read", "grants:write")
HANDS_OVER = ("accounts:read", "accounts:handover")
FIRST = FirstPassword(account=ID, password="tu6k-9wqe-m3xa-7hpz")
POLICY = PolicyOut(
    roles=[
        RoleOut(id="editor", name="经办人员", kind="official", four_eyes=False, permissions=[
            PermissionOut(id="registry:write", name="登记和修改", writes=True)]),
        RoleOut(id="reviewer", name="审核人员", kind="official", four_eyes=True, permissions=[
            PermissionOut(id="registry:read", name="查看登记信息", writes=False)]),
    ]
)  # fmt: skip


def a_grant(**over) -> GrantOut:
    usual = {"id": GRANT_ID, "account_id": ID, "role": "reviewer", "role_name": "审核人员",
             "divisions": [LICHENG, JINAN], "start": date(2026, 11, 24), "end": date(2027, 1, 1),
             "places": [PlaceOut(code=LICHENG, name="历城区"), PlaceOut(code=JINAN, name="济南市")],
             "state": GrantState.PENDING, "granter": f"account:{OTHER}", "reason": "任命为审核人员"}  # fmt: skip
    return GrantOut(**{**usual, **over})


def an_account(**over) -> AccountDetail:
    usual = {"id": ID, "username": "zhang.wei", "name": "历城区经办（演示）", "must_change_password": False,
             "second_factor": True, "roles": ["editor"], "sessions": 1, "version": 3,
             "grants": [a_grant()]}  # fmt: skip
    return AccountDetail(**{**usual, **over})


def script(permissions=SECURITY, *, me=OTHER, account=None, **answers) -> Script:
    session = SessionOut(id=OTHER, created_at=AT, seen_at=AT, expires_at=AT, network="192.0.2.7", current=False)
    shown = account or an_account()
    listed = AccountOut(**shown.model_dump(exclude={"grants"}) | {"last_sign_in_at": AT})
    who = an_official(id=f"account:{me}", permissions={p: [JINAN] for p in permissions})
    return Script(**{
        "/auth/me": who, "/policy": POLICY, PAGE: shown, f"{PAGE}/sessions": SessionList(items=[session]),
        "/accounts": Page[AccountOut](items=[listed], next="more"),
        "/grants/pending": Page[GrantOut](items=shown.grants, next=None), **answers,
    })  # fmt: skip


async def sending(asked: Script, path: str, **typed: str) -> httpx.Response:
    client = browser(asked)
    return await client.post(path, data={**await filled(client, path), **typed})


def links(response: httpx.Response) -> set[str]:
    return {a.get("href") or "" for a in check(response).all("a")}


def told(asked: Script) -> list[str]:
    return [r.url.path for r in asked.asked if r.method != "GET"]


async def test_everybody_signed_in_reads_who_may_do_what():
    page = await browser(script(())).get("/policy")

    assert page.status_code == 200
    text = text_of(page.text)
    assert "审核人员 业务角色 须双人复核" in text
    assert "登记和修改 办理 有 —" in text
    assert "查看登记信息 查看 — 有" in text
    assert {"/policy"} <= links(page)
    assert not {"/accounts", "/grants/pending"} & links(page)


async def test_the_list_is_searched_and_goes_on():
    asked = script()

    page = await browser(asked).get(f"/accounts?search=zhang&disabled=false&role=editor&division={LICHENG}")

    narrowed = {"search": "zhang", "disabled": "false", "role": "editor", "division": LICHENG}
    assert dict(asked.last("/accounts").url.params) == {**narrowed, "limit": "50"}
    [more] = [link for link in links(page) if "cursor=more" in link]
    assert dict(httpx.URL(more).params) == {**narrowed, "cursor": "more"}
    assert {PAGE, "/grants/pending"} <= links(page)
    assert "经办人员 2026-11-24 12:00" in text_of(page.text)
    assert "/accounts/new" not in links(page)


SYSTEMS = {f"{PAGE}/{verb}" for verb in ("rename", "password", "sessions", "disable")}
SECURITYS = {f"{PAGE}/{verb}" for verb in ("grants", "unlock", "second-factor")} | {
    f"{OF_GRANT}/approve", f"{OF_GRANT}/end"
}  # fmt: skip


@pytest.mark.parametrize(
    ("permissions", "me", "offered"),
    [(SYSTEM, OTHER, SYSTEMS), (SECURITY, UUID(int=8), SECURITYS), (("accounts:read",), OTHER, set()),
     (SECURITY, OTHER, SECURITYS - {f"{OF_GRANT}/approve"}), (SYSTEM, ID, set())],
)  # fmt: skip
async def test_an_account_offers_what_this_administrator_may_do_to_it(permissions, me, offered):
    page = await browser(script(permissions, me=me)).get(PAGE)

    assert {link for link in links(page) if link.startswith(f"{PAGE}/")} == offered
    text = text_of(page.text)
    assert "审核人员 370112000000 历城区、370100000000 济南市 2026-11-24 至 2026-12-31 待复核 任命为审核人员" in text
    assert "192.0.2.7" in text


async def test_every_state_of_a_grant_is_said():
    page = await browser(
        script(account=an_account(grants=[a_grant(state=state, end=None) for state in GrantState]))
    ).get(PAGE)

    check(page)
    assert all(name in text_of(page.text) for name in GRANT_STATE_NAMES.values())
    assert "2026-11-24 起长期有效" in text_of(page.text)


async def test_the_first_password_is_shown_once_and_stands_in_no_address():
    asked = script(SYSTEM)
    client = browser(asked)
    data = {**await filled(client, "/accounts/new"), "username": "zhang.wei", "name": "历城区经办"}
    asked.answers["/accounts"] = FIRST

    page = await client.post("/accounts/new", data=data)

    check(page)
    assert sent(asked.last("/accounts")) == {"username": "zhang.wei", "name": "历城区经办"}
    assert FIRST.password in page.text
    asked.answers[PAGE] = refused(503, "没有应答。")  # nor is it lost with the name
    asked.answers[f"{PAGE}/password"] = FIRST
    assert FIRST.password in (await client.post(f"{PAGE}/password", data=data)).text


@pytest.mark.parametrize(
    ("path", "api", "permissions", "typed", "body"),
    [
        (f"{PAGE}/disable", f"{PAGE}/disable", SYSTEM, {"reason": "离职"}, {"reason": "离职"}),
        (f"{PAGE}/sessions", f"{PAGE}/sessions", SYSTEM, {}, {}),
        (f"{PAGE}/unlock", f"{PAGE}/unlock", SECURITY, {"reason": "核实"}, {"reason": "核实"}),
        (f"{PAGE}/second-factor", f"{PAGE}/second-factor/reset", SECURITY, {"reason": "丢失"}, {"reason": "丢失"}),
        (f"{OF_GRANT}/end", f"/grants/{GRANT_ID}/end", SECURITY, {"reason": "调离"}, {"reason": "调离"}),
        (f"{OF_GRANT}/approve", f"/grants/{GRANT_ID}/approve", SECURITY, {}, {}),
        (f"{OF_GRANT}/end-approve", f"/grants/{GRANT_ID}/end/approve", SECURITY, {}, {}),
        (f"{OF_GRANT}/end-decline", f"/grants/{GRANT_ID}/end/decline", SECURITY, {}, {}),
        (f"{PAGE}/handover", f"{PAGE}/handover", HANDS_OVER, {}, {}),
        (
            f"{PAGE}/grants", f"{PAGE}/grants", SECURITY,
            {"role": "editor", "divisions": f"{LICHENG}\r\n", "end": "2026-12-31", "reason": "任命"},
            {"role": "editor", "divisions": [LICHENG], "end": "2027-01-01", "reason": "任命"},
        ),
    ],
)  # fmt: skip
async def test_each_act_goes_on_with_its_reason_and_back_to_the_account(path, api, permissions, typed, body):
    asked = script(permissions)
    form = await browser(asked).get(path)
    check(form)
    if api != f"{PAGE}/sessions":
        asked.answers[api] = httpx.Response(200, text="{}")
    else:
        asked.answers[api] = httpx.Response(204)

    response = await sending(asked, path, **typed)

    assert (response.status_code, response.headers["location"].partition("?")[0]) == (303, PAGE)
    order = asked.last(api)
    assert sent(order) == body
    assert order.method == ("DELETE" if path.endswith("/sessions") else "POST")
    assert "已" in text_of((await browser(asked).get(response.headers["location"])).text).partition("基本情况")[0]


async def test_a_name_is_changed_as_it_was_read():
    stale = refused(412, "已被他人修改。", "stale")
    asked = script(SYSTEM, **{PAGE: lambda r: stale if r.method == "PATCH" else answering(an_account())})
    client = browser(asked)

    page = await client.post(f"{PAGE}/rename", data={**await filled(client, f"{PAGE}/rename"), "name": "历城区新经办"})

    order = next(r for r in asked.asked if r.method == "PATCH")
    assert (order.headers["if-match"], sent(order)) == ('"3"', {"name": "历城区新经办"})
    assert (page.status_code, "历城区新经办" in page.text) == (412, True)


def answering(model):
    return httpx.Response(200, text=model.model_dump_json())


async def test_a_session_of_another_is_ended_by_the_security_administrator_alone():
    path = f"{PAGE}/sessions/{OTHER}"
    asked = script(SECURITY, me=UUID(int=8), **{path: httpx.Response(204)})
    client = browser(asked)
    forms = [f.get("action") for f in check(await client.get(PAGE)).all("form")]
    answer = await client.post(f"{path}/end", data=await filled(client, f"{PAGE}/unlock"))

    assert f"{path}/end" in forms
    assert (answer.status_code, asked.last(path).method) == (303, "DELETE")
    assert "该登录已结束" in text_of((await client.get(answer.headers["location"])).text)
    system = check(await browser(script(SYSTEM, me=UUID(int=8))).get(PAGE))
    assert f"{path}/end" not in [f.get("action") for f in system.all("form")]


async def test_an_account_that_waits_for_its_owner_says_what_is_missing():
    waiting = an_account(first_password_by=f"account:{UUID(int=9)}", handover_due=True)
    maker = answering(an_account(name="系统管理员（演示）"))

    other = await browser(script(HANDS_OVER, account=waiting, **{f"/accounts/{UUID(int=9)}": maker})).get(PAGE)
    own = await browser(script(HANDS_OVER, me=UUID(int=9), account=waiting)).get(PAGE)

    assert "密码由系统管理员（演示）设置，须由其他系统管理员或安全管理员确认已交给本人" in text_of(other.text)
    assert f"{PAGE}/handover" in links(other)
    assert f"{PAGE}/handover" not in links(own)


async def test_an_end_that_waits_is_shown_where_it_is_decided():
    ending = a_grant(state=GrantState.IN_FORCE, ending_on=date(2026, 12, 1), ending_by=f"account:{OTHER}",
                     ending_reason="调离")  # fmt: skip
    asked = {"account": an_account(grants=[ending])}

    another = await browser(script(me=UUID(int=8), **asked)).get(PAGE)
    asker = await browser(script(**asked)).get(PAGE)
    pending = await browser(script(me=UUID(int=8), **asked)).get("/grants/pending")

    assert "待复核结束 拟于 2026-12-01 失效：调离" in text_of(another.text)
    assert {f"{OF_GRANT}/end-approve", f"{OF_GRANT}/end-decline"} <= links(another)
    assert f"{OF_GRANT}/end-approve" not in links(asker)
    assert f"{OF_GRANT}/end-decline" in links(asker)
    assert f"{OF_GRANT}/end-approve" in links(pending)
    assert "结束授权 审核人员" in text_of(pending.text)


@pytest.mark.parametrize("path", [f"{PAGE}/disable", f"{PAGE}/grants", f"{OF_GRANT}/end"])
async def test_without_a_reason_nothing_is_sent(path):
    asked = script((*SYSTEM, *SECURITY))

    response = await sending(asked, path)

    assert response.status_code == 422
    assert "reason-error" in {a.get("id") for a in check(response).all("p")}
    assert told(asked) == []


@pytest.mark.parametrize(
    ("answer", "status", "at"),
    [
        (refused(409, "该账号已有“审计人员”角色。", "administrators_apart"), 409, "role-error"),
        (refused(409, "另一人正在办理。", "other"), 409, None),
        (refused(422, "有误", "invalid", [FieldError(field="divisions.0", code="x", detail="没有这个区划。")]), 422,
         "divisions-error"),
    ],
)  # fmt: skip
async def test_a_refused_grant_keeps_what_was_typed_and_says_why_there(answer, status, at):
    asked = script(**{f"{PAGE}/grants": answer})

    response = await sending(asked, f"{PAGE}/grants", role="editor", divisions=LICHENG, reason="任命")

    assert response.status_code == status
    found = {a.get("id") for a in check(response).all("p")}
    assert at in found if at else "另一人正在办理。" in text_of(response.text)
    assert LICHENG in response.text
    assert "审核人员（双人复核）" in response.text


async def test_without_a_fresh_proof_one_is_led_to_it_and_back():
    for path, api in ((f"{PAGE}/grants", f"{PAGE}/grants"), (f"{OF_GRANT}/approve", f"/grants/{GRANT_ID}/approve")):
        asked = script(**{api: refused(403, "请重新验证身份。", "step_up_required")})

        response = await sending(asked, path, role="editor", divisions=LICHENG, reason="任命")

        assert response.headers["location"].startswith("/confirm?next=%2Faccounts%2F")


async def test_what_waits_is_named_and_not_offered_to_who_granted_it():
    approve = f"{OF_GRANT}/approve"

    second = await browser(script(me=UUID(int=8))).get("/grants/pending")
    granter = await browser(script()).get("/grants/pending")

    assert "历城区经办（演示） 授权 审核人员" in text_of(second.text)
    assert approve in links(second)
    assert approve not in links(granter)


async def test_forms_that_one_may_not_send_are_not_shown():
    for permissions, path in ((SYSTEM, f"{PAGE}/grants"), (SECURITY, f"{PAGE}/disable"), (SYSTEM, f"{OF_GRANT}/end")):
        assert (await browser(script(permissions)).get(path)).status_code == 403
    for path in (f"{PAGE}/nothing", f"{PAGE}/grants/{OTHER}/end"):
        assert (await browser(script()).get(path)).status_code == 404
