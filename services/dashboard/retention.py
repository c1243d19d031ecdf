"""How long data is kept and what would go when; and the legal holds that stand against it, placed and lifted."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.contracts.retention import DATA_CLASS_NAMES, DataClass, HoldOut, PlaceHold, RetentionDue, RetentionOut
from services.dashboard import lists, steps
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.labels import division_name, own_places
from services.dashboard.menu import may
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.rights import READS
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API, PATH = "/registry/legal-holds", "/legal-holds"
HELD = (DataClass.PROCESSING_RECORD, DataClass.PROCUREMENT_FILE)  # what a hold stops here
TABLE_NAMES = {"reveal": "查看明文的记录", "rights_request": "已办结的权利请求", "disclosure": "已结束的导出申请"}
OWNER_NAMES = {"registry": "人员登记服务", "procurement": "政府购买服务", "operator": "运维单位"}


async def told(gateway: Gateway, hold: HoldOut) -> dict[str, str]:
    return {"数据": DATA_CLASS_NAMES[hold.data_class], "对象": about_whom(hold), "事由": hold.reason}


def about_whom(hold: HoldOut) -> str:
    if hold.person_id is None:
        return "区划内的全部人员"
    return hold.person_name or "已删除，或不在您的管辖范围内"


REGISTER = Register(
    name="法定保留", path=PATH, api=API, out=HoldOut, title=lambda h: DATA_CLASS_NAMES[h.data_class], facts=told,
    needs="rights:write",
    new=Step(
        "登记法定保留",
        (
            Input("data_class", "数据", Kind.SELECT, options={c.value: DATA_CLASS_NAMES[c] for c in HELD}),
            Input("person", "只保留此人的", Kind.PERSON, required=False, hint="不填为所选区划及其下级的全部人员"),
            Input("reason", "事由", most=200, hint="例如案件编号、来函单位；不写证件号码、手机号等个人信息"),
        ),
        PlaceHold, word="登记", placed=True, done="法定保留已登记，解除之前到期也不清除。",
        about={"outside_division": "person", "not_found": "person"},
        said="解除之前，这些数据到期也不清除，请求删除的改为限制处理。人员迁出、迁入所选区划的都算在内。",
    ),
    steps={
        "lift": Step(
            "解除法定保留", word="解除", done="法定保留已解除。", said="解除后，已到期的数据随下一次清理清除。"
        ),
    },
)  # fmt: skip


class HoldFilter(lists.Filter):
    standing: lists.YesNo = None


WORDS: dict[str, Any] = {"classes": DATA_CLASS_NAMES, "about_whom": about_whom}


@router.get(PATH)
async def holds(
    request: Request, asked: Annotated[HoldFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    return await lists.listed(
        request, gateway, me, "legal_holds.html", Page[HoldOut], API, asked, named=own_places(me), **WORDS
    )


router.include_router(steps.routes(REGISTER))


@router.get(f"{PATH}/{{id}}")
async def hold(request: Request, id: UUID, gateway: SignedIn, done: str = "") -> Response:
    found = await gateway.ask(HoldOut, f"{API}/{id}")
    place = await division_name(gateway, found.division)
    return render(request, "legal_hold.html", hold=found, place=place, done=done, done_words=REGISTER.done, **WORDS)


@router.get("/retention")
async def retention(request: Request, gateway: SignedIn, me: CurrentUser) -> Response:
    kept = await gateway.ask(Page[RetentionOut], "/registry/retention")
    due = await panel(gateway.ask(Page[RetentionDue], "/registry/retention/due")) if may(me, READS) else None
    return render(
        request, "retention.html", kept=kept.items, due=due, tables=TABLE_NAMES, owners=OWNER_NAMES, period=period,
        **WORDS,
    )  # fmt: skip


def period(kept: RetentionOut) -> str:
    if kept.keep_months:
        years, months = divmod(kept.keep_months, 12)
        return f"{years} 年" if not months else f"{kept.keep_months} 个月"
    return f"{kept.keep_days} 天" if kept.keep_days else f"{kept.keep_minutes} 分钟"
