"""What an order may say: nothing that it does not declare (row 20), at any depth, and nothing is done for it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.hostile.sweep import JSON, Operation, Question, places, put
from tests.matrix.walk import Walk

pytestmark = pytest.mark.anyio
SMUGGLED = {
    "role": "security_admin", "division": "370100000000", "status": "approved", "id": "0198f000-0000-7000-8000-0000000000ff",
    "created_at": "2020-01-01T00:00:00Z", "created_by": "account:somebody", "budget_spent": "0.00", "is_admin": True,
    "version": 99, "may": ["approve"],
}  # fmt: skip


def objects(schema: Mapping[str, Any], document: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> Iterator[Any]:
    """Every object that a body may hold."""
    if "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen |= {schema["$ref"]}
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "properties" in schema:
        yield schema
    inside = [*schema.get("properties", {}).values(), schema.get("items")]
    for part in (*inside, *schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])):
        if isinstance(part, dict):
            yield from objects(part, document, seen)


def bodies(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for kind, media in operation.get("requestBody", {}).get("content", {}).items():
                if kind == JSON:  # of a form nothing is read that it does not declare (RFC 6749 asks for just that)
                    yield f"{method} {path}", media["schema"]


async def test_row_20_no_order_takes_a_field_that_it_does_not_declare(walk: Walk) -> None:
    document = walk.house.app.openapi()
    every = [(where, found) for where, schema in bodies(document) for found in objects(schema, document)]

    assert every
    assert [(where, o.get("title")) for where, o in every if o.get("additionalProperties") is not False] == []


def smuggling(operation: Operation, document: Mapping[str, Any]) -> Iterator[tuple[Question, set[str]]]:
    """The right order, and in each of its objects all that nobody asked for; which fields must be named. An object that
    is free by its nature (a key as others write it) is left alone.
    """
    declared = {name for o in objects(body_schema(operation), document) for name in o["properties"]}
    above = [[]] + [p for p in places(operation.body) if isinstance(at(operation.body, p), dict)]
    for place in above:
        inner = at(operation.body, place)
        if not inner.keys() <= declared:
            continue
        added = {name: value for name, value in SMUGGLED.items() if name not in inner}
        body = put(operation.body, place, {**inner, **added}) if place else {**inner, **added}
        yield Question(operation, operation.address(), body, f"smuggled at {place}"), added.keys() - declared


def at(body: Any, place: Any) -> Any:
    for name in place:
        body = body[name]
    return body


async def test_row_20_what_is_smuggled_in_is_refused_and_changes_nothing(walk: Walk) -> None:
    before, asked, document = await walk.traces(), 0, walk.house.app.openapi()

    for operation in walk.operations:
        for question, added in smuggling(operation, document) if operation.kind == JSON else ():
            answer = await walk.asker.ask(question)
            named = {e["field"].rpartition(".")[2] for e in answer.json().get("errors", [])}
            assert answer.status_code == 422, f"{question.what} {operation.method} {operation.path}: {answer.text}"
            assert added <= named, f"{question.what} {operation.method} {operation.path}: {named}"
            asked += 1

    assert await walk.traces() == before
    assert asked > 0 or walk.service == "gateway"


def body_schema(operation: Operation) -> Mapping[str, Any]:
    content = operation.document.get("requestBody", {}).get("content", {})
    schema: Mapping[str, Any] = next((media["schema"] for media in content.values()), {})
    return schema
