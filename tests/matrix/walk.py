"""The cells of the matrix: every operation of an app's OpenAPI document, as every role, in every area.

What cannot be derived stands in tables here: which routes are everybody's, which belong to an account, where the
records of the houses lie. Records and right bodies come from tests/hostile.
"""

import itertools
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import httpx

from gateway.identity.federation.provider import Provider
from gateway.identity.policy import policy
from services.kernel.actor import Actor, Needs
from tests.hostile.houses import House
from tests.hostile.sweep import UPLOAD, Asker, Operation, Question, operations
from tests.keys import an_actor, signed_for
from tests.matrix.administered import ISSUER, WHOLE, Administered, is_administered
from tests.matrix.model import ROLES, STRANGER, Area, Must, Roles, Shown, actor, areas, must, shown
from tests.routes import ANY_ID, calls, routes_of

# To be read by everybody: divisions, notices, terms of keeping; and an organization, by its whole code, wherever it is.
# What is added up here is of the own area only; what the gateway adds up is every official's; what it administers is
# seen and changed in the own area only.
OPEN = (
    "/divisions", "/organizations/by-uscc", "/notices", "/retention", "/holidays", "/amnesty-windows",
    "/registration-grounds", "/reason-templates", "/registration-queues",
    "/exams/pass-rates", "/reconciliation/figures",
)  # fmt: skip
# Whether a certificate is valid is everybody's to know, wherever it was registered; whoever looks for a number out of
# reach is answered that nobody is found; and everybody keeps searches.
ANSWERED = ("/verifications", "/people/search", "/saved-searches")
OWN = ("/imports", "/saved-searches")  # found by the account that began them, wherever it may
DECIDED = {"/disclosures": "registry:review"}  # seen by whoever may decide on them, and by whoever asked for them
HOME = {"registry": "370112001000", "training": "370112001000", "procurement": "370112000000",
        "coordination": "370112001001", "gateway": "370102000000"}  # where the houses' records lie  # fmt: skip
LEVEL = "other_level"  # the role is right: which review it is for depends on how far its area reaches
REFUSED = (404, 422)  # of an order that names what lies elsewhere
GOOD_SECONDS = 20.0
STRANGERS = 5  # of the roles, asked of each route in turn
NOBODY = "nobody"  # of an order about all people who lie elsewhere
TELLING = ("number", "document_number", "name", "expert_name", "reference")


class Cell(NamedTuple):
    operation: Operation
    permission: str | None
    role: str | None
    area: Area
    must: Must

    def __str__(self) -> str:
        return f"{self.operation.method} {self.operation.path} as {self.role} {self.area.name}"


@dataclass
class Result:
    cells: int = 0
    mismatches: list[str] = field(default_factory=list)

    def add(self, cell: Cell, wrong: str | None) -> None:
        self.cells += 1
        if wrong:
            self.mismatches.append(f"{cell} must be {cell.must.value}: {wrong}")

    def __add__(self, other: "Result") -> "Result":
        return Result(self.cells + other.cells, self.mismatches + other.mismatches)


NOTHING = Shown("", frozenset(), "")


class Walk:
    """`roles` are what the actors hold; what they should hold is the policy file's."""

    def __init__(self, house: House, service: str, roles: Roles = ROLES) -> None:
        self.house, self.service, self.roles = house, service, roles
        self.asker = Asker(house)
        self.lists: dict[str, list[Shown]] = {}
        self.asked: dict[str, str] = {}  # by whom the record that an operation is about
        self.signed: dict[str, tuple[float, dict[str, bytes]]] = {}
        self.reached: set[str] = set()  # administrative orders that have found what they are about
        self.turn = 0

    async def prepared(self) -> "Walk":
        """Whatever there is, as somebody sees it who may see all."""
        everything = an_actor(*policy().permissions, id=self.owner())
        self.house.headers = lambda: signed_for(self.service, everything)
        self.permissions = {(m, r.path): permission(r) for m, r in routes_of(self.house.app)}
        self.turn += 1
        self.operations = [afresh(o, self.turn) for o in await operations(self.house, self.is_business)]
        if self.service == "gateway":
            state = self.house.app.state
            state.provider = state.provider or Provider(ISSUER, demo=True)
            self.things = Administered(self.house, self.of(everything), HOME["gateway"])
            self.operations = [await self.aimed(o) for o in self.operations]
            await self.things.of_two_places()
            await self.things.look()
        for operation in self.operations:
            if is_list(operation):
                self.lists[operation.path] = [self.shown(i) for i in await self.items(operation, {})]
        self.divisions = {o.path: self.lies(o) for o in self.operations}
        return self

    async def aimed(self, operation: Operation) -> Operation:
        if not self.administers(operation):
            return operation
        made = await self.things.named_by(operation) if "{" in operation.path else {}
        return replace(
            operation, ids=operation.ids | {n: made[n] for n in operation.ids}, body=self.things.lying(operation.body)
        )

    def administers(self, operation: Operation) -> bool:
        return self.service == "gateway" and is_administered(operation, self.declared(operation))

    def shown(self, item: Mapping[str, Any]) -> Shown:
        return self.things.shown(item) if self.service == "gateway" else shown(item)

    def owner(self) -> str:
        """Who began the imports that are there."""
        return "account:test"

    def is_business(self, path: str) -> bool:
        """What is about whoever asks, or public, has no permission; only the gateway has such addresses."""
        return self.service != "gateway" or any(p for (_, of), p in self.permissions.items() if of == path)

    def declared(self, operation: Operation) -> str | None:
        return self.permissions[operation.method, self.house.prefix + operation.path]

    def is_open(self, operation: Operation) -> bool:
        """A file is looked into after it has been taken: its rows say where they lie."""
        read = operation.method == "GET" and operation.path.startswith(OPEN)
        if self.service == "gateway":
            return not self.administers(operation)
        return read or operation.path in ANSWERED or "{kind}" in operation.path or operation.kind == UPLOAD

    def lies(self, operation: Operation) -> str:
        """The division of the record that an operation is about, of that which its order names, or the house's."""
        if isinstance(operation.body, dict) and "{" not in operation.path and "division" in operation.body:
            return str(operation.body["division"])
        above = self.lists.get(operation.path.partition("/{")[0], [])
        item = next((i for i in above if i.key == operation.ids.get("id")), NOTHING)
        self.asked[operation.path] = item.by
        return next(iter(item.places)) if len(item.places) == 1 else HOME[self.service]

    async def items(self, operation: Operation, headers: Mapping[str, bytes], **narrowed: str) -> list[dict[str, Any]]:
        """Page by page."""
        found: list[dict[str, Any]] = []
        while True:
            answer = await self.asker.ask(Question(operation, listed(operation, **narrowed), None, "", headers))
            assert answer.status_code == 200, f"{operation.path}: {answer.text}"
            page = answer.json()
            found += page["items"]
            if not page.get("next"):
                return found
            narrowed |= {"cursor": page["next"]}

    async def asked_as_everybody(self, operation: Operation) -> httpx.Response:
        """As somebody who may do everything everywhere."""
        return await self.asker.ask(Question(operation, operation.address(), operation.body, ""))

    # ── cells ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def inside(self) -> list[Cell]:
        """Of those who may, everywhere; who may not at all is the same wherever it is."""
        return [c for c in self.cells(whole=False) if c.must in (Must.HIDE, Must.ALLOW)]

    def cells(self, *, whole: bool) -> list[Cell]:
        """The whole product; or every role that may at one area of a route in turn, one of them everywhere, and some of
        those that may not, in turn.
        """
        found, turn, others = [], itertools.count(), itertools.cycle(ROLES)
        for operation in self.operations:
            permission, every = self.declared(operation), areas(self.divisions[operation.path])
            found.append(self.cell(operation, permission, None, every[0]))
            holders = [role for role in ROLES if permission in ROLES[role]]
            strangers = [role for role in itertools.islice(others, STRANGERS) if role not in holders]
            for role in ROLES if whole else [*holders, *strangers]:
                some = every if whole or role in holders[:1] else [every[next(turn) % len(every)]]
                found += [self.cell(operation, permission, role, area) for area in some]
        return found

    def cell(self, operation: Operation, permission: str | None, role: str | None, area: Area) -> Cell:
        inside = area.holds(frozenset({self.divisions[operation.path]})) or self.is_open(operation)
        if role and (decides := decided(operation)) and "{" in operation.path:
            inside = inside and (decides in ROLES[role] or self.asked.get(operation.path) == f"account:{role}")
        if is_owned(operation):
            inside = area.name == "self"
        return Cell(operation, permission, role, area, must(permission, role, inside=inside or lists(operation)))

    async def checked(self, cells: Iterable[Cell]) -> Result:
        """First whatever must be refused, which must leave nothing behind; then what reads, then what writes."""
        result, before = Result(), await self.traces()
        every = sorted(cells, key=lambda c: (c.must is Must.ALLOW, c.operation.method != "GET"))
        for allowed, these in itertools.groupby(every, key=lambda c: c.must is Must.ALLOW):
            some = list(these)
            for cell in some:
                result.add(cell, await self.wrong(cell))
            if not allowed and await self.traces() != before:
                result.mismatches.append("what was refused has left something behind")
            if allowed:
                result.mismatches += [f"{o} finds nothing where it may" for o in self.unreached(some)]
        return result

    def unreached(self, cells: Iterable[Cell]) -> list[str]:
        """An order that finds nothing would hide everything."""
        asked = {named(c.operation) for c in cells if self.administers(c.operation) and "{" in c.operation.path}
        return sorted(asked - self.reached)

    async def traces(self) -> list[tuple[Any, ...]]:
        """What a change leaves behind: events, and what the others are told."""
        async with self.house.app.state.database.hot() as db:
            return [tuple(r) for r in await db.fetch("select count(*), max(seq) from event")]

    # ── one cell ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def headers(self, cell: Cell) -> dict[str, bytes]:
        if cell.role is None:
            return {"authorization": b"", "x-shegong-actor": b""}
        id = self.owner() if is_owned(cell.operation) and cell.area.name == "self" else None
        if cell.operation.method == "POST" and cell.operation.path in OWN:
            id = STRANGER  # what somebody keeps stands in no list of hers here
        return self.of(actor(cell.role, cell.area, self.roles, id))

    def of(self, who: Actor) -> dict[str, bytes]:
        """A token is good for a minute: it is not made anew for every cell."""
        known = f"{who.id} {who.may}"
        at, headers = self.signed.get(known, (0.0, {}))
        if at < time.monotonic() - GOOD_SECONDS:
            headers = {name: value.encode() for name, value in signed_for(self.service, who).items()}
            self.signed[known] = (time.monotonic(), headers)
        return headers

    async def wrong(self, cell: Cell) -> str | None:
        """What is wrong with the answer, if anything."""
        operation, headers = cell.operation, self.headers(cell)
        address = listed(operation) if is_list(operation) else operation.address()
        if exports(operation):
            address += "?format=csv"
        answer = await self.asker.ask(Question(operation, address, operation.body, str(cell), headers))
        said = f"{answer.status_code} {answer.text[:200]}"
        if cell.must is Must.SIGN_IN:
            return None if answer.status_code == 401 else said
        if cell.must is Must.FORBID:
            return None if answer.status_code == 403 and code(answer) == "permission_missing" else said
        if lists(operation):
            return await self.wrong_list(cell, answer, headers)
        if cell.must is Must.HIDE:
            away = answer.status_code in REFUSED or code(answer) == NOBODY
            hidden = answer.status_code == 404 or (is_order(operation) and away)
            return None if hidden and code(answer) != "invalid" else said
        if code(answer) != "not_found":
            self.reached.add(named(operation))
        return said if self.shut(cell, answer) or answer.status_code >= 500 or code(answer) == "invalid" else None

    def shut(self, cell: Cell, answer: httpx.Response) -> bool:
        """Not let in; where the house has no such record, only by who one is."""
        reads = cell.operation.method == "GET" and self.administers(cell.operation)
        missing = (self.service == "gateway" and not reads) or ANY_ID in cell.operation.ids.values()
        missing = missing or cell.operation.path.endswith("/delete")  # whoever came before has deleted it
        if code(answer) == LEVEL:
            return False
        return answer.status_code in (401, 403) or (code(answer) == "not_found" and not missing)

    async def wrong_list(self, cell: Cell, answer: httpx.Response, headers: Mapping[str, bytes]) -> str | None:
        """Exactly what lies in the area is shown, also to whoever asks for a record's relations by its id."""
        if answer.status_code != 200:
            return f"{answer.status_code} {answer.text[:200]}"
        path = cell.operation.path.removesuffix("/export")
        there = {i.key for i in self.lists.get(path, []) if self.in_sight(cell, i)}
        if exports(cell.operation):
            lines = len(answer.text.strip().split("\r\n")) - 2
            return None if lines == len(there) else f"{lines} lines for {len(there)}"
        page = answer.json()
        items = await self.items(cell.operation, headers) if page.get("next") else page["items"]
        given = {shown(i).key for i in items}
        if given != there:
            return f"shows {given - there or 'nothing else'} and not {there - given or 'less'}"
        for name in related(cell.operation) & self.house.fields.keys():
            found = await self.items(cell.operation, headers, **{name: str(self.house.fields[name])})
            if not {shown(i).key for i in found} <= there:
                return f"{name} shows more than the area has"
        return None

    def in_sight(self, cell: Cell, item: Shown) -> bool:
        if is_owned(cell.operation):
            return cell.area.name == "self"
        seen = self.is_open(cell.operation) or cell.area.holds(item.places)
        decides = decided(cell.operation)
        return seen and (decides is None or decides in ROLES[cell.role or ""] or item.by == f"account:{cell.role}")


# ── what an operation is ─────────────────────────────────────────────────────────────────────────────────────────────
def permission(route: Any) -> str | None:
    return next((c.permission for c in calls(route.dependant) if isinstance(c, Needs)), None)


def is_owned(operation: Operation) -> bool:
    return operation.path.startswith(OWN) and "{kind}" not in operation.path and not is_order(operation)


def decided(operation: Operation) -> str | None:
    return next((p for path, p in DECIDED.items() if operation.path.startswith(path)), None)


def is_order(operation: Operation) -> bool:
    """It makes a record, and says in its body where."""
    return operation.method == "POST" and "{" not in operation.path


def afresh(operation: Operation, turn: int) -> Operation:
    """With names and numbers that have not been used before."""
    if not is_order(operation) or not isinstance(operation.body, dict):
        return operation
    return replace(operation, body=retold(operation.body, turn))


def retold(body: Any, turn: int) -> Any:
    if isinstance(body, list):
        return [retold(part, turn) for part in body]
    if not isinstance(body, dict):
        return body
    return {name: f"{v}{turn}" if name in TELLING and v else retold(v, turn) for name, v in body.items()}


def is_list(operation: Operation) -> bool:
    paged = "cursor" in names(operation) or operation.path in WHOLE
    return operation.method == "GET" and "{" not in operation.path and paged


def exports(operation: Operation) -> bool:
    return operation.path.endswith("/export")


def lists(operation: Operation) -> bool:
    """Everybody with the permission may ask for it: the area says what is in it."""
    return is_list(operation) or exports(operation)


def names(operation: Operation) -> set[str]:
    return {p["name"] for p in operation.document.get("parameters", [])}


def related(operation: Operation) -> set[str]:
    return {name for name in names(operation) if name.endswith("_id")}


def listed(operation: Operation, **narrowed: str) -> str:
    asked = httpx.QueryParams({**operation.query, "limit": "200", **narrowed})
    return f"{operation.address().partition('?')[0]}?{asked}"


def code(answer: httpx.Response) -> str | None:
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    found: str = answer.json()["code"]
    return found


def named(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"
