"""Service points: the list, one of them with its people, a new one, what is put right, and closing."""

import asyncio
from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, BeforeValidator

from services.contracts.identity import Me
from services.contracts.procurement import ContractOut
from services.contracts.registry import (
    POINT_TIER_NAMES,
    STAFFING_BASIS_NAMES,
    AssignmentOut,
    CloseServicePoint,
    CreateServicePoint,
    PointTier,
    ServicePointOut,
    UpdateServicePoint,
)
from services.dashboard import forms, inputs, lists
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.links import Day, Place, blank_is_none
from services.dashboard.menu import may
from services.dashboard.panels import Panel, panel
from services.dashboard.places import place_of
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.errors import DomainError, StaleVersion
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/registry/service-points"
LABELS = {
    "number": "站点编号", "name": "名称", "tier": "层级", "division": "所在区划", "opened_on": "开站日期",
    "address": "地址", "manager": "负责人", "phone": "电话", "operator": "运营机构", "staffing_basis": "人员保障方式",
    "closed_on": "停止服务的第一天",
}  # fmt: skip
OPERATOR = Input("operator", LABELS["operator"], Kind.ORGANIZATION, required=False)
WORDS: forms.Words = {"tier": POINT_TIER_NAMES, "staffing_basis": STAFFING_BASIS_NAMES}
ABOUT = {
    "number_taken": "number", "tier_mismatch": "tier", "no_such_organization": "operator", "still_staffed": "opened_on",
    "opened_after_closed": "opened_on", "closed_before_opened": "closed_on", "no_such_division": "tier",
}  # fmt: skip
DONE = {
    "opened": "站点已登记。", "changed": "站点信息已更正。", "closed": "已登记撤站，在岗人员同日离岗。",
    "started": "已登记到岗。", "ended": "已登记离岗。",
}  # fmt: skip


class PointFilter(lists.Filter):
    kept: ClassVar[str] = "service-points"
    tier: Annotated[PointTier | None, BeforeValidator(blank_is_none)] = None
    open: lists.YesNo = None
    sort: Annotated[
        Literal["division", "-division", "number", "-number", "newest"] | None, BeforeValidator(blank_is_none)
    ] = None


Asked = Annotated[PointFilter, Query()]


@router.get("/service-points")
async def points(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    return await lists.listed(request, gateway, me, "points.html", Page[ServicePointOut], API, asked)


@router.get("/service-points/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


@router.get("/service-points/new")
async def new(
    request: Request, gateway: SignedIn, me: CurrentUser, today: Today, division: Place = None
) -> Response:  # fmt: skip
    forms.must(me, "registry:write")
    values = {"division": division or me.home, "opened_on": today, "staffing_basis": "none"}
    return await form_page(request, gateway, me.home, Form(values))


@router.post("/service-points/new", dependencies=[Genuine])
async def add(request: Request, gateway: SignedIn, me: CurrentUser, typed: Typed) -> Response:
    form = Form(typed, key=typed.get("key", ""))
    order, wrong = await ordered(gateway, CreateServicePoint, typed, clears=False)
    if order is None:
        return await form_page(request, gateway, me.home, Form(typed, wrong))
    answer = await forms.told(gateway.tell(API, forms.body_of(order), idempotency_key=form.key))
    if isinstance(answer, DomainError):
        return await form_page(request, gateway, me.home, forms.again(form, answer, ABOUT))
    return forms.saved(f"/service-points/{gateway.read(ServicePointOut, answer).id}", "opened")


@router.get("/service-points/{id}")
async def point(
    request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, today: Today, on: Day = None,
    staff: lists.CursorText = None, all: lists.YesNo = None, done: str = "",
) -> Response:  # fmt: skip
    """Who works there on the day, or who ever did; and the contracts that pay for it."""
    day = on or today
    found, assigned, contracts = await asyncio.gather(
        gateway.ask(ServicePointOut, f"{API}/{id}", on=day),
        panel(
            gateway.ask(
                Page[AssignmentOut], "/registry/assignments", service_point_id=id, limit=lists.PAGE, cursor=staff,
                on=None if all == "true" else day,
            )
        ),
        contracts_of(gateway, me, id, day),
    )  # fmt: skip
    here = lists.Here(f"/service-points/{id}", {"on": on, "staff": staff, "all": all})
    return render(
        request, "point.html", point=found, staff=assigned, on=day, staff_pages=here.pages("staff", assigned),
        all=all == "true", done=done, words=DONE, asked_on=on, contracts=contracts,
    )  # fmt: skip


async def contracts_of(gateway: Gateway, me: Me, id: UUID, day: date) -> Panel[Page[ContractOut]] | None:
    """Those in force that name the point; a served division without a point has nothing to name."""
    if not may(me, "procurement:read"):
        return None
    question = gateway.ask(Page[ContractOut], "/procurement/contracts", service_point_id=id, on=day, limit=lists.PAGE)
    return await panel(question)


@router.get("/service-points/{id}/assignments")
async def staff_file(id: UUID, gateway: SignedIn, on: Day = None, format: lists.Format = "xlsx") -> Response:
    """Who ever worked there, or who did on the day."""
    return await gateway.file("/registry/assignments/export", service_point_id=id, on=on, format=format)


@router.get("/service-points/{id}/edit")
async def edit(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser) -> Response:
    found = await gateway.ask(ServicePointOut, f"{API}/{id}")
    forms.must_be_able("update", found.may)
    return await form_page(request, gateway, me.home, Form(values_of(found), version=found.version), found)


@router.post("/service-points/{id}/edit", dependencies=[Genuine])
async def change(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, typed: Typed) -> Response:
    found = await gateway.ask(ServicePointOut, f"{API}/{id}")
    version = typed.get("version", "")
    order, wrong = await ordered(gateway, UpdateServicePoint, typed, clears=True, record=found)
    if order is None:
        return await form_page(request, gateway, me.home, Form(typed, wrong, version=version), found)
    refusal = await forms.told(
        gateway.tell(f"{API}/{id}", forms.body_of(order), method="PATCH", if_match=f'"{version}"')
    )
    if not isinstance(refusal, DomainError):
        return forms.saved(f"/service-points/{id}", "changed")
    form = forms.again(Form(typed, version=version), refusal, ABOUT)
    if isinstance(refusal, StaleVersion):
        found = await gateway.ask(ServicePointOut, f"{API}/{id}")
        form = forms.overtaken(form, values_of(found), LABELS, found.version, WORDS)
    return await form_page(request, gateway, me.home, form, found)


@router.get("/service-points/{id}/close")
async def closing(request: Request, id: UUID, gateway: SignedIn, today: Today) -> Response:
    found = await gateway.ask(ServicePointOut, f"{API}/{id}")
    forms.must_be_able("close", found.may)
    return forms.shown(request, "point_close.html", Form({"closed_on": today}), point=found, labels=LABELS)


@router.post("/service-points/{id}/close", dependencies=[Genuine])
async def close(request: Request, id: UUID, gateway: SignedIn, typed: Typed) -> Response:
    order = forms.order_of(CloseServicePoint, typed)
    form = Form(typed, key=typed.get("key", ""))
    if isinstance(order, BaseModel):
        refusal = await forms.told(gateway.tell(f"{API}/{id}/close", forms.body_of(order), idempotency_key=form.key))
        if not isinstance(refusal, DomainError):
            return forms.saved(f"/service-points/{id}", "closed")
        form = forms.again(form, refusal, {**ABOUT, "still_staffed": "closed_on"})
    else:
        form = Form(typed, order)
    found = await gateway.ask(ServicePointOut, f"{API}/{id}")
    return forms.shown(request, "point_close.html", form, point=found, labels=LABELS)


def values_of(point: ServicePointOut) -> dict[str, object]:
    """As the form shows them. The number to call is told masked, and typed anew only to be replaced."""
    return point.model_dump(mode="json", exclude={"phone"}) | {"operator": point.operator_name}


async def ordered(
    gateway: Gateway, model: type[BaseModel], typed: dict[str, str], *, clears: bool,
    record: ServicePointOut | None = None,
) -> tuple[BaseModel | None, dict[str, str]]:  # fmt: skip
    """The order that was typed: an operator by name or code, an untouched telephone number left as it is."""
    given = {k: v for k, v in typed.items() if k != "phone" or v}
    if typed.get("no_phone"):
        given["phone"] = ""
    wrong = await operator_into(gateway, given, record)
    order = forms.order_of(model, given, clears=clears)
    if isinstance(order, BaseModel):
        return (None, wrong) if wrong else (order, {})
    return None, {**order, **wrong}


async def operator_into(gateway: Gateway, given: dict[str, str], record: ServicePointOut | None) -> dict[str, str]:
    """The operator by id, as it was typed; or what is wrong with it."""
    known = record.model_dump(mode="json") if record else {}
    found, wrong = await inputs.given(gateway, (OPERATOR,), given, known=known)
    given["operator_id"] = str(found.get("operator_id") or "")
    return wrong


async def form_page(
    request: Request, gateway: Gateway, home: str, form: Form, record: ServicePointOut | None = None
) -> Response:
    """Of a point that exists, the division stays."""
    place = None if record else await place_of(gateway, form.value("division") or home, home)
    return forms.shown(request, "point_form.html", form, place=place, record=record, labels=LABELS)
