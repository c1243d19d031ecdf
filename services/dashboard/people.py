"""People with a certificate: the list and one of them, as far as one may see them; personal data comes masked."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.registry import AssignmentOut, CertificateOut, Level, PersonOut, RegistrationOut
from services.dashboard import lists
from services.dashboard.gateway import SignedIn
from services.dashboard.links import Day, blank_is_none
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/registry/people"
DONE = {"started": "已登记到岗。", "ended": "已登记离岗。"}


class PeopleFilter(lists.Filter):
    level: Annotated[Level | None, BeforeValidator(blank_is_none)] = None
    registered: lists.YesNo = None
    sort: Annotated[Literal["division", "-division", "newest"] | None, BeforeValidator(blank_is_none)] = None


Asked = Annotated[PeopleFilter, Query()]


@router.get("/people")
async def people(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    return await lists.listed(request, gateway, me, "people.html", Page[PersonOut], API, asked)


@router.get("/people/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


@router.get("/people/{id}")
async def person(
    request: Request, id: UUID, gateway: SignedIn, today: Today, on: Day = None, done: str = "",
    certificates: lists.CursorText = None, registrations: lists.CursorText = None, work: lists.CursorText = None,
) -> Response:  # fmt: skip
    """Each of the lists is paged by itself, the others stay where they are."""
    about = {"person_id": id, "limit": lists.PAGE}
    found, certified, registered, assigned = await asyncio.gather(
        gateway.ask(PersonOut, f"{API}/{id}", on=on),
        panel(gateway.ask(Page[CertificateOut], "/registry/certificates", cursor=certificates, **about)),
        panel(gateway.ask(Page[RegistrationOut], "/registry/registrations", cursor=registrations, **about)),
        panel(gateway.ask(Page[AssignmentOut], "/registry/assignments", cursor=work, **about)),
    )
    here = lists.Here(
        f"/people/{id}", {"on": on, "certificates": certificates, "registrations": registrations, "work": work}
    )
    return render(
        request, "person.html", person=found, certificates=certified, registrations=registered, work=assigned,
        certificate_pages=here.pages("certificates", certified), work_pages=here.pages("work", assigned),
        registration_pages=here.pages("registrations", registered), on=on or today, asked_on=on, done=done, words=DONE,
    )  # fmt: skip
