"""SEC-07, SEC-21: PostgreSQL itself lets nobody's transaction out of her own divisions, whatever the endpoint asks."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from services.contracts.divisions import CodeRange, subtree
from services.kernel import narrowing
from services.kernel.db import Database, database, everywhere, run
from services.kernel.row_security import OPEN
from services.kernel.scope import EVERYWHERE, NOWHERE, Scope, span
from tests.conftest import ROOT, an_open_database, client_of, migrate
from tests.kernel.walled import ADD, GONE, TABLES, a_street
from tests.keys import JINAN, LICHENG, LIXIA, an_actor, signed_for

pytestmark = pytest.mark.anyio
MAY = ("coordination:read", "coordination:write")
HERE, THERE, ZONE_STREET = "370112001001", "370102001001", "370113001000"
NAMES = {HERE: "here", THERE: "there", ZONE_STREET: "zone"}
TURNED = re.compile(r"narrowing\.on *=|import narrowing as|narrowing import|(setattr|__dict__|vars)\W+narrowing")
SERVICES = ("registry", "training", "procurement", "coordination")


@pytest.fixture
async def street(databases) -> AsyncIterator[Database]:
    """Three houses in three districts, on pools of one connection."""
    async with an_open_database(databases, "coordination") as opened:
        owner = await asyncpg.connect(databases.owner("coordination"))
        for statement in (GONE, *TABLES):
            await owner.execute(statement)
        async with opened.writing.begin() as tx:
            for division, name in NAMES.items():
                await run(tx, ADD, {"division": division, "name": name})
            await run(tx, text("insert into door (house_id, name) select id, name from house"), {})
        settings = databases.settings("coordination").model_copy(update={"read_pool": 1, "write_pool": 1})
        alone = database(settings)
        await alone.open()
        yield alone
        await alone.close()
        await owner.execute(GONE)
        await owner.close()


def official(street: Database, *permissions: str, **who: object):
    return client_of(a_street(street), **signed_for("coordination", an_actor(*(permissions or MAY), **who)))


async def seen(street: Database, scope: Scope | None, table: str = "house") -> list[str]:
    async with street.hot(scope) as db:
        return [row["name"] for row in await db.fetch(f"select name from {table} order by name")]


def reading(*ranges: CodeRange) -> Scope:
    return Scope(reads=span(ranges))


async def test_without_a_scope_there_is_no_row_for_anybody_and_with_one_only_its_own(street, databases):
    zone = reading(subtree("370176000000"), subtree(THERE), subtree(ZONE_STREET), subtree(LICHENG), subtree(HERE))
    for table in ("house", "door"):
        assert await seen(street, None, table) == await seen(street, NOWHERE, table) == []
        assert await seen(street, reading(subtree(LICHENG)), table) == ["here"]
        assert await seen(street, reading(subtree(JINAN)), table) == ["here", "there", "zone"]
        assert await seen(street, zone, table) == ["here", "there", "zone"]
        assert await seen(street, reading(subtree(THERE), subtree(ZONE_STREET)), table) == ["there", "zone"]
    for url in (databases.url("coordination"), databases.owner("coordination")):
        db = await asyncpg.connect(url)
        assert await db.fetchval("select count(*) from house") == 0
        assert await db.fetchval("select count(*) from door") == 0
        await db.close()


async def test_an_endpoint_that_forgets_its_where_shows_a_district_only_its_own(street):
    licheng, city = official(street, at=LICHENG), official(street, at=JINAN)

    assert (await licheng.get("/houses")).json() == ["here"]
    assert (await licheng.get("/houses/by-session")).json() == ["here", "here"]
    assert (await city.get("/houses")).json() == ["here", "there", "zone"]


async def test_nothing_is_added_moved_or_hung_on_outside_and_that_is_a_404(street):
    licheng, city = official(street, at=LICHENG), official(street, at=JINAN)
    mine = (await licheng.post("/houses", json={"division": HERE, "name": "new"})).json()
    foreign = (await city.post("/houses", json={"division": THERE, "name": "foreign"})).json()
    away = {"division": THERE, "name": "moved"}

    for refused in (
        await licheng.post("/houses", json=away),
        await licheng.post(f"/houses/{mine}/move", json=away),
        await licheng.post(f"/houses/{foreign}/doors"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await licheng.post(f"/houses/{foreign}/move", json={"division": HERE, "name": "taken"})).json() == 0
    assert (await licheng.post(f"/houses/{mine}/doors")).status_code == 200
    assert await seen(street, EVERYWHERE) == ["foreign", "here", "new", "there", "zone"]


async def test_whoever_may_only_read_there_writes_nothing_there(street):
    """Reading in the whole city, writing in one district: the ranges of the declared permission, not of any."""
    may = {"coordination:read": [subtree(JINAN)], "coordination:write": [subtree(LICHENG)]}
    both = official(street, may=may)

    assert (await both.get("/houses")).json() == ["here", "there", "zone"]
    assert (await both.post("/houses", json={"division": THERE, "name": "x"})).status_code == 404


async def test_a_right_that_is_missing_is_a_bug_and_no_404(street):
    """And an event is recorded by its function alone."""
    assert (await official(street).post("/events")).status_code == 500


@pytest.mark.parametrize("how", ["broken", "wrong", "kept", "slow", "left"])
async def test_nothing_of_one_request_is_left_for_the_next(street, how):
    """On one connection: after an error of ours, one of PostgreSQL, a setting kept on purpose, a timeout, a hang-up."""
    city = official(street, at=JINAN)
    asked = asyncio.create_task(city.get(f"/houses/{how}"))
    await asyncio.wait({asked}, timeout=0.3 if how == "left" else 5)
    if how == "left":
        asked.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asked

    assert await seen(street, None) == []
    assert (await official(street, at=LICHENG).get("/houses")).json() == ["here"]


async def test_the_widening_ends_with_its_block_whatever_ends_it(street):
    count = text("select count(*) from house")
    async with street.writing(info={"scope": Scope(span((subtree(LICHENG),)))}) as tx:
        assert (await run(tx, count, {})).scalar_one() == 1
        async with everywhere(tx, "a test"):
            assert (await run(tx, count, {})).scalar_one() == 3
        assert (await run(tx, count, {})).scalar_one() == 1
        with contextlib.suppress(ZeroDivisionError):
            async with everywhere(tx, "a test"):
                raise ZeroDivisionError
        assert (await run(tx, count, {})).scalar_one() == 1
    assert await seen(street, None) == []


@pytest.mark.parametrize("service", [*SERVICES, "gateway"])
async def test_whoever_only_reads_can_write_nothing_even_when_asked_to(databases, service):
    """Not one table: neither by a transaction that calls itself one that writes, nor by the role's own rights."""
    await asyncio.to_thread(migrate, databases, service)
    db = await asyncpg.connect(databases.reader(service))
    rights = await db.fetch(
        "select c.relname, p from pg_class c cross join unnest($1::text[]) p where c.relkind in ('r', 'p') "
        "and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) "
        "and has_table_privilege(c.oid, p)",
        ["insert", "update", "delete", "truncate", "references", "trigger"],
    )
    assert rights == []
    async with db.transaction(readonly=True):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute("set transaction read write; insert into idempotency values ('a', 'b', 'c')")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.execute("select record_events('a', null, array['k'], array['s'], array['{}'])")
    await db.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_no_table_of_a_service_is_without_policies_unless_it_is_open_on_purpose(databases, service):
    await asyncio.to_thread(migrate, databases, service)
    db = await asyncpg.connect(databases.admin(service))
    bare = await db.fetch(
        "select relname from pg_class c where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace "
        "and not (relrowsecurity and relforcerowsecurity and exists (select from pg_policy where polrelid = c.oid))"
    )
    await db.close()
    assert {row["relname"] for row in bare} - OPEN == set()


def test_only_tests_turn_the_applications_own_narrowing_off():
    assert narrowing.on
    named = [
        str(path.relative_to(ROOT))
        for folder in ("services", "gateway", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        if TURNED.search(path.read_text())
    ]
    assert named == []


def test_a_scope_is_its_hull_and_of_several_ranges_their_list_without_what_lies_within_another():
    a, b, within = subtree(LICHENG), subtree(LIXIA), subtree(HERE)

    assert span(()) == ""
    assert span((a, within, a)) == "370112000000370112999999"
    assert span((a, b)) == "370102000000370112999999{[370102000000,370102999999],[370112000000,370112999999]}"
