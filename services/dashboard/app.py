"""Wiring of the dashboard."""

import sys

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from services.dashboard import (
    account,
    accounts,
    amnesty,
    applications,
    assignments,
    attendances,
    certificate_steps,
    client_decisions,
    clients,
    contracts,
    corrections,
    credentials,
    disclosures,
    exams,
    explanations,
    federation,
    gaps,
    grants,
    ground_list,
    histories,
    holidays,
    identity_audit,
    imports,
    indicators,
    mappings,
    maps,
    notices,
    organizations,
    password,
    payments,
    people,
    person_entry,
    plain,
    points,
    policy,
    project_staff,
    projects,
    reconciliation,
    registrations,
    retention,
    reveals,
    review,
    rights,
    same_people,
    saved_searches,
    second_step,
    service_records,
    session,
    sessions,
    statements,
    step_up,
    supervisors,
    training_places,
    verifications,
    work,
)
from services.dashboard.problem_pages import ProblemPages
from services.dashboard.render import CONTENT_SECURITY_POLICY
from services.dashboard.settings import DashboardSettings
from services.dashboard.static_files import VERSIONS, StaticFiles
from services.kernel import log
from services.kernel.app import make_app
from services.kernel.client import http_client
from services.kernel.key_folder import load_keyring
from services.kernel.keyring import Keyring

NAME = "dashboard"
MODULES = (
    plain, session, federation, second_step, step_up, account, password, work, maps, gaps, indicators, explanations,
    policy, accounts, grants, clients, client_decisions, mappings, identity_audit, reveals,
    disclosures, rights, notices, retention,
    saved_searches, histories, corrections,  # `/people/search` stands before `/people/{id}`
    person_entry, people, same_people, organizations, points, assignments, credentials, imports,
    applications, review, registrations, verifications, holidays, amnesty, reconciliation, ground_list,
    projects, project_staff, contracts, payments, service_records,
    sessions, attendances, statements, supervisors, training_places,
    exams, certificate_steps,  # of people, too: behind all that is theirs by name
)  # fmt: skip
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    # The browser names the page a form was sent from, to our own site only.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "private, no-store",
}
HTTPS_ONLY = {"strict-transport-security": "max-age=31536000"}  # this host only: others may have no certificate


def create_app(settings: DashboardSettings, keyring: Keyring, gateway: httpx.AsyncClient) -> FastAPI:
    routers = [m.router for m in MODULES]
    headers = HEADERS | (HTTPS_ONLY if settings.https else {})
    app = make_app(NAME, *routers, settings=settings, keyring=keyring, headers=headers, gateway=gateway)
    app.state.routes = frozenset(route.path for router in routers for route in iter_route_contexts(router.routes))
    app.mount("/static", StaticFiles())
    app.add_middleware(ProblemPages)
    return app


def main() -> FastAPI:
    """For uvicorn: `uvicorn --factory services.dashboard.app:main`."""
    settings = DashboardSettings.load()
    log.install(NAME, settings.log_level)
    if "app.js" not in VERSIONS:
        sys.exit("页面的样式与脚本还没有制作，请先运行 make assets。")
    return create_app(settings, load_keyring(settings.keys, NAME), http_client(settings.gateway))
