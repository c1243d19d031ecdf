"""Personal data in clear: seen with a purpose, recorded first, counted; exported with somebody else's word, once."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from python_calamine import CalamineWorkbook
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel import clock, jobs
from services.kernel.db import Database, driver_of
from services.kernel.export import DEMO
from services.kernel.scope import EVERYWHERE
from services.registry.disclosures.commands import QUEUE, expire
from services.registry.disclosures.making import make
from services.registry.disclosures.queries import unmade
from services.registry.reveals.rules import QUOTA
from tests.conftest import Databases
from tests.keys import LIXIA, signed_by
from tests.registry.conftest import Client
from tests.registry.factories import STREET, a_roster, a_worker, an_id_number
from tests.rosters import imported

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
WHY = {"purpose": "certificate_check", "reason": "核对证书与本人是否一致"}
REVEAL = {**WHY, "fields": ["id_number", "phone"]}
EXPORT = {**WHY, "division": STREET, "columns": ["name", "id_number", "level"]}


async def enrolled(city: httpx.AsyncClient, count: int = 1, first: int = 0) -> list[str]:
    done = await imported(city, a_roster(a_worker(n) for n in range(first, first + count)))
    assert done.state == "done", done
    return [p["id"] for p in (await city.get("/people")).json()["items"]]


def reviewer(client: Client, name: str = "reviewer", **who: object) -> httpx.AsyncClient:
    may = ("registry:read", "registry:review", "registry:reveal", "rights:read", "rights:write")
    return client(*may, id=f"account:{name}", **who)


def exporter(client: Client) -> httpx.AsyncClient:
    return client("registry:read", "registry:export", "registry:review", id="account:exporter", name="演示导出")


async def events(client: Client, kind: str) -> list[dict]:
    asker = client()
    asker.headers.update(signed_by("gateway", "registry"))
    items = (await asker.get("/internal/events", params={"limit": 5000})).raise_for_status().json()["items"]
    return [e for e in items if e["kind"] == kind]


@contextlib.asynccontextmanager
async def everywhere(database: Database) -> AsyncIterator[AsyncSession]:
    """As the house itself reaches it."""
    async with database.writing(info={"scope": EVERYWHERE}) as tx, tx.begin():
        yield tx


def at(app: FastAPI, instant: datetime) -> None:
    app.dependency_overrides[clock.now] = lambda: instant


async def test_a_reveal_shows_the_value_once_and_says_so_without_it(client, city):
    [person] = await enrolled(city)

    seen = await reviewer(client).post(f"/people/{person}/reveal", json=REVEAL)
    one = await reviewer(client).post(f"/people/{person}/reveal", json={**REVEAL, "fields": ["phone"]})

    assert seen.json() | {"reveal_id": ""} == {
        "reveal_id": "", "person_id": person, "id_number": an_id_number(0), "phone": "13900000000",
    }  # fmt: skip
    assert seen.headers["cache-control"] == "no-store"
    assert one.json()["id_number"] is None
    told = await events(client, "PersonRevealed")
    assert [(e["actor"], e["body"]["fields"]) for e in told] == [
        ("account:reviewer", ["id_number", "phone"]), ("account:reviewer", ["phone"]),
    ]  # fmt: skip
    assert an_id_number(0) not in str(told)
    assert REVEAL["reason"] not in str(told)


async def test_a09_an_auditor_learns_who_saw_whom_and_no_more(client, city):
    [person] = await enrolled(city)
    await reviewer(client).post(f"/people/{person}/reveal", json=REVEAL)
    auditor = client("audit:read", id="account:auditor")

    found = (await auditor.get("/reveals", params={"person_id": person, "asker": "account:reviewer"})).json()["items"]
    days = [(await auditor.get("/reveals", params={"day": d})).json()["items"] for d in (clock.today(), "2020-01-01")]

    [row] = found
    assert (row["actor"], row["purpose"], row["reason"]) == ("account:reviewer", WHY["purpose"], WHY["reason"])
    assert (row["person_name"], row["id_number"]) == ("演**", f"{an_id_number(0)[:4]}**********{an_id_number(0)[-4:]}")
    assert [len(d) for d in days] == [1, 0]
    assert (await client("audit:read", at=LIXIA).get("/reveals")).json()["items"] == []
    assert (await auditor.post(f"/people/{person}/reveal", json=REVEAL)).status_code == 403
    assert (await city.get("/reveals")).status_code == 403
    number = {**REVEAL, "reason": f"核对 {an_id_number(0)}"}
    assert (await reviewer(client).post(f"/people/{person}/reveal", json=number)).status_code == 422


async def test_what_cannot_be_recorded_is_not_shown(databases: Databases, client, city):
    [person] = await enrolled(city)
    admin = await asyncpg.connect(databases.admin("registry"))
    await admin.execute("alter table event add constraint nothing_more check (kind <> 'PersonRevealed') not valid")
    try:
        refused = await reviewer(client).post(f"/people/{person}/reveal", json=REVEAL)
    finally:
        await admin.execute("alter table event drop constraint nothing_more")
        left = await admin.fetchval("select count(*) from reveal")
        await admin.close()

    assert (refused.status_code, refused.json()["code"]) == (503, "not_recorded")
    assert an_id_number(0) not in refused.text
    assert left == 0


async def test_a_reveal_needs_the_area_and_a_proof_of_late(client, city):
    [person] = await enrolled(city)
    ago = [(datetime.now(UTC) - timedelta(minutes=m)).isoformat() for m in (4, 6)]

    async def asked(**who: object) -> tuple[int, str | None]:
        answer = await reviewer(client, **who).post(f"/people/{person}/reveal", json=REVEAL)
        return answer.status_code, answer.json().get("code")

    assert await asked(at=LIXIA) == (404, "not_found")
    assert await asked(proved_at=ago[1]) == (403, "step_up_required")
    assert await asked(proved_at=None) == (403, "step_up_required")
    assert await events(client, "PersonRevealed") == []
    assert await asked(proved_at=ago[0]) == (200, None)


async def test_a07_a_loop_of_reveals_ends_at_the_quota_however_many_ask_at_once(app, client, city):
    [person] = await enrolled(city)
    asker, left, address = reviewer(client), 4, f"/people/{person}/reveal"
    await pretend(app, person, QUOTA - left, "account:reviewer")

    answers = await asyncio.gather(*(asker.post(address, json=REVEAL) for _ in range(left + 6)))

    assert sorted(a.status_code for a in answers) == [200] * left + [429] * 6
    refused = next(a for a in answers if a.status_code == 429)
    assert refused.json()["code"] == "reveal_quota"
    assert 3500 < int(refused.headers["retry-after"]) <= 3600
    assert an_id_number(0) not in refused.text
    assert len(await events(client, "PersonRevealed")) == left
    assert [e["body"]["quota"] for e in await events(client, "RevealQuotaReached")] == [QUOTA]
    assert (await reviewer(client, "another").post(address, json=REVEAL)).status_code == 200
    at(app, clock.now() + timedelta(minutes=61))
    assert (await asker.post(address, json=REVEAL)).status_code == 200


async def pretend(app: FastAPI, person: str, count: int, actor: str) -> None:
    """So many reveals of late."""
    async with everywhere(app.state.database) as tx:
        await (await driver_of(tx)).execute(
            "insert into reveal (at, actor, person_id, division, purpose, reason, fields) "
            "select now(), $1, $2::uuid, $3, 'contact', '演示', '{phone}' from generate_series(1, $4)",
            actor, person, STREET, count,
        )  # fmt: skip


# ── exports ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def requested(client: Client, **over: object) -> str:
    answer = await exporter(client).post("/disclosures", json=EXPORT | over)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def made(app: FastAPI, client: Client) -> str:
    """Approved, and made."""
    id = await requested(client)
    answer = await reviewer(client).post(f"/disclosures/{id}/approve")
    assert (answer.status_code, answer.json()["state"]) == (200, "making"), answer.text
    await make(app, id)
    return id


async def test_a08_an_export_in_clear_needs_a_second_person(databases: Databases, client, city):
    await enrolled(city)
    asker = exporter(client)

    id = await requested(client)

    assert (await asker.get(f"/disclosures/{id}")).json()["may"] == ["withdraw"]
    assert (await reviewer(client).get("/disclosures")).json()["items"][0]["may"] == ["approve", "refuse"]
    own, early = await asker.post(f"/disclosures/{id}/approve"), await asker.post(f"/disclosures/{id}/fetch")
    assert (own.status_code, own.json()["code"]) == (403, "own_request")
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    assert (await reviewer(client, at=LIXIA).post(f"/disclosures/{id}/approve")).status_code == 404
    assert (await reviewer(client).post("/disclosures", json=EXPORT)).status_code == 403
    admin = await asyncpg.connect(databases.admin("registry"))
    by_hand = "update disclosure set state = $1, decided_by = {}, decided_at = {} where id = $2::uuid"
    with pytest.raises(asyncpg.CheckViolationError, match="four_eyes"):
        await admin.execute(by_hand.format("requested_by", "now()"), "making", id)
    with pytest.raises(asyncpg.CheckViolationError, match="approved_first"):
        await admin.execute(by_hand.format("null", "null"), "making", id)
    await admin.close()
    refused = await reviewer(client).post(f"/disclosures/{id}/refuse", json={"reason": "用途不明"})
    assert (refused.json()["state"], refused.json()["refusal"]) == ("refused", "用途不明")


async def test_a08_a_file_is_marked_in_every_row_and_fetched_once(app: FastAPI, client, city):
    people = await enrolled(city, 2)
    app.state.settings.demo = True
    id = await made(app, client)
    asker = exporter(client)
    async with app.state.database.hot(EVERYWHERE) as db:
        sealed = await db.fetchval("select sealed from disclosure_file")

    foreign = await reviewer(client).post(f"/disclosures/{id}/fetch")
    fetched = await asker.post(f"/disclosures/{id}/fetch")
    again = await asker.post(f"/disclosures/{id}/fetch")

    assert foreign.status_code == 403
    assert (fetched.status_code, fetched.headers["cache-control"]) == (200, "no-store")
    head, titles, *rows = CalamineWorkbook.from_filelike(io.BytesIO(fetched.content)).get_sheet_by_index(0).to_python()
    assert titles == ["姓名", "证件号码", "证书级别", "水印"]
    assert {row[1] for row in rows} == {an_id_number(0), an_id_number(1)}
    for said in (head[0], *(row[-1] for row in rows)):
        assert all(part in said for part in ("编号 ", DEMO, "演示导出", "account:exporter", "核验证书", "20"))
    assert not sealed.startswith(b"PK")
    assert (again.status_code, again.json()["code"]) == (410, "already_fetched")
    async with app.state.database.hot(EVERYWHERE) as db:
        assert await db.fetchval("select count(*) from disclosure_file") == 0
    seen = (await client("audit:read").get("/reveals")).json()["items"]
    assert {(r["person_id"], r["actor"], r["disclosure_id"]) for r in seen} == {
        (p, "account:exporter", id) for p in people
    }


async def test_a08_a_file_that_nobody_fetches_in_time_is_gone(app: FastAPI, client, city):
    await enrolled(city)
    id = await made(app, client)
    soon, late = (clock.now() + timedelta(minutes=m) for m in (14, 15))

    async with everywhere(app.state.database) as tx:
        assert await expire(tx, soon) == 0
    at(app, late + timedelta(seconds=1))
    refused = await exporter(client).post(f"/disclosures/{id}/fetch")
    async with everywhere(app.state.database) as tx:
        assert await expire(tx, late + timedelta(seconds=1)) == 1

    assert (refused.status_code, refused.json()["code"]) == (410, "expired")
    async with app.state.database.hot(EVERYWHERE) as db:
        assert await db.fetchval("select count(*) from disclosure_file") == 0
    assert (await exporter(client).get(f"/disclosures/{id}")).json()["state"] == "expired"
    assert len(await events(client, "DisclosureExpired")) == 1


async def test_more_people_than_were_approved_are_never_exported(app: FastAPI, client, city):
    await enrolled(city)
    id = await requested(client)
    await reviewer(client).post(f"/disclosures/{id}/approve")
    await enrolled(city, first=1)

    await make(app, id)

    found = (await exporter(client).get(f"/disclosures/{id}")).json()
    assert found["state"] == "failed"
    assert "重新申请" in found["failure"]


async def test_a_few_masked_rows_need_nobody_else_and_the_worker_makes_their_file(app: FastAPI, client, city):
    await enrolled(city)
    asker = exporter(client)
    answer = await asker.post("/disclosures", json=EXPORT | {"columns": ["name", "level"]})
    assert (answer.json()["state"], answer.json()["needs_approval"]) == ("making", False)

    working = asyncio.create_task(jobs.worker(QUEUE, make, unmade)(app))
    for _ in range(500):
        found = (await asker.get(f"/disclosures/{answer.json()['id']}")).json()
        if found["state"] != "making":
            break
        await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    assert (found["state"], found["may"]) == ("ready", ["fetch"])
    assert (await client("audit:read").get("/reveals")).json()["items"] == []
