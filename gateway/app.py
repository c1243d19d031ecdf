"""Wiring of the gateway: identity, coverage, the door; and beside them the feeds and the upkeep."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI

from gateway.coverage.api import router as coverage
from gateway.door.api import router as door_pages
from gateway.door.application import router as application
from gateway.door.door import Door, keep_door
from gateway.door.forward import passing_to
from gateway.door.openapi import Document
from gateway.door.verify import router as verify
from gateway.door.verify import well_known
from gateway.following import filled, following
from gateway.identity.administration.accounts import router as accounts
from gateway.identity.administration.audit import router as audit
from gateway.identity.administration.grants import router as grants
from gateway.identity.api import router as identity
from gateway.identity.asking import actor_of
from gateway.identity.client_keys.api import router as client_keys
from gateway.identity.clients.api import router as clients
from gateway.identity.factors.api import router as factors
from gateway.identity.federation.api import router as federation
from gateway.identity.federation.provider import Provider
from gateway.identity.federation.step_up import router as step_up
from gateway.identity.house import house
from gateway.identity.limits import LimitHeaders
from gateway.identity.upkeep import keep_house
from gateway.settings import GatewaySettings
from services.kernel import clock, log
from services.kernel.app import make_app
from services.kernel.crypto import Vault, load_vault
from services.kernel.db import Database, database
from services.kernel.key_folder import load_keyring
from services.kernel.keyring import Keyring
from services.kernel.settings import DatabaseSettings

NAME = "gateway"
SEARCH_PATH = "coverage, public"
# JSON needs nothing of a browser; the pages of the documentation say what they need.
HEADERS = {"content-security-policy": "default-src 'none'; frame-ancestors 'none'"}
HTTPS_ONLY = {"strict-transport-security": "max-age=31536000"}  # this host only: others may have no certificate


def store_of(settings: DatabaseSettings) -> Database:
    return database(settings, search_path=SEARCH_PATH, scoped=False)


def create_app(
    settings: GatewaySettings,
    keyring: Keyring,
    vault: Vault,
    *,
    now: Callable[[], datetime] = clock.now,
    store: Database | None = None,
) -> FastAPI:
    """`store`: open already, for whoever has several gateways on one database."""
    store = store or store_of(settings)
    feeds = [following(name, address) for name, address in settings.services.items()]
    administration = (accounts, grants, audit, clients, client_keys)
    own = (identity, factors, *administration, federation, step_up, coverage, door_pages, verify, application)
    app = make_app(
        NAME, *own, passing_to(settings.services), prefix="/api/v1", settings=settings, keyring=keyring, database=store,
        headers=HEADERS | (HTTPS_ONLY if settings.https else {}),
        tasks=(*feeds, keep_house, keep_door), actor_of=actor_of, prepared=filled,
        now=now, house=house(settings, keyring, vault, store, now), door=Door(settings, keyring), document=Document(),
        provider=Provider(settings.oidc, settings.demo) if settings.oidc else None,
        trusts_request_id=False,
    )  # fmt: skip
    app.include_router(well_known)
    app.add_middleware(LimitHeaders)
    return app


def main() -> FastAPI:
    """For uvicorn: `uvicorn --factory gateway.app:main`."""
    settings = GatewaySettings.load()
    log.install(NAME, settings.log_level)
    return create_app(settings, load_keyring(settings.keys, NAME), load_vault(settings.keys))
