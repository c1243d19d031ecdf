"""The invariant of the system: after any history, every number equals a brute-force count of the owner's tables.

`SEED=… OPERATIONS=… python -m pytest tests/system/test_invariant.py` runs another, or a longer, history.
"""

import asyncio
import os
import random
import uuid
from datetime import date, timedelta

import asyncpg
import httpx
import pytest

from tests import rosters
from tests.apps import System
from tests.system.brute import register
from tests.villages import divisions

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
SEED, OPERATIONS, ROUNDS = int(os.environ.get("SEED", "1")), int(os.environ.get("OPERATIONS", "25")), 3
CITY, ZONE = "370100000000", "370176000000"
DAYS = (date(2019, 1, 1), 3500)
TIERS = {
    "city": "city_guidance_centre", "district": "district_main_station", "street": "street_station",
    "village": "village_service_room",
}  # fmt: skip
BASES = ("government_purchase", "own_staff", "none")


class History:
    """One random history, made through the door as an agency's system would."""

    def __init__(self, door: httpx.AsyncClient, rng: random.Random) -> None:
        self.door, self.rng = door, rng
        known = {d["code"]: d for d in divisions()}
        zoned = [c for c, d in known.items() if d["zone"] == ZONE and d["tier"] == "village"]
        plain = [c for c, d in known.items() if d["tier"] == "village" and not d["zone"] and d["counts"] == "true"]
        villages = [rng.choice(zoned), zoned[0], *rng.sample(plain, 3), "370116001001"]
        above = {known[v]["parent"] for v in villages}
        self.hot = [known[c] for c in {*villages, *above, *(known[s]["parent"] for s in above), CITY} if c in known]
        self.points: list[dict] = []
        self.people: list[int] = []
        self.answers: dict[str, int] = {}
        self.next = 0

    def day(self) -> date:
        return DAYS[0] + timedelta(self.rng.randrange(DAYS[1]))

    async def act(self) -> None:
        """A refusal by a rule is part of a history; anything else is not."""
        acts = (self.open, self.open, self.close, self.pay, self.roster, self.roster, self.leave, self.join, self.move)
        action = self.rng.choice(acts)
        answer = await action()
        if answer is not None:
            assert answer.status_code in (200, 201, 202, 404, 409, 412, 422), answer.text
            key = f"{action.__name__} {answer.status_code}"
            self.answers[key] = self.answers.get(key, 0) + 1
            if answer.status_code >= 400 and os.environ.get("SEED"):
                print(key, answer.text[:600])

    async def post(self, path: str, body: dict) -> httpx.Response:
        return await self.door.post(path, json=body, headers={"idempotency-key": str(uuid.uuid4())})

    async def open(self) -> httpx.Response:
        place, self.next = self.rng.choice(self.hot), self.next + 1
        point = {
            "number": f"INV-{self.next}",
            "name": "演示站点",
            "tier": TIERS[place["tier"]],
            "division": place["code"],
        }
        point |= {"opened_on": self.day().isoformat(), "staffing_basis": self.rng.choice(BASES)}
        answer = await self.post("/registry/service-points", point)
        assert answer.status_code == 201, answer.text
        self.points.append(answer.json())
        return answer

    async def close(self) -> httpx.Response | None:
        if not self.points:
            return None
        point = self.rng.choice(self.points)
        return await self.post(f"/registry/service-points/{point['id']}/close", {"closed_on": self.day().isoformat()})

    async def pay(self) -> httpx.Response | None:
        if not self.points:
            return None
        path = f"/registry/service-points/{self.rng.choice(self.points)['id']}"
        tag = (await self.door.get(path)).headers["etag"]
        return await self.door.patch(path, json={"staffing_basis": self.rng.choice(BASES)}, headers={"if-match": tag})

    async def roster(self) -> httpx.Response:
        rows = [self.row() for _ in range(self.rng.randint(1, 4))]
        content = rosters.a_roster(list({r["证件号码"]: r for r in rows}.values()))
        return (await rosters.imported(self.door, content, prefix="/registry")).answer

    def row(self) -> dict[str, str]:
        """A new person, or one who is known and has moved, renewed or begun somewhere."""
        if self.people and self.rng.random() < 0.5:
            n = self.rng.choice(self.people)
        else:
            n = 10_000 * SEED + len(self.people)
            self.people.append(n)
        place, registered = self.rng.choice(self.hot), self.day()
        approved = min(self.day(), date(2026, 1, 1))
        over = {"批准日期": approved.isoformat(), "管理号": f"2020999{n:09d}"}
        over |= {"登记日期": registered.isoformat(), "登记有效期止": (registered + timedelta(1000)).isoformat()}
        if self.rng.random() < 0.2:
            over |= {"登记日期": "", "登记有效期止": ""}
        if self.points and self.rng.random() < 0.7:
            point = self.rng.choice(self.points)
            begun = date.fromisoformat(point["opened_on"]) + timedelta(self.rng.randrange(60))
            over |= {"服务站点编号": point["number"], "到岗日期": begun.isoformat()}
        return rosters.worker(n, place["code"], place["name"], **over)

    async def leave(self) -> httpx.Response | None:
        found = (await self.door.get("/registry/assignments?limit=100")).json()["items"]
        if not found:
            return None
        return await self.post(
            f"/registry/assignments/{self.rng.choice(found)['id']}/end", {"ended_on": self.day().isoformat()}
        )

    async def join(self) -> httpx.Response | None:
        people = (await self.door.get("/registry/people?limit=100")).json()["items"]
        if not people or not self.points:
            return None
        body = {"person_id": self.rng.choice(people)["id"], "service_point_id": self.rng.choice(self.points)["id"]}
        return await self.post("/registry/assignments", body | {"started_on": self.day().isoformat()})

    async def move(self) -> httpx.Response | None:
        """An employer moves, and everybody with it."""
        found = (await self.door.get("/registry/organizations?limit=100")).json()["items"]
        if not found:
            return None
        path = f"/registry/organizations/{self.rng.choice(found)['id']}"
        tag = (await self.door.get(path)).headers["etag"]
        self.next += 1
        moved = {"division": self.rng.choice(self.hot)["code"], "name": f"演示机构{self.next}"}
        return await self.door.patch(path, json=moved, headers={"if-match": tag})


async def machine(system: System) -> httpx.AsyncClient:
    """The demo client: it may write in the whole city."""
    door, client = await system.anonymous(), system.told["client"]
    form = {"grant_type": "client_credentials", "client_id": client["id"], "client_secret": client["secret"]}
    token = (await door.post("/auth/token", data=form)).raise_for_status().json()["access_token"]
    door.headers["authorization"] = f"Bearer {token}"
    return door


async def folded(system: System, owner: asyncpg.Connection) -> None:
    """Until the gateway has taken in everything that the registry has said."""
    gateway = await asyncpg.connect(system.databases.url("gateway"))
    last = await owner.fetchval(
        "select epoch || '.' || xact || '.' || seq from subject order by epoch desc, xact desc, seq desc limit 1"
    )
    for _ in range(600):
        position = await gateway.fetchval("select position from coverage.feed_cursor where source = 'registry'")
        if position.partition(".")[2] == last:
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError(f"the fold stands at {position}, the registry at {last}")
    assert await gateway.fetchval("select count(*) from coverage.feed_parked") == 0
    await gateway.close()


async def differences(
    door: httpx.AsyncClient, owner: asyncpg.Connection, areas: list[str], days: list[date]
) -> list[str]:
    truth, wrong = await register(owner), []
    for area in areas:
        for day in days:
            told = (await door.get(f"/coverage/{area}?on={day}")).raise_for_status().json()
            for t in told["tiers"]:
                got, want = (t["units"], t["established"], t["effective"]), truth.coverage(t["tier"], area, day)
                if got != want:
                    wrong.append(f"{area} {day} {t['tier']}: {got}, but {want}")
            first = day - timedelta(400)
            items = (
                (await door.get(f"/indicators/{area}?on={day}&from={first}&to={day}"))
                .raise_for_status()
                .json()["items"]
            )
            got = {i["metric"]: int(float(i["value"] or 0)) for i in items if i["metric"] in NUMBERS}
            want = {
                "certified_people": truth.certified(area, day),
                "registered_workers": truth.registered_workers(area, day),
                "certificates_issued": truth.issued(area, first, day),
            }
            if got != want:
                wrong.append(f"{area} {day}: {got}, but {want}")
    return wrong


NUMBERS = ("certified_people", "registered_workers", "certificates_issued")


def days_of_interest(truth) -> list[date]:
    """A day after each beginning of an assignment: where effectiveness begins, if anywhere."""
    return sorted({a["started_on"] + timedelta(n) for a in truth.assignments for n in (0, 30, 400)})


async def test_after_any_history_every_number_equals_the_owners_tables(system):
    print(f"SEED={SEED}")
    rng, door = random.Random(SEED), await machine(system)
    history = History(door, rng)
    owner = await asyncpg.connect(system.databases.admin("registry"))
    for _ in range(ROUNDS):
        for _ in range(OPERATIONS):
            await history.act()
        await folded(system, owner)
        areas = [*(d["code"] for d in history.hot), ZONE]
        days = [history.day() for _ in range(3)] + [date.today()]
        assert await differences(door, owner, areas, days) == []
    truth = await register(owner)
    thick = {len(truth.people) > 9, len(truth.registrations) > 9, len(truth.assignments) > 2, len(truth.points) > 9}
    assert thick == {True}, f"a history so thin proves little: {history.answers}"
    effective = [truth.coverage(t, CITY, d)[2] for t in TIERS for d in days_of_interest(truth)]
    assert sum(effective) > 0, "nothing was ever effective"
    await owner.close()
