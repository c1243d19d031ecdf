"""Proving oneself at the identity provider again: there, back, and on to where one was."""

import httpx
import pytest

from services.contracts.federation import Way
from tests.dashboard.scripted import Script, an_official, browser, refused, sent, text_of
from tests.dashboard.test_federation import BACK, STATE
from tests.dashboard.test_pages import check

pytestmark = pytest.mark.anyio
WAY, API = Way(location="https://id.example/authorize?x=1&prompt=login", state=STATE), "/auth/oidc/step-up"


def script(answer: httpx.Response | None = None) -> Script:
    def asked(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, text=WAY.model_dump_json())
        return answer or httpx.Response(204)

    return Script(**{"/auth/me": an_official(step_up="provider"), API: asked})


async def test_there_back_and_on():
    gateway = script()
    client = browser(gateway)
    page = await client.get("/confirm?next=/payments")
    [there] = [a.get("href") for a in check(page).all("a") if (a.get("href") or "").startswith("/confirm/elsewhere")]

    left = await client.get(there)
    back = await client.get(BACK, params={"code": "c", "state": STATE})

    assert (left.status_code, left.headers["location"]) == (303, WAY.location)
    assert (back.status_code, back.headers["location"]) == (303, "/payments")
    assert sent(gateway.last(API)) == {"code": "c", "state": STATE}
    assert client.cookies["shegong_session"]


async def test_what_was_not_proved_is_said_and_she_stays():
    client = browser(script(refused(422, "统一身份认证没有确认是您本人。", "not_proved_there")))
    await client.get("/confirm/elsewhere?next=//evil.example/")

    back = await client.get(BACK, params={"code": "c", "state": STATE})

    assert (back.status_code, "没有确认是您本人" in text_of(back.text)) == (422, True)
    assert "evil" not in back.text
    assert client.cookies["shegong_session"]


async def test_another_state_is_no_step_up():
    gateway = script()
    client = browser(gateway)
    await client.get("/confirm/elsewhere")

    back = await client.get(BACK, params={"code": "c", "state": "x" * 60})

    assert back.status_code == 401
    assert not [r for r in gateway.asked if r.method == "POST"]
