"""A gateway that keeps a page waiting."""

import asyncio

import httpx
import pytest

from tests.dashboard.scripted import (
    TOKEN,
    Script,
    built,
    text_of,
)
from tests.keys import JINAN, LICHENG

pytestmark = pytest.mark.anyio


def slow_at(path: str) -> httpx.AsyncClient:
    """A gateway that goes silent at some addresses, without closing the connection."""
    script = Script()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith(f"/api/v1{path}"):
            await asyncio.sleep(5)
        return script(request)

    return httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://gateway")


async def page_before(gateway: httpx.AsyncClient, path: str) -> tuple[httpx.Response, float]:
    app, started = built(), asyncio.get_running_loop().time()
    app.state.gateway = gateway
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        client.cookies.set("shegong_session", TOKEN)
        response = await client.get(path)
    return response, asyncio.get_running_loop().time() - started


async def test_a_page_waits_for_a_slow_gateway_no_longer_than_its_deadline(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.dashboard.gateway.PAGE_SECONDS", 0.2)

    response, seconds = await page_before(slow_at("/"), f"/map/{JINAN}")

    assert response.status_code == 503
    assert "重试" in response.text
    assert seconds < 1


async def test_a_page_waits_for_a_slow_panel_less_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.dashboard.panels.PANEL_SECONDS", 0.1)

    response, seconds = await page_before(slow_at("/indicators"), f"/map/{JINAN}")

    assert response.status_code == 200
    assert "没有及时应答" in response.text
    assert "历城区" in response.text
    assert seconds < 1


async def test_names_that_come_too_late_leave_their_codes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.dashboard.labels.NAMES_SECONDS", 0.1)

    response, seconds = await page_before(slow_at("/registry"), f"/explain?metric=certified_people&division={JINAN}")

    assert response.status_code == 200
    assert LICHENG in text_of(response.text)
    assert seconds < 1
