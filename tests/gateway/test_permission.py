"""Who may do what: the policy file, administrators apart, and every route's declaration."""

from datetime import timedelta

import asyncpg
import pytest
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from sqlalchemy.exc import IntegrityError

from gateway.door.merge import PUBLIC
from gateway.identity import asking, commands, queries
from gateway.identity.passwords import token_hash
from gateway.identity.policy import PeopleOnly, Policy, policy
from gateway.identity.rules import in_force
from gateway.identity.seed import SEED
from services.contracts.divisions import CodeRange
from services.kernel.actor import Needs, calling_service
from services.kernel.clock import business_date
from tests.keys import JINAN, LICHENG

pytestmark = pytest.mark.anyio
ZONE, JIYANG, SUCCESSOR = "370176000000", "370115000000", "370199000000"
ADMINISTRATORS = ["system_admin", "security_admin", "audit_admin"]
BESIDE = {"/health", "/ready", "/metrics"}  # of the process, not of the API
SOME = "01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a11"
PAGES = {"/api/v1/openapi.json", "/api/v1/docs", "/api/v1/docs/docs.css", "/.well-known/jwt-vc-issuer"}


def test_every_role_of_the_design_is_there_and_has_a_chinese_name():
    roles = policy().roles
    assert set(roles) == {
        "viewer", "editor", "reviewer", "planner", "buyer", "payer", "organizer", "agency", "exporter", *ADMINISTRATORS,
    }  # fmt: skip
    assert all("\u4e00" <= r.name[0] <= "\u9fff" for r in roles.values())


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_no_administrator_sees_business(role):
    assert all(p.split(":")[0] in ("accounts", "grants", "audit") for p in policy().of_role(role))


def test_nobody_both_buys_and_pays_by_one_role():
    for role in policy().roles:
        assert not {"procurement:write", "procurement:pay"} <= policy().of_role(role)


@pytest.mark.parametrize("may", [["registry:fly"], ["registry:read "]])
def test_a_policy_that_speaks_of_the_unknown_stops_the_process(may):
    with pytest.raises(ValueError, match="not defined"):
        Policy.model_validate(
            {"permissions": {}, "roles": {"x": {"name": "某", "class": "official", "may": may}}},
        )


def test_what_the_file_no_longer_knows_counts_for_nothing():
    assert policy().of_role("gone") == frozenset()
    assert policy().of_scopes(["registry:read", "gone"]) == {"registry:read"}


def test_a_machine_never_sees_people_in_clear_nor_administers():
    """Whatever a row of the table says (PI-13, SEC-06)."""
    administered = frozenset().union(*(policy().of_role(role) for role in ADMINISTRATORS))
    assert not policy().of_scopes({*administered, "registry:reveal", "registry:export"})


async def test_a_machine_client_with_what_only_people_hold_is_refused(gateway):
    with pytest.raises(PeopleOnly, match="查看审计记录") as refused:
        await gateway.machine("registry:read", "audit:read")
    assert refused.value.code == "people_only_scope"
    assert await gateway.fetch("select id from machine_client") == []


def test_what_has_ended_is_taken_out_and_nothing_put_in():
    assert in_force((JINAN, LICHENG), {LICHENG, ZONE}) == (JINAN,)
    assert in_force((LICHENG,), {LICHENG}) == ()


async def grant(gateway, account, role, **over):
    wanted = {"divisions": [JINAN], "start": business_date(gateway.clock()), "reason": "任命", **over}
    async with gateway.writing() as tx:
        return await commands.grant_role(tx, over.pop("actor", SEED), account, role=role, **wanted)


@pytest.mark.parametrize("first", [*ADMINISTRATORS, "viewer"])
@pytest.mark.parametrize("second", ADMINISTRATORS)
async def test_administrators_stay_apart_in_the_database_itself(gateway, first, second):
    account, tomorrow = await gateway.person(), business_date(gateway.clock()) + timedelta(days=1)
    await grant(gateway, account, first, end=tomorrow)
    if first == second:
        await grant(gateway, account, second)
        return
    with pytest.raises(IntegrityError, match="ex_role_grant_one_class"):
        await grant(gateway, account, second)
    await grant(gateway, account, second, start=tomorrow)


async def test_nobody_grants_to_oneself_nor_a_lie_about_the_class(gateway):
    account = await gateway.person()
    myself = SEED.model_copy(update={"id": f"account:{account}"})
    with pytest.raises(IntegrityError, match="not_by_oneself"):
        async with gateway.writing() as tx:
            await commands.grant_role(
                tx, myself, account, role="viewer", divisions=[JINAN], start=business_date(gateway.clock()), reason="x"
            )
    db = await gateway.app.state.database.connect()
    lie = (
        "insert into role_grant (account_id, role, role_class, divisions, start, granter, reason) "
        "values ($1, 'audit_admin', 'official', '{370100000000}', current_date, 'x', 'x')"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="class_of_role"):
        await db.execute(lie, account)
    await db.close()


@pytest.mark.parametrize("divisions", [[], ["11.0_"], ["%"], ["3701"], [JINAN, ""]])
async def test_a_scope_is_made_of_whole_codes(gateway, divisions):
    account = await gateway.person()
    with pytest.raises(IntegrityError):
        await grant(gateway, account, "viewer", divisions=divisions)


async def test_a_grant_holds_in_its_days_and_its_area(gateway):
    account = await gateway.person()
    today = business_date(gateway.clock())
    await grant(gateway, account, "viewer", divisions=[LICHENG])
    await grant(gateway, account, "editor", start=today + timedelta(days=1))
    await grant(gateway, account, "payer", start=today - timedelta(days=9), end=today)
    browser = await gateway.signed_in()
    token = browser.headers["authorization"].removeprefix("Bearer ")

    found = await gateway.app.state.house.standings.of_session(token)

    assert found.actor.ranges("registry:read") == (CodeRange(LICHENG, "370112999999"),)
    assert not found.actor.ranges("registry:write")
    assert not found.actor.ranges("procurement:pay")
    assert found.actor.roles == {"viewer"}


async def test_an_official_of_a_zone_reaches_its_streets(gateway):
    await gateway.person("official", "viewer", at="370176000000")
    db = await gateway.app.state.database.connect()
    await db.execute(
        "insert into division (code, name, tier, kind, counts) values (370176000000, '高新区', 'zone', 'zone', true)"
    )
    await db.execute("insert into placement values (370112008000, '-infinity', 370112000000, 370176000000)")
    await db.execute("insert into placement values (370112009000, '-infinity', 370112000000, 370176000000)")
    await db.execute("insert into placement values (370112009000, '2020-01-01', 370112000000, null)")
    await db.close()
    browser = await gateway.signed_in()
    token = browser.headers["authorization"].removeprefix("Bearer ")

    found = await gateway.app.state.house.standings.of_session(token)
    [scope] = (await browser.get("/api/v1/auth/me")).json()["grants"]

    assert found.actor.reaches("registry:read", "370112008001")
    assert not found.actor.reaches("registry:read", "370112009001")
    assert (scope["division_name"], scope["tier"]) == ("高新区", "zone")


ENDED = """
insert into division (code, name, tier, kind, counts, valid_to, successor)
values ($1, '区划', 'district', 'district', true, $2, $3)"""


async def test_d04_a_grant_is_suspended_and_not_widened_when_its_division_ends(gateway):
    """The other divisions of it stay; a successor, even a single one, is granted anew by hand."""
    today = business_date(gateway.clock())
    account = await gateway.person("official")
    await gateway.person("admin", "system_admin", at=JINAN)
    await grant(gateway, account, "editor", divisions=[LICHENG, JIYANG])
    await grant(gateway, account, "payer", divisions=[LICHENG])
    await grant(gateway, account, "buyer", divisions=[ZONE])
    await gateway.machine("registry:read", at=LICHENG)
    db = await gateway.app.state.database.connect()
    for code, days in ((LICHENG, 1), (ZONE, 1), (JIYANG, 2)):
        await db.execute(ENDED, int(code), today + timedelta(days=days), int(SUCCESSOR))
    await db.execute("insert into placement values (370112008000, '-infinity', 370112000000, $1)", int(ZONE))
    browser, admin = await gateway.signed_in(), await gateway.signed_in("admin")
    token = (await gateway.browser().post("/api/v1/auth/token", data=gateway.form())).json()["access_token"]
    machine = gateway.browser(authorization=f"Bearer {token}")

    async def seen():
        gateway.app.state.house.standings.forget()
        me = (await browser.get("/api/v1/auth/me")).json()
        shown = (await admin.get(f"/api/v1/accounts/{account}")).json()["grants"]
        held = await gateway.app.state.house.standings.of_session(browser.headers["authorization"][7:])
        return {
            "me": {(g["role"], g["division"]) for g in me["grants"]},
            "ranges": {r for ranges in held.actor.may.values() for r in ranges},
            "roles": held.actor.roles,
            "states": {g["role"]: g["state"] for g in shown},
            "machine": (await machine.get("/api/v1/auth/me")).json()["permissions"],
        }

    before = await seen()
    await db.execute("update division set valid_to = valid_to - 1")  # the first day that no longer counts is today
    after = await seen()
    await db.close()

    assert before["me"] == {("editor", LICHENG), ("editor", JIYANG), ("payer", LICHENG), ("buyer", ZONE)}
    assert set(before["states"].values()) == {"in_force"}
    assert before["machine"] == {"registry:read": [LICHENG]}
    assert after["me"] == {("editor", JIYANG)}
    assert (after["ranges"], after["roles"]) == ({CodeRange(JIYANG, "370115999999")}, {"editor"})
    assert after["states"] == {"editor": "in_force", "payer": "suspended", "buyer": "suspended"}
    assert after["machine"] == {}


async def test_without_a_copy_of_the_divisions_nothing_has_ended(gateway):
    await gateway.person("official", "viewer")
    await gateway.machine("registry:read")
    browser = await gateway.signed_in()
    db = await gateway.app.state.database.connect()
    try:
        await db.execute("set search_path = public")
        today = business_date(gateway.clock())
        session = await queries.of_session(db, token_hash(browser.headers["authorization"][7:]), today)
        client = await queries.of_client(db, "machine", today)
        assert (session["ended"], client["ended"]) == ([], [])
        assert await queries.ended_divisions(db, [LICHENG], today) == set()
    finally:
        await db.close()


async def test_every_change_is_kept(gateway):
    account = await gateway.person("official", "viewer")
    async with gateway.writing() as tx:
        await commands.disable_account(tx, SEED, account, at=gateway.clock(), reason="离任")

    kept = await gateway.fetch(
        "select row->>'disabled_at' is null as able from account_history order by recorded_from, 1 desc"
    )
    assert [r["able"] for r in kept] == [True, False]
    assert await gateway.events("RoleGranted") == await gateway.events("AccountDisabled") == [f"account:{account}"]


def declared(route: RouteContext) -> list[object]:
    """What a route says about who may use it, at any depth."""
    todo, found = [route.dependant], []
    while todo:
        here = todo.pop()
        todo += here.dependencies
        if isinstance(here.call, Needs | asking.SignedIn) or here.call in (asking.actor_of, calling_service):
            found.append(here.call)
    return found


def routes(gateway) -> list[RouteContext]:
    found = [r for r in iter_route_contexts(gateway.app.routes) if isinstance(r.original_route, APIRoute)]
    assert len(found) > 15
    return found


async def test_public_routes_are_exactly_those_of_the_design(gateway):
    public = {r.path for r in routes(gateway) if not declared(r)}

    assert {f"/api/v1{p}" for p in PUBLIC} | PAGES | BESIDE == public


async def test_a_route_that_changes_something_needs_a_permission_that_writes(gateway):
    for route in routes(gateway):
        for needs in declared(route):
            if isinstance(needs, Needs):
                assert needs.permission in policy().permissions, route.path
                assert policy().writes(needs.permission) == (not route.methods <= {"GET", "HEAD"}), route.path


async def test_every_other_route_refuses_an_anonymous_caller(gateway):
    for route in routes(gateway):
        if declared(route):
            path = route.path.format(division=JINAN, id=SOME, session=SOME, change=SOME, path="x", kid="x")
            for method in route.methods:
                answer = await gateway.browser().request(method, path)
                assert answer.status_code == 401, (method, path)
