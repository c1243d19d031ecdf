"""Supervisors: the list, one appointment with its steps and findings, and the way from nomination to dismissal."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts import training_practice as practice
from services.contracts.training import VERDICT_NAMES
from services.contracts.training_practice import (
    SUPERVISOR_LEVEL_NAMES,
    SUPERVISOR_STATE_NAMES,
    SUPERVISOR_TYPE_NAMES,
    NominateSupervisor,
    SupervisorLevel,
    SupervisorOut,
    SupervisorState,
    SupervisorType,
    UpdateSupervisor,
)
from services.dashboard import lists, naming, numbers, steps
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import ORGANIZER_HINT, Input, Kind
from services.dashboard.labels import name_of
from services.dashboard.links import Day, blank_is_none
from services.dashboard.panels import Panel
from services.dashboard.render import render
from services.dashboard.statements import VERDICT_LIGHTS
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/training/supervisors"
S = SupervisorState
STATE_LIGHTS = {
    S.NOMINATED: "at_risk", S.REVIEWED: "at_risk", S.PUBLICISED: "at_risk", S.APPOINTED: "achieved",
    S.SUSPENDED: "behind", S.EXPIRED: "no_target", S.DISMISSED: "no_target",
}  # fmt: skip
WHO = (
    Input("type", "类别", Kind.SELECT, options=SUPERVISOR_TYPE_NAMES),
    Input(
        "person", "姓名（本系统社工）", Kind.PERSON, required=False,
        hint="只在类别为本系统社工时填写；同名的在姓名后空一格写证件号码后四位",
    ),
    Input("expert_name", "姓名（外聘专家）", required=False, hint="只在类别为外聘专家时填写"),
    Input("affiliation", "专家所在单位", required=False),
)  # fmt: skip
APPOINTMENT = (
    Input("level", "级别", Kind.SELECT, options=SUPERVISOR_LEVEL_NAMES),
    Input("fields", "督导领域", Kind.LINES, required=False, hint="每行一个，最多 20 个"),
    Input(
        "appointing", "聘任单位", Kind.ORGANIZER, required=False,
        hint=ORGANIZER_HINT,
    ),
    Input("document_number", "聘任文号", required=False, most=60),
    Input("term_start", "聘期起", Kind.DATE),
    Input("term_end", "聘期止（最后一天）", Kind.LAST_DAY, required=False, hint="提名时不填按三年计"),
    Input("max_load", "最多督导人数", Kind.NUMBER, required=False),
)  # fmt: skip
ABOUT = {
    "no_such_person": "person", "no_such_organization": "appointing", "term_runs_backwards": "term_end",
    "settled": "level", "wrong_day": "on", "reason_missing": "reason",
}  # fmt: skip


def today_is(record: object, today: date) -> dict[str, object]:
    return {"on": today}


def moved(title: str, done: str, *, asks: bool = False, said: str = "") -> Step:
    """A change of state counts from a day; some are told why."""
    inputs = (
        Input("on", "生效日期", Kind.DATE, hint="不能晚于今天，也不能早于上一步的日期"),
        Input("reason", "理由", required=asks, most=200),
    )
    return Step(
        title, inputs, practice.Step, said=said, word=title, done=done, begins=today_is,
        about={"wrong_day": "on", "reason_missing": "reason"},
    )  # fmt: skip


def titled(supervisor: SupervisorOut) -> str:
    return f"{supervisor.expert_name or '本系统社工'}，{SUPERVISOR_LEVEL_NAMES[supervisor.level]}"


async def told(gateway: Gateway, supervisor: SupervisorOut) -> dict[str, str]:
    """What whoever decides on it has to see."""
    id = supervisor.person_id
    return {
        "姓名": await naming.person(gateway, id) if id else supervisor.expert_name or "",
        "聘期": f"{supervisor.term_start} 至 {numbers.last_day(supervisor.term_end)}",
        "所在区划": supervisor.division_name or supervisor.division,
    }


REGISTER = Register(
    name="督导", path="/supervisors", api=API, out=SupervisorOut, title=titled, needs="training:write",
    facts=told,
    new=Step(
        "提名督导", (*WHO, *APPOINTMENT, Input("on", "提名日期", Kind.DATE)), NominateSupervisor, word="提名",
        placed=True, begins=lambda record, today: {"on": today, "term_start": today}, about=ABOUT,
        done="督导已提名，下一步请审核。",
    ),
    steps={
        "update": Step(
            "更正聘任信息", APPOINTMENT, UpdateSupervisor, version=True, about=ABOUT, done="聘任信息已更正。",
            said="聘任之后级别和聘期不能再改；续聘、晋级请另行提名。",
        ),
        "review": moved("审核提名", "提名已审核，下一步请公示。"),
        "publicise": moved("公示", "已登记公示，公示期满后请聘任。"),
        "appoint": moved(
            "聘任", "督导已聘任。", said="自生效日期和聘期起始日期两者中较晚的一天起计入数量，聘期届满自动停止计入。"
        ),
        "suspend": moved("暂停", "督导已暂停，不计入数量。", asks=True),
        "resume": moved("恢复", "督导已恢复。"),
        "dismiss": moved("解聘", "督导已解聘。", asks=True, said="解聘后不能恢复，再次聘任须重新提名。"),
    },
)  # fmt: skip


class SupervisorFilter(lists.Filter):
    type: Annotated[SupervisorType | None, BeforeValidator(blank_is_none)] = None
    level: Annotated[SupervisorLevel | None, BeforeValidator(blank_is_none)] = None
    state: Annotated[SupervisorState | None, BeforeValidator(blank_is_none)] = None
    counted: lists.YesNo = None
    person_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    sort: Annotated[Literal["division", "-division", "ending", "-ending"] | None, BeforeValidator(blank_is_none)] = None


Asked = Annotated[SupervisorFilter, Query()]
WORDS: dict[str, Any] = {
    "types": SUPERVISOR_TYPE_NAMES, "ranks": SUPERVISOR_LEVEL_NAMES, "states": SUPERVISOR_STATE_NAMES,
    "state_lights": STATE_LIGHTS,
}  # fmt: skip


@router.get("/supervisors")
async def supervisors(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    async def about(items: Sequence[SupervisorOut]) -> dict[str, object]:
        people, person = await asyncio.gather(
            names_of(gateway, items), name_of(gateway, "/registry/people", asked.person_id)
        )
        return {"people": people, "person": person}

    return await lists.listed(
        request, gateway, me, "supervisors.html", Page[SupervisorOut], API, asked, about, **WORDS
    )  # fmt: skip


async def names_of(gateway: Gateway, items: Sequence[SupervisorOut]) -> Panel[naming.Names]:
    return await naming.people(gateway, (s.person_id for s in items if s.person_id))


@router.get("/supervisors/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


router.include_router(steps.routes(REGISTER))


@router.get("/supervisors/{id}")
async def supervisor(
    request: Request, id: UUID, gateway: SignedIn, today: Today, on: Day = None, done: str = ""
) -> Response:
    found = await gateway.ask(SupervisorOut, f"{API}/{id}", on=on)
    return render(
        request, "supervisor.html", supervisor=found, people=await names_of(gateway, [found]), on=on or today,
        verdicts=VERDICT_NAMES, verdict_lights=VERDICT_LIGHTS, done=done, done_words=REGISTER.done, **WORDS,
    )  # fmt: skip
