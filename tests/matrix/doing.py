"""Every order of a service carried out once: by one official or another, on whichever record, until it succeeds."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.hostile.sweep import UPLOAD, Operation, Question
from tests.keys import an_actor
from tests.matrix.model import ROLES
from tests.matrix.walk import Walk, is_list, is_order, is_owned, named, retold
from tests.training.factories import person_id

WORKERS = ("account:first", "account:second", "account:third")  # nobody decides on what he entered, nor twice
# In turn, where the example alone leads to no record from which every verb can start.
STATES = ("claimed", "organizer_confirmed", "organizer_confirmed", "claimed")
OTHERWISE: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "POST /registration-applications/{id}/submit": [{}],
    "POST /registration-applications/{id}/approve": [{}],
    "POST /registration-applications/{id}/claim": [{}],
    "POST /sessions": [{"state": "planned"}, {}],
    "POST /sessions/{id}/attendances": [
        {"state": state, "rows": [{"person_id": str(person_id(n))}], "reason": "补交签到表", "evidence": "演示签到照片"}
        for n, state in enumerate(STATES)
    ],
    "POST /service-records": [{"reference": f"YS-{n}"} for n in range(4)],
    "POST /contracts": [{"start": "2027-01-01", "end": "2027-01-02"}],
    "POST /projects/{id}/complete": [{"completed_on": "2027-01-02"}],
    "POST /payments": [{"amount": "1.00"}],
    "POST /payments/{id}/reverse": [{"amount": None}],
}
# What ends a record comes when the rest has been done.
ENDS = ("complete", "terminate", "cancel", "withdraw", "dismiss", "close", "end")
LATER = 3


class Doing:
    """`done` says by which request; `left` is what nothing has been recorded of, with the last answer."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        orders = [o for o in walk.operations if o.method != "GET" and not is_owned(o) and o.kind != UPLOAD]
        self.orders = sorted(orders, key=lambda o: (not is_order(o), o.path))
        self.done: dict[str, str] = {}
        self.left: dict[str, str] = {}

    async def everything(self, rounds: int = 7) -> None:
        """Orders that make a record are given in every round, for the verbs to have one."""
        for turn in range(rounds):
            for operation in self.orders:
                makes = is_order(operation) or named(operation) in OTHERWISE
                if (makes or named(operation) not in self.done) and (turn >= LATER or not ends(operation)):
                    await self.attempt(operation, turn)
            if turn > LATER and not self.left:
                return
            if any('"making"' in said for said in self.left.values()):
                await asyncio.sleep(0.1)  # a worker is at it

    async def attempt(self, operation: Operation, turn: int) -> None:
        for ids, worker in itertools.product(await self.records(operation), WORKERS):
            aimed = replace(operation, ids=ids, body=ordered(operation, turn))
            question = Question(aimed, aimed.address(), aimed.body, "", self.headers(worker))
            answer = await self.walk.asker.ask(question)
            request = answer.headers["x-request-id"]
            if answer.is_success and await self.recorded(request):
                self.done[named(operation)] = request
                self.left.pop(named(operation), None)
                return
            if named(operation) not in self.done:
                self.left.setdefault(named(operation), f"{answer.status_code} {answer.text[:300]}")

    async def records(self, operation: Operation) -> list[dict[str, str]]:
        """Whichever there are; the newest first."""
        above = operation.path.partition("/{")[0]
        of = next((o for o in self.walk.operations if is_list(o) and o.path == above), None)
        if of is None or "{" not in operation.path:
            return [dict(operation.ids)]
        keys = sorted((str(i["id"]) for i in await self.walk.items(of, {})), reverse=True)
        return [{**operation.ids, "id": key} for key in keys]

    def headers(self, worker: str) -> dict[str, bytes]:
        every = {p for held in ROLES.values() for p in held}
        return self.walk.of(an_actor(*every, id=worker))

    async def recorded(self, request: str) -> bool:
        async with self.walk.house.app.state.database.hot() as db:
            return bool(await db.fetchval("select count(*) from event where request_id = $1", request))


def ends(operation: Operation) -> bool:
    return operation.path.endswith(ENDS)


def ordered(operation: Operation, turn: int) -> Any:
    """The example, today, with names and numbers of its own in each round."""
    if not isinstance(operation.body, dict):
        return None
    others = OTHERWISE.get(named(operation), [{}])
    today = {"on": None} if "on" in operation.body else {}
    return {**retold(operation.body, turn), **today, **others[turn % len(others)]}
