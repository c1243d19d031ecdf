"""What passes the door and what does not: a real service behind it, on a port of its own."""

import asyncio

import aiohttp
import httpx
import jwt
import pytest

from gateway.door.paths import inner_path
from services.kernel.actor import ACTOR
from services.kernel.errors import NotFound
from tests.gateway.conftest import a_gateway
from tests.gateway.inner import PIECE, an_inner_service
from tests.keys import LICHENG, keyring
from tests.running import free_port, serving

pytestmark = pytest.mark.anyio
ECHO = "/api/v1/registry/echo"
MADE = "0f8fad5bd9cb469fa165708677289502"  # a request id as the gateway makes it


@pytest.fixture
async def inner():
    app = an_inner_service()
    async with serving(app) as address:
        app.state.address = address
        yield app


@pytest.fixture
async def gateway(databases, inner):
    services = {"registry": inner.state.address, "training": f"http://127.0.0.1:{free_port()}"}
    async for made in a_gateway(databases, services=services, answer_limit=6 * 1024 * 1024):
        await made.person("official", "viewer")
        yield made


async def test_the_actor_arrives_signed_for_a_minute_and_nothing_else_of_the_askers(gateway):
    browser = await gateway.signed_in()
    forged = {
        "x-actor": "root", "x-forwarded-for": "203.0.113.9", "x-forwarded-host": "evil", "cookie": "a=b",
        "x-shegong-front": "x", "host": "evil.example", "x-request-id": MADE, "te": "trailers",
        "if-match": '"3"', "accept-language": "en", "idempotency-key": "12345678", "connection": "keep-alive, x-a",
        "x-a": "1", "x-user": "root", "x-shegong-actor": "a.b.c", "X-Shegong-Role": "root",
    }  # fmt: skip

    told = (await browser.get(f"{ECHO}/a%20b/中", params={"q": "100% 社工", "on": "2026-01-01"}, headers=forged)).json()

    assert told["actor"]["kind"] == "person"
    assert told["actor"]["may"]["registry:read"] == [[LICHENG, "370112999999"]]
    assert told["path"] == "/echo/a%20b/%E4%B8%AD"
    assert told["query"] == "q=100%25+%E7%A4%BE%E5%B7%A5&on=2026-01-01"
    passed = {"if-match", "accept-language", "idempotency-key", "accept", "x-request-id", "authorization", "host"}
    assert set(told["headers"]) == passed | {ACTOR}
    assert told["headers"]["x-request-id"] != MADE
    assert told["headers"]["host"].startswith("127.0.0.1")
    service, actor = (
        jwt.decode(told["headers"][name].removeprefix("Bearer "), options={"verify_signature": False})
        for name in ("authorization", ACTOR)
    )
    for claims in (service, actor):
        assert (claims["aud"], claims["iss"], claims["exp"] - claims["iat"]) == ("registry", "gateway", 60)
    assert (service["sub"], "actor" in service, actor["azp"]) == ("service:gateway", False, "gateway")


async def test_five_megabytes_stream_both_ways(gateway):
    browser = await gateway.signed_in()

    async def body():
        for _ in range(80):
            yield PIECE

    up = await browser.post(f"{ECHO}/up", content=body(), headers={"content-type": "multipart/form-data; boundary=x"})
    down = await browser.get("/api/v1/registry/big", params={"pieces": 80})

    assert up.json()["size"] == len(down.content) == 80 * len(PIECE) > 5_000_000
    assert down.headers["etag"] == '"7"'
    assert not {"x-secret", "set-cookie"} & set(down.headers)
    assert down.headers["x-content-type-options"] == "nosniff"


async def test_a_body_beyond_the_limit_is_refused_at_the_door(gateway):
    browser = await gateway.signed_in()

    async def body():
        for _ in range(40):
            yield PIECE

    declared = await browser.post(f"{ECHO}/up", content=b"x" * (1024 * 1024 + 1))
    endless = await browser.post(f"{ECHO}/up", content=body())

    assert [(a.status_code, a.json()["code"]) for a in (declared, endless)] == [(413, "too_large")] * 2


async def test_an_answer_beyond_the_limit_never_looks_whole(gateway):
    browser = await gateway.signed_in()

    with pytest.raises(Exception):  # noqa: B017, PT011 - the transport breaks off, by whatever error
        await browser.get("/api/v1/registry/big", params={"pieces": 100})


async def test_an_answer_that_breaks_off_never_looks_whole(gateway):
    browser = await gateway.signed_in()
    async with serving(gateway.app) as address, httpx.AsyncClient(base_url=address, headers=browser.headers) as outside:
        with pytest.raises(httpx.RemoteProtocolError):
            await outside.get("/api/v1/registry/broken-off")


NOT_THERE = [
    "internal/subjects", "internal", "Internal/x", "%69nternal/subjects", "internal%2fsubjects", "health", "ready",
    "metrics", "echo/../internal/subjects", "echo/%2e%2e/internal/subjects", "echo/..%2finternal", "echo/%252e%252e/x",
    "echo//x", "/echo/x", "echo/a%5cb", "echo/a%00b", "echo/a%0d%0ab", "echo/.", "echo/", "", "./echo/x", "echo;x/y",
]  # fmt: skip


@pytest.mark.parametrize("path", NOT_THERE)
def test_a_path_that_could_be_read_in_two_ways_is_not_there(path):
    with pytest.raises(NotFound):
        inner_path(f"/api/v1/registry/{path}".encode(), b"/api/v1/registry/")


async def test_addresses_that_are_nobodys_business_are_not_there(gateway):
    browser = await gateway.signed_in()
    for path in NOT_THERE[:16]:
        answer = await browser.get(httpx.URL("http://test").copy_with(raw_path=f"/api/v1/registry/{path}".encode()))
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_address"), path


async def test_an_anonymous_request_is_refused_before_anything_is_passed_on(gateway, inner):
    answer = await gateway.browser().get("/api/v1/registry/waiting")

    assert answer.status_code == 401
    assert not inner.state.begun.is_set()


async def test_a_refusal_of_the_service_arrives_as_it_was(gateway):
    browser = await gateway.signed_in()

    answer = await browser.get("/api/v1/registry/refusing")

    assert (answer.status_code, answer.json()["code"], answer.json()["rule"]) == (409, "already_reviewed", "REG-04")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_role_is_decided_by_the_owner_of_the_record(gateway):
    await gateway.person("admin", "audit_admin")

    answer = await (await gateway.signed_in("admin")).get(f"{ECHO}/x")

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


async def test_a_location_is_given_as_seen_from_outside(gateway):
    browser = await gateway.signed_in()

    answer = await browser.post("/api/v1/registry/things", json={"name": "站点"})

    assert (answer.status_code, answer.headers["location"]) == (201, "/api/v1/registry/things/1")


async def test_methods_pass(gateway):
    browser = await gateway.signed_in()
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert (await browser.request(method, f"{ECHO}/x")).status_code == 200
    assert (await browser.head(f"{ECHO}/x")).status_code == 405  # the service has no such method; the door passes it


async def test_a_service_that_is_away_is_named(gateway):
    browser = await gateway.signed_in()

    answer = await browser.get("/api/v1/training/courses")

    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "part_away", "2")
    assert "培训服务" in answer.json()["detail"]
    assert answer.json()["params"] == {"part": "training"}
    assert (await browser.get("/api/v1/procurement/projects")).status_code == 404  # not behind this door at all


async def test_whoever_leaves_takes_the_question_along(gateway, inner):
    browser = await gateway.signed_in()
    async with serving(gateway.app) as address:
        async with aiohttp.ClientSession(headers={"authorization": browser.headers["authorization"]}) as http:
            asking = asyncio.create_task(http.get(f"{address}/api/v1/registry/waiting"))
            await asyncio.wait_for(inner.state.begun.wait(), 3)
            asking.cancel()
        await asyncio.wait_for(inner.state.gone.wait(), 3)


async def test_a_token_is_signed_once_for_many_requests_and_anew_for_another_grant(gateway):
    browser = await gateway.signed_in()

    async def token() -> str:
        return (await browser.get(f"{ECHO}/x")).json()["headers"][ACTOR]

    first, second = await token(), await token()
    db = await gateway.app.state.database.connect()
    await db.execute("update role_grant set divisions = '{370102000000}'")
    await db.close()
    gateway.app.state.house.standings.forget()

    assert first == second != await token()


async def test_a_service_that_does_not_know_our_signature_signs_nobody_out(gateway):
    browser = await gateway.signed_in()
    gateway.app.state.door.keyring = keyring("training")

    answer = await browser.get(f"{ECHO}/x")

    assert (answer.status_code, answer.json()["code"]) == (503, "part_refused")
