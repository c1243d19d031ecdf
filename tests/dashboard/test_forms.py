"""Everything that is sent: sign-in and sign-out, a new password, a roster; and whatever is refused of it."""

import httpx
import pytest
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from services.dashboard import cookies
from services.dashboard.links import local
from services.kernel.errors import FieldError
from tests.dashboard.scripted import (
    TOKEN,
    Html,
    Script,
    an_official,
    browser,
    hidden,
    refused,
    sent,
    silent,
)
from tests.dashboard.test_pages import check
from tests.keys import JINAN, keyring

pytestmark = pytest.mark.anyio

FORMS = {"/login": "/login", "/logout": "/help", "/password": "/password", "/imports/new": "/imports/new"}
# Guarded like those, and tried with their records where these are tested.
OF_RECORDS = {
    "/saved-searches/new", "/saved-searches/{id}/rename", "/saved-searches/{id}/delete", "/people/search",
    "/corrections/new", "/corrections/{id}/{verb}", "/people/new", "/possible-duplicates/new",
    "/possible-duplicates/{id}/{verb}", "/person-merges/{id}/{verb}", "/incomplete-names/{id}/{verb}",
    "/imports/{id}/{act}", "/organizations/new", "/organizations/{id}/edit", "/people/{id}/assign",
    "/service-points/new", "/service-points/{id}/edit", "/service-points/{id}/close", "/service-points/{id}/assign",
    "/assignments/{id}/end",
    "/projects/new", "/projects/{id}/{verb}", "/project-staff/{id}/{verb}", "/contracts/{id}/{verb}",
    "/payments/{id}/{verb}", "/service-records/new", "/service-records/{id}/{verb}",
    "/sessions/new", "/sessions/{id}/{verb}", "/sessions/{id}/attend", "/sessions/{id}/approve",
    "/attendances/{id}/{verb}", "/supervisors/new", "/supervisors/{id}/{verb}", "/bases/new", "/bases/{id}/{verb}",
    "/sites/new", "/sites/{id}/{verb}", "/exam-passes/{id}/{verb}", "/people/{id}/{verb}",
    "/login/code", "/confirm", "/account/sessions/{id}/end", "/second-factor", "/second-factor/first-code",
    "/second-factor/recovery-codes", "/second-factor/remove", "/people/{id}/reveal",
    "/disclosures/new", "/disclosures/{id}/fetch", "/disclosures/{id}/{verb}",
    "/rights-requests/new", "/rights-requests/{id}/{verb}", "/notices/new", "/notices/{id}/seen",
    "/notices/{id}/{verb}", "/legal-holds/new", "/legal-holds/{id}/{verb}",
    "/accounts/new", "/accounts/{id}/{verb}", "/accounts/{id}/grants/{grant}/{verb}",
    "/accounts/{id}/sessions/{session}/end",
    "/clients/new", "/clients/{id}/{verb}", "/clients/{id}/changes/{change}/{verb}",
    "/clients/{id}/keys/{kid}/{verb}", "/mappings/new", "/mappings/{id}/{verb}",
    "/registration-applications/new", "/registration-applications/{id}/{verb}", "/registration-applications/{id}/link",
    "/registration-applications/{id}/link/{link}/withdraw", "/certificates/{id}/{verb}",
    "/registrations/{id}/{verb}", "/registrations/{id}/prove", "/registrations/{id}/proofs/{proof}/withdraw",
    "/holidays/new", "/amnesty-windows/new", "/amnesty-windows/{id}/{verb}", "/registration-grounds/{verb}",
    "/verifications", "/verifications/signed", "/reconciliation/new", "/reconciliation/cases/{id}/{verb}",
    "/reconciliation/exports/{id}/compare", "/reconciliation/exports/{id}/headings",
    "/review/queues/{queue}/next", "/review/reasons/new", "/review/reasons/{id}/{verb}", "/review/{id}/claim",
    "/review/{id}/decide", "/review/{id}/release",
}  # fmt: skip
GOOD = {"username": "city", "password": "demo-password"}


async def filled(client: httpx.AsyncClient, page: str) -> dict[str, str]:
    """The hidden fields that a browser would send along."""
    html = (await client.get(page)).text
    names = [a.get("name") or "" for a in Html(html).all("input") if a.get("type") == "hidden"]
    return {name: hidden(html, name) for name in names}


async def signing_in(script: Script, **fields: str) -> tuple[httpx.AsyncClient, httpx.Response]:
    client = browser(script, signed_in=False)
    known = await filled(client, "/login")
    return client, await client.post("/login", data={**known, **GOOD, **fields})


# ── forms that others send ───────────────────────────────────────────────────────────────────────────────────────────
async def test_every_post_is_one_of_these_and_guarded():
    posting = [r for r in all_routes() if "POST" in (r.methods or ())]

    assert {r.path for r in posting} == set(FORMS) | OF_RECORDS
    assert all(cookies.Genuine in r.dependencies for r in posting)
    assert {m for r in all_routes() for m in r.methods or ()} == {"GET", "POST"}


def all_routes() -> list[RouteContext]:
    """Of the dashboard's own modules."""
    from services.dashboard.app import MODULES

    found = (r for m in MODULES for r in iter_route_contexts(m.router.routes))
    return [r for r in found if isinstance(r.original_route, APIRoute)]


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_without_its_token_or_with_anothers_is_refused(path: str):
    script = Script()
    other = browser(script)
    other.cookies.set("shegong_session", "anothers-session-token")
    strangers = (await filled(other, FORMS[path]))["_form"]
    client = browser(script)

    for token in ("", "0" * 64, "五", strangers):
        response = await client.post(path, data={"_form": token, **GOOD})

        assert response.status_code == 403
        check(response)
        assert "没有做任何更改" in response.text
    assert not [r for r in script.asked if r.method == "POST"]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
async def test_a_form_from_another_site_is_refused(path: str, site: str):
    script = Script()
    client = browser(script)
    known = await filled(client, FORMS[path])

    response = await client.post(path, data={**known, **GOOD}, headers={"sec-fetch-site": site})

    assert response.status_code == 403
    assert not [r for r in script.asked if r.method == "POST"]


# ── sign-in ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_signing_in_opens_a_session_that_scripts_and_other_sites_cannot_use():
    script = Script()

    _, response = await signing_in(script)

    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert sent(script.last("/auth/login")) == GOOD
    cookie = next(c for c in response.headers.get_list("set-cookie") if c.startswith("shegong_session="))
    assert TOKEN in cookie
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


async def test_over_https_the_cookie_is_bound_to_the_host():
    client = browser(signed_in=False, https=True)
    client.base_url = httpx.URL("https://test")
    known = await filled(client, "/login")

    response = await client.post("/login", data={**known, **GOOD})

    cookie = next(c for c in response.headers.get_list("set-cookie") if TOKEN in c)
    assert cookie.startswith("__Host-shegong=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert (await client.get(f"/map/{JINAN}")).status_code == 200


async def test_the_session_goes_on_as_a_bearer_with_the_browsers_address_signed():
    script = Script()

    await browser(script).get(f"/map/{JINAN}")

    asked = script.last(f"/coverage/{JINAN}")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    claims = keyring("gateway").verify(asked.headers["x-shegong-front"], kind="front", signer="dashboard")
    assert (claims["sub"], claims["address"]) == ("service:dashboard", "127.0.0.1")


async def test_the_next_sign_in_says_that_this_browser_is_known():
    from tests.dashboard.scripted import usual

    token = "device-of-this-browser"
    session = usual()["/auth/login"].model_copy(update={"device": token})
    script = Script(**{"/auth/login": session})
    client, response = await signing_in(script)
    cookie = next(c for c in response.headers.get_list("set-cookie") if token in c)

    await client.post("/login", data={**await filled(client, "/login"), **GOOD})

    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=7776000"} <= set(cookie.split("; "))
    assert script.last("/auth/login").headers["x-shegong-device"] == token


@pytest.mark.parametrize("target", ["/map/370112000000?on=2021-12-31", "/imports/new?kind=service-points"])
async def test_after_sign_in_one_is_where_one_wanted_to_be(target: str):
    script = Script()
    client = browser(script, signed_in=False)
    known = await filled(client, (await client.get(target)).headers["location"])

    response = await client.post("/login", data={**known, **GOOD})

    assert response.headers["location"] == target


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "/\t/evil", "javascript:alert(1)", "map",
     "/login", "/logout?x=1", "", "/a\nb"],
)  # fmt: skip
async def test_nobody_is_sent_elsewhere(target: str):
    assert local(target) is None
    _, response = await signing_in(Script(), next=target[:1900])
    assert response.headers["location"] == "/"
    page = await browser(signed_in=False).get("/login", params={"next": target})
    assert not [a for a in Html(page.text).all("input") if a.get("name") == "next"]


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(refused(401, "用户名或密码不对，请核对后重试。", "wrong_credentials"), 401),
     (refused(429, "尝试次数过多，请 15 分钟后再试。", "too_many_tries", **{"retry-after": "900"}), 429),
     (silent, 503)],
)  # fmt: skip
async def test_a_refused_sign_in_says_what_to_do_and_keeps_no_password(refusal: object, status: int):
    client, response = await signing_in(Script(**{"/auth/login": refusal}))

    assert response.status_code == status
    check(response)
    assert "www-authenticate" not in response.headers
    assert GOOD["password"] not in response.text
    assert "shegong_session" not in client.cookies
    assert any(word in response.text for word in ("请核对后重试", "15 分钟后再试", "没有应答"))


async def test_nothing_typed_is_said_before_asking():
    script = Script()

    _, response = await signing_in(script, username="  ", password="")

    assert response.status_code == 422
    check(response)
    assert "请输入用户名" in response.text
    assert "请输入密码" in response.text
    assert script.asked == []


async def test_too_long_a_name_is_a_wrong_name():
    _, response = await signing_in(Script(), username="x" * 500)

    assert response.status_code == 401
    assert "用户名或密码不对" in response.text


async def test_signing_out_ends_the_session_also_when_it_had_ended():
    for answer in (httpx.Response(204), refused(401, "登录已失效。")):
        script = Script(**{"/auth/logout": answer})
        client = browser(script)
        known = await filled(client, "/help")

        response = await client.post("/logout", data=known)

        assert response.headers["location"] == "/login?left=true"
        assert 'shegong_session=""' in response.headers["set-cookie"]
        assert script.last("/auth/logout").headers["authorization"] == f"Bearer {TOKEN}"


async def test_a_sign_out_that_did_not_reach_the_gateway_is_not_called_one():
    client = browser(Script(**{"/auth/logout": silent}))

    response = await client.post("/logout", data=await filled(client, "/help"))

    assert response.status_code == 503
    assert "set-cookie" not in response.headers


# ── passwords ────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_whoever_has_the_first_password_changes_it_first():
    from tests.dashboard.scripted import usual

    session = usual()["/auth/login"].model_copy(update={"must_change_password": True})
    _, response = await signing_in(Script(**{"/auth/login": session}))
    assert response.headers["location"] == "/password"

    asked = Script(**{"/auth/me": an_official(must_change_password=True)})
    assert "请先改成只有您知道的密码" in (await browser(asked).get("/password")).text
    assert (await browser(asked).get(f"/map/{JINAN}")).headers["location"] == "/password"


@pytest.mark.parametrize(
    ("fields", "answer", "status", "shows"),
    [
        ({"old": "a", "new": "b", "again": "b"}, httpx.Response(204), 200, "下次请用新密码登录"),
        ({"old": "a", "new": "b", "again": "c"}, silent, 422, "两次输入的新密码不一致"),
        ({"old": "", "new": ""}, silent, 422, "请输入原密码"),
        (
            {"old": "a", "new": "b", "again": "b"},
            refused(422, "新密码太短。", errors=[FieldError(field="new", code="short", detail="至少 12 个字。")]),
            422,
            "至少 12 个字。",
        ),
        ({"old": "a", "new": "b", "again": "b"}, silent, 503, "没有应答"),
    ],
)
async def test_changing_the_password(fields: dict[str, str], answer: object, status: int, shows: str):
    client = browser(Script(**{"/auth/password": answer}))

    response = await client.post("/password", data={**await filled(client, "/password"), **fields})

    assert response.status_code == status
    check(response)
    assert shows in response.text
