"""The history of a person, a registration or an application: who did what when, each field before and after."""

from typing import NamedTuple
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.contracts.corrections import HistoryEntry
from services.contracts.registrations import ApplicationOut
from services.contracts.registry import PersonOut, RegistrationOut
from services.dashboard import deciders, lists
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import address
from services.dashboard.render import render
from services.dashboard.visitor import WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])


class Whose(NamedTuple):
    """The record whose history it is, and the way to it."""

    path: str
    name: str
    register: str


@router.get("/people/{id}/history")
async def of_person(request: Request, id: UUID, gateway: SignedIn, cursor: lists.CursorText = None) -> Response:
    person = await gateway.ask(PersonOut, f"/registry/people/{id}")
    return await history(request, gateway, Whose(f"/people/{id}", person.name, "人员名录"), cursor)


@router.get("/registrations/{id}/history")
async def of_registration(request: Request, id: UUID, gateway: SignedIn, cursor: lists.CursorText = None) -> Response:
    found = await gateway.ask(RegistrationOut, f"/registry/registrations/{id}")
    return await history(request, gateway, Whose(f"/registrations/{id}", found.person_name, "登记"), cursor)


@router.get("/registration-applications/{id}/history")
async def of_application(request: Request, id: UUID, gateway: SignedIn, cursor: lists.CursorText = None) -> Response:
    found = await gateway.ask(ApplicationOut, f"/registry/registration-applications/{id}")
    whose = Whose(f"/registration-applications/{id}", f"{found.number} 号", "登记申请")
    return await history(request, gateway, whose, cursor)


async def history(request: Request, gateway: Gateway, whose: Whose, cursor: str | None) -> Response:
    """Newest first."""
    found = await gateway.ask(Page[HistoryEntry], f"/registry{whose.path}/history", cursor=cursor, limit=lists.PAGE)
    here = f"{whose.path}/history"
    return render(
        request, "history.html", whose=whose, entries=found.items, register="/" + whose.path.split("/")[1],
        people=await deciders.people_of(gateway, [e.actor for e in found.items]),
        pages={"first": here if cursor else None, "next": address(here, cursor=found.next) if found.next else None},
    )  # fmt: skip
