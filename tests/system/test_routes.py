"""Every route of every service declares who may call it, and refuses whoever has not signed in."""

import pytest
from fastapi import FastAPI

from services.kernel import db
from services.kernel.actor import ACTOR, Needs, calling_service
from tests.apps import followers_of, registry_of
from tests.conftest import client_of
from tests.keys import an_actor, signed_for
from tests.routes import calls, filled, routes_of

pytestmark = pytest.mark.anyio
VITAL = {"/health", "/ready", "/metrics"}
READING = ("read",)
TRIED = {"/internal/personal-links/{hash}"}  # an applicant without an account tries her code, which is counted
SERVICES = ("registry", "training", "procurement", "coordination")


def permission(route) -> str | None:
    return next((c.permission for c in calls(route.dependant) if isinstance(c, Needs)), None)


@pytest.fixture
def app(databases, service) -> FastAPI:
    return registry_of(databases) if service == "registry" else followers_of(databases)[service]


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_declares_who_may_call_it(app):
    for method, route in routes_of(app):
        internal = calling_service in calls(route.dependant)
        assert internal == route.path.startswith("/internal/"), route.path
        assert internal or route.path in VITAL or permission(route), f"{method} {route.path}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_change_needs_a_permission_that_writes_and_a_read_has_no_session_that_writes(app):
    for method, route in routes_of(app):
        if method == "GET":
            assert db._write not in calls(route.dependant), route.path
        elif route.path not in TRIED:
            assert (permission(route) or "read").rpartition(":")[2] not in READING, f"{method} {route.path}"


@pytest.mark.parametrize("service", SERVICES)
async def test_nobody_in_particular_is_refused_everywhere(app):
    stranger = client_of(app)
    for method, route in routes_of(app):
        if route.path not in VITAL:
            answer = await stranger.request(method, filled(route.path), json={})
            assert answer.status_code == 401, f"{method} {route.path}: {answer.text}"


@pytest.mark.parametrize("service", SERVICES)
async def test_somebody_without_the_permission_is_refused_everywhere(app, service):
    """At an internal address nobody's own token counts, whatever she may do: 401."""
    both = signed_for(service, an_actor("something:else"))
    other, alone = client_of(app, **both), client_of(app, authorization=f"Bearer {both[ACTOR]}")
    for method, route in routes_of(app):
        if route.path not in VITAL:
            internal = route.path.startswith("/internal/")
            answer = await (alone if internal else other).request(method, filled(route.path), json={})
            assert answer.status_code == (401 if internal else 403), f"{method} {route.path}: {answer.text}"
