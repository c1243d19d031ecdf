"""No address of a page makes a bug of ours come out, and nothing of it comes back as markup (N11)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from tests.dashboard.scripted import JOB_ID, PERSON_ID, POINT_ID, Script, browser, built
from tests.hostile.sweep import CHINESE, HALF_A_CHARACTER, IN_ADDRESS, MANY, whole
from tests.keys import JINAN
from tests.routes import routes_of

pytestmark = pytest.mark.anyio
MARKUP = "\"'><svg onload=alert(1)>"
REAL = {"code": JINAN, "division": JINAN, "kind": "certified-workers"}
IDS = {"/indicators": "established@village", "/imports": str(JOB_ID), "/service-points": str(POINT_ID)}


def parameters(dependant: Any) -> Iterator[tuple[str, str]]:
    yield from (("path", p.alias) for p in dependant.path_params)
    yield from (("query", p.alias) for p in dependant.query_params)
    for inner in dependant.dependencies:
        yield from parameters(inner)


def address(route: APIRoute, place: str = "", name: str = "", value: str = "") -> str:
    id = next((known for prefix, known in IDS.items() if route.path.startswith(prefix)), str(PERSON_ID))
    over = {**REAL, **({name: value} if place == "path" else {})}
    path = re.sub(r"{(\w+)(:\w+)?}", lambda m: over.get(m[1], id), route.path)
    return f"{path}?{name}={value}" if place == "query" else path


def addresses() -> Iterator[str]:
    """A parameter that was met before is met again with a few values."""
    known: set[tuple[str, str]] = set()
    for method, route in routes_of(built()):
        for place, name in sorted(set(parameters(route.dependant))) if method == "GET" else ():
            values = [MARKUP, MANY] if (place, name) in known else [*IN_ADDRESS, MARKUP, ""]
            known.add((place, name))
            yield from (address(route, place, name, value) for value in (*map(whole, values), HALF_A_CHARACTER))


async def test_n11_every_page_explains_an_address_that_cannot_be() -> None:
    complaints, asked = [], 0
    visitor = browser(Script())
    for asked, path in enumerate(addresses(), start=1):  # noqa: B007
        answer = await visitor.get(path)
        if answer.status_code >= 500 or "<svg onload" in answer.text:
            complaints.append(f"{path[:120]} → {answer.status_code}")
        elif answer.status_code >= 400 and not CHINESE.search(answer.text):
            complaints.append(f"{path[:120]} → {answer.status_code} without a word")
    assert complaints == []
    assert asked > 500
