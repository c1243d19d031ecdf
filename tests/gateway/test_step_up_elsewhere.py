"""Proving oneself again at the identity provider: the same person, in the same session, since she was sent."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from gateway.identity.federation import rules, step_up
from services.kernel.clock import now
from services.kernel.db import run
from tests.gateway.test_federation import START, issuer, there  # noqa: F401

pytestmark = pytest.mark.anyio
STEP_UP, ME, MAPPINGS = "/api/v1/auth/oidc/step-up", "/api/v1/auth/me", "/api/v1/federation/mappings"


async def signed_in(there, **claims):  # noqa: F811
    there.knows(name="王", auth_time=int(there.gateway.clock().timestamp()), **claims)
    answer = await there.finished(there.agreed((await there.begun())["location"]))
    return there.gateway.browser(authorization=f"Bearer {answer.json()['token']}")


async def brought(there, browser, **claims):  # noqa: F811
    """What she brings back from there."""
    begun = await browser.get(STEP_UP)
    assert begun.status_code == 200, begun.text
    there.knows(name="王", **claims)
    return there.agreed(begun.json()["location"]), begun.json()["location"]


async def test_who_has_nothing_here_proves_herself_there(there):  # noqa: F811
    gateway = there.gateway
    browser = await signed_in(there)
    gateway.clock.forward(minutes=6)
    gateway.app.state.house.standings.forget()
    assert (await browser.get(ME)).json()["step_up"] == "provider"
    then = int(gateway.clock().timestamp())

    back, location = await brought(there, browser, auth_time=then)
    answer = await browser.post(STEP_UP, json=back)
    again = await browser.post(STEP_UP, json=back)

    assert ("prompt=login" in location, "max_age=0" in location) == (True, True)
    assert (answer.status_code, again.json()["params"]) == (204, {"reason": "state_used"})
    assert (await gateway.fetch("select proved_at from session"))[0]["proved_at"].timestamp() == then
    assert len(await gateway.events("SteppedUp")) == 1


@pytest.mark.parametrize(
    ("claims", "reason"),
    [({"auth_time": -60}, "auth_time"), ({"auth_time": 0, "another": True}, "subject")],
)
async def test_an_old_proof_or_anothers_proves_nothing_and_she_stays_signed_in(there, claims, reason):  # noqa: F811
    browser = await signed_in(there)
    then = int(there.gateway.clock().timestamp())
    if "another" in claims:
        async with there.gateway.writing() as tx:
            await run(tx, text("update federated_identity set subject = 'somebody-else'"), {})

    back, _ = await brought(there, browser, auth_time=then + claims["auth_time"])
    answer = await browser.post(STEP_UP, json=back)

    assert (answer.status_code, answer.json()["code"]) == (422, "not_proved_there")
    assert answer.json()["params"] == {"reason": reason}
    assert (await browser.get(ME)).status_code == 200


def test_a_provider_that_does_not_say_when_proves_nothing():
    with pytest.raises(rules.NotVouchedFor):
        step_up.proved_since({}, now() - timedelta(minutes=1), now())
    assert step_up.proved_since({"auth_time": int(now().timestamp())}, now() - timedelta(seconds=9), now()) <= now()


async def test_what_one_session_began_no_other_finishes_and_no_sign_in_does(there):  # noqa: F811
    one, other = await signed_in(there), await signed_in(there)
    then = int(there.gateway.clock().timestamp())
    back, _ = await brought(there, one, auth_time=then)
    of_sign_in = there.agreed((await there.begun(fresh="true"))["location"])

    assert (await other.post(STEP_UP, json=back)).json()["params"] == {"reason": "session"}
    assert (await there.finished(back)).json()["params"] == {"reason": "state"}
    assert (await one.post(STEP_UP, json=of_sign_in)).json()["params"] == {"reason": "session"}
    assert (await one.post(STEP_UP, json=back)).status_code == 204


async def test_whoever_has_a_password_here_proves_herself_here(there):  # noqa: F811
    await there.gateway.person("official", "viewer")
    here = await there.gateway.signed_in()

    assert (await here.get(STEP_UP)).json()["code"] == "proves_here"
    assert (await here.post(STEP_UP, json={"code": "c", "state": "s" * 60})).json()["code"] == "proves_here"
    assert (await there.gateway.browser().get(START)).status_code == 200
