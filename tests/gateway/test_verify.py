"""Whoever scans the code on a paper learns how it stands with it, and a guesser learns nothing."""

import re

import pytest

from services.contracts.verification import WORDS, Verdict
from services.registry.verification.tokens import new_token
from tests.gateway.conftest import a_gateway
from tests.gateway.register import TOKEN, a_register
from tests.keys import an_issuer
from tests.running import serving

pytestmark = pytest.mark.anyio
VERIFY, KEYS, LISTS = "/api/v1/verify", "/.well-known/jwt-vc-issuer", "/api/v1/status-lists"
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
GUESSES = [
    "x" * 27,
    "%25",
    "%00",
    "..%3b",
    "_" * 27,
    "a" * 3000,
    "%E6%BC%94",
    "%ED%A0%80",
    "'%20or%20true--",
    TOKEN[:-1],
]


@pytest.fixture(scope="module")
async def register():
    app = a_register()
    async with serving(app) as address:
        app.state.address = address
        yield app


@pytest.fixture
async def gateway(databases, register):
    async for made in a_gateway(databases, services={"registry": register.state.address}):
        yield made


async def test_json_by_default_a_page_for_browsers_and_nothing_kept_on_the_way(gateway):
    browser = gateway.browser()

    answer = await browser.get(f"{VERIFY}/{TOKEN}")
    page = await browser.get(f"{VERIFY}/{TOKEN}", headers=PAGE)

    assert answer.json() == {
        "verdict": "valid", "word": "有效", "level": "social_worker", "valid_from": "2024-06-01",
        "valid_to": "2027-05-31", "name": "演*", "management_number": "2023****0001", "as_of": "2026-11-24T04:00:00Z",
    }  # fmt: skip
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for shown in ("有效", "演*", "社会工作师", "2023****0001", "2024-06-01 至 2027-05-31", "2026-11-24 12:00:00"):
        assert shown in page.text
    for one in (answer, page):
        assert (one.headers["cache-control"], one.headers["vary"]) == ("no-store", "accept")
        assert one.headers["referrer-policy"] == "no-referrer"
    assert "script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_each_verdict_stands_on_the_page_in_its_own_words(gateway, register):
    for said in set(Verdict) - {Verdict.UNKNOWN}:
        register.state.verdict = said
        page = await gateway.browser().get(f"{VERIFY}/{TOKEN}", headers=PAGE)

        assert (page.status_code, f'role="status">{WORDS[said]}</p>' in page.text) == (200, True)
        assert ("演*" in page.text) == (said is not Verdict.WITHDRAWN)
    register.state.verdict = Verdict.VALID


async def test_what_is_unknown_and_what_is_no_token_look_alike(gateway):
    """In status, text, headers; and in time, for both are hashed and looked for."""
    browser = gateway.browser()
    unknown, page = await browser.get(f"{VERIFY}/{new_token()}"), await browser.get(f"{VERIFY}/x", headers=PAGE)
    shown = {**unknown.json(), "request_id": ""}

    assert (unknown.status_code, shown["code"], "查无此证" in shown["detail"]) == (404, "no_such_certificate", True)
    assert (page.status_code, "查无此证" in page.text) == (404, True)
    for guess in GUESSES:
        answer = await browser.get(f"{VERIFY}/{guess}")
        assert {**answer.json(), "request_id": ""} == shown, guess
        assert set(answer.headers) == set(unknown.headers)


async def test_neither_takes_longer_for_the_register_is_asked_the_same_of_each(gateway, register):
    """By a hash, once, whatever was sent. (Measured times on a busy machine say more about its neighbours.)"""
    browser, register.state.asked = gateway.browser(), []
    for guess in [*GUESSES, TOKEN]:
        await browser.get(f"{VERIFY}/{guess}")

    assert len(register.state.asked) == len({*register.state.asked}) == len(GUESSES) + 1
    assert all(re.fullmatch("[0-9a-f]{64}", asked) for asked in register.state.asked)


async def test_a_guesser_is_slowed_down_like_any_stranger(databases, register):
    services = {"registry": register.state.address}
    async for gateway in a_gateway(databases, services=services, anonymous_per_second=1, anonymous_burst=3):
        guesser = gateway.browser()
        found = [(await guesser.get(f"{VERIFY}/{n}")).status_code for n in range(4)]
        page = await guesser.get(f"{VERIFY}/{TOKEN}", headers=PAGE)
        others = [await guesser.get(path) for path in (KEYS, f"{LISTS}/0")]

        assert found == [404] * 3 + [429]
        assert (page.status_code, "暂时无法核验" in page.text, "秒后再试" in page.text) == (429, True, True)
        assert [o.status_code for o in others] == [429, 429]
        assert (await gateway.browser("198.51.100.7").get(f"{VERIFY}/{TOKEN}")).status_code == 200


async def test_the_keys_and_the_states_are_everybodys(gateway):
    browser = gateway.browser()

    keys, listed = await browser.get(KEYS), await browser.get(f"{LISTS}/0")

    assert keys.json() == an_issuer().published().model_dump()
    assert set(keys.json()["jwks"]["keys"][0]) == {"kty", "crv", "use", "alg", "kid", "x"}
    assert (listed.text, listed.headers["content-type"]) == ("a.b.c", "application/statuslist+jwt")
    for number in ("7", "-1", "x", "9" * 400, "%00", "１"):
        missing = await browser.get(f"{LISTS}/{number}")
        assert (missing.status_code, missing.json()["code"]) == (404, "no_such_status_list")


async def test_a_register_that_is_away_is_said_to_be(databases):
    async for gateway in a_gateway(databases, services={"registry": "http://127.0.0.1:9"}):
        answer = await gateway.browser().get(f"{VERIFY}/{TOKEN}")
        page = await gateway.browser().get(f"{VERIFY}/{TOKEN}", headers=PAGE)

        assert (answer.status_code, answer.json()["code"]) == (503, "part_away")
        assert (page.status_code, "暂时无法核验" in page.text, "查无此证" in page.text) == (503, True, False)


async def test_asking_for_many_needs_somebody_who_may(gateway):
    await gateway.person("viewer", "viewer")
    assert (await gateway.browser().post(VERIFY, json={})).status_code == 401
    assert (await gateway.browser().post("/api/v1/registry/verifications", json={})).status_code == 401
