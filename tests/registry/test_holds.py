"""Legal holds, by where people count: the rule, and PostgreSQL saying the same; and whose they are to place and see."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.contracts.divisions import subtree
from services.kernel import clock
from services.kernel.db import run
from services.kernel.listing import plain
from services.registry import listing
from services.registry.retention import commands, queries, rules
from services.registry.retention.models import LegalHold
from services.registry.rights.commands import erase_due
from tests.keys import JINAN, LICHENG, LIXIA
from tests.registry.factories import STREET
from tests.registry.test_disclosure import enrolled, everywhere, pretend, reviewer

pytestmark = pytest.mark.anyio
ZONE, OF_ZONE, VILLAGE, NEXT_STREET = "370176000000", "370102016000", "370112001001", "370112002000"
AWAY = "370116001000"
HOLD = {"division": LICHENG, "data_class": "processing_record", "person_id": None, "reason": "配合调查"}
ASKED = {"kind": "delete", "received_on": "2026-11-20", "details": "本人书面提出"}
WAITING = text("""
insert into restriction (person_id, division, since, request_id) values (:person, :division, now(), :request)""")
ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("about", "places", "held"),
    [
        (None, [STREET], True),
        (None, [LIXIA], False),
        (None, [LIXIA, STREET], True),  # moved away, or moved in
        (None, [], False),
        (ONE, [LIXIA], True),
        (OTHER, [STREET], False),
    ],
)
def test_a_hold_is_about_whoever_counts_or_counted_in_its_division(about, places, held):
    assert rules.holds(rules.Standing((subtree(LICHENG),), about), ONE, places) is held


async def moved(app, to: str) -> None:
    async with everywhere(app.state.database) as tx:
        await run(tx, text("update person set division = :to"), {"to": to})


@pytest.mark.usefixtures("worker")
async def test_postgresql_holds_whom_the_rule_holds(app, city):
    """Somebody moves from one street to one of the zone after the hold; every tier of division, and the zone."""
    [person] = await enrolled(city)
    await moved(app, NEXT_STREET)
    placed = clock.now()
    await moved(app, OF_ZONE)
    said, ruled = {}, {}
    async with everywhere(app.state.database) as tx:
        for division in (JINAN, LICHENG, STREET, NEXT_STREET, VILLAGE, LIXIA, OF_ZONE, ZONE, AWAY):
            tx.add(hold := LegalHold(**HOLD | {"division": division}, placed_by="account:a", placed_at=placed))
            within = tuple(await listing.ranges_of(await plain(tx), division))
            for at in (VILLAGE, AWAY):
                standing = rules.Standing(within)
                ruled[division, at] = rules.holds(standing, UUID(person), (at, NEXT_STREET, OF_ZONE))
                said[division, at] = await queries.held(tx, UUID(person), at)
            await tx.delete(hold)

    assert said == ruled
    assert {d for (d, at), held in said.items() if not held} == {STREET, VILLAGE, AWAY}
    assert (said[STREET, AWAY], said[STREET, VILLAGE], said[ZONE, AWAY]) == (False, True, True)


@pytest.mark.usefixtures("worker")
async def test_a_hold_about_nobody_in_particular_holds_its_own_division_only(app, client, city):
    [person] = await enrolled(city)
    await pretend(app, person, 1, "account:reviewer")
    three = clock.now().replace(year=clock.now().year + 3) + timedelta(days=1)

    async def gone() -> int:
        async with everywhere(app.state.database) as tx:
            count = await commands.purge(tx, three)
            await tx.rollback()
        return count

    async def placed(**over: object) -> httpx.Response:
        return await reviewer(client, at=over["division"]).post("/legal-holds", json=HOLD | over)

    elsewhere = await placed(division=LIXIA)
    assert (elsewhere.status_code, await gone()) == (201, 1)
    here = await placed(division=LICHENG)
    assert (here.status_code, await gone()) == (201, 0)


@pytest.mark.usefixtures("worker")
async def test_an_erasure_that_waits_is_held_by_holds_where_the_person_counts(app, client, city):
    [person] = await enrolled(city)
    ticket = (await city.post("/rights-requests", json=ASKED | {"person_id": person})).json()
    async with everywhere(app.state.database) as tx:
        said = {"person": person, "division": STREET, "request": ticket["id"]}
        await run(tx, WAITING, said)
    hold = (await reviewer(client).post("/legal-holds", json=HOLD | {"division": JINAN})).json()

    async def erased() -> int:
        async with everywhere(app.state.database) as tx:
            return await erase_due(tx, clock.today())

    assert await erased() == 0
    assert (await reviewer(client).post(f"/legal-holds/{hold['id']}/lift")).status_code == 200
    await reviewer(client).post("/legal-holds", json=HOLD | {"division": LIXIA})
    assert await erased() == 1


@pytest.mark.usefixtures("worker")
async def test_a_hold_names_only_people_of_its_division_and_is_not_for_everybody_to_see(client, city):
    [person] = await enrolled(city)
    asker = reviewer(client)
    named = {**HOLD, "person_id": person}

    here, there = [await asker.post("/legal-holds", json=named | {"division": d}) for d in (STREET, LIXIA)]
    hidden = await reviewer(client, at=LIXIA).post("/legal-holds", json=named | {"division": LIXIA})

    assert (here.status_code, here.json()["person_name"], here.json()["may"]) == (201, "演示0", ["lift"])
    assert (there.status_code, there.json()["code"]) == (422, "outside_division")
    assert hidden.status_code == 404
    assert [(await city.get(path)).status_code for path in ("/legal-holds", "/rights-requests")] == [403, 403]
