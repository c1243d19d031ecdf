"""People with a certificate: the list and one of them, as far as one may see them; personal data comes masked."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.registry import AssignmentOut, CertificateOut, Level, PersonOut, RegistrationOut
from services.contracts.same_people import NAME_SOURCE_NAMES, FormerName
from services.dashboard import lists, same_people
from services.dashboard.certificate_steps import PEOPLE
from services.dashboard.gateway import SignedIn
from services.dashboard.links import Day, blank_is_none
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/registry/people"
DONE = {"new": "人员已登记。", "started": "已登记到岗。", "ended": "已登记离岗。"} | same_people.DONE | PEOPLE.done


class PeopleFilter(lists.Filter):
    kept: ClassVar[str] = "people"
    optional: ClassVar[Mapping[str, str]] = {
        "id_number": "证件号码", "level": "证书级别", "registered_until": "登记有效期止", "employer": "工作单位",
        "division": "所在区划", "service_point": "服务站点",
    }  # fmt: skip
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
    found, former, certified, registered, assigned = await asyncio.gather(
        gateway.ask(PersonOut, f"{API}/{id}", on=on),
        panel(gateway.ask(Page[FormerName], f"{API}/{id}/former-names")),
        panel(gateway.ask(Page[CertificateOut], "/registry/certificates", cursor=certificates, **about)),
        panel(gateway.ask(Page[RegistrationOut], "/registry/registrations", cursor=registrations, **about)),
        panel(gateway.ask(Page[AssignmentOut], "/registry/assignments", cursor=work, **about)),
    )
    here = lists.Here(
        f"/people/{id}", {"on": on, "certificates": certificates, "registrations": registrations, "work": work}
    )
    return render(
        request, "person.html", person=found, former=former, name_sources=NAME_SOURCE_NAMES,
        certificates=certified, registrations=registered, work=assigned,
        certificate_pages=here.pages("certificates", certified), work_pages=here.pages("work", assigned),
        registration_pages=here.pages("registrations", registered), on=on or today, asked_on=on, done=done, words=DONE,
    )  # fmt: skip
