"""Accounts and grants through the API: three administrators apart, two pairs of eyes, sessions ended at once."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from gateway.identity.models import PENDING
from gateway.identity.policy import policy
from services.kernel.clock import business_date
from tests.gateway.conftest import PASSWORD
from tests.keys import JINAN, LICHENG

pytestmark = pytest.mark.anyio
ACCOUNTS, GRANTS, ME = "/api/v1/accounts", "/api/v1/grants", "/api/v1/auth/me"
BECAUSE = {"reason": "演示"}
EDITOR = {"role": "editor", "divisions": [LICHENG], "reason": "任命"}
REVIEWER = EDITOR | {"role": "reviewer"}


@pytest.fixture
async def gateway(gateway):
    await gateway.hears_of_divisions()
    return gateway


async def admin(gateway, role, name=None, at=JINAN):
    name = name or role
    return await gateway.seated(await gateway.person(name, role, at=at))


def said(answer):
    return answer.status_code, answer.json().get("code")


async def permissions(browser):
    return (await browser.get(ME)).json()["permissions"]


async def test_an_account_is_opened_without_rights_and_its_first_password_changed_first(gateway):
    system = await admin(gateway, "system_admin")

    opened = await system.post(ACCOUNTS, json={"username": "zhang.wei", "name": "经办"})
    twice = await system.post(ACCOUNTS, json={"username": "zhang.wei", "name": "另一个"})
    password = opened.json()["password"]
    signed_in = await gateway.browser().post("/api/v1/auth/login", json={"username": "zhang.wei", "password": password})
    shown = (await system.get(f"{ACCOUNTS}/{opened.json()['account']}")).json()

    assert (opened.status_code, opened.headers["cache-control"]) == (201, "no-store")
    assert said(twice) == (409, "username_taken")
    assert signed_in.json()["must_change_password"]
    assert (shown["grants"], shown["roles"], shown["sessions"], shown["second_factor"]) == ([], [], 1, False)
    kept = await gateway.fetch("select body::text || subject as said from event where kind = 'AccountCreated'")
    assert not any("zhang" in row["said"] or password in row["said"] for row in kept)


async def test_each_administrator_does_her_own_part_and_nothing_of_the_others(gateway):
    person = await gateway.person()
    system, security = await admin(gateway, "system_admin"), await admin(gateway, "security_admin")
    audit = await admin(gateway, "audit_admin")
    own, beside = f"{ACCOUNTS}/{person}", {"username": "zhang.wei", "name": "经办"}
    of_accounts = [("POST", ACCOUNTS, beside), ("POST", f"{own}/disable", BECAUSE), ("POST", f"{own}/enable", BECAUSE),
                   ("POST", f"{own}/password", None), ("DELETE", f"{own}/sessions", None)]  # fmt: skip
    of_grants = [("POST", f"{own}/grants", EDITOR), ("POST", f"{GRANTS}/{uuid4()}/approve", None),
                 ("POST", f"{GRANTS}/{uuid4()}/end", BECAUSE), ("POST", f"{own}/unlock", BECAUSE),
                 ("POST", f"{own}/second-factor/reset", BECAUSE)]  # fmt: skip

    for browser, others in ((system, of_grants), (security, of_accounts), (audit, of_grants + of_accounts)):
        for method, path, body in others:
            answer = await browser.request(method, path, json=body)
            assert said(answer) == (403, "permission_missing"), path
        assert (await browser.get(ACCOUNTS)).status_code == 200
    assert not await gateway.fetch("select 1 from role_grant where account_id = $1", person)


async def test_a_grant_changes_what_she_may_at_once_and_never_twice(gateway):
    person, security = await gateway.person("official", "viewer"), await admin(gateway, "security_admin")
    before = await gateway.signed_in()
    await before.get(ME)

    made = await security.post(f"{ACCOUNTS}/{person}/grants", json=EDITOR)
    after = await gateway.signed_in()
    assert (made.status_code, made.json()["state"]) == (201, "in_force")
    assert (await before.get(ME)).status_code == 401
    assert "registry:write" in await permissions(after)
    assert said(await security.post(f"{ACCOUNTS}/{person}/grants", json=EDITOR)) == (409, "already_granted")
    assert said(await security.post(f"{ACCOUNTS}/{uuid4()}/grants", json=EDITOR)) == (404, "not_found")

    ended = await security.post(f"{GRANTS}/{made.json()['id']}/end", json=BECAUSE)
    assert ended.json()["state"] == "ended"
    assert said(await security.post(f"{GRANTS}/{made.json()['id']}/end", json=BECAUSE)) == (409, "grant_ended")
    assert (await after.get(ME)).status_code == 401
    assert "registry:write" not in await permissions(await gateway.signed_in())


async def test_administrators_are_kept_apart_with_a_sentence_and_nobody_grants_to_herself(gateway):
    security = await admin(gateway, "security_admin")
    person = await gateway.person("official", "viewer")
    own = (await security.get(ME)).json()["id"].removeprefix("account:")
    yesterday = (business_date(gateway.clock()) - timedelta(days=1)).isoformat()

    for body, expected in (
        (EDITOR | {"role": "audit_admin"}, (409, "administrators_apart")),
        (EDITOR | {"role": "king"}, (422, "unknown_role")),
        (EDITOR | {"start": yesterday}, (422, "start_is_past")),
        (EDITOR | {"end": business_date(gateway.clock()).isoformat()}, (422, "period_reversed")),
        (EDITOR | {"divisions": ["110000000000"]}, (404, "not_found")),
    ):
        assert said(await security.post(f"{ACCOUNTS}/{person}/grants", json=body)) == expected
    assert said(await security.post(f"{ACCOUNTS}/{own}/grants", json=EDITOR)) == (409, "not_by_oneself")


async def test_four_eyes_before_a_role_that_decides_counts(gateway):
    person, first = await gateway.person("official", "viewer"), await admin(gateway, "security_admin")
    second = await admin(gateway, "security_admin", "security_admin_2")
    reader = await gateway.signed_in()

    made = (await first.post(f"{ACCOUNTS}/{person}/grants", json=REVIEWER)).json()
    approving = f"{GRANTS}/{made['id']}/approve"
    assert made["state"] == "pending"
    gateway.app.state.house.standings.forget()
    assert "registry:review" not in await permissions(reader)
    assert (await first.get(f"{ACCOUNTS}/{person}")).json()["roles"] == ["viewer"]
    assert said(await first.post(approving)) == (409, "four_eyes")
    assert [g["id"] for g in (await second.get(f"{GRANTS}/pending")).json()["items"]] == [made["id"]]

    answer = await second.post(approving)
    assert (answer.status_code, answer.json()["state"]) == (200, "in_force")
    assert said(await second.post(approving)) == (409, "not_pending")
    assert (await reader.get(ME)).status_code == 401
    assert "registry:review" in await permissions(await gateway.signed_in())
    assert await gateway.events("GrantApproved") == [f"account:{person}"]


async def test_a_grant_that_was_refused_is_not_approved_afterwards(gateway):
    person, first = await gateway.person(), await admin(gateway, "security_admin")
    second = await admin(gateway, "security_admin", "security_admin_2")
    made = (await first.post(f"{ACCOUNTS}/{person}/grants", json=REVIEWER)).json()

    assert (await second.post(f"{GRANTS}/{made['id']}/end", json=BECAUSE)).json()["state"] == "ended"
    assert said(await second.post(f"{GRANTS}/{made['id']}/approve")) == (409, "not_pending")
    assert (await second.get(f"{GRANTS}/pending")).json() == {"items": [], "next": None}
    assert said(await second.get(f"{GRANTS}/pending", params={"cursor": "x"})) == (422, "bad_cursor")


async def test_the_database_itself_wants_another_person(gateway):
    person, security = await gateway.person(), await admin(gateway, "security_admin")
    made = (await security.post(f"{ACCOUNTS}/{person}/grants", json=REVIEWER)).json()
    db = await gateway.app.state.database.connect()
    for approver in (made["granter"], f"account:{person}", "client:machine", "operator"):
        with pytest.raises(asyncpg.CheckViolationError, match="approved_by"):
            await db.execute("update role_grant set approved_by = $1, approved_at = now() where pending", approver)
    with pytest.raises(asyncpg.CheckViolationError, match="approved_whole"):
        await db.execute("update role_grant set approved_by = $1 where pending", f"account:{uuid4()}")
    with pytest.raises(asyncpg.GeneratedAlwaysError):
        await db.execute("update role_grant set pending = false")
    await db.close()


def test_the_roles_of_which_two_agree_are_those_of_the_policy_file():
    marked = {name for name, role in policy().roles.items() if role.four_eyes}

    assert marked == {name for name in policy().roles if f"'{name}'" in PENDING}
    assert marked == {"reviewer", "exporter", "system_admin", "security_admin", "audit_admin"}


async def test_what_opens_doors_wants_a_fresh_proof(gateway):
    person = await gateway.person()
    system, security = await admin(gateway, "system_admin"), await admin(gateway, "security_admin")
    gateway.clock.forward(minutes=6)

    for answer in (
        await security.post(f"{ACCOUNTS}/{person}/grants", json=EDITOR),
        await security.post(f"{GRANTS}/{uuid4()}/approve"),
        await security.post(f"{ACCOUNTS}/{person}/second-factor/reset", json=BECAUSE),
        await system.post(f"{ACCOUNTS}/{person}/password"),
        await system.post(ACCOUNTS, json={"username": "zhang.wei", "name": "经办"}),
        await system.patch(f"{ACCOUNTS}/{person}", json={"name": "经办"}, headers={"if-match": '"1"'}),
        await system.post(f"{ACCOUNTS}/{person}/disable", json=BECAUSE),
        await system.post(f"{ACCOUNTS}/{person}/enable", json=BECAUSE),
        await system.post(f"{ACCOUNTS}/{person}/handover"),
        await security.post(f"{GRANTS}/{uuid4()}/end/approve"),
        await security.post(f"{GRANTS}/{uuid4()}/end/decline"),
    ):
        assert said(answer) == (403, "step_up_required")


async def test_a_disabled_account_is_out_and_comes_back_with_its_grants(gateway):
    person, system = await gateway.person("official", "viewer"), await admin(gateway, "system_admin")
    browser, own = await gateway.signed_in(), f"{ACCOUNTS}/{person}"
    await browser.get(ME)

    assert (await system.post(f"{own}/disable", json=BECAUSE)).status_code == 204
    assert said(await system.post(f"{own}/disable", json=BECAUSE)) == (409, "already_disabled")
    assert (await browser.get(ME)).status_code == 401
    assert [a["username"] for a in (await system.get(f"{ACCOUNTS}?disabled=true")).json()["items"]] == ["official"]
    assert (await system.post(f"{own}/enable", json=BECAUSE)).status_code == 204
    assert said(await system.post(f"{own}/enable", json=BECAUSE)) == (409, "not_disabled")
    assert "registry:read" in await permissions(await gateway.signed_in())
    myself = (await system.get(ME)).json()["id"].removeprefix("account:")
    assert said(await system.post(f"{ACCOUNTS}/{myself}/disable", json=BECAUSE)) == (409, "not_by_oneself")


async def test_a_new_password_ends_the_old_one_and_every_session(gateway):
    person, system = await gateway.person("official", "viewer"), await admin(gateway, "system_admin")
    browser, own = await gateway.signed_in(), f"{ACCOUNTS}/{person}"
    await browser.get(ME)
    assert len((await system.get(f"{own}/sessions")).json()["items"]) == 1

    password = (await system.post(f"{own}/password")).json()["password"]
    old = await gateway.browser().post("/api/v1/auth/login", json={"username": "official", "password": PASSWORD})
    new = await gateway.browser().post("/api/v1/auth/login", json={"username": "official", "password": password})

    assert (await browser.get(ME)).status_code == old.status_code == 401
    assert new.json()["must_change_password"]
    assert (await system.delete(f"{own}/sessions")).status_code == 204
    assert (await system.get(f"{own}/sessions")).json()["items"] == []
    assert await gateway.events("SessionsEnded") == [f"account:{person}"]


async def test_an_account_is_unlocked_by_the_security_administrator(gateway):
    person, security = await gateway.person(), await admin(gateway, "security_admin")
    db = await gateway.app.state.database.connect()
    await db.execute("insert into sign_in_try values (sha256('official'), '192.0.2.9', 5, now() + interval '1 hour')")
    await db.close()

    assert (await security.post(f"{ACCOUNTS}/{person}/unlock", json=BECAUSE)).status_code == 204
    reset = await security.post(f"{ACCOUNTS}/{person}/second-factor/reset", json=BECAUSE)

    assert not await gateway.fetch("select 1 from sign_in_try where network = '192.0.2.9' and tries > 0")
    assert said(reset) == (404, "not_enrolled")
    assert await gateway.events("AccountUnlocked") == [f"account:{person}"]


async def test_accounts_are_found_by_name_page_by_page(gateway):
    audit = await admin(gateway, "audit_admin")
    for name in ("a_1", "a_2", "ab3"):
        await gateway.person(name)

    first = (await audit.get(ACCOUNTS, params={"search": "A_", "limit": 1})).json()
    second = (await audit.get(ACCOUNTS, params={"search": "A_", "limit": 1, "cursor": first["next"]})).json()

    assert [a["username"] for a in first["items"] + second["items"]] == ["a_1", "a_2"]
    assert second["next"] is None


async def test_everybody_may_read_who_may_do_what(gateway):
    await gateway.person()
    roles = {r["id"]: r for r in (await (await gateway.signed_in()).get("/api/v1/policy")).json()["roles"]}

    assert set(roles) == set(policy().roles)
    assert (roles["reviewer"]["four_eyes"], roles["editor"]["four_eyes"]) == (True, False)
    assert {p["id"] for p in roles["editor"]["permissions"]} == policy().of_role("editor")


async def test_an_administrator_of_a_district_has_no_say_over_somebody_of_the_city(gateway):
    await gateway.person("sys", "system_admin", at=LICHENG)
    await gateway.person("sec", "security_admin", at=LICHENG)
    chief = await gateway.person("chief", "viewer", at=JINAN)
    system, security = await gateway.signed_in("sys"), await gateway.signed_in("sec")
    path, because = f"/api/v1/accounts/{chief}", {"reason": "试探"}

    answers = [
        await system.post(f"{path}/password"),
        await system.post(f"{path}/disable", json=because),
        await system.post(f"{path}/enable", json=because),
        await system.delete(f"{path}/sessions"),
        await security.post(f"{path}/unlock", json=because),
        await security.post(f"{path}/second-factor/reset", json=because),
    ]

    assert {a.status_code for a in answers} == {404}


async def test_nothing_is_granted_in_a_division_that_does_not_exist(gateway):
    person = await gateway.person()
    security = await admin(gateway, "security_admin", at="000000000000")
    db = await gateway.app.state.database.connect()
    await db.execute("insert into coverage.division values (370199000000, '撤销区', 'district', 'district', true, "
                     "'2000-01-01', '2020-01-01')")  # fmt: skip
    path = f"{ACCOUNTS}/{person}/grants"

    for code in ("370198000000", "370199000000", "370112000001", "110000000000"):
        answer = await security.post(path, json=EDITOR | {"divisions": [LICHENG, code]})
        assert said(answer) == (422, "no_such_division")
        assert code in answer.json()["detail"]
        assert LICHENG not in answer.json()["detail"]
    above = await security.post(path, json=EDITOR | {"divisions": ["370000000000"]})  # the registry has no provinces
    named = await security.post(path, json=EDITOR)
    await db.execute("delete from coverage.division")
    unheard = await security.post(path, json=REVIEWER)
    await db.close()

    assert (above.status_code, named.json()["places"]) == (201, [{"code": LICHENG, "name": "历城区"}])
    assert said(unheard) == (503, "divisions_unheard")
    assert unheard.headers["retry-after"] == "30"


async def test_an_account_is_renamed_unless_somebody_was_faster(gateway):
    person, system = await gateway.person("official", "viewer"), await admin(gateway, "system_admin")
    path, new = f"{ACCOUNTS}/{person}", {"name": "历城区新经办（演示）"}
    tag = (await system.get(path)).headers["etag"]

    unread = await system.patch(path, json=new)
    renamed = await system.patch(path, json=new, headers={"if-match": tag})
    stale = await system.patch(path, json=new, headers={"if-match": tag})

    assert (unread.status_code, stale.status_code) == (428, 412)
    assert (renamed.status_code, renamed.json()["name"]) == (200, new["name"])
    assert (await (await gateway.signed_in()).get(ME)).json()["name"] == new["name"]
    assert await gateway.events("AccountRenamed") == [f"account:{person}"]
    own = (await system.get(ME)).json()["id"].removeprefix("account:")
    assert said(await system.patch(f"{ACCOUNTS}/{own}", json=new, headers={"if-match": tag})) == (409, "not_by_oneself")


async def test_accounts_are_found_by_role_and_by_where_it_holds(gateway):
    for name, role, at in (("one", "viewer", LICHENG), ("two", "editor", "370112001000"), ("three", "editor", JINAN)):
        await gateway.person(name, role, at=at)
    audit = await admin(gateway, "audit_admin", at="000000000000")

    async def found(**asked):
        return [a["username"] for a in (await audit.get(ACCOUNTS, params=asked)).json()["items"]]

    assert await found(role="editor") == ["three", "two"]
    assert await found(division=LICHENG) == ["one", "two"]
    assert await found(division=LICHENG, role="editor") == ["two"]
    assert await found(role="nobody") == []
    await gateway.signed_in("one")
    [came, never] = [(await audit.get(ACCOUNTS, params={"search": n})).json()["items"][0] for n in ("one", "two")]
    assert (came["last_sign_in_at"][:19], never["last_sign_in_at"]) == (gateway.clock().isoformat()[:19], None)


async def test_one_session_of_another_is_ended_and_no_other(gateway):
    person, security = await gateway.person("official", "viewer"), await admin(gateway, "security_admin")
    system = await admin(gateway, "system_admin")
    lost = await gateway.signed_in()
    gateway.clock.forward(seconds=1)
    kept = await gateway.signed_in()
    path = f"{ACCOUNTS}/{person}/sessions"
    newest, oldest = (await security.get(path)).json()["items"]

    assert said(await system.delete(f"{path}/{oldest['id']}")) == (403, "permission_missing")
    assert (await security.delete(f"{path}/{oldest['id']}")).status_code == 204
    assert said(await security.delete(f"{path}/{oldest['id']}")) == (404, "not_found")
    of_another = f"{ACCOUNTS}/{await gateway.person('other')}/sessions/{newest['id']}"
    assert said(await security.delete(of_another)) == (404, "not_found")
    assert [(await b.get(ME)).status_code for b in (lost, kept)] == [401, 200]
    assert await gateway.events("SessionEnded") == [f"account:{person}"]
