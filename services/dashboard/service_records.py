"""Records of services delivered: the list, one of them, a new one, what is put right and what is withdrawn."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator, Field

from services.contracts.coordination import (
    SERVICE_KIND_NAMES,
    SERVICE_RECORD_STATE_NAMES,
    CorrectServiceRecord,
    CreateServiceRecord,
    ServiceKind,
    ServiceRecordOut,
    ServiceRecordState,
    WithdrawServiceRecord,
)
from services.contracts.practice import PRACTICE_FIELD_NAMES, PracticeField
from services.dashboard import lists, naming, steps
from services.dashboard.gateway import SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.labels import name_of
from services.dashboard.links import Day, blank_is_none
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/coordination/service-records"
STATE_LIGHTS = {
    ServiceRecordState.ENTERED: "achieved", ServiceRecordState.CORRECTED: "achieved",
    ServiceRecordState.WITHDRAWN: "no_target",
}  # fmt: skip
NOBODY = "请勿填写服务对象的姓名、证件号码、电话等个人信息"
POINT = Input(
    "service_point", "服务站点", Kind.POINT, required=False,
    hint="站点编号或全称；不在站点开展的服务不填，计入上面选定的区划",
)  # fmt: skip
SERVICE = (
    Input("day", "服务日期", Kind.DATE),
    Input("kind", "服务项目", Kind.SELECT, options=SERVICE_KIND_NAMES),
    Input("field", "服务领域", Kind.SELECT, required=False, options=PRACTICE_FIELD_NAMES),
    Input("persons", "服务人次", Kind.NUMBER),
    Input("workers", "在场社工", Kind.PEOPLE, hint="每行一位，写姓名；同名的在姓名后空一格写证件号码后四位"),
    Input("minutes", "时长（分钟）", Kind.NUMBER, required=False),
    Input("note", "备注", required=False, hint=NOBODY, most=200),
    Input("late_reason", "补录原因", required=False, hint="补录较早的服务时填写", most=200),
)
ABOUT = {"point_not_open": "day", "division_not_in_force": "day"}
SAME_AGAIN = Input(
    "reference", "编号", required=False, most=64,
    hint="同一地点、同一天、同一项目、同一批社工的另一次服务，须填写不同的编号（字母、数字、短横线）",
)  # fmt: skip


def at_one_place(given: dict[str, object]) -> dict[str, object]:
    """The point, if one is named, else the division that was chosen."""
    return {**given, "division": None} if given.get("service_point_id") else given


def titled(record: ServiceRecordOut) -> str:
    return f"{record.day} {SERVICE_KIND_NAMES[record.kind]}"


REGISTER = Register(
    name="服务记录", path="/service-records", api=API, out=ServiceRecordOut, title=titled, needs="coordination:write",
    new=Step(
        "录入服务", (POINT, *SERVICE, SAME_AGAIN), CreateServiceRecord, word="录入", placed=True, shaped=at_one_place,
        begins=lambda record, today: {"day": today}, done="服务记录已录入。",
        about={**ABOUT, "already_recorded": "reference"},
        said=f"只记人次，不记服务对象是谁。{NOBODY}。",
    ),
    steps={
        "correct": Step(
            "更正服务记录", SERVICE, CorrectServiceRecord, version=True, about=ABOUT, done="服务记录已更正。",
            said="站点和区划不能改；录错地点的，请撤回后重新录入。",
        ),
        "withdraw": Step(
            "撤回服务记录", (Input("reason", "原因", hint=NOBODY, most=200),), WithdrawServiceRecord, word="撤回",
            done="服务记录已撤回，不再计入。", said="撤回后记录保留，不再计入；不能恢复，只能重新录入。",
        ),
    },
)  # fmt: skip


class ServiceRecordFilter(lists.Filter):
    kind: Annotated[ServiceKind | None, BeforeValidator(blank_is_none)] = None
    field: Annotated[PracticeField | None, BeforeValidator(blank_is_none)] = None
    state: Annotated[ServiceRecordState | None, BeforeValidator(blank_is_none)] = None
    service_point_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    worker: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    since: Day = Field(None, alias="from")
    until: Day = Field(None, alias="to")


Asked = Annotated[ServiceRecordFilter, Query()]


@router.get("/service-records")
async def service_records(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    return await lists.listed(
        request, gateway, me, "service_records.html", Page[ServiceRecordOut], API, asked, kinds=SERVICE_KIND_NAMES,
        fields=PRACTICE_FIELD_NAMES, states=SERVICE_RECORD_STATE_NAMES, state_lights=STATE_LIGHTS,
        point=await name_of(gateway, "/registry/service-points", asked.service_point_id),
        worker=await name_of(gateway, "/registry/people", asked.worker),
    )  # fmt: skip


@router.get("/service-records/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


router.include_router(steps.routes(REGISTER))


@router.get("/service-records/{id}")
async def service_record(request: Request, id: UUID, gateway: SignedIn, done: str = "") -> Response:
    found = await gateway.ask(ServiceRecordOut, f"{API}/{id}")
    people = await naming.people(gateway, (w.person_id for w in found.workers))
    return render(
        request, "service_record.html", record=found, people=people, kinds=SERVICE_KIND_NAMES,
        fields=PRACTICE_FIELD_NAMES, states=SERVICE_RECORD_STATE_NAMES, state_lights=STATE_LIGHTS, done=done,
        words=REGISTER.done, title=titled(found),
    )  # fmt: skip
