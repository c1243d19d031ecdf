"""What coordination has published is what its rows and the registry say, whatever ran at the same time."""

import asyncio
import random
import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.contracts.coordination import ServiceKind
from services.contracts.facts import SubjectState
from services.contracts.metrics import Metric
from services.coordination import publishing
from services.coordination.bulk import add_service_records
from services.coordination.service_records.writing import NewRecord
from services.kernel.db import run
from services.kernel.listing import plain
from tests.coordination.factories import (
    ROOM,
    SECOND,
    SINCE,
    UNREGISTERED,
    VILLAGE,
    WORKER,
    a_person,
    a_point,
    a_service,
    ago,
    gone,
    uuid,
)
from tests.coordination.test_api import PATH, entered
from tests.keys import an_actor

pytestmark = pytest.mark.anyio
SAID = text("select subject, facts, record from subject")
IDS = text("select id from service_record order by id")


async def said(coordination) -> dict[str, SubjectState]:
    async with coordination.writing() as tx:
        return {s: SubjectState(subject=s, facts=f, record=r) for s, f, r in (await run(tx, SAID, {})).all()}


async def served(coordination) -> list[tuple[str, str]]:
    """Where, and from when."""
    states = (await said(coordination)).values()
    return sorted(
        (f.division, f.start.isoformat()) for s in states for f in s.facts if f.metric is Metric.SERVICE_DELIVERED
    )


async def compare(coordination) -> int:
    """How many records there are, each saying exactly what is read from the tables now."""
    published = await said(coordination)
    async with coordination.writing() as tx:
        ids = (await run(tx, IDS, {})).scalars().all()
        states = await publishing.records_say(await plain(tx), ids)
    assert published == {s.subject: s for s in states}
    return len(states)


# ── what the registry says later ─────────────────────────────────────────────────────────────────────────────────────
async def test_a_registration_that_comes_later_makes_old_records_count(coordination, city, registry_says):
    record = await entered(city, workers=[str(UNREGISTERED)])
    assert await served(coordination) == []

    await registry_says(a_person(UNREGISTERED, (ago(3), None)))
    assert await served(coordination) == [(VILLAGE, ago(3).isoformat())]
    assert (await city.get(f"{PATH}/{record['id']}")).json()["counts"]

    await registry_says(a_person(UNREGISTERED, (ago(2), None)))
    assert await served(coordination) == []
    await registry_says(a_person(UNREGISTERED, (ago(3), ago(2))))
    assert await served(coordination) == [(VILLAGE, ago(3).isoformat())], "what was done in their time stays done"


async def test_nothing_was_done_by_whoever_never_was_nor_at_a_point_that_never_was(coordination, city, registry_says):
    """An import was taken back; its people and points may come again."""
    record = await entered(city)
    for state in (a_person(WORKER, (SINCE, None)), a_point()):
        await registry_says(gone(state))
        assert await served(coordination) == []
        assert not (await city.get(f"{PATH}/{record['id']}")).json()["counts"]
        await registry_says(state)
        assert await served(coordination) == [(VILLAGE, ago(3).isoformat())]
    assert await compare(coordination) == 1


async def test_records_move_and_end_with_their_point(coordination, city, client, registry_says):
    record = await entered(city)
    await entered(city, service_point_id=..., division=VILLAGE)

    await registry_says(a_point(division=SECOND))
    assert [division for division, _ in await served(coordination)] == [VILLAGE, SECOND]
    moved = (await city.get(f"{PATH}/{record['id']}")).json()
    assert (moved["division"], moved["version"]) == (SECOND, 1)
    assert (await client("coordination:read", at=VILLAGE).get(f"{PATH}/{record['id']}")).status_code == 404

    await registry_says(a_point(division=SECOND, closed_on=ago(3)))
    assert [division for division, _ in await served(coordination)] == [VILLAGE]
    ended = (await city.get(f"{PATH}/{record['id']}")).json()
    assert (ended["counts"], [w["code"] for w in ended["warnings"]]) == (False, ["point_not_open"])

    await registry_says(a_point(division=SECOND, closed_on=ago(2)))
    assert [division for division, _ in await served(coordination)] == [VILLAGE, SECOND]
    assert await compare(coordination) == 2


async def test_a_withdrawn_record_stays_so_whatever_the_registry_says(coordination, city, registry_says):
    record = await entered(city, workers=[str(UNREGISTERED)])
    await city.post(f"{PATH}/{record['id']}/withdraw", json={"reason": "录错"})

    await registry_says(a_person(UNREGISTERED, (SINCE, None)), a_point(division=SECOND))

    assert await served(coordination) == []
    assert await compare(coordination) == 1


async def test_a_correction_says_everything_anew(coordination, city):
    record = await entered(city)
    body = {"day": ago(1).isoformat(), "persons": 40}
    await city.patch(f"{PATH}/{record['id']}", json=body, headers={"if-match": '"1"'})

    [state] = (await said(coordination)).values()
    assert [(f.metric.value, f.start, f.amount) for f in state.facts] == [
        ("service_delivered", ago(1), 1), ("persons_served", ago(1), 40)
    ]  # fmt: skip


# ── at the same time ─────────────────────────────────────────────────────────────────────────────────────────────────
async def test_an_entry_waits_for_the_registrys_word_on_its_worker_and_the_other_way_round(
    coordination, city, registry_says
):
    """Whichever of the two comes first, the later one reads what the earlier one has committed."""
    for n in range(10):
        registered = [(SINCE, None)] if n % 2 else []
        await asyncio.gather(
            registry_says(a_person(WORKER, *registered), a_point(division=SECOND if n % 2 else VILLAGE)),
            *(entered(city, reference=f"W{n}-{k}") for k in range(2)),
        )
    assert await compare(coordination) == 20


async def test_a_random_history_always_says_what_its_rows_say(coordination, city, registry_says):
    rng = random.Random(7)
    people, points = [uuid(200 + n) for n in range(4)], [uuid(300 + n) for n in range(3)]
    await registry_says(*(a_person(p) for p in people), *(a_point(p) for p in points))
    records: list[str] = []

    def period():
        start = ago(rng.randrange(60))
        return (start, rng.choice([None, start + timedelta(days=rng.randrange(1, 40))]))

    async def enter():
        order = a_service(
            service_point_id=str(rng.choice(points)), day=ago(rng.randrange(30)).isoformat(),
            workers=[str(w) for w in rng.sample(people, 2)], kind=rng.choice(list(ServiceKind)).value,
        )  # fmt: skip
        answer = await city.post(PATH, json=order)
        records.extend([answer.json()["id"]] if answer.status_code == 201 else [])
        return answer.status_code

    async def correct():
        if not records:
            return 200
        path = f"{PATH}/{rng.choice(records)}"
        tag = (await city.get(path)).headers["etag"]
        body = rng.choice([{"persons": rng.randrange(1, 9)}, {"day": ago(rng.randrange(30)).isoformat()},
                           {"workers": [str(rng.choice(people))]}])  # fmt: skip
        return (await city.patch(path, json=body, headers={"if-match": tag})).status_code

    async def withdraw():
        path = f"{PATH}/{rng.choice(records)}/withdraw" if records else PATH
        return (await city.post(path, json={"reason": "录错"})).status_code

    async def speak():
        words = [
            *[lambda: a_person(rng.choice(people), period())] * 5,
            lambda: gone(a_person(rng.choice(people))),
            lambda: a_point(rng.choice(points), rng.choice([VILLAGE, SECOND]), closed_on=rng.choice([None, ago(9)])),
        ]
        await registry_says(rng.choice(words)())
        return 200

    for _ in range(15):
        doing = [enter(), enter(), enter(), correct(), correct(), rng.choice([correct, withdraw])(), speak()]
        statuses = await asyncio.gather(*doing)
        assert set(statuses) <= {200, 201, 409, 412, 422}
        await speak()
        await compare(coordination)
    assert len(records) > 10


# ── by the thousand ──────────────────────────────────────────────────────────────────────────────────────────────────
async def test_many_at_once_say_the_same_as_one_by_one_and_are_quick(coordination, city):
    kinds = list(ServiceKind)
    rows = [
        NewRecord(ROOM, VILLAGE, ago(n % 700), kinds[n % 11], None, n % 50 + 1, [(WORKER, UNREGISTERED)[n % 2]],
                  reference=f"B{n}")
        for n in range(3000)
    ]  # fmt: skip
    began = time.process_time()
    async with coordination.writing.begin() as tx:
        assert await add_service_records(tx, an_actor(), rows) == 3000
    spent = time.process_time() - began

    assert await compare(coordination) == 3000
    assert len(await served(coordination)) == 1500
    async with coordination.hot() as db:
        assert await db.fetchval("select count(*) from event") == 3000
        assert await db.fetchval("select count(*) from service_record_history") == 3000
    assert spent < 1.5, f"{spent:.2f} s of processor time"
