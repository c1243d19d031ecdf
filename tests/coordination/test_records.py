"""From a number to the record behind it."""

from fastapi import FastAPI

from gateway.coverage.records import record_of
from services.coordination.app import create_app
from tests.conftest import Databases
from tests.coordination.factories import uuid
from tests.keys import keyring
from tests.routes import routes_of


def test_a_service_record_has_an_address_at_the_door_which_this_service_answers(databases: Databases):
    app: FastAPI = create_app(databases.settings("coordination"), keyring("coordination"))

    address = record_of("coordination", f"service_record:{uuid(1)}")

    assert address == f"/api/v1/coordination/service-records/{uuid(1)}"
    assert "/service-records/{id}" in {route.path for method, route in routes_of(app) if method == "GET"}
