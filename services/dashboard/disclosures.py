"""Exports of personal data in clear: asked for, approved by somebody else, fetched once, and what became of each."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.disclosure import (
    DISCLOSURE_STATE_NAMES,
    PURPOSE_NAMES,
    DisclosureAction,
    DisclosureColumn,
    DisclosureOut,
    DisclosureState,
    PeopleFilter,
    Refusal,
    RequestDisclosure,
)
from services.contracts.registry import LEVEL_NAMES
from services.dashboard import lists, numbers, steps
from services.dashboard.cookies import Genuine
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.labels import division_name
from services.dashboard.links import blank_is_none
from services.dashboard.menu import may
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import business_date, today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API, PATH = "/registry/disclosures", "/disclosures"
S, C = DisclosureState, DisclosureColumn
DECIDES = "registry:review"
STATE_LIGHTS = {
    S.REQUESTED: "at_risk", S.REFUSED: "behind", S.WITHDRAWN: "no_target", S.MAKING: "at_risk", S.READY: "achieved",
    S.FETCHED: "no_target", S.EXPIRED: "no_target", S.FAILED: "behind",
}  # fmt: skip
COLUMN_NAMES = {
    C.NAME: "姓名", C.ID_TYPE: "证件类型", C.ID_NUMBER: "证件号码（明文）", C.PHONE: "手机（明文）",
    C.LEVEL: "证书级别", C.REGISTERED_UNTIL: "登记有效期止", C.EMPLOYER: "工作单位", C.DIVISION: "所在区划",
    C.EDUCATION: "学历", C.MAJOR: "专业",
}  # fmt: skip
REGISTERED = {"true": "登记有效", "false": "没有有效登记"}
IMPERSONAL = "只写事由，不写证件号码、手机号等个人信息"
REASON = Input("reason", "理由", most=200, hint=IMPERSONAL)
WHO = "filter."


def narrowed(given: dict[str, object]) -> dict[str, object]:
    """What people are chosen by, as the one field that it is to the API."""
    chosen = {name.removeprefix(WHO): value for name, value in given.items() if name.startswith(WHO) and value}
    return {**{name: value for name, value in given.items() if not name.startswith(WHO)}, "filter": chosen}


async def told(gateway: Gateway, disclosure: DisclosureOut) -> Mapping[str, str]:
    """What whoever decides on it has to see."""
    place = await division_name(gateway, disclosure.division)
    return {
        "申请人": disclosure.requester_name,
        "用途": PURPOSE_NAMES[disclosure.purpose],
        "事由": disclosure.reason,
        "区划": place or disclosure.division,
        "人员范围": people_of(disclosure.filter),
        "申请时的人数": f"{numbers.number(disclosure.rows)} 人",
        "内容": "、".join(COLUMN_NAMES[column] for column in disclosure.columns),
    }


def people_of(chosen: PeopleFilter) -> str:
    parts = [
        chosen.q and f"姓名或管理号含“{chosen.q}”",
        chosen.level and f"证书级别为{LEVEL_NAMES[chosen.level]}",
        None if chosen.registered is None else REGISTERED[str(chosen.registered).lower()],
        chosen.on and f"{chosen.on} 的情况",
    ]
    return "，".join(part for part in parts if part) or "区划内的全部人员"


REGISTER = Register(
    name="个人信息导出", path=PATH, api=API, out=DisclosureOut, title=lambda d: f"编号 {d.number}", facts=told,
    needs="registry:export",
    new=Step(
        "申请导出个人信息",
        (
            Input("purpose", "用途", Kind.SELECT, options={p.value: name for p, name in PURPOSE_NAMES.items()}),
            Input("reason", "事由", most=200, hint=IMPERSONAL),
            Input("columns", "导出的内容", Kind.CHECKS, options={c.value: name for c, name in COLUMN_NAMES.items()}),
            Input("filter.q", "姓名或证书管理号", required=False, most=50, hint="不填不限"),
            Input(
                "filter.level", "证书级别", Kind.SELECT, required=False,
                options={level.value: name for level, name in LEVEL_NAMES.items()},
            ),
            Input("filter.registered", "登记情况", Kind.SELECT, required=False, options=REGISTERED),
            Input("filter.on", "哪一天的情况", Kind.DATE, required=False, hint="不填为今天"),
        ),
        RequestDisclosure, word="提交申请", placed=True, shaped=narrowed, done="申请已提交。",
        about={"nobody": "filter.q", "too_many_rows": "filter.q"},
        said="含明文或超过 50 人的，须由他人批准。文件每行带有申请人的水印，只能下载一次，生成十五分钟后失效；"
        "请只选必需的内容。",
    ),
    steps={
        "approve": Step(
            "批准导出", word="批准", done="已批准，文件随即生成，由申请人下载。",
            said="请核对用途、人员范围和内容是否必需。批准后文件带水印，申请人只能下载一次。",
        ),
        "refuse": Step("不批准导出", (REASON,), Refusal, word="不批准", done="未批准，理由已告知申请人。"),
        "withdraw": Step("撤回申请", word="撤回", done="申请已撤回。"),
        "fetch": Step(
            "下载文件", word="下载",
            said="文件每行带有您的姓名、账号、时间和编号的水印，不得转发。只能下载一次，过期删除；用完请及时销毁。",
        ),
    },
)  # fmt: skip


class DisclosureFilter(lists.Filter):
    state: Annotated[DisclosureState | None, BeforeValidator(blank_is_none)] = None


def waited(disclosure: DisclosureOut) -> int:
    """Days since it was asked for."""
    return (today() - business_date(disclosure.requested_at)).days


WORDS: dict[str, Any] = {
    "states": DISCLOSURE_STATE_NAMES, "state_lights": STATE_LIGHTS, "purposes": PURPOSE_NAMES, "columns": COLUMN_NAMES,
    "waited": waited,
}  # fmt: skip


@router.get(PATH)
async def disclosures(
    request: Request, asked: Annotated[DisclosureFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    async def waiting(items: Sequence[DisclosureOut]) -> dict[str, object]:
        if not may(me, DECIDES):
            return {"waiting": [], "away": None}
        found = await panel(gateway.ask(Page[DisclosureOut], API, state=S.REQUESTED, limit=lists.PAGE))
        mine = found.found.items if found.found else []
        return {"waiting": [d for d in mine if DisclosureAction.APPROVE in d.may], "away": found.refusal}

    return await lists.listed(
        request, gateway, me, "disclosures.html", Page[DisclosureOut], API, asked, waiting, **WORDS
    )


@router.post(f"{PATH}/{{id}}/fetch", dependencies=[Genuine])
async def fetch(id: UUID, gateway: SignedIn) -> Response:
    """Kept nowhere: what came to the browser cannot be fetched again."""
    answer = await gateway.file_once(f"{API}/{id}/fetch")
    answer.headers["cache-control"] = "no-store"
    return answer


router.include_router(steps.routes(REGISTER))


@router.get(f"{PATH}/{{id}}")
async def disclosure(request: Request, id: UUID, gateway: SignedIn, done: str = "") -> Response:
    found = await gateway.ask(DisclosureOut, f"{API}/{id}")
    facts = await told(gateway, found)
    return render(
        request, "disclosure.html", disclosure=found, facts=facts, done=done, done_words=REGISTER.done, **WORDS
    )
