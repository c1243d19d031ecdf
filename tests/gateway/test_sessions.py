"""The life of a session, and how quickly it ends."""

import json
from uuid import uuid4

import pytest

from gateway.identity import commands, upkeep
from gateway.identity.profiles import PROFILES, ProfileName, WeakPassword, check_password
from gateway.identity.seed import SEED
from services.kernel.clock import business_date
from tests.gateway.conftest import PASSWORD, a_gateway

pytestmark = pytest.mark.anyio
ME = "/api/v1/auth/me"
NEW = "春江潮水连海平 2026"


async def test_an_idle_session_ends(gateway):
    await gateway.person()
    browser = await gateway.signed_in()
    gateway.clock.forward(minutes=14, seconds=59)
    assert (await browser.get(ME)).status_code == 200
    gateway.clock.forward(minutes=14, seconds=59)
    gateway.app.state.house.standings.forget()
    assert (await browser.get(ME)).status_code == 200

    gateway.clock.forward(minutes=15)
    gateway.app.state.house.standings.forget()

    refused = await browser.get(ME)
    assert (refused.status_code, refused.json()["code"], refused.headers["www-authenticate"]) == (
        401,
        "signed_out",
        "Bearer",
    )


async def test_use_is_written_beside_the_requests_so_that_other_replicas_know(gateway):
    await gateway.person()
    browser = await gateway.signed_in()
    gateway.clock.forward(minutes=10)
    gateway.app.state.house.standings.forget()
    await browser.get(ME)

    await upkeep.write_seen(gateway.app.state.house)

    [row] = await gateway.fetch("select seen_at from session")
    assert row["seen_at"] == gateway.clock()
    assert gateway.app.state.house.standings.seen == {}


async def test_a_busy_session_ends_after_eight_hours(gateway):
    await gateway.person()
    browser = await gateway.signed_in()
    for _ in range(47):
        gateway.clock.forward(minutes=10)
        gateway.app.state.house.standings.forget()
        assert (await browser.get(ME)).status_code == 200

    gateway.clock.forward(minutes=10)
    gateway.app.state.house.standings.forget()

    assert (await browser.get(ME)).status_code == 401
    await upkeep.clean(gateway.app.state.house)
    assert len(await gateway.fetch("select 1 from session")) == 1  # its end is now; the next round removes it


async def test_a10_a_disabled_account_is_cut_on_all_its_sessions_within_a_second(gateway):
    account = await gateway.person("official", "viewer")
    browsers = [await gateway.signed_in() for _ in range(4)]
    standings = gateway.app.state.house.standings
    standings.monotonic = lambda: 100.0
    assert [(await b.get(ME)).status_code for b in browsers] == [200] * 4

    async with gateway.writing() as tx:  # as another replica would: nothing in this process is told
        await commands.disable_account(tx, SEED, account, at=gateway.clock(), reason="离任")
    standings.monotonic = lambda: 100.99
    kept = [(await b.get(ME)).status_code for b in browsers]
    standings.monotonic = lambda: 101.01

    assert [(await b.get(ME)).status_code for b in browsers] == [401] * 4
    assert kept == [200] * 4  # what this process knew it may have used until now, and no longer


async def test_a_grant_that_ends_takes_effect_within_a_second(gateway):
    account = await gateway.person("official", "viewer", "editor")
    browser = await gateway.signed_in()
    [editor] = await gateway.fetch("select id from role_grant where role = 'editor'")

    async with gateway.writing() as tx:
        await commands.end_grant(tx, SEED, editor["id"], on=business_date(gateway.clock()), reason="调岗")
    gateway.app.state.house.standings.forget()

    permissions = (await browser.get(ME)).json()["permissions"]
    assert "registry:read" in permissions
    assert "registry:write" not in permissions
    assert await gateway.events("GrantEnded") == [f"account:{account}"]


async def test_signing_out_ends_this_session_and_no_other(gateway):
    await gateway.person()
    here, there = await gateway.signed_in(), await gateway.signed_in()
    await here.get(ME)

    assert (await here.post("/api/v1/auth/logout")).status_code == 204

    assert ((await here.get(ME)).status_code, (await there.get(ME)).status_code) == (401, 200)
    assert (await here.post("/api/v1/auth/logout")).status_code == 401
    assert len(await gateway.events("PersonSignedOut")) == 1


async def test_one_sees_and_ends_ones_own_sessions_only(gateway):
    await gateway.person()
    await gateway.person("neighbour")
    here, there = await gateway.signed_in(), await gateway.signed_in(address="2001:db8:1:2::3")
    neighbour = await gateway.signed_in("neighbour")

    listed = (await here.get("/api/v1/auth/sessions")).json()["items"]
    other = next(s for s in listed if not s["current"])

    assert [s["network"] for s in listed if s["current"]] == ["192.0.2.1"]
    assert other["network"] == "2001:db8:1::/48"
    assert (await neighbour.delete(f"/api/v1/auth/sessions/{other['id']}")).status_code == 404
    assert (await neighbour.delete(f"/api/v1/auth/sessions/{uuid4()}")).status_code == 404
    assert (await here.delete(f"/api/v1/auth/sessions/{other['id']}")).status_code == 204
    assert (await there.get(ME)).status_code == 401


async def test_a_new_password_ends_the_other_sessions(gateway):
    await gateway.person()
    here, there = await gateway.signed_in(), await gateway.signed_in()

    done = await here.post("/api/v1/auth/password", json={"old": PASSWORD, "new": NEW})

    assert done.status_code == 204, done.text
    assert ((await here.get(ME)).status_code, (await there.get(ME)).status_code) == (200, 401)
    old = await gateway.browser().post("/api/v1/auth/login", json={"username": "official", "password": PASSWORD})
    new = await gateway.browser().post("/api/v1/auth/login", json={"username": "official", "password": NEW})
    assert (old.status_code, new.status_code) == (401, 200)
    assert len(await gateway.events("PasswordChanged")) == 1


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("太短了", "太短"),
        ("password-1234", "太常见"),
        ("P a s s w o r d 1 2 3 4", "太常见"),
        ("aaaaaaaaaaaaaa", "太常见"),
        ("official-2026", "用户名"),
        ("１２３４５６７８９０１２", "太常见"),
    ],
)
def test_a_weak_password_is_refused(new, says):
    with pytest.raises(WeakPassword, match=says) as refused:
        check_password(PROFILES[ProfileName.ASVS], new, "official")
    assert refused.value.errors[0].field == "new"


@pytest.mark.parametrize(
    "new", [NEW, "correct horse battery", "x" * 5 + "quiet river 7", "a" + "长" * 3 + "密码可以很长" * 20]
)
def test_a_long_password_is_good(new):
    check_password(PROFILES[ProfileName.ASVS], new, "official")


async def test_a_new_password_that_is_the_old_one_is_refused(gateway):
    await gateway.person()
    browser = await gateway.signed_in()

    answer = await browser.post("/api/v1/auth/password", json={"old": PASSWORD, "new": PASSWORD})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "new")
    assert "相同" in answer.json()["detail"]


@pytest.mark.parametrize("order", [{"old": "\\ud800", "new": NEW}, {"old": PASSWORD, "new": NEW + "\\ud800"}])
async def test_half_a_character_in_a_new_password_is_refused(gateway, order):
    await gateway.person()
    browser = await gateway.signed_in()
    body = json.dumps(order, ensure_ascii=False).replace("\\\\", "\\")

    answer = await browser.post(
        "/api/v1/auth/password", content=body.encode(), headers={"content-type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text


async def test_a_stolen_session_cannot_guess_the_password(gateway):
    await gateway.person()
    browser = await gateway.signed_in()
    order = {"old": "a wrong password", "new": NEW}

    answers = [await browser.post("/api/v1/auth/password", json=order) for _ in range(6)]

    assert [a.status_code for a in answers] == [422] * 5 + [429]
    assert answers[0].json()["errors"][0]["field"] == "old"


async def test_the_first_password_is_changed_before_anything_else(gateway):
    await gateway.person("official", "viewer", first=True)
    browser = await gateway.signed_in()
    targets = "/api/v1/targets?division=370100000000"

    refused = await browser.get(targets)
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    assert (await browser.get(ME)).json()["must_change_password"] is True

    await browser.post("/api/v1/auth/password", json={"old": PASSWORD, "new": NEW})
    assert (await browser.get(targets)).status_code != 403


async def test_a_demo_may_be_looked_at_with_pauses(databases):
    async for gateway in a_gateway(databases, demo=True):
        await gateway.person()
        browser = await gateway.signed_in()
        gateway.clock.forward(hours=3)

        assert (await browser.get(ME)).status_code == 200
