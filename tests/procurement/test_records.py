"""What an explanation opens to: the address of each subject is a route that reads it."""

import pytest

from gateway.coverage.records import record_of
from tests.apps import followers_of
from tests.routes import ANY_ID, routes_of


@pytest.mark.parametrize("kind", ["project", "contract", "project_staff", "payment"])
def test_every_subject_of_procurement_has_an_address(databases, kind):
    reads = {route.path for method, route in routes_of(followers_of(databases)["procurement"]) if method == "GET"}

    address = record_of("procurement", f"{kind}:{ANY_ID}")

    assert address is not None
    assert address.removeprefix("/api/v1/procurement").replace(ANY_ID, "{id}") in reads
