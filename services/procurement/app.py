"""Wiring of the procurement service."""

from fastapi import FastAPI

from services.kernel import copies, feed, idempotency, log
from services.kernel.app import make_app
from services.kernel.db import database
from services.kernel.key_folder import load_keyring
from services.kernel.keyring import Keyring
from services.kernel.settings import FollowerSettings
from services.procurement.contracts import api as contracts
from services.procurement.payments import api as payments
from services.procurement.projects import api as projects
from services.procurement.publishing import react
from services.procurement.staff import api as staff

NAME = "procurement"
ROUTERS = (projects.router, contracts.router, staff.router, payments.router)


def create_app(settings: FollowerSettings, keyring: Keyring) -> FastAPI:
    """Without the registry's address it follows nobody: so do tests of this service alone."""
    registry = settings.services.get("registry")
    follows = [copies.following(copies.Source("registry", "登记服务", registry), react)] if registry else []
    return make_app(
        NAME,
        *ROUTERS,
        feed.router,
        settings=settings,
        keyring=keyring,
        database=database(settings),
        tasks=(idempotency.forget_old, *follows),
    )


def main() -> FastAPI:
    """For uvicorn: `uvicorn --factory services.procurement.app:main`."""
    settings = FollowerSettings.load()
    log.install(NAME, settings.log_level)
    return create_app(settings, load_keyring(settings.keys, NAME))
