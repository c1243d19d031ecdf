"""Requests of data subjects, notices, and how long records of processing are kept: through the API."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from services.contracts.retention import DataClass
from services.kernel import clock
from services.registry.disclosures.making import make
from services.registry.retention.commands import purge
from services.registry.rights.commands import erase_due
from tests.keys import JINAN, LICHENG, LIXIA
from tests.registry.factories import STREET, a_point_line, a_roster, a_worker
from tests.registry.test_disclosure import EXPORT, REVEAL, enrolled, events, everywhere, exporter, pretend, reviewer
from tests.rosters import imported

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
WORKED = {"服务站点编号": "YS-00000", "到岗日期": "2024-06-01"}
NOTICE = {
    "division": LICHENG, "purpose": "registration", "basis": "statutory_duty", "title": "个人信息处理告知书",
    "body": "处理者：演示单位。目的：登记管理。种类：姓名、证件号码。期限：依法保存。权利：可查阅、复制、更正。",
}  # fmt: skip


async def asked(city, person: str, kind: str = "delete", **over: object) -> dict:
    order = {"person_id": person, "kind": kind, "received_on": "2026-11-20", "details": "本人书面提出", **over}
    answer = await city.post("/rights-requests", json=order)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def completed(client, id: str, *, started: bool = False) -> dict:
    asker = reviewer(client)
    if not started:
        (await asker.post(f"/rights-requests/{id}/start")).raise_for_status()
    answer = await asker.post(f"/rights-requests/{id}/complete", json={"answer": "已办理并告知本人"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_pi_06_a_request_is_a_ticket_with_a_deadline_and_a_refusal_has_reasons(client, city):
    [person] = await enrolled(city)
    ticket = await asked(city, person, "access", received_on="2026-10-01")
    asker, address = reviewer(client), f"/rights-requests/{ticket['id']}"

    late = (await asker.get("/rights-requests", params={"overdue": True})).json()["items"]
    early = await asker.post(f"{address}/complete", json={"answer": "已答复"})
    bare = await asker.post(f"{address}/refuse", json={})
    refused = await asker.post(f"{address}/refuse", json={"reason": "无法核实身份"})

    assert (ticket["due_on"], ticket["state"]) == ("2026-10-31", "open")
    assert [t["id"] for t in late] == [ticket["id"]]
    assert (early.status_code, bare.status_code) == (409, 422)
    assert (refused.json()["state"], refused.json()["refusal"]) == ("refused", "无法核实身份")
    assert (await city.post(f"{address}/start")).status_code == 403
    assert (await reviewer(client, at=LIXIA).post(f"{address}/start")).status_code == 404
    assert [e["body"]["state"] for e in await events(client, "RightsRequestMoved")] == ["refused"]


async def test_nobody_decides_on_a_request_that_he_entered(client, city):
    [person] = await enrolled(city)
    both = client("registry:read", "registry:write", "rights:read", "rights:write", id="account:both")
    address = f"/rights-requests/{(await asked(both, person, 'access'))['id']}"

    own = (await both.post(f"{address}/start")).json()
    tried = [
        await both.post(f"{address}/complete", json={"answer": "已答复"}),
        await both.post(f"{address}/refuse", json={"reason": "无法核实身份"}),
    ]

    assert own["may"] == []
    assert [(a.status_code, a.json()["code"]) for a in tried] == [(403, "own_entry")] * 2
    assert (await completed(client, address.rpartition("/")[2], started=True))["decided_by"] == "account:reviewer"


async def test_whoever_decided_last_on_somebody_does_not_erase_them(client, city):
    await imported(city, a_roster([a_worker(0, 登记日期="", 登记有效期止="")]))
    [person] = [p["id"] for p in (await city.get("/people")).json()["items"]]
    first, second = (reviewer(client, name) for name in ("first", "second"))
    hold = {"division": STREET, "data_class": "processing_record", "person_id": person, "reason": "配合调查"}
    held = (await second.post("/legal-holds", json=hold)).json()
    address = f"/rights-requests/{(await asked(city, person))['id']}"
    await first.post(f"{address}/start")
    await first.post(f"/legal-holds/{held['id']}/lift")

    own = (await first.get(address)).json()
    refused = await first.post(f"{address}/complete", json={"answer": "已办理"})
    done = await second.post(f"{address}/complete", json={"answer": "已办理"})

    assert own["may"] == ["refuse"]
    assert (refused.status_code, refused.json()["code"]) == (403, "own_decision")
    assert done.json()["outcome"] == "erased"


async def test_two_who_complete_at_once_erase_once(client, city):
    """The same request by two people; and two requests of one person by the same two."""
    await imported(city, a_roster([a_worker(0, 登记日期="", 登记有效期止="")]))
    [person] = [p["id"] for p in (await city.get("/people")).json()["items"]]
    tickets = [(await asked(city, person, kind))["id"] for kind in ("delete", "withdraw")]
    for id in tickets:
        (await reviewer(client).post(f"/rights-requests/{id}/start")).raise_for_status()

    async def complete(id: str, name: str) -> int:
        asker = reviewer(client, name)
        return (await asker.post(f"/rights-requests/{id}/complete", json={"answer": "已办理"})).status_code

    both = [complete(id, name) for id in tickets for name in ("first", "second")]
    answers = await asyncio.gather(*both)

    assert (answers[:2].count(200), answers[2:].count(200)) == (1, 1), answers
    assert len(await events(client, "PersonErased")) == 1


async def test_requests_that_wait_come_by_their_deadline_and_say_which_rule_gives_it(client, city):
    [person] = await enrolled(city)
    for kind, day in (("access", "2026-11-20"), ("withdraw", "2026-11-19"), ("copy", "2026-11-02")):
        await asked(city, person, kind, received_on=day)
    await completed(client, (await asked(city, person, "explain", received_on="2026-11-01"))["id"])

    found = (await reviewer(client).get("/rights-requests", params={"unfinished": True})).json()["items"]

    assert [(t["kind"], t["due_on"], t["term"]) for t in found] == [
        ("copy", "2026-12-02", "30 天，GB/T 35273—2020"),
        ("withdraw", "2026-12-10", "15 个工作日，参照注销账号的期限"),
        ("access", "2026-12-20", "30 天，GB/T 35273—2020"),
    ]


async def test_pi_07_whoever_worked_on_public_money_is_restricted_and_seen_no_more(app, client, city):
    await imported(city, a_roster([a_point_line(0, 人员保障方式="政府购买")]), "service-points")
    await imported(city, a_roster([a_worker(0, 登记日期="", 登记有效期止="", **WORKED)]))
    [person] = [p["id"] for p in (await city.get("/people")).json()["items"]]

    done = await completed(client, (await asked(city, person))["id"])

    assert done["outcome"] == "restricted"
    assert date.fromisoformat(done["restricted_until"]).year == clock.today().year + 15
    async with everywhere(app.state.database) as tx:  # who has moved since is restricted all the same
        await (await tx.connection()).exec_driver_sql(f"update restriction set division = '{LIXIA}'")
    seen = await reviewer(client, at=LICHENG).post(f"/people/{person}/reveal", json=REVEAL)
    assert (seen.status_code, seen.json()["code"]) == (409, "restricted")
    assert len(await events(client, "PersonRestricted")) == 1
    until = date.fromisoformat(done["restricted_until"])
    async with everywhere(app.state.database) as tx:
        assert await erase_due(tx, until - timedelta(days=1)) == 0
        assert await erase_due(tx, until) == 1
    seen = await reviewer(client).post(f"/people/{person}/reveal", json=REVEAL)
    assert (seen.status_code, seen.json()["code"]) == (409, "erased")


async def test_pi_06_who_asks_to_be_deleted_is_erased_by_the_destruction_of_the_key(app, client, city):
    await imported(city, a_roster([a_worker(0, 登记日期="", 登记有效期止="")]))
    [person] = [p["id"] for p in (await city.get("/people")).json()["items"]]

    done = await completed(client, (await asked(city, person))["id"])

    assert done["outcome"] == "erased"
    seen = await reviewer(client).post(f"/people/{person}/reveal", json=REVEAL)
    assert (seen.status_code, seen.json()["code"]) == (409, "erased")
    assert (await city.get(f"/people/{person}")).json()["id_number"] == "***"
    async with everywhere(app.state.database) as tx:
        connection = await tx.connection()
        left = await connection.exec_driver_sql("select count(*) from person_key")
        assert left.scalar_one() == 0
    assert [e["body"]["person_id"] for e in await events(client, "PersonErased")] == [person]


async def test_pi_03_a_notice_has_versions_and_it_is_known_who_saw_which(client, city):
    [person] = await enrolled(city)
    asker, today = reviewer(client), clock.today()

    async def publish(**over: object) -> dict:
        answer = await asker.post("/notices", json={**NOTICE, "valid_from": str(today), **over})
        assert answer.status_code == 201, answer.text
        return answer.json()

    first, other = await publish(), await publish(division=JINAN)
    coming = await publish(valid_from=str(today + timedelta(days=30)))
    ticket = await asked(city, person, "explain", notice_id=first["id"])
    again = await city.post(f"/notices/{first['id']}/seen", json={"person_ids": [person]})

    async def current(division: str, on: date) -> list[tuple[str, int]]:
        found = await city.get("/notices", params={"division": division, "on": str(on)})
        return [(n["division"], n["version"]) for n in found.json()["items"]]

    assert (first["version"], coming["version"], other["version"]) == (1, 2, 1)
    assert await current(STREET, today) == [(LICHENG, 1)]
    assert await current(STREET, today + timedelta(days=30)) == [(LICHENG, 2)]
    assert await current(LIXIA, today) == [(JINAN, 1)]
    assert (ticket["notice_id"], again.json()["recorded"]) == (first["id"], 0)
    unseen = await city.post(f"/notices/{coming['id']}/seen", json={"person_ids": [person]})
    assert (unseen.status_code, unseen.json()["code"]) == (409, "not_in_force")
    past = await asker.post("/notices", json={**NOTICE, "valid_from": str(today - timedelta(days=1))})
    assert (past.status_code, past.json()["code"]) == (422, "backdated")
    assert [e["body"]["notice_id"] for e in await events(client, "NoticeSeen")] == [first["id"]]
    versions = (await city.get("/notices/versions", params={"division": STREET})).json()["items"]
    assert [(n["division"], n["version"]) for n in versions] == [(LICHENG, 2), (JINAN, 1), (LICHENG, 1)]
    seen = f"/notices/{first['id']}/seen"
    assert [s["person_id"] for s in (await city.get(seen)).json()["items"]] == [person]
    assert (await client("registry:read", at=LIXIA).get(seen)).json()["items"] == []


async def test_records_of_processing_go_after_three_years_unless_a_hold_stands_against_it(app, client, city):
    people = await enrolled(city, 2)
    for person in people:
        await pretend(app, person, 1, "account:reviewer")
    hold = {"division": STREET, "data_class": "processing_record", "person_id": people[0], "reason": "配合调查"}
    held = (await reviewer(client).post("/legal-holds", json=hold)).json()
    now = clock.now()

    async def gone(at: datetime) -> int:
        async with everywhere(app.state.database) as tx:
            return await purge(tx, at)

    three = now.replace(year=now.year + 3)
    kept, *_ = (await reviewer(client).get("/retention/due")).json()["items"]
    assert (kept["table"], kept["rows"], kept["due"]) == ("reveal", 2, 0)
    assert kept["first_goes_on"] == str(three.astimezone(clock.SHANGHAI).date() + timedelta(days=1))
    assert (await reviewer(client, at=LIXIA).get("/retention/due")).json()["items"][0]["rows"] == 0
    assert await gone(three) == 0
    assert await gone(three + timedelta(days=1)) == 1
    assert (await reviewer(client).post(f"/legal-holds/{held['id']}/lift")).json()["lifted_by"] == "account:reviewer"
    assert (await reviewer(client).post(f"/legal-holds/{held['id']}/lift")).status_code == 409
    assert await gone(three + timedelta(days=1)) == 1
    assert [(e["body"]["table"], e["body"]["rows"]) for e in await events(client, "RecordsPurged")] == [
        ("reveal", 1), ("reveal", 1),
    ]  # fmt: skip
    assert len((await city.get("/retention")).json()["items"]) == len(DataClass)


async def test_an_export_leaves_out_whoever_is_restricted(app, client, city):
    people = await enrolled(city, 2)
    ticket = await asked(city, people[0], "access")
    async with everywhere(app.state.database) as tx:
        connection = await tx.connection()
        await connection.exec_driver_sql(
            "insert into restriction (person_id, division, since, request_id) values ($1, $2, now(), $3)",
            (people[0], STREET, ticket["id"]),
        )
    id = (await exporter(client).post("/disclosures", json=EXPORT)).json()["id"]
    await reviewer(client).post(f"/disclosures/{id}/approve")
    await make(app, id)

    seen = (await client("audit:read").get("/reveals")).json()["items"]
    assert [r["person_id"] for r in seen] == [people[1]]
