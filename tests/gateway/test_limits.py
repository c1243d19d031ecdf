"""How often one may ask."""

from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from starlette.datastructures import Address, Headers

from gateway.identity.address import network_asking
from gateway.identity.limits import Limit
from services.kernel.errors import TooMany
from tests.gateway.conftest import PASSWORD, a_gateway

pytestmark = pytest.mark.anyio
LOGIN, ME = "/api/v1/auth/login", "/api/v1/auth/me"


def admitted(limit: Limit, times: list[float], key: str = "a") -> int:
    count = 0
    for at in times:
        try:
            limit.take(key, {}, at=at)
        except TooMany:
            continue
        count += 1
    return count


def test_a_burst_and_then_the_rate_exactly():
    limit = Limit("x", rate=10, burst=20)
    assert admitted(limit, [0.0] * 40) == 20
    assert admitted(limit, [i / 50 for i in range(1, 3001)]) == 600
    assert admitted(limit, [1000.0] * 40) == 20
    assert admitted(limit, [1000.0] * 40, "another") == 20


def test_the_headers_say_how_much_is_left_and_how_long_to_wait():
    limit, scope = Limit("x", rate=2, burst=3), {}
    limit.take("a", scope, at=0)
    assert scope["shegong.limit"] == {"ratelimit-policy": '"x";q=3;w=2', "ratelimit": '"x";r=2;t=1'}
    limit.take("a", scope, at=0)
    limit.take("a", scope, at=0)
    with pytest.raises(TooMany) as refused:
        limit.take("a", scope, at=0)
    assert refused.value.retry_after == 1
    assert scope["shegong.limit"]["ratelimit"] == '"x";r=0;t=2'


def test_those_who_have_not_asked_for_long_are_forgotten(monkeypatch):
    monkeypatch.setattr("gateway.identity.limits.KEPT", 10)
    limit = Limit("x", rate=1, burst=1)
    for i in range(100):
        limit.take(str(i), {}, at=float(i * 2))
    assert len(limit.full_at) <= 11


async def test_each_principal_has_a_rate_of_its_own(databases):
    async for gateway in a_gateway(databases, rate_per_second=1, rate_burst=5):
        await gateway.person("official")
        await gateway.person("another")
        browser, another = await gateway.signed_in(), await gateway.signed_in("another")

        answers = [await browser.get(ME) for _ in range(7)]

        assert [a.status_code for a in answers] == [200] * 5 + [429] * 2
        assert answers[0].headers["ratelimit"].startswith('"principal";r=4')
        assert (answers[-1].json()["code"], answers[-1].headers["retry-after"]) == ("rate_limited", "1")
        assert answers[-1].headers["ratelimit"].startswith('"principal";r=0')
        assert (await another.get(ME)).status_code == 200


async def test_signing_in_is_limited_by_address(databases):
    async for gateway in a_gateway(databases, anonymous_per_second=0.1, anonymous_burst=3):
        await gateway.person("official")
        orders = [{"username": f"nobody{i}", "password": PASSWORD} for i in range(5)]

        answers = [
            await gateway.browser(**{"x-forwarded-for": f"203.0.113.{i}"}).post(LOGIN, json=o)
            for i, o in enumerate(orders)
        ]
        token = await gateway.browser().post("/api/v1/auth/token", data={"grant_type": "client_credentials"})

        assert [a.status_code for a in answers] == [401] * 3 + [429] * 2
        assert token.status_code == 429
        assert (await gateway.signed_in(address="192.0.2.77")).headers["authorization"]


async def test_by_https_browsers_are_told_to_stay_with_it(databases):
    async for gateway in a_gateway(databases, https=True):
        assert (await gateway.browser().get("/health")).headers["strict-transport-security"] == "max-age=31536000"


class Asked:
    """As much of a request as tells where it comes from, at a gateway that trusts 10.0.0.0/24."""

    def __init__(self, peer: str, *forwarded: str) -> None:
        settings = SimpleNamespace(trusted_proxies=[ip_network("10.0.0.0/24")])
        self.app = SimpleNamespace(state=SimpleNamespace(settings=settings))
        self.client = Address(peer, 1)
        self.headers = Headers(raw=[(b"x-forwarded-for", f.encode()) for f in forwarded])


def test_only_a_proxy_that_we_were_told_of_is_believed():
    def network(peer: str, *forwarded: str) -> str:
        return network_asking(Asked(peer, *forwarded))

    assert network("10.0.0.5", "203.0.113.1, 198.51.100.2") == "198.51.100.2"
    assert network("10.0.0.5", "198.51.100.2, 10.0.0.9") == "198.51.100.2"
    assert network("10.0.0.5", "203.0.113.1", "198.51.100.2") == "198.51.100.2"
    assert network("10.0.0.5") == "10.0.0.5"
    assert network("192.0.2.1", "203.0.113.1") == "192.0.2.1"
    assert network("10.0.0.5", "nonsense") == "unknown"
    assert network("::ffff:192.0.2.1") == "192.0.2.1"
