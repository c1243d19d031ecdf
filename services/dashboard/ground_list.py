"""The list of grounds on which registrations are refused and ended (REG-17): what holds, a new wording, an end."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.grounds import (
    DECISION_NAMES,
    EndGround,
    GroundDecision,
    GroundOut,
    SetGround,
)
from services.dashboard import forms, lists, steps
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import SignedIn
from services.dashboard.grounds import API
from services.dashboard.inputs import Input, Kind
from services.dashboard.labels import own_places
from services.dashboard.links import Place, blank_is_none
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.errors import NotFound
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
PATH, NEEDS = "/registration-grounds", "registry:review"
DECISIONS = {decision.value: name for decision, name in DECISION_NAMES.items()}
WHICH = (
    Input("decision", "用于哪种决定", Kind.SELECT, options=DECISIONS),
    Input("code", "代码", most=40, hint="小写英文字母、数字和下划线；写已有的代码，即更改那一项"),
)
SET = Step(
    "登记事由",
    (
        *WHICH,
        Input("text", "事由", most=200),
        Input("legal_basis", "依据", required=False, most=200, hint="法规及条款；没有查实的不填"),
        Input("begins", "自哪一天起", Kind.DATE, hint="不早于今天"),
        Input("unsure", "依据尚待确认", Kind.CHECK),
    ),
    SetGround, placed=True, begins=lambda record, today: {"begins": today}, about={"backdated": "begins"},
    done="事由已保存。", said="适用于所选区划及其下级；已作出的决定仍依原来的事由（REG-17）。",
)  # fmt: skip
END = Step(
    "停用事由", (*WHICH, Input("ends", "自哪一天起停用", Kind.DATE, hint="不早于今天")), EndGround, word="停用",
    placed=True, begins=lambda record, today: {"ends": today}, done="事由已停用。",
    about={"backdated": "ends", "no_ground_to_end": "code"}, said="自这一天起不能再据此作出决定。",
)  # fmt: skip
STEPS = {"new": SET, "end": END}
REGISTER = Register(name="登记事由", path=PATH, api=API, out=GroundOut, title=lambda g: g.text, steps={}, needs=NEEDS)


class GroundFilter(lists.Filter):
    decision: Annotated[GroundDecision | None, BeforeValidator(blank_is_none)] = None


@router.get(PATH)
async def grounds(
    request: Request, asked: Annotated[GroundFilter, Query()], gateway: SignedIn, me: CurrentUser, done: str = ""
) -> Response:
    return await lists.listed(
        request, gateway, me, "grounds.html", Page[GroundOut], API, asked, decisions=DECISION_NAMES, done=done,
        done_words={verb: step.done for verb, step in STEPS.items()}, named=own_places(me),
    )  # fmt: skip


@router.get(f"{PATH}/{{verb}}")
async def show(
    request: Request, verb: steps.Verb, gateway: SignedIn, me: CurrentUser, today: Today, division: Place = None
) -> Response:
    """A link from a line of the list brings what that says."""
    forms.must(me, NEEDS)
    step = step_of(verb)
    linked = {i.name: said for i in step.inputs if (said := request.query_params.get(i.name))}
    form = Form({**step.begins(None, today), **linked, "division": division or me.home})
    return await steps.new_page(request, REGISTER, step, form, gateway, me, verb)


@router.post(f"{PATH}/{{verb}}", dependencies=[Genuine])
async def take(request: Request, verb: steps.Verb, gateway: SignedIn, me: CurrentUser, typed: Typed) -> Response:
    step, at = step_of(verb), API if verb == "new" else f"{API}/{verb}"
    answer = await steps.sent(gateway, step, Form(typed, key=typed.get("key", "")), at, None)
    if isinstance(answer, Form):
        return await steps.new_page(request, REGISTER, step, answer, gateway, me, verb)
    return forms.saved(PATH, verb)


def step_of(verb: str) -> Step:
    if verb not in STEPS:
        raise NotFound("没有这项操作，请从登记事由的页面进入。")
    return STEPS[verb]
