"""What an administrator is shown is what she may change: all of it lies within her area, the rest is not there."""

import pytest

from gateway.identity import commands
from gateway.identity.client_keys.commands import register_key
from gateway.identity.federation.models import FederationMapping
from gateway.identity.federation.provider import Provider
from gateway.identity.machines import published
from gateway.identity.seed import SEED
from services.kernel.clock import business_date
from tests.gateway.conftest import MACHINE
from tests.gateway.test_administration import ACCOUNTS, BECAUSE, GRANTS, REVIEWER, admin, said
from tests.keys import JINAN, LICHENG, LIXIA
from tests.matrix.administered import ISSUER

pytestmark = pytest.mark.anyio
CLIENTS, MAPPINGS, AUDIT = "/api/v1/clients", "/api/v1/federation/mappings", "/api/v1/audit/identity"
UNKNOWN = "01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a11"
STREET = "370112001000"
PLACES = {"own": [LICHENG], "below": [STREET], "beside": [LIXIA], "both": [LICHENG, LIXIA], "above": [JINAN]}
WITHIN = {"own", "below"}


async def keys(browser, path, key, **asked):
    """Of a list, one to a page."""
    found, cursor = [], {}
    while True:
        page = (await browser.get(path, params={"limit": 1, **asked, **cursor})).json()
        found += [item[key] for item in page["items"]]
        if not page.get("next"):
            return found
        cursor = {"cursor": page["next"]}


async def granted(gateway, account, divisions, *, role="viewer", ends=None):
    async with gateway.writing() as tx:
        today = business_date(gateway.clock())
        grant = await commands.grant_role(
            tx, SEED, account, role=role, divisions=divisions, start=today, end=ends, reason="演示"
        )
    return grant.id


@pytest.fixture
async def people(gateway):
    """By name: one for each of the places, one whose grant elsewhere has ended, one who has none."""
    await gateway.hears_of_divisions()
    found = {name: await gateway.person(name) for name in (*PLACES, "came", "none")}
    for name, divisions in PLACES.items():
        await granted(gateway, found[name], divisions)
    await granted(gateway, found["came"], [LIXIA], role="editor", ends=business_date(gateway.clock()))
    await granted(gateway, found["came"], [LICHENG])
    return found


async def test_accounts_elsewhere_are_neither_shown_nor_changed(gateway, people):
    district = await admin(gateway, "security_admin", at=LICHENG)
    city = await admin(gateway, "system_admin")
    seen = WITHIN | {"came", "none"}

    assert set(await keys(district, ACCOUNTS, "username")) == seen | {"security_admin"}
    assert set(await keys(city, ACCOUNTS, "username")) == {*people, "security_admin", "system_admin"}
    unknown = (await district.get(f"{ACCOUNTS}/{UNKNOWN}")).json()
    for name, id in people.items():
        path = f"{ACCOUNTS}/{id}"
        shown, sessions = await district.get(path), await district.get(f"{path}/sessions")
        unlocked = await district.post(f"{path}/unlock", json=BECAUSE)
        expected = (200, 200, 204) if name in seen else (404, 404, 404)
        assert (shown.status_code, sessions.status_code, unlocked.status_code) == expected, name
        assert name in seen or shown.json()["detail"] == unknown["detail"], "as if it were not there"
    assert said(await district.get(f"{ACCOUNTS}/{UNKNOWN}/sessions")) == (404, "not_found")

    async def held(browser):
        return {g["role"] for g in (await browser.get(f"{ACCOUNTS}/{people['came']}")).json()["grants"]}

    assert (await held(district), await held(city)) == ({"viewer"}, {"viewer", "editor"})


async def test_what_waits_elsewhere_is_not_shown(gateway, people):
    district, chief = await admin(gateway, "system_admin", at=LICHENG), await admin(gateway, "security_admin")
    for name in ("own", "above"):
        body = REVIEWER | {"divisions": PLACES[name]}
        assert (await chief.post(f"{ACCOUNTS}/{people[name]}/grants", json=body)).status_code == 201
    other = await granted(gateway, people["beside"], [LIXIA])
    db = await gateway.app.state.database.connect()
    await db.execute("update role_grant set ending_on = current_date, ending_by = 'account:x', ending_reason = 'x' "
                     "where id = $1", other)  # fmt: skip
    await db.close()

    assert await keys(district, f"{GRANTS}/pending", "account_id") == [str(people["own"])]
    assert set(await keys(chief, f"{GRANTS}/pending", "account_id")) == {
        str(people[name]) for name in ("own", "above", "beside")
    }


async def test_clients_and_mappings_elsewhere_are_not_shown(gateway):
    gateway.app.state.provider = Provider(ISSUER, demo=True)
    district, city = await admin(gateway, "audit_admin", at=LICHENG), await admin(gateway, "security_admin")
    async with gateway.writing() as tx:
        for name, divisions in PLACES.items():
            await commands.create_client(tx, SEED, id=name, name="演示", scopes=["verify"], divisions=divisions)
            tx.add(FederationMapping(
                issuer=ISSUER.issuer, claim="department", value=name, role="viewer", divisions=divisions,
                reason="演示", entered_by="account:x", entered_at=gateway.clock(),
            ))  # fmt: skip

    assert set(await keys(district, CLIENTS, "id")) == set(await keys(district, MAPPINGS, "value")) == WITHIN
    assert set(await keys(city, CLIENTS, "id")) == set(await keys(city, MAPPINGS, "value")) == set(PLACES)
    for name in (*PLACES, "unknown"):
        answers = [await district.get(f"{CLIENTS}/{name}"), await district.get(f"{CLIENTS}/{name}/keys")]
        assert {a.status_code for a in answers} == ({200} if name in WITHIN else {404}), name


async def test_an_auditor_reads_what_was_done_in_her_area(gateway, people):
    """A grant lies where it holds, whoever holds it; other events where their account or client does."""
    auditor, chief = await admin(gateway, "audit_admin", at=LICHENG), await admin(gateway, "audit_admin", "chief")
    async with gateway.writing() as tx:
        for name in ("own", "beside"):
            await commands.create_client(tx, SEED, id=name, name="演示", scopes=["verify"], divisions=PLACES[name])
        await register_key(tx, SEED, "beside", {**published("one", MACHINE.public_key())}, gateway.clock())
        left = await commands.grant_role(
            tx, SEED, people["beside"], role="editor", divisions=[LICHENG], start=business_date(gateway.clock()),
            reason="演示",
        )  # fmt: skip
        await commands.end_grant(tx, SEED, left.id, on=business_date(gateway.clock()), reason="演示")
    for name in ("own", "above", "nobody"):
        await gateway.browser().post("/api/v1/auth/login", json={"username": name, "password": "geheim"})

    def named(*names):
        return sorted(f"account:{people[name]}" for name in names)

    async def read(browser, kind):
        return sorted(await keys(browser, AUDIT, "subject", kind=kind))

    assert await read(auditor, "RoleGranted") == sorted(
        [*named("own", "below", "came", "beside"), await subject_of(gateway, "audit_admin")]
    )
    assert await read(auditor, "GrantEnded") == named("beside")
    assert await read(auditor, "AccountCreated") == sorted(
        [*named("own", "below", "came", "none"), await subject_of(gateway, "audit_admin")]
    )
    assert await read(auditor, "SignInRefused") == [*named("own"), "sign_in"]
    assert (await read(auditor, "ClientCreated"), await read(auditor, "ClientKeyRegistered")) == (["client:own"], [])
    assert await read(chief, "SignInRefused") == [*named("own", "above"), "sign_in"]
    assert await read(chief, "ClientKeyRegistered") == ["client:beside"]


async def subject_of(gateway, username):
    [[found]] = await gateway.fetch("select 'account:' || id from account where username = $1", username)
    return found
