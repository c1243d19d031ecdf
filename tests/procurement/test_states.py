"""Every verb in every state by every role: what is refused, and that nothing changes by it."""

import itertools
import uuid

import httpx
import pytest

from tests.procurement.conftest import BUYING, PAYING, Buyer
from tests.procurement.factories import RELATED, a_contract, a_member, a_payment

pytestmark = pytest.mark.anyio
STATES = ("planned", "active", "completed", "terminated")
ROLES = {
    "viewer": ("procurement:read",),
    "buyer": BUYING,
    "payer": PAYING,
    "nobody": ("registry:read", "registry:write"),
}
# What a buyer gets; whoever else asks is refused with 403, whatever the state.
PROJECT_VERBS: dict[str, dict[str, int]] = {
    "update": {"planned": 200, "active": 200, "completed": 409, "terminated": 409},
    "sign": {"planned": 201, "active": 201, "completed": 409, "terminated": 409},
    "add_staff": {"planned": 409, "active": 201, "completed": 409, "terminated": 409},
    "complete": {"planned": 409, "active": 200, "completed": 409, "terminated": 409},
    "terminate": {"planned": 200, "active": 200, "completed": 409, "terminated": 409},
}
PAYMENT_STATES = ("requested", "approved", "rejected", "reversed")
PAYMENT_VERBS: dict[str, dict[str, int]] = {
    "approve": {"requested": 200},
    "reject": {"requested": 200},
    "reverse": {"approved": 200},
}
REASONED = {"reject": {"reason": "不符"}, "reverse": {"reason": "重复", "reversed_on": "2026-04-01"}, "approve": {}}


async def brought_to(buying: Buyer, state: str, n: int) -> dict:
    """A project in a state."""
    if state == "planned":
        return await buying.project(n)
    project, _ = await buying.active(n)
    path = f"/projects/{project['id']}"
    if state == "completed":
        await buying.post(f"{path}/complete", {"completed_on": "2027-01-01"}, 200)
    if state == "terminated":
        await buying.post(f"{path}/terminate", {"terminated_on": "2026-06-01", "reason": "停止"}, 200)
    return project


async def tried(client, verb: str, project: dict, n: int) -> int:
    path = f"/projects/{project['id']}"
    if verb == "update":
        version = (await client.get(path)).headers.get("etag", '"1-0"')
        return (await client.patch(path, json={"name": "新名"}, headers={"if-match": version})).status_code
    if verb == "sign":
        order = a_contract(project["id"], 1000 + n, start="2027-01-01", end="2028-01-01")
        return (await client.post("/contracts", json=order)).status_code
    if verb == "add_staff":
        return (await client.post("/staff", json=a_member(project["id"], RELATED))).status_code
    order = {"completed_on": "2028-01-01"} if verb == "complete" else {"terminated_on": "2026-03-01", "reason": "x"}
    return (await client.post(f"{path}/{verb}", json=order)).status_code


async def test_projects(buying, client, procurement):
    wrong = []
    for n, (state, verb) in enumerate(itertools.product(STATES, PROJECT_VERBS), 1):
        project = await brought_to(buying, state, n)
        before = await records(procurement)
        for role in ("viewer", "payer", "nobody"):
            got = await tried(client(*ROLES[role]), verb, project, n)
            if got != 403 or await records(procurement) != before:
                wrong.append((state, verb, role, got))
        may = verb in (await buying.http.get(f"/projects/{project['id']}")).json()["may"]
        got, expected = await tried(buying.http, verb, project, n), PROJECT_VERBS[verb][state]
        if got != expected or may != (expected < 300) or (expected >= 300) != (await records(procurement) == before):
            wrong.append((state, verb, "buyer", got, may))
    assert wrong == []


async def test_payments(buying, payer, client, procurement):
    _, contract = await buying.active()
    wrong = []
    for n, (state, verb) in enumerate(itertools.product(PAYMENT_STATES, PAYMENT_VERBS), 1):
        payment = await buying.payment(contract, n, amount="1.00")
        await payment_brought_to(payer, payment, state)
        path = f"/payments/{payment['id']}"
        before = await records(procurement)
        for role in ("viewer", "buyer", "nobody"):
            got = (await decided(client(*ROLES[role]), path, verb)).status_code
            if got != 403 or await records(procurement) != before:
                wrong.append((state, verb, role, got))
        may = verb in (await payer.get(path)).json()["may"]
        got = (await decided(payer, path, verb)).status_code
        expected = PAYMENT_VERBS[verb].get(state, 409)
        if got != expected or may != (expected < 300) or (expected >= 300) != (await records(procurement) == before):
            wrong.append((state, verb, "payer", got, may))
    assert wrong == []


async def decided(client, path: str, verb: str) -> httpx.Response:
    return await client.post(f"{path}/{verb}", json=REASONED[verb], headers={"idempotency-key": str(uuid.uuid4())})


async def payment_brought_to(payer, payment: dict, state: str) -> None:
    verbs = {"requested": [], "approved": ["approve"], "rejected": ["reject"], "reversed": ["approve", "reverse"]}
    for verb in verbs[state]:
        answer = await decided(payer, f"/payments/{payment['id']}", verb)
        assert answer.status_code == 200, answer.text


async def test_payment_goes_on_after_a_project_has_ended(buying):
    """The last instalment follows the acceptance."""
    for n, state in enumerate(("completed", "terminated"), 1):
        await brought_to(buying, state, n)
    for contract in (await buying.http.get("/contracts")).json()["items"]:
        assert contract["may"] == ["request_payment"]
        await buying.post("/payments", a_payment(contract["id"]))


async def records(procurement) -> int:
    """Everything that is written leaves an event."""
    async with procurement.hot() as db:
        return await db.fetchval("select count(*) from event")
