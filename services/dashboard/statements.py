"""The statement of what somebody has learnt in a year (CE-14): requirements, class hours, what is missing."""

import asyncio
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator, Field

from services.contracts.registry import PersonOut
from services.contracts.training import (
    ATTENDANCE_STATE_NAMES,
    SESSION_KIND_NAMES,
    VERDICT_NAMES,
    StatementOut,
    Verdict,
)
from services.dashboard import attendances, lists
from services.dashboard.gateway import SignedIn
from services.dashboard.links import blank_is_none
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.visitor import WithUser
from services.kernel.clock import Today

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
FIRST_YEAR, LAST_YEAR, YEARS_SHOWN = 2000, 2099, 8
VERDICT_LIGHTS = {
    Verdict.MET: "achieved", Verdict.NOT_MET: "behind", Verdict.CANNOT_DECIDE: "cannot_tell",
    Verdict.NOT_BOUND: "no_target",
}  # fmt: skip
MISSING = {
    "direct_service": "是否直接从事社会服务", "registration": "登记有效期", "level": "有效的证书级别",
}  # fmt: skip
Year = Annotated[int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR), BeforeValidator(blank_is_none)]


@router.get("/people/{id}/hours")
async def statement(request: Request, id: UUID, gateway: SignedIn, today: Today, year: Year = None) -> Response:
    found, person = await asyncio.gather(
        gateway.ask(StatementOut, f"/training/people/{id}/statement", year=year),
        panel(gateway.ask(PersonOut, f"/registry/people/{id}")),
    )
    years = sorted({*range(today.year, today.year - YEARS_SHOWN, -1), found.year}, reverse=True)
    return render(
        request, "statement.html", statement=found, person=person, years=years, verdicts=VERDICT_NAMES,
        verdict_lights=VERDICT_LIGHTS, missing=MISSING, kinds=SESSION_KIND_NAMES, states=ATTENDANCE_STATE_NAMES,
        state_lights=attendances.STATE_LIGHTS,
    )  # fmt: skip


@router.get("/people/{id}/hours/export")
async def export(
    id: UUID, gateway: SignedIn, year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)], format: lists.Format = "xlsx"
) -> Response:
    """The attendances of the year, whatever their state."""
    period = {"from": date(year, 1, 1), "to": date(year, 12, 31)}
    return await gateway.file(f"{attendances.API}/export", person_id=id, **period, format=format)
