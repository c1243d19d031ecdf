"""The provider in a process of its own, our gateway and pages before it, and people at their browsers."""

import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import pytest
from fastapi import FastAPI

from services.dashboard.app import create_app
from services.dashboard.settings import DashboardSettings
from tests.conftest import ROOT, Databases
from tests.gateway.conftest import Gateway, a_gateway
from tests.keys import keyring
from tests.running import free_port

PROVIDER = ROOT / ".venv/slow"  # `make slow` installs it
OURS = "http://127.0.0.1:8080"
BACK = f"{OURS}/login/oidc/callback"
SECRET = "secret-of-shegong-which-is-long-enough"
SESSION = "shegong_session"
HOPS = 12


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    if not (PROVIDER / "stamp").exists():
        pytest.fail("这些测试须用 make slow 运行，它会先安装所需的身份认证服务。")
    port = free_port()
    path = (ROOT / ".venv/assets/path").read_text()
    process = subprocess.Popen(
        ["node", "provider.mjs", str(port)], cwd=PROVIDER, env={**os.environ, "PATH": path}, stderr=subprocess.DEVNULL
    )
    try:
        yield answering(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


def answering(address: str) -> str:
    for _ in range(600):
        try:
            httpx.get(f"{address}/jwks", trust_env=False).raise_for_status()
            return address
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError("the provider does not answer")


def tell(issuer: str, what: str, **said: object) -> dict[str, int]:
    """`person`, `lie`, `rotate`, or `counts`, which answers."""
    answer = httpx.post(f"{issuer}/tell/{what}", json=said, trust_env=False).raise_for_status()
    counts: dict[str, int] = answer.json()
    return counts


@dataclass
class Browser:
    """One jar of cookies, for our pages and for the provider's; goes where it is sent."""

    pages: FastAPI
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        ours = {OURS: httpx.ASGITransport(self.pages)}
        self.http = httpx.AsyncClient(trust_env=False, mounts=ours)

    async def left(self) -> str:
        """From our page to the provider's address."""
        answer = await self.http.get(f"{OURS}/login/oidc")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def sent_back(self, location: str, back: str = BACK) -> str:
        """The address at which the provider sends her back; she has not opened it yet."""
        for _ in range(HOPS):
            answer = await self.http.get(location)
            assert answer.status_code in (302, 303), f"{location}: {answer.status_code} {answer.text}"
            location = str(answer.url.join(answer.headers["location"]))
            if location.startswith(back):
                return location
        raise AssertionError(location)

    async def opened(self, address: str) -> httpx.Response:
        return await self.http.get(address)

    async def through(self) -> httpx.Response:
        """The whole way but the last page."""
        return await self.opened(await self.sent_back(await self.left()))

    @property
    def token(self) -> str | None:
        return self.http.cookies.get(SESSION)


@dataclass
class There:
    issuer: str
    gateway: Gateway
    pages: FastAPI
    browsers: list[Browser] = field(default_factory=list)

    def browser(self) -> Browser:
        self.browsers.append(Browser(self.pages))
        return self.browsers[-1]

    async def me(self, browser: Browser) -> dict[str, object]:
        door = self.gateway.browser(authorization=f"Bearer {browser.token}")
        answer = await door.get("/api/v1/auth/me")
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found


@pytest.fixture
async def there(databases: Databases, issuer: str) -> AsyncIterator[There]:
    tell(issuer, "person", name="王科长", department="社工科")
    oidc = {"issuer": issuer, "client_id": "shegong", "client_secret": SECRET, "redirect_uri": BACK}
    async for gateway in a_gateway(databases, demo=True, oidc=oidc):
        settings = DashboardSettings(keys=ROOT, demo=True, federation=True)
        door = httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://gateway")
        made = There(issuer, gateway, create_app(settings, keyring("dashboard"), door))
        yield made
        for browser in made.browsers:
            await browser.http.aclose()
        await door.aclose()
        await gateway.app.state.provider.http.aclose()


def changed(address: str, **query: str | None) -> str:
    """The same address with something else in its question, or without it."""
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query)) | query
    return urlunsplit(parts._replace(query=urlencode({name: v for name, v in asked.items() if v is not None})))


def asked(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
