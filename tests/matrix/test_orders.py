"""What an order may say: nothing that it does not declare (row 20). What an order, an address or a question may name:
nothing of a neighbour's (row 21).
"""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from fastapi.routing import APIRoute

from services.contracts.divisions import subtree
from services.kernel.actor import Requires
from tests.coordination import factories as coordinated
from tests.hostile.sweep import JSON, Operation, Question, places, put
from tests.keys import LICHENG
from tests.matrix.model import STRANGER, Area, actor
from tests.matrix.nested import nested, wrong_parents
from tests.matrix.walk import Walk, code, is_list, named, related
from tests.procurement import factories as bought

pytestmark = pytest.mark.anyio
SMUGGLED = {
    "role": "security_admin", "division": "370100000000", "status": "approved",
    "id": "0198f000-0000-7000-8000-0000000000ff",
    "created_at": "2020-01-01T00:00:00Z", "created_by": "account:somebody", "budget_spent": "0.00", "is_admin": True,
    "version": 99, "may": ["approve"],
}  # fmt: skip


def objects(
    schema: Mapping[str, Any], document: Mapping[str, Any], seen: frozenset[str] = frozenset()
) -> Iterator[Any]:
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


# ── ids of others ─────────────────────────────────────────────────────────────────────────────────────────────────────
HERE = Area("self", (subtree(LICHENG),))
# Of the same kinds, and in another district.
ELSEWHERE = {
    "procurement": {
        "buyer_id": str(bought.LIXIA_BUYER), "person_id": str(bought.ELSEWHERE),
        "service_point_ids": [str(bought.LIXIA_POINT)],
    },
    "coordination": {"service_point_id": str(coordinated.STATION)},
}  # fmt: skip
ORDERING = {"procurement": "buyer", "coordination": "editor"}
OTHER = "0198f000-0000-7000-8000-0000000000aa"


@pytest.mark.parametrize("walk", ELSEWHERE, indirect=True)
async def test_a01_an_order_that_names_a_neighbours_record_is_refused(walk: Walk) -> None:
    """In whatever field; the same order without it is taken, or refused for another reason."""
    headers, asked, before = walk.of(actor(ORDERING[walk.service], HERE, walk.roles)), 0, await walk.traces()

    for operation in walk.operations:
        for field, id in ELSEWHERE[walk.service].items():
            if operation.kind == JSON and operation.method == "POST" and field in operation.body:
                aimed = dataclasses.replace(operation, body={**operation.body, field: id})
                answer = await walk.asker.ask(Question(aimed, aimed.address(), aimed.body, field, headers))
                said = answer.status_code == 422 and any(e["field"].startswith(field) for e in answer.json()["errors"])
                assert said or answer.status_code == 404, f"{named(operation)} {field}: {answer.text}"
                assert code(answer) != "invalid"
                asked += 1

    assert asked
    assert await walk.traces() == before


async def test_a02_a_record_is_found_below_its_own_parent_only(walk: Walk) -> None:
    """Every address that names one record below another: with the child of somebody else's, which is really there."""
    assert await wrong_parents(walk) == []

    assert bool(nested(walk)) is (walk.service == "gateway"), "where else there are some, they need records too"
    missed = [named(o) for o in nested(walk) if (await walk.asked_as_everybody(o)).status_code == 404]
    assert missed == [], "the right parent's is there"


async def of_anybody(id: str, session: str) -> dict[str, str]:
    """Looks the child up, and not whose it is."""
    return {"id": session}


@pytest.mark.parametrize("walk", ["gateway"], indirect=True)
async def test_a02_an_address_that_does_not_look_at_the_parent_is_found(walk: Walk) -> None:
    """The control."""
    app, path = walk.house.app, "/accounts/{id}/sessions/{session}/planted"
    route = APIRoute(
        f"{walk.house.prefix}{path}", of_anybody, methods=["POST"], dependencies=[Requires("grants:write")]
    )
    app.router.routes.insert(0, route)
    app.openapi_schema, before = None, dict(vars(walk))
    try:
        found = await wrong_parents(await walk.prepared())
    finally:
        app.router.routes.pop(0)
        app.openapi_schema = None
        vars(walk).update(before)

    assert [f.partition(":")[0] for f in found] == [f"POST {path}"]


async def test_a02_who_asks_for_two_records_gets_what_belongs_to_both(walk: Walk) -> None:
    """Two ids in one question, with every pair that the records themselves have, and with pairs that they have not."""
    empty = 0
    for operation in (o for o in walk.operations if is_list(o)):
        every = await walk.items(operation, {})
        known = {n: sorted({v for item in every for v in said(item, n)} | {OTHER}) for n in sorted(related(operation))}
        for one, two in itertools.combinations([n for n, values in known.items() if len(values) > 1], 2):
            for asked in itertools.product(known[one], known[two]):
                given = await walk.items(operation, {}, **{one: asked[0], two: asked[1]})
                both = [i for i in every if asked[0] in said(i, one) and asked[1] in said(i, two)]
                assert ids(given) == ids(both), f"{named(operation)} {one} {two}"
                empty += not both

    assert empty or walk.service in ("coordination", "gateway"), "these have no such list"


def said(item: Mapping[str, Any], name: str) -> list[str]:
    """One id, or several."""
    found = item.get(f"{name}s", item.get(name)) or []
    return [str(id) for id in (found if isinstance(found, list) else [found])]


def ids(items: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted(str(item["id"]) for item in items)


@pytest.mark.parametrize("walk", ["registry"], indirect=True)
async def test_a03_nobody_guesses_the_import_of_somebody_else(walk: Walk) -> None:
    """Not one step of it, nor its rows, nor the file of its errors, whatever the area."""
    headers = walk.of(actor("editor", HERE, walk.roles, id=STRANGER))
    about = [o for o in walk.operations if o.path.startswith("/imports/{id}")]

    for operation in about:
        answer = await walk.asker.ask(Question(operation, operation.address(), operation.body, "", headers))
        assert (answer.status_code, code(answer)) == (404, "not_found"), f"{named(operation)}: {answer.text}"
    assert len(about) > 5
