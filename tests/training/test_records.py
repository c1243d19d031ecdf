"""Where the gateway says that training's records are to be read, training does answer."""

import pytest

from gateway.coverage.records import record_of
from services.training.app import create_app
from tests.keys import keyring
from tests.routes import ANY_ID, routes_of


@pytest.mark.parametrize(
    ("subject", "path"),
    [
        ("person", "/people/{id}/statement"),
        ("session", "/sessions/{id}"),
        ("attendance", "/attendances/{id}"),
        ("supervisor", "/supervisors/{id}"),
        ("base", "/bases/{id}"),
        ("site", "/sites/{id}"),
    ],
)
def test_every_subject_of_training_has_an_address(databases, subject, path):
    reads = {
        r.path
        for method, r in routes_of(create_app(databases.settings("training"), keyring("training")))
        if method == "GET"
    }

    assert path in reads
    assert record_of("training", f"{subject}:{ANY_ID}") == f"/api/v1/training{path}".replace("{id}", ANY_ID)
