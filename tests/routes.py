"""Walks the routes of an app: what each declares, and how to call it."""

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

ANY_ID = "0198f000-0000-7000-8000-000000000000"
CODES = {"code": "370112000000", "division": "370112000000", "parent": "370112000000"}


def routes_of(app: FastAPI) -> list[tuple[str, APIRoute]]:
    """Every method of every route, those of included routers too."""
    return [(m, r) for r in flat(app.router.routes) for m in sorted(r.methods - {"HEAD", "OPTIONS"})]


def flat(routes: Any) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "effective_route_contexts"):
            yield from route.effective_route_contexts()
        elif hasattr(route, "routes"):
            yield from flat(route.routes)


def calls(dependant: Any) -> Iterator[object]:
    """All that FastAPI calls before the endpoint."""
    for inner in dependant.dependencies:
        yield inner.call
        yield from calls(inner)


def filled(path: str) -> str:
    """An address that could be real."""
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: CODES.get(m[1], ANY_ID), path)
