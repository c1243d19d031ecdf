"""Who works where: begun from the page of the point or of the person, by looking the other one up, and ended."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from services.contracts.registry import AssignmentOut, CreateAssignment, EndAssignment, PersonOut, ServicePointOut
from services.dashboard import forms
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import Word
from services.dashboard.panels import Panel, mendable
from services.dashboard.visitor import WithUser
from services.kernel.clock import Today
from services.kernel.errors import DomainError
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/registry/assignments"
PEOPLE, POINTS = "/registry/people", "/registry/service-points"
FOUND = 20
LABELS = {"person_id": "人员", "service_point_id": "服务站点", "started_on": "到岗日期", "ended_on": "离岗后的第一天"}
ABOUT = {
    "point_not_open": "started_on", "works_there": "started_on", "already_ended": "ended_on",
    "ended_before_started": "ended_on",
}  # fmt: skip
Sought = Annotated[Word, Query()]


@router.get("/service-points/{id}/assign")
async def at_point(request: Request, id: UUID, gateway: SignedIn, today: Today, q: Sought = None) -> Response:
    return await point_page(request, gateway, id, q, Form({"started_on": today}))


@router.post("/service-points/{id}/assign", dependencies=[Genuine])
async def start_at_point(request: Request, id: UUID, gateway: SignedIn, typed: Typed) -> Response:
    form = await begun(gateway, {**typed, "service_point_id": str(id)})
    if form is None:
        return forms.saved(f"/service-points/{id}", "started")
    return await point_page(request, gateway, id, typed.get("q") or None, form)


@router.get("/people/{id}/assign")
async def of_person(request: Request, id: UUID, gateway: SignedIn, today: Today, q: Sought = None) -> Response:
    return await person_page(request, gateway, id, q, Form({"started_on": today}))


@router.post("/people/{id}/assign", dependencies=[Genuine])
async def start_of_person(request: Request, id: UUID, gateway: SignedIn, typed: Typed) -> Response:
    form = await begun(gateway, {**typed, "person_id": str(id)})
    if form is None:
        return forms.saved(f"/people/{id}", "started")
    return await person_page(request, gateway, id, typed.get("q") or None, form)


@router.get("/assignments/{id}/end")
async def ending(request: Request, id: UUID, gateway: SignedIn, today: Today) -> Response:
    found = await gateway.ask(AssignmentOut, f"{API}/{id}")
    forms.must_be_able("end", found.may)
    return forms.shown(request, "assignment_end.html", Form({"ended_on": today}), assignment=found, labels=LABELS)


@router.post("/assignments/{id}/end", dependencies=[Genuine])
async def end(request: Request, id: UUID, gateway: SignedIn, typed: Typed) -> Response:
    found = await gateway.ask(AssignmentOut, f"{API}/{id}")
    form, order = Form(typed, key=typed.get("key", "")), forms.order_of(EndAssignment, typed)
    if isinstance(order, BaseModel):
        told = await forms.told(gateway.tell(f"{API}/{id}/end", forms.body_of(order), idempotency_key=form.key))
        if not isinstance(told, DomainError):
            return forms.saved(f"/service-points/{found.service_point_id}", "ended")
        form = forms.again(form, told, ABOUT)
    else:
        form = Form(typed, order)
    return forms.shown(request, "assignment_end.html", form, assignment=found, labels=LABELS)


async def begun(gateway: Gateway, typed: dict[str, str]) -> Form | None:
    """None if it was; else the form with what is wrong."""
    form, order = Form(typed, key=typed.get("key", "")), forms.order_of(CreateAssignment, typed)
    if not isinstance(order, BaseModel):
        return Form(typed, order)
    told = await forms.told(gateway.tell(API, forms.body_of(order), idempotency_key=form.key))
    return forms.again(form, told, ABOUT) if isinstance(told, DomainError) else None


async def point_page(request: Request, gateway: Gateway, id: UUID, q: str | None, form: Form) -> Response:
    point = await gateway.ask(ServicePointOut, f"{POINTS}/{id}")
    forms.must_be_able("assign", point.may)
    found: Panel[Page[PersonOut]] = Panel(None)
    if q:
        found = await mendable(gateway.ask(Page[PersonOut], PEOPLE, q=q, limit=FOUND))
    people = {
        str(p.id): f"{p.name}，{p.id_number}，{p.employer_name or p.division_name}"
        for p in (found.found.items if found.found else [])
    }
    return forms.shown(
        request, "assignment_start.html", form, name=point.name, path=f"/service-points/{id}",
        register="service-points", choices=people, choice="person_id", q=q,
        refusal=found.refusal, more=bool(found.found and found.found.next),
        labels=LABELS,
    )  # fmt: skip


async def person_page(request: Request, gateway: Gateway, id: UUID, q: str | None, form: Form) -> Response:
    person = await gateway.ask(PersonOut, f"{PEOPLE}/{id}")
    forms.must_be_able("assign", person.may)
    found: Panel[Page[ServicePointOut]] = Panel(None)
    if q:
        found = await mendable(gateway.ask(Page[ServicePointOut], POINTS, q=q, open="true", limit=FOUND))
    points = {str(s.id): f"{s.name}，{s.number}，{s.division_name}" for s in (found.found.items if found.found else [])}
    return forms.shown(
        request, "assignment_start.html", form, name=person.name, path=f"/people/{id}", register="people",
        choices=points, choice="service_point_id", q=q, refusal=found.refusal,
        more=bool(found.found and found.found.next), labels=LABELS,
    )  # fmt: skip
