"""Reasons of decisions kept as templates: those in use, new ones, other words from a day on, an end."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.registrations import Verb
from services.contracts.review import DECISIONS, AddTemplate, ChangeTemplate, DecisionKind, EndTemplate, TemplateOut
from services.dashboard import actors, lists, steps
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.labels import own_places
from services.dashboard.links import blank_is_none
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
REASONS, API, NEEDS = "/review/reasons", "/registry/reason-templates", "registry:review"
NAMES = {kind: DECISIONS[Verb(kind.value)] for kind in DecisionKind}
TEXT = (
    Input("text", "意见", Kind.AREA, hint="只写事由，不写证件号码、手机号等个人信息"),
    Input("legal_basis", "依据", required=False, most=200, hint="法规及条款；没有查实的不填"),
    Input("begins", "自哪一天起", Kind.DATE, hint="不早于今天"),
)


async def told(gateway: Gateway, template: TemplateOut) -> dict[str, str]:
    return {"用于哪种决定": NAMES[template.decision], "现在的文字": template.text}


REGISTER = Register(
    name="常用意见", path=REASONS, api=API, out=TemplateOut, title=lambda t: t.text[:20], needs=NEEDS, facts=told,
    way=lambda t: [("审核台", "/review"), ("常用意见", REASONS)],
    new=Step(
        "增加常用意见",
        (Input("decision", "用于哪种决定", Kind.SELECT, options={k.value: n for k, n in NAMES.items()}), *TEXT),
        AddTemplate, placed=True, begins=lambda record, today: {"begins": today}, about={"backdated": "begins"},
        done="常用意见已增加。", said="所选区划及其下级的审核人员都可选用。",
    ),
    steps={
        "change": Step(
            "更改常用意见", TEXT, ChangeTemplate, about={"backdated": "begins"}, done="常用意见已更改。",
            begins=lambda t, today: {"text": t.text, "legal_basis": t.legal_basis, "begins": today},
            said="自所填日期起用新的文字；已作出的决定仍是当时的文字。",
        ),
        "end": Step(
            "停用常用意见", (Input("ends", "自哪一天起停用", Kind.DATE, hint="不早于今天"),), EndTemplate, word="停用",
            about={"backdated": "ends", "not_in_force": "ends"}, done="常用意见已停用。",
        ),
    },
)  # fmt: skip


class ReasonFilter(lists.Filter):
    decision: Annotated[DecisionKind | None, BeforeValidator(blank_is_none)] = None


@router.get(REASONS)
async def reasons(
    request: Request, asked: Annotated[ReasonFilter, Query()], gateway: SignedIn, me: CurrentUser, done: str = ""
) -> Response:
    return await lists.listed(
        request, gateway, me, "review_reasons.html", Page[TemplateOut], API, asked, decisions=NAMES, done=done,
        done_words=REGISTER.done, named=own_places(me), told=lambda id: actors.told(me, id),
    )  # fmt: skip


router.include_router(steps.routes(REGISTER))
