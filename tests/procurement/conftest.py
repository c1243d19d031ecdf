"""Procurement on a database that has heard of a corner of the city; and the officials who use it."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date

import httpx
import orjson
import pytest

from services.contracts.facts import Fact, SubjectState
from services.kernel import clock, copies
from services.kernel.db import Database, everywhere_over
from services.procurement.app import create_app
from services.procurement.publishing import react
from tests.behind import own
from tests.conftest import Databases, an_open_database, client_of, speaking
from tests.keys import LICHENG, an_actor, keyring, signed_for
from tests.procurement.factories import TODAY, a_contract, a_corner, a_member, a_payment, a_project, said_plainly
from tests.wired import wired

BUYING, PAYING = ("procurement:read", "procurement:write"), ("procurement:read", "procurement:pay")


@pytest.fixture
async def procurement(databases: Databases) -> AsyncIterator[Database]:
    async with an_open_database(databases, "procurement") as opened:
        await told(opened, a_corner())
        yield opened


async def told(opened: Database, states: Sequence[SubjectState]) -> None:
    """What the consumer does with a page of the registry's feed; there is one at a time, for it moves the cursor."""
    async with speaking(opened) as db, db.transaction(), everywhere_over(db, "as copies.following"):
        await db.execute("insert into feed_cursor (source) values ('registry') on conflict do nothing")
        await db.execute("update feed_cursor set followed_at = now() where source = 'registry'")
        if changed := await copies.keep(db, states):
            await react(db, changed)


async def says(opened: Database, kind: str = "") -> list[tuple[str, Fact]]:
    """All facts of the subjects of a kind, as the feed has them."""
    async with opened.hot() as db:
        rows = await db.fetch("select subject, facts from subject where subject like $1 order by subject", f"{kind}%")
    states = [SubjectState.model_validate({"subject": r["subject"], "facts": orjson.loads(r["facts"])}) for r in rows]
    return [(s.subject, fact) for s in states for fact in s.facts]


async def periods(opened: Database, metric: str) -> list[tuple[str, str, str | None]]:
    """Where and when something counts."""
    facts = [f for _, f in await says(opened) if f.metric == metric]
    return sorted((f.division, f.start.isoformat(), f.end.isoformat() if f.end else None) for f in facts)


Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def client(procurement: Database, databases: Databases) -> Client:
    """The API as somebody with these permissions there calls it, on a settled day."""
    app = wired(create_app(databases.settings("procurement"), keyring("procurement")))
    app.state.database = own(procurement)
    app.dependency_overrides[clock.today] = lambda: TODAY

    def of(*permissions: str, at: str = LICHENG, **who: object) -> httpx.AsyncClient:
        return client_of(app, **signed_for("procurement", an_actor(*permissions, at=at, **who)))

    return of


@pytest.fixture
def buyer(client: Client) -> httpx.AsyncClient:
    return client(*BUYING, id="account:buyer")


@pytest.fixture
def payer(client: Client) -> httpx.AsyncClient:
    return client(*PAYING, id="account:payer")


class Buyer:
    """Says each order with what an order needs besides."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.keys = 0

    async def post(self, path: str, order: dict[str, object], status: int = 201) -> dict:
        self.keys += 1
        answer = await self.http.post(path, json=order, headers={"idempotency-key": f"key-{id(self)}-{self.keys}"})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def project(self, n: int = 1, **over: object) -> dict:
        return await self.post("/projects", a_project(n, **over))

    async def contract(self, project: dict, n: int = 1, **over: object) -> dict:
        return await self.post("/contracts", a_contract(project["id"], n, **over))

    async def member(self, project: dict, *who: object, **over: object) -> dict:
        return await self.post("/staff", a_member(project["id"], *who, **over))

    async def payment(self, contract: dict, n: int = 1, **over: object) -> dict:
        return await self.post("/payments", a_payment(contract["id"], n, **over))

    async def decide(self, payment: dict, verb: str, status: int = 200, **order: object) -> dict:
        usual = {} if verb == "approve" else {"reason": "演示"}
        return await self.post(f"/payments/{payment['id']}/{verb}", said_plainly(usual | order), status)

    async def active(self, n: int = 1, **over: object) -> tuple[dict, dict]:
        """A project with a contract."""
        project = await self.project(n)
        return project, await self.contract(project, n, **over)

    async def change(self, path: str, order: dict[str, object], status: int = 200) -> dict:
        tag = (await self.http.get(path)).headers["etag"]
        answer = await self.http.patch(path, json=order, headers={"if-match": tag})
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def paying(payer: httpx.AsyncClient) -> Buyer:
    """Whoever decides on payments."""
    return Buyer(payer)


@pytest.fixture
def buying(buyer: httpx.AsyncClient) -> Buyer:
    return Buyer(buyer)


def day(text: str) -> date:
    return date.fromisoformat(text)
