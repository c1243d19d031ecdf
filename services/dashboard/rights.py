"""Requests of data subjects: those that wait by their deadline, one with its steps, a new one, and its decision."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BeforeValidator

from services.contracts.disclosure import (
    RIGHTS_KIND_NAMES,
    RIGHTS_OUTCOME_NAMES,
    RIGHTS_STATE_NAMES,
    CompleteRightsRequest,
    ReceiveRightsRequest,
    Refusal,
    RightsKind,
    RightsRequestOut,
    RightsState,
)
from services.contracts.registry import PersonOut
from services.dashboard import forms, lists, steps
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.links import blank_is_none
from services.dashboard.menu import may
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API, PATH = "/registry/rights-requests", "/rights-requests"
READS, RECEIVES = "rights:read", "registry:write"
S = RightsState
STATE_LIGHTS = {S.OPEN: "at_risk", S.IN_PROGRESS: "at_risk", S.DONE: "achieved", S.REFUSED: "behind"}
SOON = 5  # days before its deadline, a request is marked
KINDS = {kind.value: name for kind, name in RIGHTS_KIND_NAMES.items()}
IMPERSONAL = "不写证件号码、手机号等个人信息"
NEW = Step(
    "登记权利请求",
    (
        Input("person", "本人姓名", Kind.PERSON, hint="同名的在姓名后空一格写证件号码后四位，例如“张三 002X”"),
        Input("kind", "请求", Kind.SELECT, options=KINDS),
        Input("received_on", "收到日期", Kind.DATE, hint="期限从这一天算起"),
        Input("details", "请求的内容", Kind.AREA, hint=f"本人怎样提出、要求什么；{IMPERSONAL}"),
    ),
    ReceiveRightsRequest, word="登记", done="请求已登记，期限已算出。",
    about={"in_future": "received_on", "not_found": "person"},
    said="请先核实提出请求的是本人或其代理人。登记的人不能办结或拒绝，由其他审核人员办理。",
)  # fmt: skip
ERASING = "删除、撤回同意：依法仍须保存或被保全的，改为限制处理；其他的销毁此人的密钥，个人信息无法恢复。"


async def told(gateway: Gateway, asked: RightsRequestOut) -> dict[str, str]:
    return {
        "本人": asked.person_name or "已删除，或不在您的管辖范围内",
        "请求": RIGHTS_KIND_NAMES[asked.kind],
        "内容": asked.details,
        "期限": f"{asked.due_on}（收到后 {asked.term}）",
    }


REGISTER = Register(
    name="权利请求", path=PATH, api=API, out=RightsRequestOut, title=lambda q: f"编号 {q.number}", facts=told,
    steps={
        "start": Step("开始办理", word="开始办理", done="已开始办理。"),
        "complete": Step(
            "办结请求", (Input("answer", "答复", Kind.AREA, hint=f"怎样办理、怎样告知本人；{IMPERSONAL}"),),
            CompleteRightsRequest, word="办结", done="请求已办结。", said=ERASING, about={"still_registered": "answer"},
        ),
        "refuse": Step(
            "拒绝请求", (Input("reason", "理由", most=200, hint=f"须告知本人；{IMPERSONAL}"),), Refusal, word="拒绝",
            done="请求已拒绝，理由须告知本人。", said="依据《个人信息保护法》第五十条，拒绝须说明理由。",
        ),
    },
)  # fmt: skip


def waiting_unless_all(value: object) -> object:
    return "true" if value == "" else value


class RightsFilter(lists.Filter):
    """Those that wait, unless all are asked for."""

    unfinished: Annotated[Literal["true", "false"], BeforeValidator(waiting_unless_all)] = "true"
    overdue: lists.YesNo = None
    state: Annotated[RightsState | None, BeforeValidator(blank_is_none)] = None
    person_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None

    @property
    def narrowed(self) -> bool:
        return any((self.division, self.overdue, self.state, self.person_id))


WORDS: dict[str, Any] = {
    "kinds": RIGHTS_KIND_NAMES, "states": RIGHTS_STATE_NAMES, "state_lights": STATE_LIGHTS,
    "outcomes": RIGHTS_OUTCOME_NAMES, "soon": SOON,
}  # fmt: skip


@router.get(PATH)
async def requests(
    request: Request, asked: Annotated[RightsFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    """Whoever only receives them has no list."""
    if not may(me, READS) and may(me, RECEIVES):
        return RedirectResponse(f"{PATH}/new", 303)
    return await lists.listed(request, gateway, me, "rights_requests.html", Page[RightsRequestOut], API, asked, **WORDS)


@router.get(f"{PATH}/new")
async def new(
    request: Request, gateway: SignedIn, me: CurrentUser, today: Today, person_id: UUID | None = None
) -> Response:
    forms.must(me, RECEIVES)
    given: dict[str, object] = {"received_on": today}
    if person_id is not None:
        person = await gateway.ask(PersonOut, f"/registry/people/{person_id}")
        given["person"] = f"{person.name} {person.id_number[-4:]}"
    return new_page(request, Form(given))


@router.post(f"{PATH}/new", dependencies=[Genuine])
async def received(request: Request, gateway: SignedIn, me: CurrentUser, typed: Typed, today: Today) -> Response:
    """Whoever may not read requests learns here, and only here, by which number and until when it is dealt with."""
    answer = await steps.sent(gateway, NEW, Form(typed, key=typed.get("key", "")), API, None)
    if isinstance(answer, Form):
        return new_page(request, answer)
    made = gateway.read(RightsRequestOut, answer)
    if may(me, READS):
        return forms.saved(f"{PATH}/{made.id}", "new")
    return page_of(request, made, "new", today)


def new_page(request: Request, form: Form) -> Response:
    crumbs = [(REGISTER.name, PATH), (NEW.title, None)]
    return forms.shown(
        request, "step.html", form, step=NEW, crumbs=crumbs, back=PATH, path=f"{PATH}/new", place=None, about="",
        facts={},
    )  # fmt: skip


router.include_router(steps.routes(REGISTER))


@router.get(f"{PATH}/{{id}}")
async def one(request: Request, id: UUID, gateway: SignedIn, today: Today, done: str = "") -> Response:
    return page_of(request, await gateway.ask(RightsRequestOut, f"{API}/{id}"), done, today)


def page_of(request: Request, asked: RightsRequestOut, done: str, today: date) -> Response:
    return render(
        request, "rights_request.html", asked=asked, done=done, done_words={**REGISTER.done, "new": NEW.done},
        on=today, erases=asked.kind in (RightsKind.DELETE, RightsKind.WITHDRAW), **WORDS,
    )  # fmt: skip
