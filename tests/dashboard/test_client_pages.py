"""Other systems and mappings on pages: who is offered what, what is sent, and what each state looks like."""

from datetime import UTC, date, datetime
from uuid import UUID

import httpx
import pytest

from services.contracts.administration import PermissionOut, PlaceOut
from services.contracts.client_keys import ClientKeyList, ClientKeyOut
from services.contracts.clients import ChangeKind, ClientChangeOut, ClientDetail, ClientOut, ClientState, ScopeList
from services.contracts.federation import MappingList, MappingOut
from services.dashboard.labels import Named
from services.kernel.errors import FieldError
from services.kernel.paging import Page
from tests.dashboard.scripted import Script, an_official, browser, refused, sent, silent, text_of
from tests.dashboard.test_administration_pages import POLICY, links, sending, told
from tests.dashboard.test_pages import check
from tests.keys import JINAN, LICHENG

pytestmark = pytest.mark.anyio
AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
CHANGE, MAPPING, BY = UUID(int=6), UUID(int=7), f"account:{UUID(int=8)}"
PAGE = "/clients/exchange"
OF_CHANGE, OF_KEY, OF_MAPPING = f"{PAGE}/changes/{CHANGE}", f"{PAGE}/keys/one", f"/mappings/{MAPPING}"
FINGERPRINT = "90facafea9b1556698540f70c0117a22ea37bd5cf3ed3c47093c1707282b4b89"
SPACED = "90facafe a9b15566 98540f70 c0117a22 ea37bd5c f3ed3c47 093c1707 282b4b89"
PLACES = [PlaceOut(code=LICHENG, name="历城区")]
SCOPES = ScopeList(
    items=[PermissionOut(id=i, name=n, writes=False) for i, n in (("registry:read", "查看登记"), ("verify", "核验"))]
)
SECURITY, SYSTEM = ("accounts:read", "grants:write"), ("accounts:read", "accounts:write")


def a_change(**over) -> ClientChangeOut:
    usual = {"id": CHANGE, "kind": ChangeKind.WIDEN, "scopes": ["registry:read", "verify"], "divisions": [LICHENG],
             "places": PLACES, "end": date(2027, 7, 1), "reason": "数据共享协议", "entered_by": BY, "entered_at": AT,
             "pending": True, "may": ["approve", "end"]}  # fmt: skip
    return ClientChangeOut(**{**usual, **over})


def a_client(**over) -> ClientDetail:
    usual = {"id": "exchange", "name": "数据共享平台（演示）", "contact": "演示值班室", "scopes": ["registry:read"],
             "divisions": [LICHENG], "places": PLACES, "state": ClientState.IN_FORCE, "keys": 1, "waiting": 2,
             "has_secret": False, "version": 3, "changes": [a_change()],
             "may": ["edit", "keys", "disable"]}  # fmt: skip
    return ClientDetail(**{**usual, **over})


def a_key(**over) -> ClientKeyOut:
    usual = {"kid": "one", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "11"}, "added_at": AT, "added_by": BY,
             "fingerprint": FINGERPRINT, "pending": True, "may": ["approve", "end"]}  # fmt: skip
    return ClientKeyOut(**{**usual, **over})


def a_mapping(**over) -> MappingOut:
    usual = {"id": MAPPING, "claim": "department", "value": "社工科", "role": "editor", "role_name": "经办人员",
             "divisions": [LICHENG], "places": PLACES, "reason": "任命", "entered_by": BY, "entered_at": AT,
             "may": ["approve", "end"]}  # fmt: skip
    return MappingOut(**{**usual, **over})


def script(permissions=SECURITY, *, client=None, keys=None, **answers) -> Script:
    shown = client or a_client()
    listed = ClientOut(**shown.model_dump(exclude={"changes", "may"}))
    return Script(**{
        "/auth/me": an_official(permissions={p: [JINAN] for p in permissions}), "/policy": POLICY,
        "/clients": Page[ClientOut](items=[listed], next="more"), "/client-scopes": SCOPES, PAGE: shown,
        f"{PAGE}/keys": ClientKeyList(items=[a_key()] if keys is None else keys),
        f"/accounts/{UUID(int=8)}": Named(name="安全管理员甲"),
        "/federation/mappings": MappingList(items=[a_mapping()]), **answers,
    })  # fmt: skip


async def page(asked: Script, path: str) -> str:
    response = await browser(asked).get(path)
    assert response.status_code == 200, response.text
    check(response)
    return text_of(response.text)


async def test_the_list_says_what_waits_where_and_is_only_in_the_menu_of_administrators():
    asked = script()

    response = await browser(asked).get("/clients?search=sha&state=in_force&waiting=true")

    assert dict(asked.last("/clients").url.params) == {
        "search": "sha", "state": "in_force", "waiting": "true", "limit": "50"
    }  # fmt: skip
    assert "数据共享平台（演示） exchange 有效 历城区 1 1 2 项 —" in text_of(response.text)
    assert {PAGE, "/clients/new", "/mappings"} <= links(response)
    other = await browser(script(("registry:read",))).get("/help")
    assert not {"/clients", "/mappings"} & links(other)
    assert "/clients/new" not in links(await browser(script(SYSTEM)).get("/clients"))


async def test_a_client_is_shown_with_what_it_may_where_and_by_which_keys():
    text = await page(script(), PAGE)

    assert "区划 370112000000 历城区 权限 查看登记" in text
    assert f"{SPACED} 待复核 安全管理员甲" in text
    assert "待复核：扩大权限、区划或期限。数据共享协议（安全管理员甲" in text


async def test_only_what_the_gateway_offers_is_offered():
    whole = links(await browser(script()).get(PAGE))
    own = a_client(changes=[a_change(may=["end"])])
    entered = links(await browser(script(client=own, keys=[a_key(may=["end"])])).get(PAGE))
    nothing = a_client(changes=[a_change(pending=False, may=[], approved_by=BY, approved_at=AT)], may=[])
    looked_at = links(await browser(script(SYSTEM, client=nothing, keys=[a_key(may=[])])).get(PAGE))

    decisions = {f"{of}/{verb}" for of in (OF_CHANGE, OF_KEY) for verb in ("approve", "end")}
    assert decisions | {f"{PAGE}/{verb}" for verb in ("edit", "keys", "disable")} <= whole
    assert decisions & entered == {f"{OF_CHANGE}/end", f"{OF_KEY}/end"}
    assert not [a for a in looked_at if a.startswith(f"{PAGE}/")]


PEM = "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----"
RIGHTS = {"contact": "演示值班室", "scopes.verify": "true", "divisions": f"{LICHENG}\r\n", "end": "2027-06-30",
          "reason": "协议"}  # fmt: skip
SENT = {"contact": "演示值班室", "scopes": ["verify"], "divisions": [LICHENG], "end": "2027-07-01", "reason": "协议"}
ACTS = [
    ("/clients/new", "/clients", {"id": "exchange", "name": "平台（演示）", **RIGHTS},
     {"id": "exchange", "name": "平台（演示）", **SENT}, PAGE),
    (f"{PAGE}/disable", f"{PAGE}/disable", {"reason": "停运"}, {"reason": "停运"}, PAGE),
    (f"{PAGE}/keys", f"{PAGE}/keys", {"public_key": PEM}, {"pem": PEM}, PAGE),
    (f"{PAGE}/keys", f"{PAGE}/keys", {"public_key": '{"kty": "OKP"}'}, {"jwk": {"kty": "OKP"}}, PAGE),
    (f"{OF_CHANGE}/approve", f"{OF_CHANGE}/approve", {}, {}, PAGE),
    (f"{OF_CHANGE}/end", f"{OF_CHANGE}/end", {"reason": "不同意"}, {"reason": "不同意"}, PAGE),
    (f"{OF_KEY}/approve", f"{OF_KEY}/approve", {}, {}, PAGE),
    (f"{OF_KEY}/end", OF_KEY, {}, {}, PAGE),
    ("/mappings/new", "/federation/mappings",
     {"claim": "department", "value": "社工科", "role": "editor", "divisions": LICHENG, "reason": "任命"},
     {"claim": "department", "value": "社工科", "role": "editor", "divisions": [LICHENG], "reason": "任命"},
     "/mappings"),
    (f"{OF_MAPPING}/approve", f"/federation{OF_MAPPING}/approve", {}, {}, "/mappings"),
    (f"{OF_MAPPING}/end", f"/federation{OF_MAPPING}/end", {}, {}, "/mappings"),
]  # fmt: skip


def answering(asked: Script, api: str, answer: httpx.Response) -> None:
    """To an order; what is asked for is answered as before."""
    usual = asked.answers.get(api)

    def either(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and usual is not None:
            return httpx.Response(200, text=usual.model_dump_json(), headers={"content-type": "application/json"})
        return answer

    asked.answers[api] = either


@pytest.mark.parametrize(("path", "api", "typed", "body", "back"), ACTS)
async def test_each_form_goes_on_as_it_was_typed_and_back_to_its_page(path, api, typed, body, back):
    asked = script()
    shown = ClientOut(**a_client().model_dump(exclude={"changes", "may"})).model_dump_json()
    answering(asked, api, httpx.Response(200, text=shown, headers={"content-type": "application/json"}))

    response = await sending(asked, path, **typed)

    assert (response.status_code, response.headers.get("location", "").partition("?")[0]) == (303, back), response.text
    order = next(r for r in asked.asked if r.method not in ("GET",))
    assert (order.url.path, sent(order)) == (f"/api/v1{api}", body)
    assert order.method == ("DELETE" if path == f"{OF_KEY}/end" else "POST")
    assert "已" in await page(asked, response.headers["location"])


async def test_rights_are_changed_from_what_they_are_and_against_the_version_that_was_read():
    asked = script()
    form = await browser(asked).get(f"{PAGE}/edit")
    ticked = {a.get("name") for a in check(form).all("input") if "checked" in a}
    answering(asked, PAGE, httpx.Response(200, text="{}"))

    response = await sending(asked, f"{PAGE}/edit", **RIGHTS)

    assert ticked == {"scopes.registry:read"}
    assert "演示值班室" in form.text
    order = next(r for r in asked.asked if r.method == "PATCH")
    assert (sent(order), order.headers["if-match"]) == (SENT, '"3"')
    assert response.headers["location"] == f"{PAGE}?done=edit"


async def test_whoever_was_slower_sees_what_the_other_has_changed_and_keeps_what_was_typed():
    asked = script()
    answering(asked, PAGE, refused(412, "该记录已被他人修改。", "stale_version"))

    response = await sending(asked, f"{PAGE}/edit", **(RIGHTS | {"contact": "新的值班室"}))

    assert response.status_code == 412
    check(response)
    assert "联系方式 演示值班室 新的值班室" in text_of(response.text)


async def test_what_decides_is_seen_before_it_is_decided():
    change, key = await page(script(), f"{OF_CHANGE}/approve"), await page(script(), f"{OF_KEY}/approve")
    mapping = await page(script(), f"{OF_MAPPING}/approve")

    for said in ("查看登记、核验", "现有权限 查看登记", "至 2027-06-30", "现有期限 长期有效", "录入人 安全管理员甲"):
        assert said in change
    assert SPACED in key
    assert "声明 department 值 社工科 角色 经办人员 区划 370112000000 历城区" in mapping


@pytest.mark.parametrize(("text", "said"), [("", "请填写此项"), ("不是公钥", "应为 PEM"), ("[1]", "应为 PEM")])
async def test_what_is_no_key_is_not_sent(text, said):
    asked = script()

    response = await sending(asked, f"{PAGE}/keys", public_key=text)

    assert response.status_code == 422
    assert said in text_of(response.text)
    assert "public_key-error" in {a.get("id") for a in check(response).all("p")}
    assert told(asked) == []


PRIVATE = '{"kty": "OKP", "crv": "Ed25519", "x": "11", "d": "geheim"}'


@pytest.mark.parametrize("text", [PRIVATE, "geheim", "-----BEGIN PRIVATE KEY-----\ngeheim\n-----END PRIVATE KEY-----"])
async def test_a_private_key_that_was_pasted_is_not_shown_again_nor_kept_by_the_browser(text):
    asked = script()
    answering(asked, f"{PAGE}/keys", refused(422, "您提交的内容含有私钥。", "wrong_key"))

    response = await sending(asked, f"{PAGE}/keys", public_key=text)

    assert response.status_code == 422
    assert "geheim" not in response.text
    assert "<div data-secret>" in response.text


REFUSED = [
    (f"{PAGE}/keys", f"{PAGE}/keys", {"public_key": PEM}, "wrong_key", "public_key-error"),
    ("/clients/new", "/clients", {"id": "exchange", "name": "平台", **RIGHTS}, "client_id_taken", "id-error"),
    ("/mappings/new", "/federation/mappings", {"claim": "a", "value": "b", "role": "editor", "divisions": LICHENG,
                                               "reason": "c"}, "role_not_mappable", "role-error"),
    (f"{OF_CHANGE}/approve", f"{OF_CHANGE}/approve", {}, "not_pending", None),
    (f"{OF_KEY}/approve", f"{OF_KEY}/approve", {}, "four_eyes", None),
]  # fmt: skip


@pytest.mark.parametrize(("path", "api", "typed", "code", "at"), REFUSED)
async def test_a_refusal_stands_where_it_belongs(path, api, typed, code, at):
    asked = script()
    wrong = [FieldError(field="jwk", code="wrong_key", detail="这不行。")] if code == "wrong_key" else []
    answering(asked, api, refused(409, "这不行。", code, wrong))

    response = await sending(asked, path, **typed)

    found = {a.get("id") for a in check(response).all("p")}
    assert response.status_code == 409
    assert text_of(response.text).count("这不行。") == (2 if at else 1)
    assert at is None or at in found


async def test_without_a_fresh_proof_one_is_led_to_it_and_back():
    for path, api, typed, *_ in ACTS:
        asked = script()
        answering(asked, api, refused(403, "请重新验证身份。", "step_up_required"))

        response = await sending(asked, path, **typed)

        assert response.headers["location"].startswith("/confirm?next=%2F"), path


async def test_nothing_to_show_is_said_with_what_to_do():
    empty = script(**{"/clients": Page[ClientOut](items=[], next=None), "/federation/mappings": MappingList(items=[])})
    assert "还没有对接系统。" in await page(empty, "/clients")
    assert "没有符合条件的对接系统。" in await page(empty, "/clients?state=ended")
    assert "还没有映射" in await page(empty, "/mappings")
    assert "没有登记公钥" in await page(script(client=a_client(changes=[]), keys=[]), PAGE)
    none = script(**{"/federation/mappings": refused(404, "本系统没有接入统一身份认证。", "no_provider")})
    assert "本系统没有接入统一身份认证。" in await page(none, "/mappings")
    assert "/mappings/new" not in links(await browser(none).get("/mappings"))
    away = await page(script(**{f"{PAGE}/keys": silent}), PAGE)
    assert "没有应答" in away
    assert "历城区" in away


async def test_forms_that_one_may_not_send_are_not_shown():
    ended = {"keys": [a_key(may=[])], "client": a_client(may=[], changes=[a_change(may=[])])}
    pages = (f"{PAGE}/edit", f"{PAGE}/keys", f"{OF_CHANGE}/approve", f"{OF_KEY}/approve")
    for path in (*pages, "/clients/new", "/mappings/new", f"{OF_MAPPING}/end"):
        assert (await browser(script(SYSTEM)).get(path)).status_code == 403, path
    for path in pages:
        assert (await browser(script(**ended)).get(path)).status_code == 403, path
    for path in (f"{PAGE}/nothing", f"{PAGE}/changes/{UUID(int=1)}/end", f"{PAGE}/keys/two/end",
                 f"/mappings/{UUID(int=1)}/end", "/clients/nobody"):  # fmt: skip
        assert (await browser(script()).get(path)).status_code == 404, path
