"""Several at once on the same two people, with real commits: one merge, nothing lost, nothing left behind."""

import asyncio

import pytest
from sqlalchemy import text

from services.kernel.db import run
from tests.keys import LICHENG
from tests.registry.factories import STREET
from tests.registry.test_disclosure import everywhere
from tests.registry.test_same_people import TWIN, WHY, a_point, at, entered, made, reviewing, the_pair

pytestmark = pytest.mark.anyio
__all__ = ["at"]
LEFT = text("""
select (select count(*) from person where merged_into is not null) as merged,
  (select count(*) from person_merge where undone_at is null) as merges,
  (select count(*) from assignment a join person p on p.id = a.person_id where p.merged_into is not null) as behind""")


async def test_merges_both_ways_and_writes_at_once_leave_one_merge_and_nothing_behind(app, client, city, at):
    points = [await a_point(city, n) for n in range(3)]
    for n in (0, TWIN):
        await made(city, "/people", entered(n))
    pair = await the_pair(city)
    one, other = (p["id"] for p in pair["people"])
    path = f"/possible-duplicates/{pair['id']}"
    askers = [reviewing(client), reviewing(client, LICHENG)]

    merging = [askers[n % 2].post(f"{path}/merge", json={"kept_id": (one, other)[n // 2], **WHY}) for n in range(4)]
    starting = [
        city.post("/assignments", json={"person_id": who, "service_point_id": point, "started_on": "2026-01-01"})
        for who in (one, other)
        for point in points
    ]
    answers = await asyncio.gather(*merging, askers[0].post(f"{path}/dismiss", json=WHY), *starting)

    decided = [a.status_code for a in answers[:5]]
    assert decided.count(200) == 1, [a.text for a in answers[:5]]
    assert set(decided) == {200, 409}
    assert {a.status_code for a in answers[5:]} <= {201, 409}, [a.text for a in answers[5:]]
    async with everywhere(app.state.database) as tx:
        found = (await run(tx, LEFT, {})).one()
    assert found.merged == found.merges
    settled = [a.json()["id"] for a in answers[:4] if a.status_code == 200]
    if settled:
        undone = await asyncio.gather(*(a.post(f"/person-merges/{settled[0]}/undo", json=WHY) for a in askers))
        assert sorted(a.status_code for a in undone) == [200, 409]


WAITING = text("select exists (select from pg_locks where not granted)")


async def test_an_application_under_way_moves_with_its_certificate(app, client, city, at):
    """Entered and not yet committed when the merge begins: the merge waits for it, and takes it along."""
    for n in (0, TWIN):
        await made(city, "/people", entered(n))
    pair = await the_pair(city)
    kept, gone = (p["id"] for p in pair["people"])
    held = {"level": "assistant", "management_number": "20230000000000000001", "approved_on": "2023-08-15"}
    certificate = await made(city, f"/people/{gone}/certificates", held)
    order = text("""
insert into registration_application (kind, state, division, place, person_id, certificate_id)
values ('change', 'draft', :division, 'workplace', cast(:person as uuid), cast(:certificate as uuid))""")

    async with everywhere(app.state.database) as tx:
        said = {"division": STREET, "person": gone, "certificate": certificate}
        await run(tx, order, said)
        path = f"/possible-duplicates/{pair['id']}/merge"
        merging = asyncio.create_task(reviewing(client).post(path, json={"kept_id": kept, **WHY}))
        async with asyncio.timeout(5):
            while not (await run(tx, WAITING, {})).scalar_one():  # noqa: ASYNC110 — what is waited for is in PostgreSQL
                await asyncio.sleep(0.01)

    answer = await merging
    assert (answer.status_code, answer.json().get("moved", {}).get("registration_application")) == (200, 1)
