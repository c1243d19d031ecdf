"""Training bases and internship sites: the same pages for both kinds, from application to withdrawal."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.training import VERDICT_NAMES
from services.contracts.training_practice import (
    ANSWER_NAMES,
    CHECKLIST_NAMES,
    PARTNER_KIND_NAMES,
    PLACE_KIND_NAMES,
    PLACE_STATE_NAMES,
    Answer,
    ApplyPlace,
    PlaceKind,
    PlaceOut,
    PlaceState,
    UpdatePlace,
)
from services.dashboard import lists, steps
from services.dashboard.gateway import SignedIn
from services.dashboard.inputs import ORGANIZER_HINT, Input, Kind
from services.dashboard.links import Day, blank_is_none
from services.dashboard.render import render
from services.dashboard.statements import VERDICT_LIGHTS
from services.dashboard.steps import Register, Step
from services.dashboard.supervisors import moved
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
S = PlaceState
STATE_LIGHTS = {
    S.APPLIED: "at_risk", S.SITE_CHECKED: "at_risk", S.APPROVED: "achieved", S.SUSPENDED: "behind",
    S.WITHDRAWN: "no_target",
}  # fmt: skip
ANSWER_LIGHTS = {Answer.YES: "achieved", Answer.NO: "behind", Answer.UNKNOWN: "cannot_tell"}
LIST = "checklist."
CHECKLIST = tuple(
    Input(f"{LIST}{name}", said, Kind.SELECT, required=False, options=ANSWER_NAMES)
    for name, said in CHECKLIST_NAMES.items()
)
ABOUT_IT = (
    Input("name", "名称"),
    Input("address", "地址", required=False, most=200),
    Input("partner_kind", "合作单位类别", Kind.SELECT, options=PARTNER_KIND_NAMES),
    Input(
        "partner", "合作单位", Kind.ORGANIZER, required=False,
        hint=ORGANIZER_HINT,
    ),
    Input("agreement_number", "协议编号", required=False, most=60),
    Input("agreement_start", "协议起", Kind.DATE, required=False, hint="没有登记协议起止日期的不能计入数量"),
    Input("agreement_end", "协议止（最后一天）", Kind.LAST_DAY, required=False),
    Input("capacity", "可接纳人数", Kind.NUMBER, required=False),
    Input("mentors", "带教人员", Kind.AREA, required=False, hint="填人数和资质，请勿填写证件号码、电话"),
)  # fmt: skip
ABOUT = {
    "wrong_agreement": "agreement_end", "one_partner": "partner", "no_such_organization": "partner", "wrong_day": "on",
}  # fmt: skip


PATHS = {PlaceKind.BASE: "/bases", PlaceKind.SITE: "/sites"}


def with_list(given: dict[str, object]) -> dict[str, object]:
    """The answers as the one field that they are to the API; what is not answered is unknown."""
    answers = {name.removeprefix(LIST): value for name, value in given.items() if name.startswith(LIST)}
    rest = {name: value for name, value in given.items() if not name.startswith(LIST)}
    return {**rest, "checklist": {k: v or Answer.UNKNOWN for k, v in answers.items()}} if answers else rest


def beginning(record: object, today: date) -> dict[str, object]:
    return {"on": today, **{field.name: Answer.UNKNOWN for field in CHECKLIST}}


def register_of(kind: PlaceKind) -> Register[PlaceOut]:
    """CE-16 is about bases: a site has no list of conditions."""
    path, name = PATHS[kind], PLACE_KIND_NAMES[kind]
    inputs = (*ABOUT_IT, *(CHECKLIST if kind is PlaceKind.BASE else ()))
    return Register(
        name=name, path=path, api=f"/training{path}", out=PlaceOut, title=lambda place: place.name,
        needs="training:write",
        new=Step(
            f"申报{name}", (*inputs, Input("on", "申报日期", Kind.DATE)), ApplyPlace, word="申报", placed=True,
            begins=beginning, shaped=with_list, about=ABOUT, done=f"{name}已申报，下一步请实地考察。",
        ),
        steps={
            "update": Step(
                f"更正{name}信息", inputs, UpdatePlace, version=True, shaped=with_list, about=ABOUT,
                done=f"{name}信息已更正。",
            ),
            "check-site": moved("登记实地考察", "已登记实地考察，下一步请批准挂牌。"),
            "approve": moved("批准挂牌", f"{name}已挂牌。", said="挂牌且协议在有效期内的计入数量。"),
            "suspend": moved("暂停", f"{name}已暂停，不计入数量。", asks=True),
            "resume": moved("恢复", f"{name}已恢复。"),
            "withdraw": moved("撤销", f"{name}已撤销。", asks=True, said="撤销后不能恢复，须重新申报。"),
        },
    )  # fmt: skip


class PlaceFilter(lists.Filter):
    state: Annotated[PlaceState | None, BeforeValidator(blank_is_none)] = None
    counted: lists.YesNo = None


Asked = Annotated[PlaceFilter, Query()]
WORDS: dict[str, Any] = {"partner_kinds": PARTNER_KIND_NAMES, "states": PLACE_STATE_NAMES, "state_lights": STATE_LIGHTS}


def pages_of(kind: PlaceKind) -> APIRouter:
    pages, register = APIRouter(), register_of(kind)
    path, api, name = register.path, register.api, register.name

    @pages.get(path, name=f"{path}_list")
    async def places(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
        return await lists.listed(
            request, gateway, me, "training_places.html", Page[PlaceOut], api, asked, base=path, called=name, **WORDS,
        )  # fmt: skip

    @pages.get(f"{path}/export", name=f"{path}_export")
    async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
        return await lists.exported(gateway, api, asked, format)

    pages.include_router(steps.routes(register))

    @pages.get(f"{path}/{{id}}", name=f"{path}_one")
    async def place(
        request: Request, id: UUID, gateway: SignedIn, today: Today, on: Day = None, done: str = ""
    ) -> Response:  # fmt: skip
        found = await gateway.ask(PlaceOut, f"{api}/{id}", on=on)
        return render(
            request, "training_place.html", place=found, base=path, called=name, on=on or today,
            checklist=CHECKLIST_NAMES, answers=ANSWER_NAMES, answer_lights=ANSWER_LIGHTS, verdicts=VERDICT_NAMES,
            verdict_lights=VERDICT_LIGHTS, done=done, done_words=register.done, **WORDS,
        )  # fmt: skip

    return pages


for kind in PlaceKind:
    router.include_router(pages_of(kind))
