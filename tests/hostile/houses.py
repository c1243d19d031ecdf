"""Each service with one record of every kind, and officials who may do all there is to do with them."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from time import monotonic
from typing import Any

import httpx
from fastapi import FastAPI, Request

from gateway.coverage.targets import load_packs
from gateway.identity.asking import actor_of
from services.contracts.divisions import NATION, subtree
from services.contracts.facts import SubjectState
from services.kernel import clock, jobs
from services.kernel.actor import Actor
from services.kernel.db import Database
from services.registry import disclosure_examples as examples
from services.registry import seed
from services.registry.corrections import examples as corrected
from services.registry.disclosures.commands import QUEUE as DISCLOSURES
from services.registry.disclosures.making import make
from services.registry.disclosures.queries import unmade
from services.registry.examples import NEW_ORGANIZATION
from services.registry.exams import examples as examined
from services.registry.grounds import examples as grounded
from services.registry.imports.jobs import QUEUE, unfinished
from services.registry.imports.work import work
from services.registry.registrations import examples as applied
from services.registry.review import examples as reviewed
from services.registry.same_people import examples as paired
from services.registry.search import examples as searched
from tests import rosters
from tests.apps import followers_of, registry_of
from tests.conftest import Databases, client_of, empty
from tests.coordination import factories as coordinated
from tests.coordination.conftest import told as coordination_told
from tests.coverage.histories import take
from tests.coverage.world import base_world
from tests.gateway.conftest import PASSWORD, Gateway, a_gateway
from tests.gateway.register import TOKEN, a_register
from tests.keys import JINAN, an_actor, signed_for
from tests.procurement import factories as bought
from tests.procurement.conftest import Buyer
from tests.procurement.conftest import told as procurement_told
from tests.registry.conftest import a_corner
from tests.registry.factories import STREET, STREET_NAME, a_candidate, a_point_line, a_roster, a_uscc, a_worker
from tests.registry.reconciling import NEEDED, a_status, reconciled
from tests.running import serving
from tests.training import factories as trained
from tests.training.asking import attend
from tests.training.conftest import told as training_told

SERVICES = ("registry", "training", "procurement", "coordination", "gateway")
PERMISSIONS = ("read", "write", "keep", "search", "pay", "verify", "review", "reveal", "export")
WORKERS = "certified-workers"
Headers = Mapping[str, str]


@dataclass
class House:
    """`fields` are values that stand for the example's own: ids of records which are there.

    `lacking`: where there is no record to ask for; what is wrong in itself must be refused there as everywhere.
    """

    app: FastAPI
    headers: Callable[[], Headers]  # made anew for each question: a token is good for a minute
    prefix: str = ""
    fields: dict[str, object] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = client_of(self.app)

    async def ask(
        self, method: str, path: str, headers: Headers | None = None, raw: Mapping[str, bytes] | None = None, **how: Any
    ) -> httpx.Response:
        """`raw` are headers that are no text."""
        known = {name: value.encode() for name, value in {**self.headers(), **(headers or {})}.items()} | dict(
            raw or {}
        )
        told = [(name.encode(), value) for name, value in known.items()]
        return await self.client.request(method, self.prefix + path, headers=told, **how)

    async def made(self, path: str, order: Mapping[str, object]) -> dict[str, Any]:
        answer = await self.ask("POST", path, json=order, headers={"idempotency-key": f"made-{path}-{len(str(order))}"})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def first(self, path: str) -> dict[str, Any]:
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["items"][0]
        return found


def official(service: str, name: str = "test") -> Actor:
    rights = ("rights:read", "rights:write", "verify")
    return an_actor(*(f"{service}:{p}" for p in PERMISSIONS), *rights, "audit:read", id=f"account:{name}")


@contextlib.asynccontextmanager
async def opened(databases: Databases, name: str) -> AsyncIterator[Database]:
    try:
        yield await databases.opened(name)
    finally:
        await empty(databases, name)


def a_house(app: FastAPI, service: str, store: Database) -> House:
    app.state.database = store
    app.dependency_overrides[clock.today] = lambda: trained.TODAY
    return House(app, signing(service))


def signing(service: str) -> Callable[[], Headers]:
    """Signed anew before the minute is over, as the gateway does it."""

    @functools.cache
    def of(_: int) -> Headers:
        return signed_for(service, official(service))

    return lambda: of(int(monotonic() / 20))


@contextlib.asynccontextmanager
async def registry(databases: Databases) -> AsyncIterator[House]:
    async with opened(databases, "registry") as store:
        async with store.writing.begin() as tx:
            await seed.sow(tx, a_corner())
        house = a_house(registry_of(databases), "registry", store)
        house.lacking = ("/imports/{id}/headings",)  # the import that is asked for has no unknown columns
        queues = jobs.worker(QUEUE, work, unfinished), jobs.worker(DISCLOSURES, make, unmade)
        workers = [asyncio.create_task(queue(house.app)) for queue in queues]
        try:
            await enrol(client_of(house.app, **house.headers()))
            await disclose(house)
            await apply(house)
            house.fields["registration_id"] = (await house.first("/registrations"))["id"]
            await house.made(f"/registrations/{house.fields['registration_id']}/proofs", {})
            points, people = await house.first("/service-points"), await house.first("/people")
            house.fields |= {"service_point_id": points["id"], "person_id": people["id"], "started_on": "2026-05-01"}
            await correct(house)
            await same(house)
            await reconcile(house)
            house.fields["uscc"] = await coded(client_of(house.app, **house.headers()))
            yield house
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)


async def coded(client: httpx.AsyncClient) -> str:
    """An organization with a credit code."""
    order = NEW_ORGANIZATION | {"name": "演示机构", "uscc": a_uscc(7)}
    (await client.post("/organizations", json=order)).raise_for_status()
    return a_uscc(7)


async def enrol(client: httpx.AsyncClient) -> None:
    """A person with a certificate and a registration, at one point; two more, whose registration may end; two who are
    there twice; and an import with a wrong row.
    """
    point, last = a_point_line(0), {"登记有效期止": "2026-12-31"}
    working = {"服务站点编号": "YS-00000", "到岗日期": "2024-06-01"}
    people = [a_worker(0, **last, **working), a_worker(2, **last), a_worker(3, **last)]
    people += [a_worker(n + again, 姓名=f"演示{n}", **last) for n in (4, 5) for again in (0, 12_000)]
    wrong = a_worker(1, 证件号码="1")
    for kind, lines, state in [
        ("service-points", [point], "done"),
        ("exam-results", [a_candidate(0, 考区区划代码=STREET, 考区区划名称=STREET_NAME)], "done"),
        (WORKERS, people, "done"),
        (WORKERS, [wrong], "invalid"),
    ]:
        found = await rosters.imported(client, a_roster(lines), kind)
        assert found.state == state, found


async def apply(house: House) -> None:
    """One application handed in, one that is not; a table of holidays, an amnesty."""
    house.fields["certificate_id"] = (await house.first("/certificates"))["id"]
    held = (await house.first("/certificates"))["person_id"]
    await house.made(f"/people/{held}/exam-passes", examined.NEW_PASS)
    order = applied.NEW_APPLICATION | {"certificate_id": house.fields["certificate_id"]}
    submitted = await house.made("/registration-applications", order)
    house.fields |= {"application_id": submitted["id"], "queue": "first-review"}
    answer = await house.ask("POST", f"/registration-applications/{submitted['id']}/submit")
    assert answer.status_code == 200, answer.text
    await house.made("/registration-applications", order | {"items": []})
    await house.made("/holidays", applied.HOLIDAYS)
    await house.made("/amnesty-windows", applied.AMNESTY_ORDER)
    await house.made("/registration-grounds", grounded.SETTING)
    await house.made("/reason-templates", reviewed.ADDING)
    await house.made(f"/registration-applications/{submitted['id']}/personal-links", {"days": 1})


async def same(house: House) -> None:
    """Two who may be one, and two who were merged."""
    pairs = (await house.ask("GET", "/possible-duplicates")).json()["items"]
    first, second = ([p["id"] for p in pair["people"]] for pair in pairs)
    order = paired.MERGING | {"kept_id": second[0]}
    answer = await house.ask("POST", f"/possible-duplicates/{pairs[1]['id']}/merge", json=order)
    assert answer.status_code == 200, answer.text
    house.fields |= {"kept_id": first[0], "other_id": second[0]}


async def reconcile(house: House) -> None:
    """An export of a street in which everybody differs, one of them by name; and a mapping that was kept."""
    lines = [a_status(0, 姓名="演示另一人"), a_status(77, 登记机关="")]
    client = client_of(house.app, **house.headers())
    assert (await reconciled(client, lines, division=STREET))["state"] == "done"
    strange = [{("到期" if name == "有效期止" else name): value for name, value in line.items()} for line in lines]
    stopped = await reconciled(client, strange, division=STREET)
    columns = [{"title": t, "field": None} for t in strange[0] if t not in NEEDED]
    columns += [{"title": title, "field": field} for title, field in NEEDED.items()]
    kept = await house.ask("POST", f"/imports/{stopped['id']}/headings", json={"name": "演示", "columns": columns})
    assert kept.status_code == 202, kept.text
    await rosters.settled(client, stopped["id"])
    await rosters.imported(client, a_roster([a_worker(1, 证件号码="1")]))  # the newest has something to be put right


async def correct(house: House) -> None:
    """A saved search; a correction that waits, and what is needed to ask for another."""
    await house.made("/saved-searches", searched.SAVING)
    usual = house.headers
    for of, name, value, by in (("registration", "start_on", "2024-01-02", "first"),
                                ("certificate", "approved_on", "2023-08-16", "test")):  # fmt: skip
        house.headers = functools.partial(signed_for, "registry", official("registry", by))
        record = {**await read_anew(house, of), "changes": [{"field": name, "value": value}]}
        await house.made("/corrections", corrected.REQUESTING | record)
    house.headers = usual
    house.fields |= await read_anew(house, "person")


async def read_anew(house: House, of: str) -> dict[str, str]:
    """A record as an order to correct it names it."""
    record = {"of": of, "record_id": str(house.fields[f"{of}_id"])}
    opened = (await house.ask("GET", "/corrections/opening", params=record)).json()
    return {**record, "seen": opened["seen"]}


async def disclose(house: House) -> None:
    """One of everything about personal data in clear."""
    person = {"person_id": (await house.first("/people"))["id"]}
    house.app.dependency_overrides[clock.now] = lambda: datetime.combine(trained.TODAY, time(12), clock.SHANGHAI)
    days = {"valid_from": str(trained.TODAY), "received_on": str(trained.TODAY)}
    house.fields |= {**days, "person_ids": [person["person_id"]]}
    await house.made("/notices", examples.NEW_NOTICE | {"valid_from": str(trained.TODAY)})
    await house.made("/rights-requests", examples.NEW_RIGHTS_REQUEST | person | {"received_on": str(trained.TODAY)})
    await house.made("/disclosures", examples.DISCLOSING | {"division": JINAN, "filter": {}})
    await house.made("/legal-holds", examples.NEW_HOLD | person)


@contextlib.asynccontextmanager
async def training(databases: Databases) -> AsyncIterator[House]:
    async with opened(databases, "training") as store:
        await training_told(store, trained.a_corner())
        house = a_house(followers_of(databases)["training"], "training", store)
        held = await house.made("/sessions", trained.a_session())
        answer = await attend(client_of(house.app, **house.headers()), held["id"], 0)
        assert answer.status_code == 201, answer.text
        await house.made("/supervisors", trained.a_supervisor())
        for path in ("/bases", "/sites"):
            await house.made(path, trained.a_place())
        house.fields = {"person_id": str(trained.person_id(0)), "id": str(trained.person_id(0)), "on": "2025-04-01"}
        yield house


@contextlib.asynccontextmanager
async def procurement(databases: Databases) -> AsyncIterator[House]:
    async with opened(databases, "procurement") as store:
        await procurement_told(store, bought.a_corner())
        house = a_house(followers_of(databases)["procurement"], "procurement", store)
        house.headers = lambda: signed_for("procurement", official("procurement", "payer"))
        buyer = Buyer(client_of(house.app, **signed_for("procurement", official("procurement", "buyer"))))
        project, contract = await buyer.active()
        await buyer.member(project)
        await buyer.payment(contract)
        house.fields = {
            "buyer_id": str(bought.BUYER), "provider_id": str(bought.PROVIDER), "project_id": project["id"],
            "contract_id": contract["id"], "person_id": str(bought.RELATED), "service_point_ids": [str(bought.POINT)],
        }  # fmt: skip
        yield house


@contextlib.asynccontextmanager
async def coordination(databases: Databases) -> AsyncIterator[House]:
    async with opened(databases, "coordination") as store:
        await coordination_told(store, *coordinated.HOUSE)
        house = a_house(followers_of(databases)["coordination"], "coordination", store)
        await house.made("/service-records", coordinated.a_service(day="2026-11-20", note="演示探访"))
        house.fields = {"service_point_id": str(coordinated.ROOM), "workers": [str(coordinated.WORKER)]}
        yield house


@contextlib.asynccontextmanager
async def gateway(databases: Databases) -> AsyncIterator[House]:
    async with serving(a_register()) as address:
        made = a_gateway(databases, services={"registry": address})
        door = await anext(made)
        try:
            await world(door)
            await door.person("official", "viewer", at=JINAN)
            door.app.state.actor_of = of_everything
            headers = {"authorization": (await door.signed_in()).headers["authorization"]}
            said = {"username": "official", "password": PASSWORD, "current": PASSWORD, "id": "certified_people"}
            said |= {"metric": "certified_people", "from": "2025-01-01", "to": "2025-06-01", "division": "370102000000"}
            said |= {"token": TOKEN, "number": "0"}
            lacking = ("/auth/oidc/", "/accounts/{id}", "/grants/{id}", "/clients/{id}", "/federation/")
            yield House(door.app, lambda: headers, "/api/v1", dict(said), lacking)
        finally:
            await anext(made, None)


async def of_everything(request: Request) -> Actor:
    """No real account holds all of these at once; here it is the input that is tried, not the right."""
    found = await actor_of(request)
    administering = ("accounts:read", "accounts:write", "accounts:handover", "grants:write", "audit:read")
    more = dict.fromkeys(administering, (subtree(NATION),))
    return found.model_copy(update={"may": {**found.may, **more}})


async def world(door: Gateway) -> None:
    """Divisions and policies, as coverage knows them."""
    db = await door.app.state.database.connect()
    await db.execute("set search_path = coverage, public")
    await load_packs(db)
    states = [SubjectState(subject=f"division:{c}", facts=[], record=d) for c, d in base_world().items()]
    await take(db, "registry", states)
    await db.close()


HOUSES: dict[str, Callable[[Databases], contextlib.AbstractAsyncContextManager[House]]] = {
    "registry": registry,
    "training": training,
    "procurement": procurement,
    "coordination": coordination,
    "gateway": gateway,
}
