"""What several do to the same records at the same time: whichever came last, what is said is what is so."""

import asyncio
import random
from datetime import date, timedelta

import pytest

from services.contracts.facts import SubjectState
from tests.procurement import brute
from tests.procurement.conftest import BUYING, PAYING, Buyer, periods, says, told
from tests.procurement.factories import (
    CERTIFIED,
    POINT,
    RELATED,
    UNQUALIFIED,
    VILLAGE_POINT,
    a_contract,
    a_member,
    a_payment,
    a_person,
    a_point,
    a_project,
)

pytestmark = pytest.mark.anyio
FIRST = date(2025, 6, 1)


async def agree(procurement) -> None:
    """Facts are what the tables and the copies say, on every day on which anything moves."""
    facts = [f for _, f in await says(procurement)]
    async with procurement.hot() as db:
        found = await brute.tables(db)
    days = {d for f in facts for d in (f.start, f.end) if d} | {FIRST + timedelta(n) for n in range(0, 1200, 17)}
    for day in sorted(days):
        assert brute.published(facts, day) == brute.expected(found, day), day
    for contract in found["contract"]:
        assert brute.paid_on(found, contract, date.max) == contract["paid"]
        moves = {y["paid_on"] for y in found["payment"]} | {r["reversed_on"] for r in found["reversal"]}
        for day in moves:  # between these nothing changes
            spent = brute.paid_on(found, contract, day, (*brute.PAID, "requested"))
            assert 0 <= spent <= contract["value"], (contract, day)


async def test_a_certificate_that_comes_or_goes_is_seen_by_every_project(buying, procurement):
    project, _ = await buying.active()
    await buying.member(project, UNQUALIFIED)
    assert await periods(procurement, "project_staff_qualified") == []

    await told(procurement, [a_person(UNQUALIFIED, (date(2026, 3, 1), date(2026, 5, 1)))])

    assert [p[1:] for p in await periods(procurement, "project_staff_qualified")] == [("2026-03-01", "2026-05-01")]
    await told(procurement, [a_person(UNQUALIFIED, related=True)])
    assert [p[1:] for p in await periods(procurement, "project_staff_qualified")] == [("2026-01-01", "2027-01-01")]


async def test_a_point_that_closes_is_contracted_no_longer(buying, procurement):
    await buying.active(service_point_ids=[POINT, VILLAGE_POINT])

    await told(procurement, [a_point(POINT, closed_on=date(2026, 6, 1))])

    assert [p[1:] for p in await periods(procurement, "point_contracted")] == [
        ("2026-01-01", "2026-06-01"), ("2026-01-01", "2027-01-01"),
    ]  # fmt: skip


async def test_whoever_never_was_is_nobodys_staff_until_the_registry_knows_them_again(buying, procurement):
    """An import was taken back."""
    project, _ = await buying.active()
    before = await says(procurement)
    member = await buying.member(project, CERTIFIED)
    counting = [f for _, f in await says(procurement)]

    await told(procurement, [SubjectState(subject=f"person:{CERTIFIED}", facts=[], record=None)])
    assert await says(procurement) == before
    await buying.change(f"/staff/{member['id']}", {"fte": "0.50"})
    assert await says(procurement) == before

    await told(procurement, [a_person(CERTIFIED, (date(2020, 1, 1), None))])
    assert [f for _, f in await says(procurement)] == counting


async def test_ending_a_contract_ends_its_staff_too(buying, procurement):
    project, contract = await buying.active()
    await buying.member(project, CERTIFIED)

    await buying.post(f"/contracts/{contract['id']}/terminate", {"ended_on": "2026-04-01", "reason": "提前"}, 200)

    for metric in ("projects_in_force", "point_contracted", "project_staff", "project_staff_qualified"):
        assert [p[1:] for p in await periods(procurement, metric)] == [("2026-01-01", "2026-04-01")], metric


async def test_staff_join_while_their_certificates_change(buying, procurement):
    """Whichever commits first: the other one sees it, or comes after it."""
    project, contract = await buying.active()
    people = [CERTIFIED, RELATED, UNQUALIFIED]
    for turn in range(12):
        person = people[turn % 3]
        start, end = date(2026, 1, 1) + timedelta(turn * 20), date(2026, 1, 1) + timedelta(turn * 20 + 15)
        order = a_member(project["id"], person, start=start, end=end)
        certified = a_person(person, (date(2020, 1, 1), start + timedelta(turn)))
        joining = buying.http.post("/staff", json=order)
        answer, _ = await asyncio.gather(joining, told(procurement, [certified]))
        assert answer.status_code == 201, answer.text
        await agree(procurement)
    ending = buying.http.post(f"/contracts/{contract['id']}/terminate", json={"ended_on": "2026-05-05", "reason": "x"})
    await asyncio.gather(ending, told(procurement, [a_person(p, (date(2026, 2, 2), None)) for p in people]))
    await agree(procurement)


async def test_points_change_hands_while_they_close(buying, procurement):
    """A contract gives up the very point of which the registry speaks."""
    _, contract = await buying.active(service_point_ids=[POINT])
    path = f"/contracts/{contract['id']}"
    for turn in range(10):
        serves = [VILLAGE_POINT] if turn % 2 else [POINT]
        changing = buying.change(path, {"service_point_ids": [str(p) for p in serves]})
        closed = date(2026, 6, 1) + timedelta(turn)
        states = [a_point(POINT, closed_on=closed), a_point(VILLAGE_POINT, "370112001001", closed_on=closed)]
        await asyncio.gather(changing, told(procurement, states))
        await agree(procurement)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_facts_are_what_is_so(client, procurement, seed):
    """Random orders of two buyers, a payer and the registry at once, many of them refused; no answer is a 5xx."""
    rng = random.Random(seed)
    world = World(rng, Buyer(client(*BUYING, id="account:buyer")), client(*PAYING, id="account:payer"), procurement)
    for _ in range(4):
        await world.plan()
    for _ in range(12):
        await asyncio.gather(*(world.step() for _ in range(6)))
        await agree(procurement)
    assert {status // 100 for status in world.statuses} <= {2, 4}
    assert world.statuses.count(201) > 7


class World:
    """One random thing after another, on whatever there is."""

    def __init__(self, rng: random.Random, buying: Buyer, payer, procurement) -> None:
        self.rng, self.buying, self.payer, self.procurement = rng, buying, payer, procurement
        self.statuses: list[int] = []
        self.n = 0

    async def step(self) -> None:
        verbs = [self.plan, self.sign, self.sign, self.join, self.join, self.request, self.decide, self.end, self.hear,
                 self.hear, self.change]  # fmt: skip
        await self.rng.choice(verbs)()

    def day(self) -> date:
        return FIRST + timedelta(self.rng.randrange(900))

    def span(self) -> dict[str, object]:
        start = self.day()
        return {"start": start, "end": start + timedelta(self.rng.randrange(1, 400))}

    async def one(self, path: str) -> str:
        items = (await self.buying.http.get(path, params={"limit": 500})).json()["items"]
        return self.rng.choice(items)["id"] if items else str(CERTIFIED)

    async def post(self, path: str, order: dict[str, object], client=None) -> None:
        self.n += 1
        headers = {"idempotency-key": f"step-{self.n:06}"}
        answer = await (client or self.buying.http).post(path, json=order, headers=headers)
        self.statuses.append(answer.status_code)

    async def plan(self) -> None:
        await self.post("/projects", a_project(self.n))

    async def sign(self) -> None:
        points = self.rng.sample([POINT, VILLAGE_POINT], self.rng.randrange(3))
        order = a_contract(await self.one("/projects"), self.n, service_point_ids=points, **self.span())
        await self.post("/contracts", order)

    async def join(self) -> None:
        person = self.rng.choice([CERTIFIED, RELATED, UNQUALIFIED])
        contract = (await self.buying.http.get(f"/contracts/{await self.one('/contracts')}")).json()
        order = a_member(contract.get("project_id", str(CERTIFIED)), person, start=contract.get("start", self.day()))
        if self.rng.random() < 0.5:
            order["end"] = str(self.day())
        await self.post("/staff", order)

    async def request(self) -> None:
        day, amount = FIRST + timedelta(self.rng.randrange(300, 500)), f"{self.rng.randrange(100, 900)}.00"
        await self.post("/payments", a_payment(await self.one("/contracts"), self.n, paid_on=day, amount=amount))

    async def decide(self) -> None:
        back = {"reason": "x", "reversed_on": str(self.day())}
        verb, order = self.rng.choice(
            [("approve", {}), ("approve", {}), ("reject", {"reason": "x"}), ("reverse", back),
             ("reverse", back | {"amount": "50.00"})]
        )  # fmt: skip
        await self.post(f"/payments/{await self.one('/payments')}/{verb}", order, self.payer)

    async def end(self) -> None:
        if self.rng.random() < 0.7:
            order = {"ended_on": str(self.day()), "reason": "x"}
            await self.post(f"/contracts/{await self.one('/contracts')}/terminate", order)
        else:
            order = {"terminated_on": str(self.day()), "reason": "x"}
            await self.post(f"/projects/{await self.one('/projects')}/terminate", order)

    async def change(self) -> None:
        path, order = self.rng.choice(
            [(f"/contracts/{await self.one('/contracts')}", {"end": str(self.day())}),
             (f"/contracts/{await self.one('/contracts')}", {"service_point_ids": [str(VILLAGE_POINT)]}),
             (f"/contracts/{await self.one('/contracts')}", {"value": f"{self.rng.randrange(500, 2000)}.00"}),
             (f"/staff/{await self.one('/staff')}", {"end": str(self.day())})]
        )  # fmt: skip
        tag = (await self.buying.http.get(path)).headers.get("etag", '"0-0"')
        answer = await self.buying.http.patch(path, json=order, headers={"if-match": tag})
        self.statuses.append(answer.status_code)

    async def hear(self) -> None:
        start = self.day()
        some = [
            a_person(self.rng.choice([CERTIFIED, RELATED, UNQUALIFIED]), (start, start + timedelta(200)),
                     related=self.rng.random() < 0.2),
            a_point(POINT, closed_on=self.day() if self.rng.random() < 0.5 else None),
            a_point(VILLAGE_POINT, "370112001001", opened_on=self.day()),
        ]  # fmt: skip
        await told(self.procurement, self.rng.sample(some, self.rng.randrange(1, 4)))
