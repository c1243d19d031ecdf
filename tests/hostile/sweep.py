"""Hostile values, put in turn into every parameter and every field that the OpenAPI document of a service knows."""

import itertools
import json
import os
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import httpx

from tests.hostile.houses import House
from tests.routes import ANY_ID

CHINESE = re.compile("[\u4e00-\u9fff]")
CODE = re.compile(r"[a-z][a-z0-9_]*")
JSON, FORM, UPLOAD = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
STRANGERS = ("unauthenticated", "bad_token", "signed_out", "permission_missing")
Place = Sequence[str | int]


def a_cursor(*key: str | int) -> str:
    """As paging writes them, of whatever is in it."""
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


INVISIBLE = ["甲\x00乙", "甲\u202e乙", "甲\u200b乙"]
DAYS = ["0001-01-01", "9999-12-31", "2023-02-29"]
MANY, LITERAL = "9" * 400, "' OR 1=1--%_\\１２"
TEXTS = [*INVISIBLE, *DAYS, "长" * 10_000, MANY, "NaN", LITERAL]
# Numbers that JSON can write and Python reads, whatever a schema says.
NUMBERS = [-1, int(MANY), float("nan"), float("inf")]
IN_JSON: list[object] = ["甲\ud800", *TEXTS, *NUMBERS, True, None, ["甲\x00"], {"甲": {}}]
IN_ADDRESS = [*INVISIBLE, *DAYS, "x" * 10_000, MANY, "-1", "NaN", LITERAL]
FEW = ["甲\x00乙", MANY, LITERAL]
# Well-formed cursors that no page has given: what stands in them is compared with columns.
INSIDE: dict[str | int, range] = {
    "甲\x00": range(1, 5), "\ud800": range(1, 5), MANY: range(1, 5), "0001-01-01": range(2, 3),
    "99999-12-31": range(1, 3), str(UUID(int=0)): range(2, 3), 2**62: range(1, 3), 2**80: range(1, 3),
}  # fmt: skip
CURSORS = [a_cursor(*[value] * length) for value, lengths in INSIDE.items() for length in lengths]
IN_HEADER = [b'"' + MANY.encode() + b'"', b"-1", b"NaN", b"x" * 10_000, "甲".encode(), b"\xff" * 8, b'W/"1"', b"*", b""]
# The suite asks one question in three, the next operation another third of them; `WHOLE=1` asks every one.
SHARE = 1 if os.environ.get("WHOLE") else 3
HALF_A_CHARACTER = "%ED%A0%80"


@dataclass(frozen=True)
class Operation:
    """One method of one address, and what a right question to it would be."""

    method: str
    path: str
    document: Mapping[str, Any]
    body: Any = None
    kind: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def address(self, **over: str) -> str:
        """`over` is written as it is: quoted already."""
        known = {name: quote(value, safe="") for name, value in self.ids.items()} | over
        return self.path.format(**known) + (f"?{urlencode(self.query)}" if self.query else "")


@dataclass(frozen=True)
class Question:
    """One mutation of one operation; `what` says which."""

    operation: Operation
    address: str
    body: Any
    what: str
    headers: Mapping[str, bytes] = field(default_factory=dict)


async def operations(house: House, wanted: Callable[[str], bool] = lambda path: True) -> list[Operation]:
    document = house.app.openapi()
    found = []
    for path, methods in filter(lambda item: wanted(item[0]), document["paths"].items()):
        ids = await ids_of(house, path.removeprefix(house.prefix), document)
        for method, operation in methods.items():
            kind, body = body_of(operation, document, house.fields)
            query = {p["name"]: str(house.fields.get(p["name"], "")) for p in required(operation, "query")}
            found.append(Operation(method.upper(), path.removeprefix(house.prefix), operation, body, kind, query, ids))
    return found


def required(operation: Mapping[str, Any], place: str) -> Iterator[Mapping[str, Any]]:
    return (p for p in operation.get("parameters", []) if p["in"] == place and p["required"])


async def ids_of(house: House, path: str, document: Mapping[str, Any]) -> dict[str, str]:
    """Of records that are there: the first of the list above, or what the house says; else of none."""
    found = {}
    for name in re.findall(r"{(\w+)}", path):
        above = path.partition(f"/{{{name}}}")[0]
        listed = name == "id" and "get" in document["paths"].get(house.prefix + above, {})
        given = {"code": "370112000000", "kind": "certified-workers", **house.fields}
        if name in uuids_of(document["paths"][house.prefix + path]) and not is_uuid(given.get(name)):
            given[name] = ANY_ID
        found[name] = str(await first_of(house, above) if listed else given.get(name, ANY_ID))
    return found


def uuids_of(methods: Mapping[str, Any]) -> set[str]:
    """The parameters of an address that are ids."""
    every = (p for operation in methods.values() for p in operation.get("parameters", []))
    return {p["name"] for p in every if p["schema"].get("format") == "uuid"}


def is_uuid(value: object) -> bool:
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False


async def first_of(house: House, path: str) -> object:
    answer = await house.ask("GET", path)
    items = answer.json().get("items") or [{}]
    return items[0].get("id", ANY_ID)


def body_of(
    operation: Mapping[str, Any], document: Mapping[str, Any], fields: Mapping[str, object]
) -> tuple[str | None, Any]:
    """What the operation takes, as its example says it, with ids that are there."""
    content: Mapping[str, Any] = operation.get("requestBody", {}).get("content", {})
    for kind, media in content.items():
        if kind == UPLOAD:
            return kind, None
        example = media.get("example") or examples_of(media["schema"], document)
        return kind, with_ids(example, fields)
    return None, None


def with_ids(example: Any, fields: Mapping[str, object]) -> Any:
    """At any depth."""
    if isinstance(example, list):
        return [with_ids(part, fields) for part in example]
    if not isinstance(example, dict):
        return example
    return {name: fields[name] if name in fields else with_ids(v, fields) for name, v in example.items()}


def examples_of(schema: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, object]:
    """Put together from the examples of the fields."""
    named = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return {name: (of.get("examples") or [""])[0] for name, of in named["properties"].items()}


class Questions:
    """Every place in turn, everywhere else as it should be.

    A parameter or field that was met before is met again with a few values only.
    """

    def __init__(self) -> None:
        self.known: set[str] = set()

    def of(self, operation: Operation) -> Iterator[Question]:
        parameters = {(p["in"], p["name"]): self.first(p) for p in operation.document.get("parameters", [])}
        for (place, name), first in parameters.items():
            values = [*map(whole, IN_ADDRESS), HALF_A_CHARACTER] if first else [*map(whole, FEW)]
            values += CURSORS if name == "cursor" else []
            if place == "header":
                yield from in_header(operation, name, IN_HEADER if first else IN_HEADER[:3])
            else:
                yield from in_address(operation, place, name, values)
        for place in places(operation.body):
            full = IN_JSON if operation.kind == JSON else TEXTS
            yield from in_body(operation, place, full if self.first(names_of(place)) else FEW)
        if operation.kind == JSON:
            yield from no_bodies(operation)

    def first(self, described: object) -> bool:
        said = json.dumps(described, sort_keys=True)
        known = said in self.known
        self.known.add(said)
        return not known


def whole(value: str) -> str:
    return quote(value, safe="")


def in_address(operation: Operation, place: str, name: str, values: Sequence[str]) -> Iterator[Question]:
    start = operation.address().partition("?")[0]
    others = urlencode({k: v for k, v in operation.query.items() if k != name})
    for value in values:
        put_in_path = operation.address(**{name: value})
        address = put_in_path if place == "path" else f"{start}?{others}&{name}={value}"
        yield Question(operation, address, operation.body, f"{name}={value[:40]}")


def in_header(operation: Operation, name: str, values: Sequence[bytes]) -> Iterator[Question]:
    for value in values:
        told = {name.lower(): value}
        yield Question(operation, operation.address(), operation.body, f"{name}={value[:40]!r}", told)


def in_body(operation: Operation, place: Place, values: Sequence[object]) -> Iterator[Question]:
    for value in values:
        body = put(operation.body, place, value)
        yield Question(operation, operation.address(), body, f"{'.'.join(map(str, place))}={value!r:.40}")


def no_bodies(operation: Operation) -> Iterator[Question]:
    values: list[object] = [[], "甲", None, {**operation.body, "甲\x00": 1}, {**operation.body, "version": 9}]
    for value in values:
        yield Question(operation, operation.address(), value, f"body={value!r:.40}")


def names_of(place: Place) -> list[str]:
    """A field of one name is taken to be read alike wherever it stands."""
    return [name for name in place if isinstance(name, str)][-1:]


def places(body: Any) -> Iterator[Place]:
    """Every field, those of nested objects and of the first item of a list too."""
    inside = body.items() if isinstance(body, dict) else enumerate(body[:1]) if isinstance(body, list) else ()
    for name, value in inside:
        yield [name]
        yield from ([name, *below] for below in places(value))


def put(body: Any, place: Place, value: object) -> Any:
    changed = deepcopy(body)
    *above, last = place
    inner = changed
    for name in above:
        inner = inner[name]
    inner[last] = value
    return changed


class Asker:
    """Asks with a key of its own each time; what is to be changed has been read before."""

    def __init__(self, house: House) -> None:
        self.house, self.keys = house, itertools.count()
        self.tags: dict[str, str] = {}

    async def ask(self, question: Question) -> httpx.Response:
        operation = question.operation
        headers = {"idempotency-key": f"sweep-{next(self.keys):08}"}
        how: dict[str, Any] = {}
        if operation.method == "PATCH":
            headers["if-match"] = await self.tag(operation.address())
        if operation.kind == UPLOAD:
            how = {"files": {"file": ("名册.xlsx", "姓名".encode())}}
        elif operation.kind == FORM:
            how = {"data": question.body}
        elif operation.kind == JSON:
            how, headers["content-type"] = {"content": json.dumps(question.body).encode()}, JSON
        answer = await self.house.ask(operation.method, question.address, headers, question.headers, **how)
        if answer.is_success:
            self.tags.clear()
        return answer

    async def tag(self, address: str) -> str:
        if address not in self.tags:
            shown = await self.house.ask("GET", address)  # where the record is lacking, any tag will do
            self.tags[address] = shown.headers.get("etag", '"0"')
        return self.tags[address]


def complaint(question: Question, answer: httpx.Response) -> str | None:
    """What is wrong with an answer: a bug of ours, or a refusal that helps nobody."""
    said = f"{question.operation.method} {question.operation.path} {question.what} → {answer.status_code}"
    if answer.status_code >= 500:
        return f"{said} {answer.text[:200]}"
    if answer.status_code < 400:
        return None
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{said} is no problem document"
    problem = answer.json()
    if not CHINESE.search(problem["detail"]) or not CODE.fullmatch(problem["code"]):
        return f"{said} {problem['code']}: {problem['detail']}"
    return f"{said} was never let in" if problem["code"] in STRANGERS else None


async def complaints(house: House, *methods: str) -> list[str]:
    asker, asking, found = Asker(house), Questions(), []
    for turn, operation in enumerate(await operations(house)):
        every = asking.of(operation) if operation.method in methods else ()
        questions = [question for n, question in enumerate(every) if (n + turn) % SHARE == 0]
        if questions and operation.method != "DELETE" and not operation.path.startswith(house.lacking):
            found += [mistaken(operation, await asker.ask(as_it_should_be(operation)))]
        found += [complaint(question, await asker.ask(question)) for question in questions]
    return [c for c in found if c]


def as_it_should_be(operation: Operation) -> Question:
    return Question(operation, operation.address(), operation.body, "as it should be")


def mistaken(operation: Operation, answer: httpx.Response) -> str | None:
    """A sweep whose every question is wrong for another reason would find nothing."""
    if answer.is_success:
        return None
    if operation.method != "GET" and answer.status_code != 404 and answer.json()["code"] != "invalid":
        return None
    return f"{operation.method} {operation.path} was not right to begin with: {answer.text}"
