"""Wiring of the coordination service."""

from fastapi import FastAPI

import services.coordination.models  # noqa: F401 — a table may refer to one that nothing else here imports
from services.coordination.publishing import follow_registry
from services.coordination.service_records import api as service_records
from services.kernel import copies, feed, idempotency, log
from services.kernel.app import make_app
from services.kernel.db import database
from services.kernel.key_folder import load_keyring
from services.kernel.keyring import Keyring
from services.kernel.settings import FollowerSettings

NAME = "coordination"


def create_app(settings: FollowerSettings, keyring: Keyring) -> FastAPI:
    """Without the registry's address it follows nobody: so do tests of this service alone."""
    registry = settings.services.get("registry")
    follows = [copies.following(copies.Source("registry", "登记服务", registry), follow_registry)] if registry else []
    return make_app(
        NAME,
        service_records.router,
        feed.router,
        settings=settings,
        keyring=keyring,
        database=database(settings),
        tasks=(idempotency.forget_old, *follows),
    )


def main() -> FastAPI:
    """For uvicorn: `uvicorn --factory services.coordination.app:main`."""
    settings = FollowerSettings.load()
    log.install(NAME, settings.log_level)
    return create_app(settings, load_keyring(settings.keys, NAME))
