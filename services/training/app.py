"""Wiring of the training service."""

from fastapi import FastAPI

from services.kernel import feed, idempotency, log
from services.kernel.app import make_app
from services.kernel.db import database
from services.kernel.keyring import Keyring, load_keyring
from services.kernel.settings import DatabaseSettings

NAME = "training"


def create_app(settings: DatabaseSettings, keyring: Keyring) -> FastAPI:
    return make_app(
        NAME,
        feed.router,
        settings=settings,
        keyring=keyring,
        database=database(settings),
        tasks=(idempotency.forget_old,),
    )


def main() -> FastAPI:
    """For uvicorn: `uvicorn --factory services.training.app:main`."""
    settings = DatabaseSettings.load()
    log.install(NAME, settings.log_level)
    return create_app(settings, load_keyring(settings.keys, NAME))
