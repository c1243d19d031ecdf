"""Signing in, and all that keeps others from doing so in one's place."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from gateway.app import create_app
from gateway.identity import commands
from gateway.identity.seed import SEED
from tests.gateway.conftest import PASSWORD
from tests.keys import LICHENG, a_vault, keyring

pytestmark = pytest.mark.anyio
LOGIN = "/api/v1/auth/login"
RIGHT = {"username": "official", "password": PASSWORD}
WRONG = {"username": "official", "password": "not the password"}


async def test_signing_in_gives_a_session_and_says_who_one_is(gateway):
    await gateway.person("official", "editor", "reviewer")

    browser = await gateway.signed_in()
    me = (await browser.get("/api/v1/auth/me")).json()

    assert (me["name"], me["kind"], me["home"]) == ("演示", "person", LICHENG)
    assert [(g["role"], g["role_name"], g["tier"]) for g in me["grants"]] == [
        ("editor", "经办人员", "district"),
        ("reviewer", "审核人员", "district"),
    ]
    assert me["permissions"]["registry:write"] == me["permissions"]["registry:review"] == [LICHENG]
    assert "procurement:pay" not in me["permissions"]
    assert len(await gateway.events("PersonSignedIn")) == 1


async def test_a_token_is_kept_as_a_hash_and_not_to_be_cached(gateway):
    await gateway.person()

    answer = await gateway.browser().post(LOGIN, json=RIGHT)

    assert answer.headers["cache-control"] == "no-store"
    rows = await gateway.fetch("select s::text as whole from session s union all select a::text from account a")
    assert all(answer.json()["token"] not in r["whole"] and "argon2" not in r["whole"] for r in rows)


async def test_unknown_wrong_and_disabled_are_answered_alike(gateway):
    await gateway.person()
    gone = await gateway.person("gone")
    async with gateway.writing() as tx:
        await commands.disable_account(tx, SEED, gone, at=gateway.clock(), reason="离任")

    tried = [
        WRONG,
        {"username": "nobody", "password": PASSWORD},
        {"username": "gone", "password": PASSWORD},
        {"username": "a\x00b", "password": PASSWORD},
        {"username": "' or 1=1 --", "password": PASSWORD},
    ]
    answers = [await gateway.browser().post(LOGIN, json=order) for order in tried]

    told = [{k: v for k, v in a.json().items() if k != "request_id"} for a in answers]
    assert all(a.status_code == 401 for a in answers)
    assert all(t == told[0] for t in told)
    assert told[0]["code"] == "wrong_credentials"
    assert len(await gateway.events("SignInRefused")) == len(tried)


async def test_after_five_failures_the_right_password_is_refused_for_fifteen_minutes(gateway):
    await gateway.person()
    browser = gateway.browser()
    assert [(await browser.post(LOGIN, json=WRONG)).status_code for _ in range(5)] == [401] * 5

    paused = await browser.post(LOGIN, json=RIGHT)
    gateway.clock.forward(minutes=14, seconds=59)
    still = await browser.post(LOGIN, json=RIGHT)
    gateway.clock.forward(seconds=1)
    again = await browser.post(LOGIN, json=RIGHT)

    assert (paused.status_code, paused.json()["code"], paused.json()["rule"]) == (429, "sign_in_paused", "SEC-02")
    assert "15 分钟后" in paused.json()["detail"]
    assert 899 <= int(paused.headers["retry-after"]) <= 901
    assert (still.status_code, again.status_code) == (429, 200)


async def test_parallel_guesses_count_exactly_in_two_replicas(gateway):
    await gateway.person()
    twin = create_app(gateway.settings, keyring("gateway"), a_vault(), now=gateway.clock)
    here, there = gateway.browser(), gateway.browser()
    there._transport.app = twin

    answers = await asyncio.gather(*((here, there)[i % 2].post(LOGIN, json=WRONG) for i in range(20)))

    assert sorted(a.status_code for a in answers) == [401] * 5 + [429] * 15
    assert (await gateway.browser().post(LOGIN, json=RIGHT)).status_code == 429
    await twin.state.database.close()


async def test_half_a_character_in_a_password_is_refused(gateway):
    body = b'{"username": "a", "password": "\\ud800"}'

    answer = await gateway.browser().post(
        "/api/v1/auth/login", content=body, headers={"content-type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text


async def test_many_right_passwords_at_once_are_no_guesses(gateway):
    await gateway.person()

    answers = await asyncio.gather(*(gateway.browser().post(LOGIN, json=RIGHT) for _ in range(8)))

    assert {a.status_code for a in answers} == {200}


async def test_nobody_can_lock_another_person_out(gateway):
    await gateway.person()
    for _ in range(8):
        attacked = await gateway.browser("198.51.100.9").post(LOGIN, json=WRONG)
    assert attacked.status_code == 429

    assert (await gateway.browser("192.0.2.1").post(LOGIN, json=RIGHT)).status_code == 200


async def test_fifty_failures_from_everywhere_leave_familiar_networks_open(gateway):
    await gateway.person()
    await gateway.signed_in(address="192.0.2.1")
    until = "values (sha256('official'), '', 50, $1::timestamptz)"
    async with gateway.writing() as tx:
        connection = await (await tx.connection()).get_raw_connection()
        await connection.driver_connection.execute(
            f"insert into sign_in_try (name_hash, network, tries, until) {until} "
            "on conflict (name_hash, network) do update set tries = 50, until = excluded.until",
            gateway.clock() + timedelta(minutes=15),
        )

    assert (await gateway.browser("203.0.113.5").post(LOGIN, json=RIGHT)).status_code == 429
    assert (await gateway.browser("192.0.2.1").post(LOGIN, json=RIGHT)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"x-forwarded-for": "203.0.113.8"}, {"x-shegong-front": "203.0.113.8"}, {"forwarded": "for=203.0.113.8"}],
)
async def test_an_address_that_nobody_signed_is_not_believed(gateway, headers):
    await gateway.person()
    for _ in range(5):
        await gateway.browser("192.0.2.1").post(LOGIN, json=WRONG)

    assert (await gateway.browser("192.0.2.1", **headers).post(LOGIN, json=RIGHT)).status_code == 429


async def test_the_dashboard_says_where_the_browser_is(gateway):
    await gateway.person()

    def front(process: str, address: str) -> dict[str, str]:
        said = keyring(process).sign("gateway", "service:dashboard", {"address": address}, kind="front")
        return {"x-shegong-front": said}

    for _ in range(5):
        await gateway.browser("127.0.0.1", **front("dashboard", "198.51.100.9")).post(LOGIN, json=WRONG)

    async def try_as(process: str, address: str) -> int:
        return (await gateway.browser("127.0.0.1", **front(process, address)).post(LOGIN, json=RIGHT)).status_code

    assert await try_as("dashboard", "198.51.100.9") == 429
    assert await try_as("dashboard", "192.0.2.1") == 200
    await gateway.browser("127.0.0.1").post(LOGIN, json=WRONG)
    networks = {r["network"] for r in await gateway.fetch("select network from sign_in_try")}
    assert networks == {"", "198.51.100.9", "192.0.2.1", "127.0.0.1"}
    assert await try_as("registry", "203.0.113.1") == 200  # not the dashboard: counted at its own address
    assert "203.0.113.1" not in {r["network"] for r in await gateway.fetch("select network from sign_in_try")}


@pytest.mark.parametrize("extra", ["is_admin", "role", "division", "id", "disabled_at"])
async def test_nothing_may_be_slipped_in_at_signing_in(gateway, extra):
    answer = await gateway.browser().post(LOGIN, json={**RIGHT, extra: "1"})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, extra)
    assert PASSWORD not in answer.text


async def test_a_hundred_guesses_at_once_are_five(gateway):
    await gateway.person()

    answers = await asyncio.gather(*(gateway.browser().post(LOGIN, json=WRONG) for _ in range(100)))

    assert sorted(a.status_code for a in answers) == [401] * 5 + [429] * 95


async def test_where_tries_cannot_be_counted_nobody_signs_in(gateway, databases):
    await gateway.person()
    db = await asyncpg.connect(databases.admin("gateway"))
    await db.execute("alter table sign_in_try rename to away")
    try:
        answer = await gateway.browser().post(LOGIN, json=RIGHT)
    finally:
        await db.execute("alter table away rename to sign_in_try")
        await db.close()

    assert answer.status_code >= 500
    assert "token" not in answer.json()
    assert await gateway.fetch("select 1 from session") == []


async def test_a12_a_token_that_one_brings_along_is_not_the_one_that_one_gets(gateway):
    await gateway.person()
    brought = "fixed-by-somebody-else-1234567890"

    answer = await gateway.browser(authorization=f"Bearer {brought}").post(LOGIN, json=RIGHT)

    assert (answer.status_code, answer.json()["token"] == brought) == (200, False)
    me = await gateway.browser(authorization=f"Bearer {brought}").get("/api/v1/auth/me")
    assert me.status_code == 401


@pytest.mark.parametrize("name", ["x-user", "x-forwarded-user", "x-remote-user", "x-shegong-actor", "x-actor"])
async def test_a13_a_name_in_a_header_is_nobody(gateway, name):
    account = await gateway.person("official", "viewer")

    answer = await gateway.browser(**{name: f"account:{account}"}).get("/api/v1/auth/me")

    assert answer.status_code == 401


async def test_a16_no_answer_repeats_the_host_that_was_asked(gateway):
    """Nothing is sent by mail, and no link is made of the Host."""
    await gateway.person()

    answers = [
        await gateway.browser(host="evil.example", **{"x-forwarded-host": "evil.example"}).post(LOGIN, json=order)
        for order in (RIGHT, WRONG)
    ]

    assert [a.status_code for a in answers] == [200, 401]
    assert not any("evil" in a.text + str(a.headers) for a in answers)
