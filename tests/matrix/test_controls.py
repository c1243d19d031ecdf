"""The matrix can fail: of a route that checks nothing, of a role that holds too much, of no policies."""

from collections.abc import AsyncIterator

import pytest
from fastapi import Request
from fastapi.routing import APIRoute

from services.kernel import narrowing
from services.kernel.actor import Requires
from services.kernel.db import database
from tests.conftest import Databases
from tests.hostile.houses import HOUSES
from tests.matrix.model import ROLES
from tests.matrix.walk import Walk

pytestmark = pytest.mark.anyio
SERVICE = "coordination"  # the smallest
PLANTED = "/service-records/{id}/planted"


@pytest.fixture(scope="module")
async def walk(databases: Databases) -> AsyncIterator[Walk]:
    async with HOUSES[SERVICE](databases) as house:
        yield await Walk(house, SERVICE).prepared()


async def planted(id: str, request: Request) -> dict[str, str]:
    """Answers whoever asks."""
    return {"id": id}


@pytest.mark.parametrize("declares", [False, True])
async def test_a_planted_route_is_found(walk: Walk, declares: bool) -> None:
    """One that declares nothing, and one that declares a permission and asks for no area."""
    app = walk.house.app
    needs = [Requires("coordination:read")] if declares else []
    app.router.routes.insert(0, APIRoute(PLANTED, planted, dependencies=needs))
    app.openapi_schema = None
    try:
        cells = (await walk.prepared()).cells(whole=False)
        result = await walk.checked(c for c in cells if c.operation.path == PLANTED)
    finally:
        app.router.routes.pop(0)
        app.openapi_schema = None
        await walk.prepared()

    open_to = {m.partition(" must ")[0].split(" as ")[1] for m in result.mismatches}
    assert (open_to >= {"viewer sibling", "viewer foreign", "viewer around"}) is declares
    assert ("None self" in open_to) is not declares


async def test_a_role_that_holds_too_much_is_found(walk: Walk) -> None:
    walk.roles = {**ROLES, "viewer": ROLES["viewer"] | {"coordination:write"}}
    try:
        result = await walk.checked(c for c in walk.cells(whole=True) if c.role == "viewer")
    finally:
        walk.roles = ROLES

    assert len(result.mismatches) >= sum(o.method != "GET" for o in walk.operations)


async def test_without_filters_and_without_policies_everything_is_open(
    walk: Walk, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "on", False)
    store = walk.house.app.state.database
    await store.close()
    address = databases.admin(SERVICE)
    settings = databases.settings(SERVICE).model_copy(update={"database_url": address, "read_url": address})
    walk.house.app.state.database = database(settings)
    await walk.house.app.state.database.open()
    try:
        result = await walk.checked(c for c in walk.cells(whole=False) if c.operation.method == "GET")
    finally:
        await walk.house.app.state.database.close()
        await store.open()
        walk.house.app.state.database = store

    assert any("shows" in m for m in result.mismatches)
    assert any("must be 404: 200" in m for m in result.mismatches)
