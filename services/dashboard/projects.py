"""Purchased projects: the list, one of them with its contracts, staff and payments, and all that is done to it."""

import asyncio
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.practice import PRACTICE_FIELD_NAMES, PracticeField
from services.contracts.procurement import (
    PAYMENT_STATE_NAMES,
    PROJECT_STATE_NAMES,
    STAFF_ROLE_NAMES,
    PaymentOut,
    ProjectDetail,
    ProjectOut,
    ProjectState,
)
from services.dashboard import lists, naming, project_staff, steps
from services.dashboard.gateway import SignedIn
from services.dashboard.labels import name_of
from services.dashboard.links import Day, blank_is_none
from services.dashboard.panels import panel
from services.dashboard.payments import STATE_LIGHTS as PAYMENT_LIGHTS
from services.dashboard.project_steps import REGISTER
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = REGISTER.api
STATE_LIGHTS = {
    ProjectState.PLANNED: "at_risk", ProjectState.ACTIVE: "achieved", ProjectState.COMPLETED: "no_target",
    ProjectState.TERMINATED: "no_target",
}  # fmt: skip
DONE = {**REGISTER.done, "staff": project_staff.REGISTER.done["update"]}
SHOWN = 3  # of the places that a contract serves; its own page has them all


class ProjectFilter(lists.Filter):
    kept: ClassVar[str] = "projects"
    state: Annotated[ProjectState | None, BeforeValidator(blank_is_none)] = None
    in_force: lists.YesNo = None
    field: Annotated[PracticeField | None, BeforeValidator(blank_is_none)] = None
    provider_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    sort: Annotated[
        Literal["division", "-division", "number", "-number", "newest"] | None, BeforeValidator(blank_is_none)
    ] = None


Asked = Annotated[ProjectFilter, Query()]


@router.get("/projects")
async def projects(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    return await lists.listed(
        request, gateway, me, "projects.html", Page[ProjectOut], API, asked, states=PROJECT_STATE_NAMES,
        state_lights=STATE_LIGHTS, fields=PRACTICE_FIELD_NAMES,
        provider=await name_of(gateway, "/registry/organizations", asked.provider_id),
    )  # fmt: skip


@router.get("/projects/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


router.include_router(steps.routes(REGISTER))


@router.get("/projects/{id}")
async def project(
    request: Request, id: UUID, gateway: SignedIn, today: Today, on: Day = None, payments: lists.CursorText = None,
    done: str = "", warned: str = "",
) -> Response:  # fmt: skip
    """The names of whoever and whatever it names are asked for at once; without them it has its numbers still."""
    found, paid = await asyncio.gather(
        gateway.ask(ProjectDetail, f"{API}/{id}", on=on),
        panel(
            gateway.ask(
                Page[PaymentOut], "/procurement/payments", project_id=id, limit=lists.PAGE, cursor=payments
            )
        ),
    )  # fmt: skip
    people, units, points = await asyncio.gather(
        naming.people(gateway, (s.person_id for s in found.staff)),
        naming.divisions(gateway, (d for c in found.contracts for d in c.served_divisions[:SHOWN])),
        naming.points(gateway, (s for c in found.contracts for s in c.service_point_ids[:SHOWN])),
    )
    here = lists.Here(f"/projects/{id}", {"on": on, "payments": payments})
    return render(
        request, "project.html", project=found, payments=paid, people=people, units=units, points=points,
        payment_pages=here.pages("payments", paid), on=on or today, asked_on=on, shown=SHOWN,
        fields=PRACTICE_FIELD_NAMES, states=PROJECT_STATE_NAMES, state_lights=STATE_LIGHTS, roles=STAFF_ROLE_NAMES,
        payment_states=PAYMENT_STATE_NAMES, payment_lights=PAYMENT_LIGHTS, done=done, words=DONE,
        warned=project_staff.WARNED.get(warned, ""),
    )  # fmt: skip
