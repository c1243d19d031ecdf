"""The workbench: what waits for whoever is signed in, as far as the parts that know it answer."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.contracts.coverage import Coverage, GapKind, Gaps
from services.contracts.identity import Me
from services.contracts.imports import JOB_STATE_NAMES, ImportJob, JobState
from services.contracts.procurement import PaymentOut, PaymentState
from services.contracts.registrations import KIND_NAMES, STATE_NAMES, ApplicationOut, ApplicationState
from services.contracts.registry import PersonOut, RegistrationOut
from services.dashboard import tables
from services.dashboard.application_steps import API as APPLICATIONS
from services.dashboard.applications import STATE_LIGHTS as APPLICATION_LIGHTS
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.imports import KINDS, LIGHTS
from services.dashboard.links import address
from services.dashboard.menu import may
from services.dashboard.panels import Panel, panel
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.errors import Forbidden
from services.kernel.paging import Page

router = APIRouter(prefix="/work", default_response_class=HTMLResponse, dependencies=[WithUser])
SHOWN = 10
NEXT_STEPS: Mapping[JobState, str] = {JobState.READY: "核对后确认", JobState.INVALID: "改正后重新上传"}


class Counter(NamedTuple):
    """`amount` None: the part that knows it does not answer."""

    name: str
    amount: int | None
    href: str
    note: str


@router.get("")
async def work(request: Request, me: CurrentUser, gateway: SignedIn, today: Today) -> Response:
    if not may(me, "coverage:read"):
        raise Forbidden("您的角色没有业务工作台，请从导航进入。", code="permission_missing")
    coverage, gaps, people, ending, jobs, (payments, reviews, drafts) = await asyncio.gather(
        panel(gateway.ask(Coverage, f"/coverage/{me.home}", on=today)),
        panel(gateway.ask(Gaps, f"/coverage/{me.home}/gaps", on=today, limit=SHOWN)),
        unregistered(gateway, me),
        to_renew(gateway, me, today),
        unfinished(gateway, me),
        asyncio.gather(to_approve(gateway, me), to_review(gateway, me), to_hand_in(gateway, me)),
    )
    return render(
        request, "work.html", gaps=gaps, people=people, ending=ending, jobs=jobs, payments=payments, on=today,
        reviews=reviews, drafts=drafts, application_kinds=KIND_NAMES, application_states=STATE_NAMES,
        application_lights=APPLICATION_LIGHTS,
        counters=counters(me, coverage, gaps), kinds=KINDS, states=JOB_STATE_NAMES, job_lights=LIGHTS,
        next_steps=NEXT_STEPS,
        served_known=tables.served_known(coverage.found) if coverage.found else False,
    )  # fmt: skip


async def unregistered(gateway: Gateway, me: Me) -> Panel[Page[PersonOut]] | None:
    """Holders of a certificate without a registration: to be asked to register."""
    if not may(me, "registry:read"):
        return None
    question = gateway.ask(Page[PersonOut], "/registry/people", division=me.home, registered="false", limit=SHOWN)
    return await panel(question)


async def to_renew(gateway: Gateway, me: Me, today: date) -> Panel[Page[RegistrationOut]] | None:
    """Registrations whose renewal is accepted now (REG-05), the first to end first."""
    if not may(me, "registry:read"):
        return None
    question = gateway.ask(
        Page[RegistrationOut], "/registry/registrations", division=me.home, on=today, renewable="true", sort="ending",
        limit=SHOWN,
    )  # fmt: skip
    return await panel(question)


async def unfinished(gateway: Gateway, me: Me) -> Panel[Page[ImportJob]] | None:
    """Imports of one's own that are not done with."""
    if not may(me, "registry:write"):
        return None
    return await panel(gateway.ask(Page[ImportJob], "/registry/imports", open="true", limit=SHOWN))


async def to_approve(gateway: Gateway, me: Me) -> Panel[Page[PaymentOut]] | None:
    """Payments that somebody has asked for."""
    if not may(me, "procurement:pay"):
        return None
    question = gateway.ask(
        Page[PaymentOut], "/procurement/payments", division=me.home, state=PaymentState.REQUESTED, limit=SHOWN
    )
    return await panel(question)


async def to_review(gateway: Gateway, me: Me) -> Panel[Page[ApplicationOut]] | None:
    """Applications whose clock runs, the first to end first (REG-10)."""
    if not may(me, "registry:review"):
        return None
    return await panel(gateway.ask(Page[ApplicationOut], APPLICATIONS, division=me.home, sort="deadline", limit=SHOWN))


async def to_hand_in(gateway: Gateway, me: Me) -> Panel[Page[ApplicationOut]] | None:
    """Applications that are with those who enter them."""
    if not may(me, "registry:write"):
        return None
    state = [ApplicationState.NEEDS_CORRECTION, ApplicationState.DRAFT]
    return await panel(gateway.ask(Page[ApplicationOut], APPLICATIONS, division=me.home, state=state, limit=SHOWN))


def counters(me: Me, coverage: Panel[Coverage], gaps: Panel[Gaps]) -> list[Counter]:
    """Four numbers, each the way to its list."""
    here = f"/map/{me.home}"

    def listed(kind: GapKind) -> str:
        return address(f"{here}/gaps", kind=kind)

    units = gaps.found.counts if gaps.found else None
    lacking = {k: None if units is None else sum(c.units for c in units if c.kind is k) for k in GapKind}
    unserved = None
    if coverage.found and tables.served_known(coverage.found):
        unserved = sum(t.units - t.served for t in coverage.found.tiers)
    return [
        Counter("未建站的单位", lacking[GapKind.NO_POINT], listed(GapKind.NO_POINT), "没有开放的服务站点"),
        Counter("没有在岗社工", lacking[GapKind.SHELL], listed(GapKind.SHELL), "有站点，没有登记有效的社工在岗"),
        Counter(
            "没有人员保障", lacking[GapKind.NO_CONTRACT], listed(GapKind.NO_CONTRACT), "有社工，没有政府购买或自有人员"
        ),
        Counter("近期没有服务", unserved, address(here, indicator="served"), "没有近期的服务记录"),
    ]
