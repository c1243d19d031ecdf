"""Days on which late applications are taken after all, by notice (REG-20): those there are, and new ones."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.contracts.registrations import KIND_NAMES, AmnestyOut, ApplicationKind, CloseAmnesty, OpenAmnesty
from services.dashboard import lists, naming, steps
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.labels import division_name
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API, PATH, NEEDS = "/registry/amnesty-windows", "/amnesty-windows", "registry:review"
WITH_WINDOW = (ApplicationKind.INITIAL, ApplicationKind.RENEWAL)
NEW = Step(
    "开设集中补办期",
    (
        Input("kind", "申请类别", Kind.SELECT, options={k.value: KIND_NAMES[k] for k in WITH_WINDOW}),
        Input("first_on", "开始日期", Kind.DATE),
        Input("last_on", "最后一天", Kind.DATE),
        Input("approved_from", "只限证书批准日期从", Kind.DATE, required=False, hint="不填不限"),
        Input("approved_until", "只限证书批准日期到", Kind.DATE, required=False, hint="不填不限"),
        Input("source", "依据", hint="公布的通知及文号"),
    ),
    OpenAmnesty, word="开设", placed=True, begins=lambda record, today: {"first_on": today},
    about={"window_backwards": "last_on", "no_window": "kind"}, done="集中补办期已开设。",
    said="期内提交的，不论是否过了受理期都予受理（REG-20）；适用于所选区划及其下级。",
)  # fmt: skip


async def told(gateway: Gateway, amnesty: AmnestyOut) -> Mapping[str, str]:
    return {"申请类别": KIND_NAMES[amnesty.kind], "期间": f"{amnesty.first_on} 至 {amnesty.last_on}"}


REGISTER = Register(
    name="集中补办期", path=PATH, api=API, out=AmnestyOut, title=lambda a: a.source, new=NEW, needs=NEEDS, facts=told,
    steps={
        "close": Step(
            "提前结束集中补办期", (Input("last_on", "最后一天", Kind.DATE),), CloseAmnesty, word="提前结束",
            begins=lambda a, today: {"last_on": max(a.first_on, today)}, about={"not_earlier": "last_on"},
            done="集中补办期已提前结束。", said="已经过去的日子不收回：期内提交的仍予受理（REG-20）。",
        ),
    },
)  # fmt: skip
router.include_router(steps.routes(REGISTER))


@router.get(PATH)
async def windows(
    request: Request, asked: Annotated[lists.Filter, Query()], gateway: SignedIn, me: CurrentUser, today: Today
) -> Response:  # fmt: skip
    async def about(items: Sequence[AmnestyOut]) -> dict[str, Any]:
        return {"units": await naming.divisions(gateway, (a.division for a in items))}

    return await lists.listed(
        request, gateway, me, "amnesty_windows.html", Page[AmnestyOut], API, asked, about, kinds=KIND_NAMES,
        on=today,
    )  # fmt: skip


@router.get(f"{PATH}/{{id}}")
async def window(request: Request, id: UUID, gateway: SignedIn, today: Today, done: str = "") -> Response:
    found = await gateway.ask(AmnestyOut, f"{API}/{id}")
    place = await division_name(gateway, found.division)
    return render(
        request, "amnesty_window.html", window=found, place=place, kinds=KIND_NAMES, on=today, done=done,
        done_words=REGISTER.done,
    )  # fmt: skip
