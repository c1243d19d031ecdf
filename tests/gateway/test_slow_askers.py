"""Whoever asks slowly, or too much at once, takes nothing away from others: real sockets at a real door."""

import asyncio
import contextlib
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn

from gateway.door.crowd import Crowd, Kind
from services.kernel import incoming, punctual
from services.kernel.errors import TooMany
from services.kernel.punctual import Punctual
from tests.gateway.conftest import a_gateway
from tests.gateway.inner import an_inner_service
from tests.running import free_port, serving

pytestmark = pytest.mark.anyio
HEAD = "POST /api/v1/registry/things HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n"


@pytest.fixture
async def gateway(databases):
    async with serving(an_inner_service()) as address:
        async for made in a_gateway(databases, services={"registry": address}):
            yield made


@contextlib.asynccontextmanager
async def punctually(app):
    """Served as `make run` does it."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, "127.0.0.1", port, http=Punctual, log_config=None, timeout_graceful_shutdown=1)
    )
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


class Asking:
    """A socket that has sent this much and no more."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def end(self) -> bytes:
        """All that is answered until the other side closes; one that closes on unread bytes resets the connection."""
        told = b""
        try:
            while piece := await self.reader.read(65536):
                told += piece
        except ConnectionError:
            pass
        finally:
            self.writer.close()
            with contextlib.suppress(ConnectionError):
                await self.writer.wait_closed()
        return told


async def begun(address: str, text: str) -> Asking:
    parts = urlsplit(address)
    asking = Asking(*await asyncio.open_connection(parts.hostname, parts.port))
    asking.writer.write(text.encode())
    return asking


async def ends(asking: list[Asking], seconds: float) -> list[bytes]:
    return await asyncio.wait_for(asyncio.gather(*(one.end() for one in asking)), seconds)


async def test_seventy_who_send_half_a_body_do_not_take_a_service_away(gateway, monkeypatch):
    monkeypatch.setattr(incoming, "IDLE_SECONDS", 2.0)
    await gateway.person("attacker")
    await gateway.person("official", "viewer")
    attacker, official = await gateway.signed_in("attacker"), await gateway.signed_in("official")
    head = f"{HEAD}authorization: {attacker.headers['authorization']}\r\ncontent-type: application/json\r\n\r\n{{"

    async with punctually(gateway.app) as address, httpx.AsyncClient(base_url=address) as http:
        slow = [await begun(address, head) for _ in range(70)]
        await asyncio.sleep(0.3)
        asked = [
            await http.get("/api/v1/registry/echo/x", headers={"authorization": official.headers["authorization"]})
            for _ in range(10)
        ]
        told = await ends(slow, 10)

    assert {a.status_code for a in asked} == {200}
    statuses = sorted(end.split(b" ", 2)[1] for end in told)
    assert statuses == [b"408"] * 24 + [b"429"] * 46
    assert not gateway.app.state.door.crowd.under_way


async def test_a_third_export_at_once_waits_for_its_turn_and_lists_are_answered_beside(gateway):
    """Otherwise forty exports of one person kept a service from everybody for a minute."""
    await gateway.person("official", "viewer")
    browser = await gateway.signed_in("official")

    exports = [asyncio.create_task(browser.get("/api/v1/registry/slow/export")) for _ in range(6)]
    await asyncio.sleep(0.2)
    beside = await browser.get("/api/v1/registry/echo/x")
    told = sorted([(await one).status_code for one in exports])

    assert (beside.status_code, told) == (200, [200] * 2 + [429] * 4)


async def test_a_third_upload_at_once_waits_for_its_turn(gateway, monkeypatch):
    monkeypatch.setattr(incoming, "IDLE_SECONDS", 1.0)
    await gateway.person("official", "viewer")
    browser = await gateway.signed_in("official")
    form = "content-type: multipart/form-data; boundary=x\r\n\r\nx"
    head = f"{HEAD}authorization: {browser.headers['authorization']}\r\n{form}"

    async with punctually(gateway.app) as address:
        slow = [await begun(address, head) for _ in range(3)]
        told = await ends(slow, 10)
        after = await browser.get("/api/v1/registry/echo/x")

    refused = [end for end in told if b" 429 " in end]
    assert [b"retry-after: 2" in r for r in refused] == [True]
    assert sum(b" 408 " in end for end in told) == 2
    assert after.status_code == 200


async def test_half_a_head_is_not_awaited(gateway, monkeypatch):
    monkeypatch.setattr(punctual, "HEAD_SECONDS", 0.3)
    async with punctually(gateway.app) as address:
        half = [await begun(address, "GET /health HTTP/1.1\r\nhost: x\r\n") for _ in range(20)]
        silent = await begun(address, "")
        whole = await begun(address, "GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        await whole.reader.readuntil(b"}")
        whole.writer.write(b"GET /health HTTP/1.1\r\n")

        told = await ends([*half, silent, whole], 3)

    assert set(told) == {b""}


async def test_a_body_that_nobody_reads_does_not_drip_for_ever(gateway, monkeypatch):
    monkeypatch.setattr(punctual, "HEAD_SECONDS", 0.3)
    async with punctually(gateway.app) as address:
        asking = await begun(address, f"{HEAD}\r\n")

        async def dripping():
            while True:
                asking.writer.write(b"x")
                await asyncio.sleep(0.05)

        drip = asyncio.create_task(dripping())
        [told] = await ends([asking], 3)
        drip.cancel()

    assert b" 401 " in told


def test_a_place_is_given_back_whatever_happens():
    crowd = Crowd(dict.fromkeys(Kind, 1))
    with pytest.raises(ZeroDivisionError), crowd.admitted("registry", "a", Kind.REQUEST):
        raise ZeroDivisionError
    with crowd.admitted("registry", "a", Kind.REQUEST):
        with crowd.admitted("registry", "b", Kind.REQUEST), crowd.admitted("registry", "a", Kind.EXPORT):
            pass
        with pytest.raises(TooMany), crowd.admitted("registry", "a", Kind.REQUEST):
            pass
    assert not crowd.under_way
