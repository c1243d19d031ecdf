"""The second step of signing in: what it opens, what it never opens, and how often a code serves."""

import asyncio
from base64 import b32decode

import pytest

from gateway.identity.factors import codes, commands, rules
from gateway.identity.policy import policy
from gateway.identity.seed import SEED
from tests.gateway.conftest import PASSWORD, a_gateway

pytestmark = pytest.mark.anyio
LOGIN, TOTP, STEP_UP = "/api/v1/auth/login", "/api/v1/auth/totp", "/api/v1/auth/step-up"
ENROLMENT, SESSIONS, ME = f"{TOTP}/enrolment", "/api/v1/auth/sessions", "/api/v1/auth/me"
RFC_6238 = b"12345678901234567890"
ADMIN = SEED.model_copy(update={"id": "account:somebody-else", "kind": "person"})


@pytest.fixture
async def gateway(databases):
    async for made in a_gateway(databases, second_factor="required"):
        yield made


def code_now(gateway, secret: str, steps: int = 0) -> str:
    return codes.code_of(b32decode(secret), int(gateway.clock().timestamp()) // codes.STEP + steps)


async def half(gateway, username="official", address="192.0.2.1", **headers):
    """As far as the password goes."""
    browser = gateway.browser(address, **headers)
    answer = await browser.post(LOGIN, json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    browser.headers["authorization"] = f"Bearer {answer.json()['token']}"
    return browser, answer.json()


def goes_on(browser, session) -> None:
    browser.headers["authorization"] = f"Bearer {session['token']}"


async def enrolled(gateway, username="official"):
    """Somebody signed in with a new second factor; its secret, and the recovery codes."""
    browser, _ = await half(gateway, username)
    secret = (await browser.post(ENROLMENT)).json()["secret"]
    answer = await browser.put(ENROLMENT, json={"code": code_now(gateway, secret)})
    assert answer.status_code == 200, answer.text
    goes_on(browser, answer.json()["session"])
    gateway.clock.forward(minutes=1)  # its step is used up
    return browser, secret, answer.json()["recovery_codes"]


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(seconds, code):
    assert codes.code_of(RFC_6238, seconds // codes.STEP) == code


@pytest.mark.parametrize("role", policy().roles)
def test_whoever_may_change_or_reveal_must_have_a_second_factor(role):
    reads_only = {"viewer", "agency", "audit_admin"}
    assert rules.must_have(policy().of_role(role), policy()) == (role not in reads_only)


@pytest.mark.parametrize("enrolled", [True, False])
@pytest.mark.parametrize("passed", [True, False])
@pytest.mark.parametrize("must", [True, False])
def test_what_a_session_waits_for(enrolled, passed, must):
    due = rules.due(enrolled=enrolled, passed=passed, must=must)

    assert due == ("code" if enrolled and not passed else "enrol" if must and not enrolled else "none")


async def test_whoever_must_have_one_enrols_before_anything_else(gateway):
    await gateway.person("official", "editor")
    await gateway.person("reader", "viewer")

    browser, session = await half(gateway)
    refused = await browser.get(SESSIONS)
    me = (await browser.get(ME)).json()
    _, free = await half(gateway, "reader")

    assert (session["second_factor"], session["device"], me["second_factor"]) == ("enrol", None, "enrol")
    assert (refused.status_code, refused.json()["code"]) == (403, "enrolment_required")
    assert (await browser.get("/api/v1/coverage/370100000000")).json()["code"] == "enrolment_required"
    assert free["second_factor"] == "none"


async def test_enrolling_gives_a_new_token_ends_the_others_and_keeps_no_secret_in_clear(gateway):
    await gateway.person("official", "editor")
    other, _ = await half(gateway)
    before, _ = await half(gateway)
    offered = (await before.post(ENROLMENT)).json()
    wrong = await before.put(ENROLMENT, json={"code": "000000"})
    answer = await before.put(ENROLMENT, json={"code": code_now(gateway, offered["secret"])})
    old = dict(before.headers)
    goes_on(before, answer.json()["session"])

    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "code")
    assert (await before.get(SESSIONS)).status_code == 200
    for gone in (other, gateway.browser(authorization=old["authorization"])):
        assert (await gone.get(ME)).status_code == 401
    kept = await gateway.fetch("select f::text as t from second_factor f union all select r::text from recovery_code r")
    shown = [b32decode(offered["secret"]).hex(), *map(codes.normal, answer.json()["recovery_codes"])]
    assert not any(secret in row["t"] for row in kept for secret in shown)
    assert len(await gateway.events("SecondFactorEnrolled")) == 1


async def test_a_session_half_way_opens_nothing_and_the_code_gives_it_a_new_token(gateway):
    await gateway.person("official", "viewer")
    _, secret, _ = await enrolled(gateway)
    browser, session = await half(gateway)

    refused = [await browser.get(SESSIONS), await browser.post(f"{TOTP}/recovery-codes"), await browser.delete(TOTP)]
    refused += [await browser.post(ENROLMENT), await browser.post(STEP_UP, json={"password": PASSWORD})]
    refused.append(await browser.post("/api/v1/auth/password", json={"old": PASSWORD, "new": "another One 123"}))
    assert {(a.status_code, a.json()["code"]) for a in refused} == {(403, "second_factor_required")}

    spaced = " ".join(code_now(gateway, secret)).translate({ord("0") + d: ord("０") + d for d in range(10)})
    answer = await browser.post(TOTP, json={"code": spaced})
    fixed = await browser.get(ME)
    goes_on(browser, answer.json())

    assert (session["second_factor"], answer.status_code) == ("code", 200), answer.text
    assert (fixed.status_code, (await browser.get(SESSIONS)).status_code) == (401, 200)
    assert answer.headers["cache-control"] == "no-store"
    gateway.clock.forward(minutes=11)  # half an hour ago it would have ended: the whole session lives on
    gateway.app.state.house.standings.forget()
    assert (await browser.get(SESSIONS)).status_code == 200


async def test_a_half_session_ends_after_ten_minutes(gateway):
    await gateway.person("official", "editor")
    browser, _ = await half(gateway)
    gateway.clock.forward(minutes=10)
    gateway.app.state.house.standings.forget()

    assert (await browser.get(ME)).status_code == 401


async def test_of_twenty_at_once_with_one_code_one_gets_in(gateway):
    await gateway.person("official", "viewer")
    _, secret, _ = await enrolled(gateway)
    browsers = [(await half(gateway))[0] for _ in range(20)]
    code = code_now(gateway, secret)

    answers = await asyncio.gather(*(b.post(TOTP, json={"code": code}) for b in browsers))
    written_apart = await (await half(gateway))[0].post(TOTP, json={"code": f"{code[:3]} {code[3:]}"})

    assert [a.status_code for a in answers].count(200) == 1
    assert {a.status_code for a in answers} <= {200, 401, 429}
    assert written_apart.status_code in (401, 429)


async def test_a_code_serves_in_the_step_before_and_after_but_none_behind_one_that_served(gateway):
    await gateway.person("official", "viewer")
    _, secret, _ = await enrolled(gateway)
    gateway.clock.forward(minutes=1)

    async def entered(steps: int) -> int:
        browser, _ = await half(gateway)
        return (await browser.post(TOTP, json={"code": code_now(gateway, secret, steps)})).status_code

    assert [await entered(steps) for steps in (-2, 2, -1, 1, 0, 1)] == [401, 401, 200, 200, 401, 401]


async def test_five_wrong_codes_pause_codes_and_not_passwords(gateway):
    await gateway.person("official", "viewer")
    _, secret, _ = await enrolled(gateway)
    browsers = [(await half(gateway, address=f"192.0.2.{n}"))[0] for n in range(12)]

    wrong = await asyncio.gather(*(b.post(TOTP, json={"code": "abcdef"}) for b in browsers))
    paused = await browsers[0].post(TOTP, json={"code": code_now(gateway, secret)})
    gateway.clock.forward(minutes=15)
    later, _ = await half(gateway)
    right = await later.post(TOTP, json={"code": code_now(gateway, secret)})

    assert sorted(a.status_code for a in wrong) == [401] * 5 + [429] * 7
    assert (paused.status_code, right.status_code) == (429, 200)
    assert "验证码" in paused.json()["detail"]


async def test_a_recovery_code_opens_once_and_renewing_ends_the_old_ones(gateway):
    account = await gateway.person("official", "viewer")
    signed_in, _, shown = await enrolled(gateway)

    async def opens(code: str) -> int:
        browser, _ = await half(gateway)
        return (await browser.post(TOTP, json={"code": code})).status_code

    assert [await opens(code) for code in (shown[0].upper(), shown[0], shown[1].replace("-", " "))] == [200, 401, 200]
    assert (await signed_in.get(TOTP)).json()["recovery_codes_left"] == 8
    renewed = (await signed_in.post(f"{TOTP}/recovery-codes")).json()["recovery_codes"]
    assert [await opens(code) for code in (shown[2], renewed[0])] == [401, 200]
    assert await gateway.events("RecoveryCodesRenewed") == [f"account:{account}"]


async def test_a_reset_takes_the_factor_and_leaves_the_password(gateway):
    account = await gateway.person("official", "editor")
    signed_in, _, _ = await enrolled(gateway)
    assert (await signed_in.delete(TOTP)).json()["code"] == "factor_needed"

    async with gateway.writing() as tx:
        await commands.reset_factor(tx, ADMIN, account, reason="手机遗失")
    gateway.app.state.house.standings.forget()

    assert (await signed_in.get(ME)).status_code == 401
    assert (await half(gateway))[1]["second_factor"] == "enrol"


async def test_a_paused_account_is_unlocked(gateway):
    account = await gateway.person("official", "viewer")
    for _ in range(5):
        await gateway.browser().post(LOGIN, json={"username": "official", "password": "wrong"})
    async with gateway.writing() as tx:
        await commands.unlock(tx, ADMIN, account, reason="本人来电核实")

    assert (await half(gateway))[1]["second_factor"] == "none"
    assert await gateway.events("AccountUnlocked") == [f"account:{account}"]


async def test_stepping_up_takes_all_that_one_has(gateway):
    await gateway.person("plain", "viewer")
    await gateway.person("official", "viewer")
    signed_in, secret, _ = await enrolled(gateway)
    plain, _ = await half(gateway, "plain")
    gateway.clock.forward(minutes=6)
    gateway.app.state.house.standings.forget()

    stale = await signed_in.post(f"{TOTP}/recovery-codes")
    by_password = await signed_in.post(STEP_UP, json={"password": PASSWORD})
    by_code = await signed_in.post(STEP_UP, json={"code": code_now(gateway, secret)})
    again = await signed_in.post(STEP_UP, json={"code": code_now(gateway, secret)})
    wrong = await plain.post(STEP_UP, json={"password": "wrong"})
    right = await plain.post(STEP_UP, json={"password": PASSWORD})

    assert (stale.status_code, stale.json()["code"]) == (403, "step_up_required")
    assert [a.status_code for a in (by_password, by_code, again, wrong, right)] == [422, 204, 422, 422, 204]
    assert (by_password.json()["errors"][0]["field"], wrong.json()["errors"][0]["field"]) == ("code", "password")
    assert (await signed_in.post(f"{TOTP}/recovery-codes")).status_code == 200
    assert (await signed_in.get(ME)).json()["step_up"] == "code"


async def test_stepping_up_cannot_be_guessed(gateway):
    await gateway.person("official", "viewer")
    signed_in, secret, _ = await enrolled(gateway)

    answers = [await signed_in.post(STEP_UP, json={"code": "000000"}) for _ in range(5)]
    paused = await signed_in.post(STEP_UP, json={"code": code_now(gateway, secret)})

    assert [a.status_code for a in (*answers, paused)] == [422] * 5 + [429]


async def test_a_known_browser_is_let_in_where_an_attacker_next_door_is_paused(gateway):
    await gateway.person("official", "viewer")
    await gateway.person("other", "viewer")
    _, session = await half(gateway)
    _, of_other = await half(gateway, "other")
    for _ in range(6):
        attacked = await gateway.browser().post(LOGIN, json={"username": "official", "password": "guess"})

    async def tried(device: str) -> int:
        order = {"username": "official", "password": PASSWORD}
        return (await gateway.browser(**{"x-shegong-device": device}).post(LOGIN, json=order)).status_code

    assert attacked.status_code == 429
    assert [await tried(d) for d in ("made-up", of_other["device"], session["device"])] == [429, 429, 200]
    _, again = await half(gateway, **{"x-shegong-device": session["device"]})
    assert again["device"] == session["device"]
    assert session["device"] not in str(await gateway.fetch("select d::text from known_device d"))
    for _ in range(5):
        await gateway.browser(**{"x-shegong-device": session["device"]}).post(
            LOGIN, json={"username": "official", "password": "stolen"}
        )
    assert await tried(session["device"]) == 429
