"""Signing in elsewhere: the browser that went is the one that comes back."""

from datetime import timedelta

import pytest

from services.contracts.federation import Way
from services.contracts.identity import Session
from services.kernel.clock import now
from tests.dashboard.scripted import Script, browser, refused

pytestmark = pytest.mark.anyio
STATE = "s" * 60
WAY = Way(location="https://id.example/authorize?x=1", state=STATE)
BACK = "/login/oidc/callback"


def script(**over: object) -> Script:
    session = Session(token="t" * 43, expires_at=now() + timedelta(hours=8))
    return Script(**{"/auth/oidc/start": WAY, "/auth/oidc/finish": session, **over})


async def test_there_and_back():
    gateway = script()
    client = browser(gateway, signed_in=False)

    left = await client.get("/login/oidc")
    assert (left.status_code, left.headers["location"]) == (303, WAY.location)
    assert "HttpOnly" in left.headers["set-cookie"]
    back = await client.get(BACK, params={"code": "c", "state": STATE, "iss": "https://id.example"})

    assert (back.status_code, back.headers["location"]) == (303, "/")
    assert client.cookies["shegong_session"] == "t" * 43
    assert b'"code": "c"' in gateway.last("/auth/oidc/finish").content


BROUGHT = [{"code": "c", "state": "x" * 60}, {"state": STATE}, {"code": "c"}, {"code": "c", "state": "é"}]


@pytest.mark.parametrize("brought", BROUGHT)
async def test_what_another_site_began_is_not_finished_here(brought):
    gateway = script()
    client = browser(gateway, signed_in=False)
    await client.get("/login/oidc")

    back = await client.get(BACK, params=brought)

    assert back.status_code == 401
    assert "shegong_session" not in client.cookies
    assert not [r for r in gateway.asked if r.url.path.endswith("/finish")]


async def test_a_refusal_is_told_on_the_sign_in_page_and_the_way_is_offered_where_there_is_one():
    gateway = script(**{"/auth/oidc/finish": refused(401, "您的账号已停用。", "account_disabled")})
    client = browser(gateway, signed_in=False, federation=True)
    await client.get("/login/oidc")

    back = await client.get(BACK, params={"code": "c", "state": STATE})

    assert (back.status_code, "您的账号已停用。" in back.text) == (401, True)
    assert "统一身份认证登录" in back.text
    assert "统一身份认证登录" not in (await browser(signed_in=False).get("/login")).text
