"""Signing in at a certified provider (npm oidc-provider) in a process of its own, as a browser goes the way (A15).

Where that provider would not lie, it is told to: then the next identity token says something else, or is signed by
somebody else. `make slow` runs this.
"""

import hashlib
import time
from datetime import datetime

import httpx
import pytest

from gateway.identity.federation import states
from services.kernel.clock import now
from tests.slow.conftest import BACK, SECRET, Browser, There, asked, changed, tell

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
START, FINISH, ME = "/api/v1/auth/oidc/start", "/api/v1/auth/oidc/finish", "/api/v1/auth/me"
HOUR = 3600


def refused(answer: httpx.Response, browser: Browser) -> None:
    assert answer.status_code == 401, answer.text
    assert "统一身份认证" in answer.text
    assert browser.token is None


async def test_a_person_signs_in_with_pkce_state_and_nonce_and_is_the_same_the_next_time(there: There) -> None:
    browser = there.browser()
    assert "统一身份认证登录" in (await browser.http.get("http://127.0.0.1:8080/login")).text

    location = await browser.left()
    question = asked(location)
    back = await browser.sent_back(location)
    answer = await browser.opened(back)

    assert question["code_challenge_method"] == "S256"
    assert min(len(question[part]) for part in ("code_challenge", "state", "nonce")) >= 43
    assert asked(back).keys() == {"code", "state", "iss"}
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    me = await there.me(browser)
    assert (me["name"], me["permissions"]) == ("王科长", {})
    again = there.browser()
    await again.through()
    assert (await there.me(again))["id"] == me["id"]


async def test_the_provider_gives_nothing_to_whoever_asks_without_pkce(there: There) -> None:
    """The control: were it not asked for, the sign-in would prove nothing about it."""
    browser = there.browser()
    location = changed(await browser.left(), code_challenge=None, code_challenge_method=None)

    back = asked(await browser.sent_back(location))

    assert (back["error"], "code" in back) == ("invalid_request", False)


async def test_who_does_not_agree_there_is_not_signed_in_here(there: There) -> None:
    tell(there.issuer, "person", refuses=True)
    browser = there.browser()

    refused(await browser.through(), browser)


# ── what comes back ─────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a15_an_answer_counts_once(there: There) -> None:
    """The same address again, and the used code under a state that is good."""
    browser, other = there.browser(), there.browser()
    back = await browser.sent_back(await browser.left())
    assert (await browser.opened(back)).status_code == 303
    state = asked(await other.left())["state"]

    again = await there.gateway.browser().post(FINISH, json=asked(back))
    used = await other.opened(changed(back, state=state))

    assert (again.status_code, again.json()["params"]) == (401, {"reason": "state_used"})
    refused(used, other)


async def test_what_one_browser_began_no_other_finishes(there: There) -> None:
    hers, mine = there.browser(), there.browser()
    back = await hers.sent_back(await hers.left())
    state = asked(await mine.left())["state"]

    refused(await mine.opened(back), mine)
    refused(await mine.opened(changed(back, state=f"{state[:-2]}AA")), mine)
    forged = asked(back) | {"state": f"{asked(back)['state'][:-2]}AA"}
    answer = await there.gateway.browser().post(FINISH, json=forged)
    assert (answer.status_code, answer.json()["params"]) == (401, {"reason": "state"})
    assert (await hers.opened(back)).status_code == 303, "nothing of this has used it up"


@pytest.mark.parametrize("brought", ["another's code", "no code of theirs"])
async def test_a15_a_code_serves_the_question_that_it_answers_and_no_other(there: There, brought: str) -> None:
    """PKCE: a code that was slipped in fits no verifier but its own. The nonce, had it been ours, would not tell."""
    victim, other = there.browser(), there.browser()
    question, location = asked(await victim.left()), await other.left()
    back = asked(await other.sent_back(changed(location, nonce=question["nonce"])))
    code = back["code"] if brought == "another's code" else "x"

    refused(await victim.opened(changed(BACK, code=code, state=question["state"], iss=there.issuer)), victim)


async def test_a_code_for_another_client_is_refused_though_challenge_and_nonce_are_ours(there: There) -> None:
    browser = there.browser()
    location = await browser.left()
    theirs = "http://127.0.0.1:8080/another"
    code = asked(await browser.sent_back(changed(location, client_id="another", redirect_uri=theirs), theirs))["code"]

    refused(await browser.opened(changed(BACK, code=code, state=asked(location)["state"], iss=there.issuer)), browser)


@pytest.mark.parametrize("change", [{"nonce": "x" * 43}, {"nonce": None}])
async def test_a15_a_nonce_changed_on_the_way_there_is_noticed_on_the_way_back(
    there: There, change: dict[str, str]
) -> None:
    browser = there.browser()

    refused(await browser.opened(await browser.sent_back(changed(await browser.left(), **change))), browser)


@pytest.mark.parametrize("iss", ["https://evil.example", None])
async def test_a15_an_answer_that_another_provider_sends_is_refused(there: There, iss: str | None) -> None:
    """Mix-up (RFC 9207): this one always says who it is."""
    browser = there.browser()

    refused(await browser.opened(changed(await browser.sent_back(await browser.left()), iss=iss)), browser)


# ── what the identity token says ────────────────────────────────────────────────────────────────────────────────────
def lies() -> dict[str, dict[str, object]]:
    at = int(time.time())
    return {
        "another nonce": {"claims": {"nonce": "x" * 43}},
        "another issuer": {"claims": {"iss": "https://evil.example"}},
        "another client": {"claims": {"aud": "another"}},
        "two clients and nobody said for whom": {"claims": {"aud": ["shegong", "another"]}},
        "for whom: another": {"claims": {"azp": "another"}},
        "over": {"claims": {"exp": at - 40}},
        "of tomorrow": {"claims": {"iat": at + 24 * HOUR}},
        "of nobody": {"claims": {"sub": ""}},
        "proved long ago": {"claims": {"auth_time": at - 9 * HOUR}},
        "proved tomorrow": {"claims": {"auth_time": at + 24 * HOUR}},
        "signed by another key": {"signed": "another"},
        "signed by nobody": {"signed": "none"},
        "signed with the public key as a secret": {"signed": "public"},
        "signed with our secret": {"signed": "secret"},
        "by a key of no such name": {"head": {"kid": "../../etc/passwd"}},
        "no identity token": {"head": {"typ": "at+jwt"}},
    }


@pytest.mark.parametrize("lie", lies())
async def test_a14_a15_a_token_that_lies_signs_nobody_in(there: There, lie: str) -> None:
    """And the same browser, told the truth, is in: retelling alone changes nothing."""
    tell(there.issuer, "lie", **lies()[lie])
    browser = there.browser()

    refused(await browser.through(), browser)

    tell(there.issuer, "lie")
    assert (await browser.through()).status_code == 303
    assert browser.token is not None


async def test_a15_no_token_of_the_provider_opens_our_door(there: There) -> None:
    browser = there.browser()
    verifier = "v" * 43
    challenge = states.text(hashlib.sha256(verifier.encode()).digest())
    code = asked(await browser.sent_back(changed(await browser.left(), code_challenge=challenge)))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
    tokens = (await browser.http.post(f"{there.issuer}/token", data=form, auth=("shegong", SECRET))).json()

    for name in ("id_token", "access_token"):
        door = there.gateway.browser(authorization=f"Bearer {tokens[name]}")
        assert (await door.get(ME)).status_code == 401, name


# ── keys and time ───────────────────────────────────────────────────────────────────────────────────────────────────
async def test_the_provider_changes_its_keys_while_people_sign_in(there: There) -> None:
    """Whoever has been there before and after gets in; a forged key name does not make us ask at every try."""
    first, between = there.browser(), there.browser()
    assert (await first.through()).status_code == 303
    provider = there.gateway.app.state.provider
    begun = await between.sent_back(await between.left())

    tell(there.issuer, "rotate")
    provider.keys_at -= 10  # seconds, after which an unknown key is looked up
    before = tell(there.issuer, "counts")["keys"]

    assert (await between.opened(begun)).status_code == 303, "it had begun before"
    assert tell(there.issuer, "counts")["keys"] == before + 1
    for _ in range(3):
        tell(there.issuer, "lie", head={"kid": "k0"})
        browser = there.browser()
        refused(await browser.through(), browser)
    assert tell(there.issuer, "counts")["keys"] == before + 1


async def begun_anew(there: There, browser: Browser) -> httpx.Response:
    """What we answer to whoever was sent to prove herself anew."""
    way = (await there.gateway.browser().get(START, params={"fresh": "true"})).json()
    back = asked(await browser.sent_back(way["location"]))
    return await there.gateway.browser().post(FINISH, json=back)


async def test_whoever_signed_in_there_long_ago_is_asked_again_and_must_have_been(there: There) -> None:
    at = int(now().timestamp())
    tell(there.issuer, "person", name="王科长", signed_in=at - 2 * HOUR)
    browser = there.browser()
    await browser.through()
    assert [proved_at.timestamp() for proved_at in await proofs(there)] == [at - 2 * HOUR]

    logins = tell(there.issuer, "counts")["logins"]
    await browser.through()
    assert tell(there.issuer, "counts")["logins"] == logins, "two hours are no reason"
    answer = await begun_anew(there, browser)
    assert tell(there.issuer, "counts")["logins"] == logins + 1
    assert (answer.status_code, answer.json()["params"]) == (401, {"reason": "auth_time"}), "it says so, two hours late"

    tell(there.issuer, "person", name="王科长")
    answer = await begun_anew(there, browser)
    assert answer.status_code == 200, answer.text


async def test_whoever_signed_in_there_before_today_is_asked_by_the_provider(there: There) -> None:
    """Our eight hours go along with the question (max_age)."""
    tell(there.issuer, "person", name="王科长", signed_in=int(now().timestamp()) - 9 * HOUR)
    browser, logins = there.browser(), tell(there.issuer, "counts")["logins"]
    refused(await browser.through(), browser)

    tell(there.issuer, "person", name="王科长")

    assert (await browser.through()).status_code == 303
    assert tell(there.issuer, "counts")["logins"] == logins + 2


async def proofs(there: There) -> list[datetime]:
    return [r["proved_at"] for r in await there.gateway.fetch("select proved_at from session order by id")]
