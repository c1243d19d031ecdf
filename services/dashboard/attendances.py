"""Who attended a session: each attendance confirmed, approved, rejected or reversed, and all of a session at once."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BeforeValidator, Field

from services.contracts.training import (
    ATTENDANCE_STATE_NAMES,
    ApprovedAttendances,
    AttendanceOut,
    AttendanceState,
    Decide,
    SessionOut,
)
from services.dashboard import forms, lists, naming, steps
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.labels import name_of
from services.dashboard.links import Day, address, blank_is_none
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import DomainError
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
of_session = APIRouter()  # of the sessions' module: its addresses stand before theirs
API, SESSIONS = "/training/attendances", "/training/sessions"
STATE_LIGHTS = {
    AttendanceState.CLAIMED: "at_risk", AttendanceState.ORGANIZER_CONFIRMED: "at_risk",
    AttendanceState.APPROVED: "achieved", AttendanceState.REJECTED: "behind", AttendanceState.REVERSED: "no_target",
}  # fmt: skip
REASON = (Input("reason", "理由", Kind.TEXT, most=200),)


async def told(gateway: Gateway, attendance: AttendanceOut) -> dict[str, str]:
    """What whoever decides on it has to see."""
    return {
        "人员": await naming.person(gateway, attendance.person_id), "培训": attendance.session_title,
        "参训日期": str(attendance.day), "时长": f"{attendance.minutes} 分钟",
    }  # fmt: skip


REGISTER = Register(
    name="参训记录", path="/attendances", api=API, out=AttendanceOut, title=lambda a: str(a.day), facts=told,
    steps={
        "confirm": Step("主办方确认", word="确认", done="参训已由主办方确认，等待人员所在地审核。"),
        "approve": Step("审核参训", word="审核通过", done="参训已审核，计入学时。"),
        "reject": Step("退回参训", REASON, Decide, word="退回", done="参训已退回，不计入学时。"),
        "reverse": Step("冲销参训", REASON, Decide, word="冲销", done="参训已冲销，不再计入学时。"),
    },
)  # fmt: skip
DONE = REGISTER.done
WORDS: dict[str, Any] = {"attendance_states": ATTENDANCE_STATE_NAMES, "attendance_lights": STATE_LIGHTS}
ALL = Step(
    "审核全部参训", word="全部审核",
    said="主办方已确认的参训全部审核通过，此后计入学时；不在您管辖范围内的人员由当地审核。",
)  # fmt: skip


def a_key() -> str:
    """For the buttons of a page; each adds its own number."""
    return secrets.token_urlsafe(24)


@of_session.get("/sessions/{id}/approve")
async def approving(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser) -> Response:
    forms.must(me, "training:write")
    return page(request, await gateway.ask(SessionOut, f"{SESSIONS}/{id}"), Form({}))


@of_session.post("/sessions/{id}/approve", dependencies=[Genuine])
async def approve(request: Request, id: UUID, gateway: SignedIn, typed: Typed) -> Response:
    form = Form(typed, key=typed.get("key", ""))
    answer = await forms.told(gateway.tell(f"{SESSIONS}/{id}/attendances/approve", idempotency_key=form.key))
    if isinstance(answer, DomainError):
        return page(request, await gateway.ask(SessionOut, f"{SESSIONS}/{id}"), forms.again(form, answer, {}))
    done = gateway.read(ApprovedAttendances, answer)
    return RedirectResponse(address(f"/sessions/{id}", done="all", approved=done.approved, left=done.left), 303)


class AttendanceFilter(lists.Filter):
    state: Annotated[AttendanceState | None, BeforeValidator(blank_is_none)] = None
    session_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    person_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    since: Day = Field(None, alias="from")
    until: Day = Field(None, alias="to")


Asked = Annotated[AttendanceFilter, Query()]


@router.get("/attendances")
async def attended(
    request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser, done: str = ""
) -> Response:  # fmt: skip
    """Of sessions in one's area, and of its people wherever they went: who decides is where the person is."""

    async def about(items: Sequence[AttendanceOut]) -> dict[str, object]:
        people, session, person = await asyncio.gather(
            naming.people(gateway, (a.person_id for a in items)),
            title_of(gateway, asked.session_id),
            name_of(gateway, "/registry/people", asked.person_id),
        )
        return {"people": people, "session": session, "person": person}

    return await lists.listed(
        request, gateway, me, "attendances.html", Page[AttendanceOut], API, asked, about, done=done, words=DONE,
        **WORDS, key=a_key(),
    )  # fmt: skip


async def title_of(gateway: Gateway, id: UUID | None) -> str | None:
    found = await panel(gateway.ask(SessionOut, f"{SESSIONS}/{id}")) if id else None
    return found.found.title if found and found.found else None


@router.get("/attendances/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


@router.get("/attendances/{id}")
async def attendance(request: Request, id: UUID, gateway: SignedIn, done: str = "") -> Response:
    found = await gateway.ask(AttendanceOut, f"{API}/{id}")
    people = await naming.people(gateway, [found.person_id])
    return render(
        request, "attendance.html", attendance=found, people=people, done=done, words=DONE, **WORDS, key=a_key()
    )


def page(request: Request, session: SessionOut, form: Form) -> Response:
    here = f"/sessions/{session.id}"
    crumbs = [("培训活动", "/sessions"), (session.title, here), (ALL.title, None)]
    return forms.shown(
        request, "step.html", form, step=ALL, crumbs=crumbs, back=here, path=f"{here}/approve",
        place=None, about=session.title, facts={"待审核": f"{session.waiting} 条"},
    )  # fmt: skip


router.include_router(steps.routes(REGISTER))
