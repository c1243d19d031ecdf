"""What no administrator does alone: end another one's grant, or get into an account that she opened (SEC-06)."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from gateway.identity.administration.rules import password_made
from gateway.identity.models import Account
from services.kernel.clock import business_date, now
from tests.gateway.conftest import PASSWORD, a_gateway
from tests.gateway.test_administration import ACCOUNTS, BECAUSE, GRANTS, ME, admin, said
from tests.gateway.test_second_factor import ENROLMENT, LOGIN, STEP_UP, code_now, enrolled
from tests.keys import JINAN, LICHENG, an_actor

pytestmark = pytest.mark.anyio
PASSWORDS = "/api/v1/auth/password"
NEW = "另一个密码 Nur 9 Wolken"


@pytest.fixture
async def gateway(gateway):
    await gateway.hears_of_divisions()
    return gateway


@pytest.fixture
async def strict(databases):
    """Where whoever may change anything must have an authenticator."""
    async for made in a_gateway(databases, second_factor="required"):
        await made.hears_of_divisions()
        yield made


async def grant_of(gateway, username):
    [row] = await gateway.fetch(
        "select g.id from role_grant g join account a on a.id = g.account_id where a.username = $1", username
    )
    return f"{GRANTS}/{row['id']}"


async def three(gateway):
    return [await admin(gateway, "security_admin", name) for name in ("first", "second", "third")]


async def test_an_administrators_grant_ends_when_a_second_one_agrees(gateway):
    first, second, third = await three(gateway)
    auditor = await admin(gateway, "audit_admin")
    path = await grant_of(gateway, "audit_admin")

    asked = await first.post(f"{path}/end", json=BECAUSE)
    assert (asked.status_code, asked.json()["state"], asked.json()["ending_reason"]) == (200, "in_force", "演示")
    assert asked.json()["ending_by"] == (await first.get(ME)).json()["id"]
    assert "audit:read" in (await auditor.get(ME)).json()["permissions"]
    assert said(await second.post(f"{path}/end", json=BECAUSE)) == (409, "end_asked")
    assert said(await first.post(f"{path}/end/approve")) == (409, "four_eyes")
    [waiting] = (await second.get(f"{GRANTS}/pending")).json()["items"]
    assert (waiting["places"], waiting["ending_on"]) == (
        [{"code": JINAN, "name": "济南市"}], business_date(gateway.clock()).isoformat(),
    )  # fmt: skip

    agreed = await second.post(f"{path}/end/approve")
    assert (agreed.status_code, agreed.json()["state"], agreed.json()["ending_by"]) == (200, "ended", None)
    assert (await auditor.get(ME)).status_code == 401
    assert said(await third.post(f"{path}/end/approve")) == (409, "not_pending")
    assert (await second.get(f"{GRANTS}/pending")).json()["items"] == []
    assert len(await gateway.events("GrantEndAsked")) == len(await gateway.events("GrantEnded")) == 1


async def test_whoever_is_to_lose_it_has_no_say_and_it_is_declined_or_asked_again(gateway):
    first, second, third = await three(gateway)
    path = await grant_of(gateway, "third")
    later = (business_date(gateway.clock()) + timedelta(days=30)).isoformat()

    await first.post(f"{path}/end", json=BECAUSE | {"on": later})
    assert [said(await third.post(f"{path}/end/{verb}")) for verb in ("approve", "decline")] == [(409, "four_eyes")] * 2
    declined = await second.post(f"{path}/end/decline")
    assert (declined.status_code, declined.json()["ending_on"], declined.json()["end"]) == (200, None, None)
    assert said(await second.post(f"{path}/end/decline")) == (409, "not_pending")

    await second.post(f"{path}/end", json=BECAUSE | {"on": later})
    shortened = (await first.post(f"{path}/end/approve")).json()
    assert (shortened["state"], shortened["end"]) == ("in_force", later)
    assert len(await gateway.events("GrantEndDeclined")) == 1


async def test_her_own_grant_and_those_of_officials_one_ends_alone(gateway):
    first, *_ = await three(gateway)
    await gateway.person("official", "reviewer")

    assert (await first.post(f"{await grant_of(gateway, 'official')}/end", json=BECAUSE)).json()["state"] == "ended"
    assert (await first.post(f"{await grant_of(gateway, 'first')}/end", json=BECAUSE)).json()["state"] == "ended"


async def test_two_security_administrators_remain_whichever_way_one_leaves(gateway):
    first = await admin(gateway, "security_admin", "first")
    second = await admin(gateway, "security_admin", "second")
    system = await admin(gateway, "system_admin")
    await gateway.person("elsewhere", "security_admin", at=LICHENG)  # has no say over the city
    [other] = await gateway.fetch("select id from account where username = 'second'")
    path = f"{ACCOUNTS}/{other['id']}"
    too_few = (409, "too_few_security_admins")

    assert said(await first.post(f"{await grant_of(gateway, 'first')}/end", json=BECAUSE)) == too_few
    assert said(await first.post(f"{await grant_of(gateway, 'second')}/end", json=BECAUSE)) == too_few
    assert said(await system.post(f"{path}/disable", json=BECAUSE)) == too_few
    assert said(await system.post(f"{path}/enable", json=BECAUSE)) == (409, "not_disabled")

    await gateway.person("third", "security_admin", at=JINAN)
    assert (await system.post(f"{path}/disable", json=BECAUSE)).status_code == 204
    assert said(await first.post(f"{await grant_of(gateway, 'third')}/end", json=BECAUSE)) == too_few
    assert (await second.get(ME)).status_code == 401
    assert (await first.post(f"{await grant_of(gateway, 'elsewhere')}/end", json=BECAUSE)).status_code == 200


async def test_of_two_who_leave_at_once_one_stays(gateway):
    browsers = await three(gateway)
    paths = [await grant_of(gateway, name) for name in ("first", "second", "third")]

    answers = await asyncio.gather(*(b.post(f"{p}/end", json=BECAUSE) for b, p in zip(browsers, paths, strict=True)))

    assert sorted(a.status_code for a in answers) == [200, 409, 409]


async def test_the_database_itself_wants_another_person_to_agree(gateway):
    await three(gateway)
    db = await gateway.app.state.database.connect()
    asking = "update role_grant set ending_on = current_date, ending_by = $1, ending_reason = 'x'"
    with pytest.raises(asyncpg.CheckViolationError, match="ending_whole"):
        await db.execute("update role_grant set ending_by = 'account:x'")
    with pytest.raises(asyncpg.CheckViolationError, match="ending_by_another"):
        await db.execute(f"{asking} where 'account:' || account_id = $1", await self_of(gateway, "first"))
    with pytest.raises(asyncpg.CheckViolationError, match="ending_agreed_apart"):
        await db.execute(f"{asking}, ending_agreed_by = $1", "account:x")
    await db.close()


async def test_the_database_itself_ends_no_administrator_by_one_and_leaves_two(gateway):
    """Nor sooner than two have agreed; who holds it may alone."""
    await three(gateway)
    for role in ("audit_admin", "viewer"):
        await gateway.person(role, role)
    await gateway.person("elsewhere", "security_admin", at=LICHENG)  # has no say over the city
    db = await gateway.app.state.database.connect()
    held = dict(await db.fetch("select a.username, a.id from account a"))
    asked = "ending_on = current_date + 9, ending_by = 'account:1', ending_reason = 'x', ending_agreed_by = 'account:2'"

    async def ends(username, said, by="account:1"):
        sql = f'update role_grant set "end" = {said}, ended_by = $2 where account_id = $1'
        await db.execute(sql, held[username], by)

    async def refused(constraint, work):
        with pytest.raises(asyncpg.CheckViolationError) as caught:
            await work
        assert caught.value.constraint_name == constraint

    await ends("viewer", "current_date")
    for when in ("current_date", f"current_date + 8, {asked}"):
        await refused("ck_role_grant_ended_by_two", ends("audit_admin", when))
    await ends("audit_admin", f"current_date + 9, {asked}")
    await refused("ck_role_grant_ended_by_two", ends("audit_admin", "null", f"account:{held['audit_admin']}"))
    leaving = "update account set disabled_at = now() where id = $1"
    await db.execute(leaving, held["first"])
    await refused("ck_role_grant_two_security_admins", db.execute(leaving, held["second"]))
    await refused("ck_role_grant_two_security_admins", ends("third", "current_date", f"account:{held['third']}"))
    await ends("elsewhere", "current_date", f"account:{held['elsewhere']}")
    await db.close()


async def self_of(gateway, username):
    return await one(gateway, "select 'account:' || id from account where username = $1", username)


async def one(gateway, sql, *values):
    [[value]] = await gateway.fetch(sql, *values)
    return value


# ── an account that an administrator has opened ──────────────────────────────────────────────────────────────────────
async def opened(gateway, system):
    made = (await system.post(ACCOUNTS, json={"username": "zhang.wei", "name": "经办"})).json()
    return made["account"], made["password"]


async def comes(gateway, password, username="zhang.wei"):
    browser = gateway.browser()
    answer = await browser.post(LOGIN, json={"username": username, "password": password})
    assert answer.status_code == 200, answer.text
    browser.headers["authorization"] = f"Bearer {answer.json()['token']}"
    return browser, answer.json()["second_factor"]


async def granted(first, second, account, role="reviewer"):
    body = {"role": role, "divisions": [LICHENG], "reason": "任命"}
    made = (await first.post(f"{ACCOUNTS}/{account}/grants", json=body)).json()
    assert (await second.post(f"{GRANTS}/{made['id']}/approve")).status_code == 200


async def test_who_knows_the_first_password_enrols_nothing_until_another_saw_it_handed_over(strict):
    gateway = strict
    system, _, _ = await enrolled_admin(gateway, "system_admin")
    first, _, _ = await enrolled_admin(gateway, "security_admin", "first")
    second, _, _ = await enrolled_admin(gateway, "security_admin", "second")
    account, password = await opened(gateway, system)
    path = f"{ACCOUNTS}/{account}"
    await granted(first, second, account)

    browser, due = await comes(gateway, password)
    closed = [
        await browser.post(ENROLMENT),
        await browser.get("/api/v1/auth/sessions"),
        await browser.get("/api/v1/policy"),
    ]
    assert (due, {said(a) for a in closed}) == ("handover", {(403, "handover_required")})
    assert "另一名系统管理员或安全管理员" in closed[0].json()["detail"]
    assert said(await first.post(f"{path}/handover")) == (409, "first_password_unchanged")
    assert (await browser.post(PASSWORDS, json={"old": password, "new": NEW})).status_code == 204
    assert said(await browser.post(ENROLMENT)) == (403, "handover_required")

    shown = (await first.get(path)).json()
    assert (shown["handover_due"], shown["first_password_by"]) == (True, (await system.get(ME)).json()["id"])
    assert said(await system.post(f"{path}/handover")) == (409, "four_eyes")
    assert (await first.post(f"{path}/handover")).status_code == 204
    assert said(await second.post(f"{path}/handover")) == (409, "nothing_to_hand_over")
    assert (await browser.get(ME)).status_code == 401

    hers, due = await comes(gateway, NEW)
    assert (due, (await hers.post(ENROLMENT)).status_code) == ("enrol", 200)
    assert await gateway.events("AccountHandedOver") == [f"account:{account}"]


async def enrolled_admin(gateway, role, name=None):
    name = name or role
    await gateway.person(name, role, at=JINAN)
    return await enrolled(gateway, name)


async def test_an_authenticator_enrolled_before_the_role_came_is_gone_at_the_handing_over(gateway):
    """The opener was quicker: she enrolled while the account had no role, and waits for it to get one."""
    system, first = await admin(gateway, "system_admin"), await admin(gateway, "security_admin", "first")
    second = await admin(gateway, "security_admin", "second")
    account, password = await opened(gateway, system)
    thief, _ = await comes(gateway, password)
    secret = (await thief.post(ENROLMENT)).json()["secret"]
    session = (await thief.put(ENROLMENT, json={"code": code_now(gateway, secret)})).json()["session"]
    thief.headers["authorization"] = f"Bearer {session['token']}"
    await thief.post(PASSWORDS, json={"old": password, "new": NEW})
    await granted(first, second, account)

    again, due = await comes(gateway, NEW)
    gateway.clock.forward(minutes=1)
    whole = (await again.post("/api/v1/auth/totp", json={"code": code_now(gateway, secret)})).json()
    again.headers["authorization"] = f"Bearer {whole['token']}"
    assert (due, said(await again.get("/api/v1/auth/sessions"))) == ("code", (403, "handover_required"))
    assert (await first.post(f"{ACCOUNTS}/{account}/handover")).status_code == 204
    assert not await gateway.fetch("select 1 from second_factor union all select 1 from recovery_code")
    assert (await comes(gateway, NEW))[1] == "none"


async def test_a_reset_password_opens_no_role_on_which_two_must_agree(gateway):
    await gateway.person("sec", "security_admin", at=JINAN)
    viewer = await gateway.person("someone", "viewer", at=JINAN)
    system, first = await admin(gateway, "system_admin"), await admin(gateway, "security_admin", "first")
    account = (await self_of(gateway, "sec")).removeprefix("account:")

    password = (await system.post(f"{ACCOUNTS}/{account}/password")).json()["password"]
    browser, due = await comes(gateway, password, "sec")
    await browser.post(PASSWORDS, json={"old": password, "new": NEW})

    assert (due, said(await browser.get(ACCOUNTS))) == ("handover", (403, "handover_required"))
    assert (await system.post(f"{ACCOUNTS}/{viewer}/password")).status_code == 200
    assert (await first.post(f"{ACCOUNTS}/{account}/handover")).status_code == 204
    assert (await (await comes(gateway, NEW, "sec"))[0].get(ACCOUNTS)).status_code == 200


async def test_her_own_authenticator_proves_whose_account_it_is(gateway):
    """Reset for somebody who has one: who passes it and takes a new password needs nobody else."""
    official = await gateway.person("official", "reviewer")
    system, secret = await admin(gateway, "system_admin"), (await enrolled(gateway))[1]
    password = (await system.post(f"{ACCOUNTS}/{official}/password")).json()["password"]

    browser, due = await comes(gateway, password, "official")
    whole = (await browser.post("/api/v1/auth/totp", json={"code": code_now(gateway, secret)})).json()
    browser.headers["authorization"] = f"Bearer {whole['token']}"
    assert (due, (await browser.post(PASSWORDS, json={"old": password, "new": NEW})).status_code) == ("code", 204)

    assert (await browser.get("/api/v1/auth/sessions")).status_code == 200
    assert await one(gateway, "select first_password_by from account where id = $1", official) is None


def test_what_was_enrolled_since_the_first_of_two_passwords_is_nobodys_proof():
    """Else the second password would make the authenticator that the first administrator enrolled look like hers."""
    account, first, second = (
        Account(username="zhang.wei", name="经办"),
        an_actor(id="account:1"),
        an_actor(id="account:2"),
    )

    password_made(account, first, at := now())
    password_made(account, second, at + timedelta(hours=1))

    assert (account.first_password_by, account.first_password_at) == ("account:2", at)


# ── guessing inside and at the door ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("by", ["code", "password"])
async def test_guesses_within_a_session_pause_that_alone_and_are_counted_exactly(gateway, by):
    await gateway.person("official", "viewer")
    inside = (await enrolled(gateway))[0] if by == "code" else await gateway.signed_in()

    within = await asyncio.gather(*(inside.post(STEP_UP, json={by: "000000"}) for _ in range(8)))
    changing = await inside.post(PASSWORDS, json={"old": PASSWORD, "new": NEW})

    assert sorted(a.status_code for a in within) == [422] * 5 + [429] * 3
    assert (changing.status_code, "登录不受影响" in changing.json()["detail"]) == (429, True)
    assert (await comes(gateway, PASSWORD, "official"))[1] == ("code" if by == "code" else "none")


async def test_whoever_is_paused_at_the_door_steps_up_inside(gateway):
    await gateway.person("official", "viewer")
    inside, secret, _ = await enrolled(gateway)
    halves = [(await comes(gateway, PASSWORD, "official"))[0] for _ in range(6)]

    codes = [await half.post("/api/v1/auth/totp", json={"code": "000000"}) for half in halves]
    guesses = [await gateway.browser().post(LOGIN, json={"username": "official", "password": "no"}) for _ in range(6)]

    assert [a.status_code for a in codes] == [a.status_code for a in guesses] == [401] * 5 + [429]
    assert (await inside.post(STEP_UP, json={"code": code_now(gateway, secret)})).status_code == 204
    assert (await inside.post(PASSWORDS, json={"old": PASSWORD, "new": NEW})).status_code == 204
