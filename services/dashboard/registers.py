"""Lists and details of people and service points, as far as one may see them; personal data comes masked."""

import asyncio
from typing import Annotated, Literal, NamedTuple, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, BeforeValidator

from services.contracts.registry import (
    AssignmentOut,
    CertificateOut,
    Level,
    PersonOut,
    PointTier,
    RegistrationOut,
    ServicePointOut,
)
from services.dashboard.gateway import SignedIn
from services.dashboard.labels import places_of
from services.dashboard.links import Day, Place, Word, address, blank_is_none
from services.dashboard.panels import Panel, mendable, panel
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
PAGE = 50
CursorText = Annotated[str | None, Query(max_length=500)]
T = TypeVar("T")
M = TypeVar("M", PersonOut, ServicePointOut)


YesNo = Annotated[Literal["true", "false"] | None, BeforeValidator(blank_is_none)]


class Filter(BaseModel):
    """What a list is narrowed by; blanks of the form count as not given."""

    q: Word = None
    division: Place = None
    on: Day = None
    cursor: CursorText = None

    def pages(self, path: str, next: str | None) -> dict[str, str | None]:
        """Where the first page is, unless this is it, and the next one, if there is one."""
        asked = self.model_dump()
        first = address(path, **{**asked, "cursor": None}) if self.cursor else None
        return {"first": first, "next": address(path, **{**asked, "cursor": next}) if next else None}


class Here(NamedTuple):
    """A record's page with the lists on it: each has its own cursor, named as its section."""

    path: str
    asked: dict[str, object]

    def pages(self, name: str, shown: Panel[Page[T]]) -> dict[str, str | None]:
        """Where the list starts, unless it is shown from there, and where it goes on."""
        next = shown.found.next if shown.found else None
        return {
            "first": self._at(name, None) if self.asked[name] else None,
            "next": self._at(name, next) if next else None,
        }

    def _at(self, name: str, cursor: str | None) -> str:
        return f"{address(self.path, **{**self.asked, name: cursor})}#{name}"


class PeopleFilter(Filter):
    level: Annotated[Level | None, BeforeValidator(blank_is_none)] = None
    registered: YesNo = None


class PointFilter(Filter):
    tier: Annotated[PointTier | None, BeforeValidator(blank_is_none)] = None
    open: YesNo = None


@router.get("/people")
async def people(
    request: Request, asked: Annotated[PeopleFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    found, places = await asyncio.gather(
        mendable(gateway.ask(Page[PersonOut], "/registry/people", limit=PAGE, **asked.model_dump())),
        places_of(gateway, me.home, asked.division),
    )
    return show(request, "people.html", asked, found, places)


@router.get("/people/{id}")
async def person(
    request: Request, id: UUID, gateway: SignedIn, today: Today, on: Day = None,
    certificates: CursorText = None, registrations: CursorText = None,
) -> Response:  # fmt: skip
    """Each of the lists is paged by itself, the other one stays where it is."""
    about = {"person_id": id, "limit": PAGE}
    found, certified, registered = await asyncio.gather(
        gateway.ask(PersonOut, f"/registry/people/{id}", on=on),
        panel(gateway.ask(Page[CertificateOut], "/registry/certificates", cursor=certificates, **about)),
        panel(gateway.ask(Page[RegistrationOut], "/registry/registrations", cursor=registrations, **about)),
    )
    here = Here(f"/people/{id}", {"on": on, "certificates": certificates, "registrations": registrations})
    return render(
        request, "person.html", person=found, certificates=certified, registrations=registered, on=on or today,
        certificate_pages=here.pages("certificates", certified),
        registration_pages=here.pages("registrations", registered),
    )  # fmt: skip


@router.get("/service-points")
async def points(
    request: Request, asked: Annotated[PointFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    found, places = await asyncio.gather(
        mendable(gateway.ask(Page[ServicePointOut], "/registry/service-points", limit=PAGE, **asked.model_dump())),
        places_of(gateway, me.home, asked.division),
    )
    return show(request, "points.html", asked, found, places)


@router.get("/service-points/{id}")
async def point(
    request: Request, id: UUID, gateway: SignedIn, today: Today, on: Day = None, staff: CursorText = None
) -> Response:
    day = on or today
    found, assigned = await asyncio.gather(
        gateway.ask(ServicePointOut, f"/registry/service-points/{id}", on=day),
        panel(
            gateway.ask(
                Page[AssignmentOut], "/registry/assignments", service_point_id=id, on=day, limit=PAGE, cursor=staff
            )
        ),
    )
    here = Here(f"/service-points/{id}", {"on": on, "staff": staff})
    return render(request, "point.html", point=found, staff=assigned, on=day, staff_pages=here.pages("staff", assigned))


def show(request: Request, name: str, asked: Filter, found: Panel[Page[M]], places: dict[str, str]) -> Response:
    status = found.refusal.status if found.refusal else 200
    items = found.found.items if found.found else []
    pages = asked.pages(request.url.path, found.found.next if found.found else None)
    return render(
        request, name, status=status, asked=asked, items=items, pages=pages, places=places, refusal=found.refusal
    )
