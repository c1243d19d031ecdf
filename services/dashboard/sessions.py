"""Training sessions: the list, one of them with its days and who attended, and what is done to it."""

import asyncio
from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator, Field

from services.contracts.training import (
    MOST_ROWS,
    SESSION_KIND_NAMES,
    SESSION_STATE_NAMES,
    AttendanceOut,
    AttendanceState,
    CancelSession,
    CreateSession,
    SessionKind,
    SessionOut,
    SessionState,
    UpdateSession,
)
from services.dashboard import attendances, attending, lists, naming, session_days, steps
from services.dashboard.gateway import SignedIn
from services.dashboard.inputs import ORGANIZER_HINT, REASON, Input, Kind
from services.dashboard.links import Day, blank_is_none
from services.dashboard.panels import Panel, panel
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = attendances.SESSIONS
STATE_LIGHTS = {
    SessionState.PLANNED: "at_risk", SessionState.HELD: "achieved", SessionState.CANCELLED: "no_target",
}  # fmt: skip
INITIAL = {state: SESSION_STATE_NAMES[state] for state in (SessionState.PLANNED, SessionState.HELD)}
ABOUT_IT = (
    Input("title", "培训名称"),
    Input("kind", "培训形式", Kind.SELECT, options=SESSION_KIND_NAMES),
    Input("field", "培训领域", required=False, most=200),
    Input(
        "organizer", "主办机构", Kind.ORGANIZER,
        hint=ORGANIZER_HINT,
    ),
    Input("capacity", "核定人数", Kind.NUMBER, required=False),
    Input(
        "days", "培训日期和时长", Kind.LINES, hint=session_days.HINT, reads=session_days.read,
        writes=session_days.written,
    ),
)  # fmt: skip
ABOUT = {
    "one_organizer": "organizer", "no_such_organization": "organizer", "already_attended": "days",
    "not_held_yet": "days",
}  # fmt: skip


def beginning(record: object, today: date) -> dict[str, object]:
    return {"state": SessionState.PLANNED}


REGISTER = Register(
    name="培训活动", path="/sessions", api=API, out=SessionOut, title=lambda s: s.title, needs="training:write",
    new=Step(
        "登记培训", (*ABOUT_IT, Input("state", "状态", Kind.SELECT, options=INITIAL)), CreateSession, word="登记",
        placed=True, begins=beginning, done="培训已登记。", about=ABOUT,
        said="区划填培训举办地，主办方的确认由这里的经办人员办理。一学时按 45 分钟折算。",
    ),
    steps={
        "update": Step(
            "更正培训信息", ABOUT_IT, UpdateSession, version=True, done="培训信息已更正。", about=ABOUT,
            said="已有人员登记参训的，日期和时长不能再改，请取消本次培训后重新登记。",
        ),
        "hold": Step(
            "登记已举办", word="登记已举办", done="培训已登记为已举办，可以登记参训了。",
            said="登记已举办后才能登记参训；还没有开始的培训不能登记。",
        ),
        "cancel": Step(
            "取消培训", (REASON,), CancelSession, word="取消培训",
            done="培训已取消，参训不再计入学时。",
            said="已登记的参训一律不再计入学时。取消后不能恢复。",
        ),
    },
)  # fmt: skip
DONE = {**REGISTER.done, **attendances.DONE}


class SessionFilter(lists.Filter):
    usual: ClassVar[str] = "-day"
    kind: Annotated[SessionKind | None, BeforeValidator(blank_is_none)] = None
    state: Annotated[SessionState | None, BeforeValidator(blank_is_none)] = None
    since: Day = Field(None, alias="from")
    until: Day = Field(None, alias="to")
    sort: Annotated[Literal["-day", "day", "division", "-division"] | None, BeforeValidator(blank_is_none)] = None


Asked = Annotated[SessionFilter, Query()]
Count = Annotated[int, Query(ge=0, le=MOST_ROWS)]
State = Annotated[AttendanceState | None, BeforeValidator(blank_is_none)]


@router.get("/sessions")
async def sessions(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    return await lists.listed(
        request, gateway, me, "sessions.html", Page[SessionOut], API, asked, kinds=SESSION_KIND_NAMES,
        states=SESSION_STATE_NAMES, state_lights=STATE_LIGHTS,
    )  # fmt: skip


@router.get("/sessions/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


@router.get("/sessions/{id}/attendances/export")
async def export_attended(id: UUID, gateway: SignedIn, state: State = None, format: lists.Format = "xlsx") -> Response:
    return await gateway.file(f"{attendances.API}/export", session_id=id, state=state, format=format)


router.include_router(attending.of_session)
router.include_router(attendances.of_session)
router.include_router(steps.routes(REGISTER))


@router.get("/sessions/{id}")
async def session(
    request: Request, id: UUID, gateway: SignedIn, state: State = None, attended: lists.CursorText = None,
    done: str = "", approved: Count = 0, left: Count = 0,
) -> Response:  # fmt: skip
    """Who attended is paged by itself, and may be narrowed to a state."""
    found, shown = await asyncio.gather(
        gateway.ask(SessionOut, f"{API}/{id}"),
        panel(
            gateway.ask(
                Page[AttendanceOut], attendances.API, session_id=id, state=state, limit=lists.PAGE, cursor=attended
            )
        ),
    )  # fmt: skip
    people: Panel[naming.Names] = await naming.people(gateway, (a.person_id for a in items_of(shown)))
    here = lists.Here(f"/sessions/{id}", {"state": state, "attended": attended})
    return render(
        request, "session.html", session=found, attended=shown, people=people, pages=here.pages("attended", shown),
        state=state, kinds=SESSION_KIND_NAMES, states=SESSION_STATE_NAMES, state_lights=STATE_LIGHTS,
        done=done, words=DONE, **attendances.WORDS, key=attendances.a_key(), approved=approved, left=left,
    )  # fmt: skip


def items_of(shown: Panel[Page[AttendanceOut]]) -> list[AttendanceOut]:
    return shown.found.items if shown.found else []
