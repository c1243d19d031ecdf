"""Service records over HTTP: many at once."""

import asyncio

import orjson
import pytest
from sqlalchemy import text

from services.kernel.db import run
from tests.coordination.asking import PATH, READ, WRITE, bring_to, key
from tests.coordination.factories import (
    OTHER_DISTRICT,
    a_service,
    ago,
    uuid,
)

pytestmark = pytest.mark.anyio


async def entered(client, **over) -> dict:
    answer = await client.post(PATH, json=a_service(**over))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def listed(client, **params) -> list[dict]:
    answer = await client.get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def refused(client, **over) -> tuple[int, str, str]:
    answer = await client.post(PATH, json=a_service(**over))
    problem = answer.json()
    return answer.status_code, problem["code"], next((e["field"] for e in problem["errors"]), "")


# ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def batch(client, *rows, **headers):
    return await client.post(f"{PATH}/batch", json={"rows": list(rows)}, headers=headers or key())


async def test_a_batch_is_taken_whole_and_the_same_again_changes_nothing(coordination, city):
    rows = [a_service(day=ago(n).isoformat()) for n in range(3)] + [a_service(reference="C-1", persons=1)]
    first, again = await batch(city, *rows), await batch(city, *rows)
    more = await batch(city, *rows, a_service(kind="social_support"))

    assert [(a.json()["rows"], a.json()["new"], a.json()["unchanged"]) for a in (first, again, more)] == [
        (4, 4, 0), (4, 0, 4), (5, 1, 4)
    ]  # fmt: skip
    assert [i["id"] for i in again.json()["items"]] == [i["id"] for i in first.json()["items"]]
    assert more.json()["items"][4]["new"]
    async with coordination.writing() as tx:
        batches = (await run(tx, text("select distinct body->>'batch_id' from event"), {})).scalars().all()
    assert len(batches) == 2


async def test_a_row_taken_before_stays_what_has_become_of_it(city):
    rows = [a_service(day=ago(n).isoformat()) for n in range(2)]
    items = (await batch(city, *rows)).json()["items"]
    await bring_to(city, items[0], "corrected")
    await bring_to(city, items[1], "withdrawn")

    again = (await batch(city, *rows)).json()

    assert (again["new"], [i["state"] for i in again["items"]]) == (0, ["corrected", "withdrawn"])
    assert [i["id"] for i in again["items"]] == [i["id"] for i in items]


async def test_of_a_batch_with_errors_nothing_is_taken_and_each_row_says_what_to_do(city, client):
    await entered(city)
    answer = await batch(
        city,
        a_service(day=ago(1).isoformat()),
        a_service(day=ago(-1).isoformat(), workers=[str(uuid(9))]),
        a_service(service_point_id=str(uuid(9))),
        a_service(persons=99),
        a_service(reference="D"),
        a_service(reference="D", kind="social_support"),
    )
    problem = answer.json()

    assert (answer.status_code, problem["code"]) == (422, "rows_invalid")
    assert [(e["row"], e["field"], e["code"]) for e in problem["errors"]] == [
        (2, "rows.1.day", "in_the_future"),
        (2, "rows.1.workers.0", "no_such_person"),
        (3, "rows.2.service_point_id", "not_here"),
        (4, "rows.3.reference", "recorded_otherwise"),
        (5, "rows.4.reference", "row_repeated"),
        (6, "rows.5.reference", "row_repeated"),
    ]
    assert all(any("\u4e00" <= c <= "\u9fff" for c in e["detail"]) for e in problem["errors"])
    assert len(await listed(city)) == 1
    malformed = await batch(city, a_service(), a_service(persons=0))
    assert malformed.json()["errors"][0]["field"] == "rows.1.persons"
    elsewhere = client(READ, WRITE, at=OTHER_DISTRICT)
    assert [e["code"] for e in (await batch(elsewhere, a_service())).json()["errors"]] == ["not_here"]


async def test_a_batch_needs_a_key_and_has_an_end(city, client):
    without = await city.post(f"{PATH}/batch", json={"rows": [a_service()]})
    same = key()
    first, again = await batch(city, a_service(), **same), await batch(city, a_service(), **same)
    other = await batch(city, a_service(persons=3), **same)

    assert (without.status_code, without.json()["code"]) == (428, "idempotency_key_missing")
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert other.json()["code"] == "idempotency_key_reused"
    assert (await batch(city)).status_code == 422
    rows = [a_service(reference=f"N{n}") for n in range(1001)]
    assert (await batch(city, *rows)).status_code == 422
    assert (await batch(city, *rows[:1000])).json()["new"] == 1000
    assert (await batch(client(READ), a_service())).status_code == 403


async def test_the_same_batch_twice_at_once_is_taken_once(city):
    rows = [a_service(reference=f"T{n}") for n in range(50)]

    answers = await asyncio.gather(batch(city, *rows), batch(city, *rows))

    assert sorted(a.status_code for a in answers) in ([200, 200], [200, 409])
    assert len(await listed(city, limit=500)) == 50


async def test_what_the_feed_says_holds_nobodys_name_or_words(coordination, city):
    await entered(city, note="上门探访", late_reason="补录台账")

    async with coordination.hot() as db:
        [said] = [orjson.loads(r["record"]) for r in await db.fetch("select record from subject")]
        [body] = [orjson.loads(r["body"]) for r in await db.fetch("select body from event")]
    assert set(said) == {"service_point_id", "division", "day", "kind", "field", "persons", "state"}
    assert set(body) == {"service_record_id", "division", "day", "kind", "persons", "batch_id"}
