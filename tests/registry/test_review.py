"""The review desk: every application in one queue or final, one reviewer at a time, reasons as templates."""

import asyncio
import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.registrations import ApplicationKind, ApplicationState, Verb
from services.contracts.review import Queue
from services.kernel import clock
from services.registry.registrations import states
from services.registry.review import rules
from tests.keys import LICHENG
from tests.registry.applying import TODAY, Desk
from tests.registry.factories import STREET

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
FINAL = {"first_review_rejected", "final_review_rejected", "cert_issued", "withdrawn"}
QUEUES = "/registration-queues"


@pytest.fixture
def desk(app, client, city) -> Desk:
    app.dependency_overrides[clock.now] = lambda: NOON
    return Desk(app, client, city)


def test_every_state_is_in_one_queue_or_final():
    for state, kind in itertools.product(ApplicationState, ApplicationKind):
        listing = [q for q in Queue if state in rules.states_of(q) and kind in rules.kinds_of(q)]
        queue = rules.queue_of(state, kind)
        ended = state in FINAL or (state, kind) == (ApplicationState.REGISTERED, ApplicationKind.CANCELLATION)
        assert listing == ([] if queue is None else [queue]), (state, kind)
        assert ended is (queue is None), (state, kind)


def test_whatever_becomes_of_applications_the_queues_and_the_final_ones_are_all():
    chance, roles = random.Random(15), list(states.Role)
    held = [(ApplicationState.DRAFT, chance.choice(list(ApplicationKind))) for _ in range(60)]
    for _ in range(600):
        n = chance.randrange(len(held))
        state, kind = held[n]
        may = [v for v in states.may(state, kind, roles, own=False, first=False) if v is not Verb.EDIT]
        held[n] = (states.move(state, chance.choice(may), roles), kind) if may else held[n]
        queues = [rules.queue_of(*one) for one in held]
        waiting = sum(queues.count(queue) for queue in Queue)
        assert waiting + queues.count(None) == len(held)
        live = [bool(states.may(*one, roles, own=False, first=False)) for one in held]
        assert live == [queue is not None for queue in queues]


async def test_the_desk_from_the_queue_to_the_decision(desk, client, app):
    """One walk: counts, lists, next ones, who has which, whose time is up, a batch that skips, a final review."""
    ids = [await desk.brought(await desk.enrolled(n), to="submitted") for n in range(5)]
    other = client("registry:read", "registry:review", at=LICHENG, id="account:other", name="演示·李四")

    async def next_of(who, queue="first-review", **order):
        answer = await who.post(f"{QUEUES}/{queue}/next", json=order)
        assert answer.status_code == 200, answer.text
        case = answer.json()["case"]
        return case and case["application"]["id"]

    taken = await asyncio.gather(*(next_of(who) for who in (desk.district, other)))
    assert sorted(taken) == ids[:2], "two at once take two"
    mine, theirs = taken
    counted = (await desk.district.get(QUEUES)).json()
    [queue] = [q for q in counted["items"] if q["queue"] == "first-review"]
    assert (queue["count"], queue["held"], counted["final"], counted["all"]) == (5, 2, 0, 5)
    assert (queue["overdue"], queue["deadline"]["due_on"]) == (None, None), "no table of holidays: cannot decide"
    listed = (await desk.district.get(f"{QUEUES}/first-review?held=nobody&limit=2")).json()
    assert [c["application"]["id"] for c in listed["items"]] == ids[2:4]
    rest = await desk.district.get(f"{QUEUES}/first-review", params={"held": "nobody", "cursor": listed["next"]})
    assert [c["application"]["id"] for c in rest.json()["items"]] == ids[4:]

    refused = [
        await desk.does(desk.district, theirs, "claim"), await desk.does(desk.district, theirs, "release"),
        await desk.does(desk.district, theirs, "approve"),
        await desk.does(desk.district, theirs, "return", reason="缺件"),
    ]  # fmt: skip
    assert {(r.status_code, r.json()["code"]) for r in refused} == {(409, "held_by_another")}
    assert "演示·李四" in refused[0].json()["detail"]
    both = [{"application_id": id} for id in (mine, theirs)]
    batch = await desk.district.post(
        "/registration-applications/decisions", json={"verb": "approve", "applications": both}
    )
    assert {d["code"] for d in batch.json()["items"]} == {None, "held_by_another"}
    assert (await desk.does(desk.final, mine, "case")).status_code == 405

    assert await next_of(desk.district) == ids[2]
    assert await next_of(desk.district, application_id=ids[2]) == ids[3], "put back, the one behind it comes"
    app.dependency_overrides[clock.now] = lambda: NOON + timedelta(minutes=31)
    over = await desk.does(desk.district, theirs, "claim")
    assert over.json()["claim"]["mine"], "whose time is up is taken over"
    assert (await desk.does(other, theirs, "approve")).status_code == 409
    assert (await desk.does(desk.district, theirs, "release")).json()["claim"] is None
    assert (await desk.does(desk.district, theirs, "release")).json()["code"] == "not_held"

    double = client("registry:read", "registry:review", id="account:district")
    assert await next_of(double, "final-review") is None, "nobody reviews twice"
    assert (await desk.does(double, mine, "claim")).json()["code"] == "own_first_review"
    assert await next_of(desk.district, "final-review") is None, "not a district's"
    assert await next_of(desk.final, "final-review") == mine
    known = (await desk.final.get(f"/registration-applications/{mine}/comparison")).json()["items"]
    assert {line["field"] for line in known if line["differs"]} == set()
    assert (await desk.final.post(f"{QUEUES}/issuing/next", json={})).json()["code"] == "not_under_review"


async def test_many_who_take_the_next_one_at_once_never_get_the_same(desk, client):
    ids = [await desk.brought(await desk.enrolled(n), to="submitted") for n in range(4)]
    reviewers = [client("registry:read", "registry:review", at=LICHENG, id=f"account:r{n}") for n in range(6)]

    answers = await asyncio.gather(*(r.post(f"{QUEUES}/first-review/next", json={}) for r in reviewers))

    cases = [a.json()["case"] for a in answers]
    assert sorted(c["application"]["id"] for c in cases if c) == ids
    assert cases.count(None) == 2
    racing = await asyncio.gather(*(r.post(f"/registration-applications/{ids[0]}/claim") for r in reviewers))
    assert sorted(r.status_code for r in racing) == [200, 409, 409, 409, 409, 409]


async def test_a_template_of_a_reason_is_added_changed_and_ended(desk):
    order = {"division": LICHENG, "decision": "return", "text": "请补交照片。", "begins": str(TODAY)}

    added = await desk.district.post("/reason-templates", json=order)
    changed = await desk.district.post(
        f"/reason-templates/{added.json()['id']}/change", json={"text": "请补交近期照片。", "begins": "2026-12-01"}
    )
    ended = await desk.district.post(f"/reason-templates/{changed.json()['id']}/end", json={"ends": "2026-12-31"})

    assert [a.status_code for a in (added, changed, ended)] == [201, 200, 200], changed.text
    shown = (await desk.district.get("/reason-templates", params={"division": STREET})).json()["items"]
    assert [(t["text"], t["in_force"], t["ends"]) for t in shown] == [
        ("请补交照片。", True, "2026-12-01"), ("请补交近期照片。", False, "2026-12-31")
    ]  # fmt: skip
    again = await desk.district.post(f"/reason-templates/{added.json()['id']}/end", json={"ends": "2026-12-15"})
    back = await desk.district.post("/reason-templates", json=order | {"begins": "2026-11-01"})
    above = await desk.district.post("/reason-templates", json=order | {"division": "370100000000"})
    assert [(r.status_code, r.json()["code"]) for r in (again, back, above)] == [
        (409, "not_in_force"), (422, "backdated"), (404, "not_found")
    ]  # fmt: skip
