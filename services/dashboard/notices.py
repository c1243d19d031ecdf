"""Notices to people whose data is processed: every version, one with who has seen it, a new one."""

import asyncio
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.disclosure import (
    BASIS_NAMES,
    PURPOSE_NAMES,
    NoticeOut,
    NoticeSeenOut,
    PublishNotice,
    Purpose,
    Seen,
    SeenBy,
)
from services.dashboard import forms, lists, steps
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.labels import division_name, own_places
from services.dashboard.links import blank_is_none
from services.dashboard.lists import CursorText, Here
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API, PATH = "/registry/notices", "/notices"
WRITES = "registry:write"
REGISTER = Register(
    name="告知书", path=PATH, api=API, out=NoticeOut, title=lambda n: n.title, steps={}, needs="registry:review",
    new=Step(
        "发布告知书",
        (
            Input("purpose", "用途", Kind.SELECT, options={p.value: name for p, name in PURPOSE_NAMES.items()}),
            Input("basis", "处理依据", Kind.SELECT, options={b.value: name for b, name in BASIS_NAMES.items()}),
            Input("title", "标题"),
            Input(
                "body", "正文", Kind.AREA,
                hint="写明处理者名称和联系方式、目的、方式、个人信息种类、保存期限、行使权利的办法",
            ),
            Input("valid_from", "生效日期", Kind.DATE, hint="不早于今天"),
        ),
        PublishNotice, word="发布", placed=True, begins=lambda record, today: {"valid_from": today},
        about={"backdated": "valid_from"}, done="告知书已发布。",
        said="发布后不能修改或删除；要改，发布同一用途的新版本。适用于所选区划及其下级。",
    ),
)  # fmt: skip
SEEN = Step(
    "登记已告知",
    (
        Input(
            "person_ids", "看过这一版的人员", Kind.PEOPLE,
            hint="每行一位，写姓名；同名的在姓名后空一格写证件号码后四位",
        ),
    ),
    SeenBy, word="登记", about={"not_found": "person_ids"}, done="已登记看过的人员。",
)  # fmt: skip


class NoticeFilter(lists.Filter):
    purpose: Annotated[Purpose | None, BeforeValidator(blank_is_none)] = None


WORDS: dict[str, Any] = {"purposes": PURPOSE_NAMES, "basis_names": BASIS_NAMES}


def standing(notice: NoticeOut, current: set[UUID] | None, today: date) -> tuple[str, str]:
    """Light and word: in force, to come, or replaced by a later version."""
    if notice.valid_from > today:
        return "at_risk", f"{notice.valid_from} 起生效"
    if current is None:
        return "cannot_tell", "无法判断"
    return ("achieved", "现行") if notice.id in current else ("no_target", "已被新版本代替")


async def in_force(gateway: Gateway) -> set[UUID] | None:
    """By their ids; None if it cannot be asked."""
    found = await panel(gateway.ask(Page[NoticeOut], API))
    return {n.id for n in found.found.items} if found.found else None


@router.get(PATH)
async def notices(
    request: Request, asked: Annotated[NoticeFilter, Query()], gateway: SignedIn, me: CurrentUser, today: Today
) -> Response:
    current = await in_force(gateway)
    return await lists.listed(
        request, gateway, me, "notices.html", Page[NoticeOut], f"{API}/versions", asked,
        standing=lambda notice: standing(notice, current, today), named=own_places(me), **WORDS,
    )  # fmt: skip


@router.get(f"{PATH}/{{id}}/seen")
async def show(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser) -> Response:
    forms.must(me, WRITES)
    return await seen_page(request, gateway, id, Form({}))


@router.post(f"{PATH}/{{id}}/seen", dependencies=[Genuine])
async def take(request: Request, id: UUID, gateway: SignedIn, typed: Typed) -> Response:
    answer = await steps.sent(gateway, SEEN, Form(typed, key=typed.get("key", "")), f"{API}/{id}/seen", None)
    if isinstance(answer, Form):
        return await seen_page(request, gateway, id, answer)
    gateway.read(Seen, answer)
    return forms.saved(f"{PATH}/{id}", "seen")


router.include_router(steps.routes(REGISTER))


@router.get(f"{PATH}/{{id}}")
async def notice(
    request: Request, id: UUID, gateway: SignedIn, today: Today, seen: CursorText = None, done: str = ""
) -> Response:
    found, current, by = await asyncio.gather(
        gateway.ask(NoticeOut, f"{API}/{id}"),
        in_force(gateway),
        panel(gateway.ask(Page[NoticeSeenOut], f"{API}/{id}/seen", cursor=seen)),
    )
    place = await division_name(gateway, found.division)
    return render(
        request, "notice.html", notice=found, place=place, seen=by, done=done,
        pages=Here(f"{PATH}/{id}", {"seen": seen}).pages("seen", by),
        done_words={**REGISTER.done, "seen": SEEN.done}, standing=standing(found, current, today), **WORDS,
    )  # fmt: skip


async def seen_page(request: Request, gateway: Gateway, id: UUID, form: Form) -> Response:
    found = await gateway.ask(NoticeOut, f"{API}/{id}")
    return await steps.page(request, REGISTER, SEEN, "seen", form, found, gateway)
