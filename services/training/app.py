"""Wiring of the training service."""

from fastapi import FastAPI

from services.kernel import copies, feed, idempotency, log
from services.kernel.app import make_app
from services.kernel.db import database
from services.kernel.key_folder import load_keyring
from services.kernel.keyring import Keyring
from services.kernel.settings import FollowerSettings
from services.training import models, reactions
from services.training.attendances import api as attendances
from services.training.people import api as people
from services.training.places import api as places
from services.training.sessions import api as sessions
from services.training.supervisors import api as supervisors

NAME = "training"
METADATA = models.METADATA  # whoever runs this app knows all tables, those that only foreign keys point to as well


def create_app(settings: FollowerSettings, keyring: Keyring) -> FastAPI:
    """Without the registry's address it follows nobody: so do tests of this service alone."""
    registry = settings.services.get("registry")
    source = copies.Source("registry", "登记服务", registry) if registry else None
    follows = [copies.following(source, reactions.people_changed)] if source else []
    return make_app(
        NAME,
        feed.router,
        sessions.router,
        attendances.router,
        people.router,
        supervisors.router,
        *places.routers,
        settings=settings,
        keyring=keyring,
        database=database(settings),
        tasks=(idempotency.forget_old, *follows),
    )


def main() -> FastAPI:
    """For uvicorn: `uvicorn --factory services.training.app:main`."""
    settings = FollowerSettings.load()
    log.install(NAME, settings.log_level)
    return create_app(settings, load_keyring(settings.keys, NAME))
