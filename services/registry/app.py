"""Wiring of the registry."""

import asyncio

from fastapi import FastAPI
from pydantic import Field

import services.registry.models  # noqa: F401 — a table may refer to one that nothing else here imports
from services.kernel import feed, idempotency, jobs, log
from services.kernel.app import make_app
from services.kernel.crypto import Vault, load_vault
from services.kernel.db import database
from services.kernel.key_folder import load_keyring
from services.kernel.keyring import Keyring
from services.kernel.settings import FollowerSettings
from services.registry.calendar import api as calendar
from services.registry.corrections import api as corrections
from services.registry.disclosures import api as disclosures
from services.registry.disclosures.commands import QUEUE as DISCLOSURES
from services.registry.disclosures.making import make
from services.registry.disclosures.queries import unmade
from services.registry.disclosures.upkeep import expire_disclosures
from services.registry.divisions import api as divisions
from services.registry.education.following import following
from services.registry.exams import api as exams
from services.registry.grounds import api as grounds
from services.registry.histories import api as histories
from services.registry.imports import api as imports
from services.registry.imports.jobs import QUEUE, unfinished
from services.registry.imports.upkeep import erase_old
from services.registry.imports.work import work
from services.registry.keys.checking import look_after_keys, prepared
from services.registry.notices import api as notices
from services.registry.organizations import api as organizations
from services.registry.people import api as people
from services.registry.people import certificates_api as certificates
from services.registry.people import entering_api as entering
from services.registry.personal_links import api as personal_links
from services.registry.points import api as points
from services.registry.reconciliation import api as reconciliation
from services.registry.registrations import api as registrations
from services.registry.registrations import gaps_api as gaps
from services.registry.registrations import terms_api as terms
from services.registry.retention import api as retention
from services.registry.retention.upkeep import purge_old
from services.registry.reveals import api as reveals
from services.registry.review import api as review
from services.registry.review import templates_api as templates
from services.registry.rights import api as rights
from services.registry.rights.upkeep import erase_restricted
from services.registry.same_people import api as same_people
from services.registry.search import api as search
from services.registry.verification import api as verification
from services.registry.verification.issuing import NAME as ISSUER
from services.registry.verification.issuing import Issuer

NAME = "registry"
PUBLIC_URL = "http://127.0.0.1:8000"
READERS = 2  # files read at a time: each may take a gigabyte
ROUTERS = (
    divisions.router, organizations.router, gaps.router, people.router, points.router, imports.router, reveals.router,
    disclosures.router, rights.router, notices.router, retention.router,
    verification.router, verification.public, calendar.router, registrations.router, terms.router,
    review.router, templates.router,
    certificates.router, exams.router, search.router, corrections.router, histories.router,
    same_people.router, entering.router,
    grounds.router, personal_links.router, personal_links.public,
    reconciliation.router, reconciliation.of_imports,
)  # fmt: skip


class RegistrySettings(FollowerSettings):
    """`public_url` is as the world reaches us: it stands in whatever is printed or signed."""

    public_url: str = Field(default=PUBLIC_URL, pattern=r"^https?://[^/]+$")


def create_app(settings: FollowerSettings, keyring: Keyring, vault: Vault, issuer: Issuer | None = None) -> FastAPI:
    return make_app(
        NAME,
        *ROUTERS,
        feed.router,
        settings=settings,
        keyring=keyring,
        database=database(settings),
        vault=vault,
        issuer=issuer or Issuer(PUBLIC_URL, None),
        readers=asyncio.Semaphore(READERS),
        import_turn=asyncio.Lock(),
        prepared=prepared,
        keys_fit=False,
        tasks=(
            look_after_keys, idempotency.forget_old, erase_old, purge_old, expire_disclosures, erase_restricted,
            jobs.worker(QUEUE, work, unfinished), jobs.worker(DISCLOSURES, make, unmade),
            *following(settings.services),
        ),
    )  # fmt: skip


def main() -> FastAPI:
    """For uvicorn: `uvicorn --factory services.registry.app:main`."""
    settings = RegistrySettings.load()
    log.install(NAME, settings.log_level)
    issuer = Issuer(settings.public_url, load_keyring(settings.keys / ISSUER, ISSUER))
    return create_app(settings, load_keyring(settings.keys, NAME), load_vault(settings.keys), issuer)
