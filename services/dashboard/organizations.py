"""Organizations: the list, one of them, a new one, and what is put right."""

import contextlib
import re
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, BeforeValidator

from services.contracts.registry import (
    ORGANIZATION_KIND_NAMES,
    CreateOrganization,
    OrganizationKind,
    OrganizationOut,
    UpdateOrganization,
)
from services.dashboard import forms, lists, lookups
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.labels import Named
from services.dashboard.links import Place, blank_is_none
from services.dashboard.panels import panel
from services.dashboard.places import place_of
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import DomainError, NotFound, StaleVersion
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/registry/organizations"
LABELS = {"name": "名称", "kind": "类别", "division": "所在区划", "uscc": "统一社会信用代码", "address": "地址"}
USCC = re.compile(r"[0-9A-Za-z]{18}")
ABOUT = {"already_there": "name", "uscc_check_digit": "uscc", "uscc_form": "uscc", "no_such_division": "division"}
DONE = {"added": "机构已登记。", "changed": "机构信息已更正。"}


class OrganizationFilter(lists.Filter):
    kept: ClassVar[str] = "organizations"
    kind: Annotated[OrganizationKind | None, BeforeValidator(blank_is_none)] = None
    sort: Annotated[
        Literal["division", "-division", "name", "-name", "newest"] | None, BeforeValidator(blank_is_none)
    ] = None


Asked = Annotated[OrganizationFilter, Query()]


@router.get("/organizations")
async def organizations(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    return await lists.listed(
        request, gateway, me, "organizations.html", Page[OrganizationOut], API, asked, kinds=ORGANIZATION_KIND_NAMES
    )


@router.get("/organizations/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


@router.get("/organizations/new")
async def new(request: Request, gateway: SignedIn, me: CurrentUser, division: Place = None) -> Response:
    forms.must(me, "registry:write")
    return await form_page(request, gateway, me.home, Form({"division": division or me.home}))


@router.post("/organizations/new", dependencies=[Genuine])
async def add(request: Request, gateway: SignedIn, me: CurrentUser, typed: Typed) -> Response:
    form = Form(typed, key=typed.get("key", ""))
    order = forms.order_of(CreateOrganization, typed)
    if not isinstance(order, BaseModel):
        return await form_page(request, gateway, me.home, Form(typed, order))
    answer = await forms.told(gateway.tell(API, forms.body_of(order), idempotency_key=form.key))
    if isinstance(answer, DomainError):
        return await form_page(request, gateway, me.home, forms.again(form, answer, ABOUT))
    return forms.saved(f"/organizations/{gateway.read(OrganizationOut, answer).id}", "added")


@router.get("/organizations/{id}")
async def organization(request: Request, id: UUID, gateway: SignedIn, done: str = "") -> Response:
    found = await gateway.ask(OrganizationOut, f"{API}/{id}")
    return render(
        request, "organization.html", organization=found, kinds=ORGANIZATION_KIND_NAMES, done=done, words=DONE
    )


@router.get("/organizations/{id}/edit")
async def edit(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, division: Place = None) -> Response:
    found = await gateway.ask(OrganizationOut, f"{API}/{id}")
    forms.must_be_able("update", found.may)
    values = found.model_dump(mode="json") | ({"division": division} if division else {})
    return await form_page(request, gateway, me.home, Form(values, version=found.version), found)


@router.post("/organizations/{id}/edit", dependencies=[Genuine])
async def change(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, typed: Typed) -> Response:
    version = typed.get("version", "")
    order = forms.order_of(UpdateOrganization, typed, clears=True)
    if not isinstance(order, BaseModel):
        found = await gateway.ask(OrganizationOut, f"{API}/{id}")
        return await form_page(request, gateway, me.home, Form(typed, order, version=version), found)
    refusal = await forms.told(
        gateway.tell(f"{API}/{id}", forms.body_of(order), method="PATCH", if_match=f'"{version}"')
    )
    if not isinstance(refusal, DomainError):
        return forms.saved(f"/organizations/{id}", "changed")
    found = await gateway.ask(OrganizationOut, f"{API}/{id}")
    form = forms.again(Form(typed, version=version), refusal, ABOUT)
    if isinstance(refusal, StaleVersion):
        words: forms.Words = {"kind": ORGANIZATION_KIND_NAMES, "division": await division_names(gateway, found, typed)}
        form = forms.overtaken(form, found.model_dump(mode="json"), LABELS, found.version, words)
    return await form_page(request, gateway, me.home, form, found)


async def division_names(gateway: Gateway, record: OrganizationOut, typed: dict[str, str]) -> dict[str, str]:
    """The two that are compared; one that cannot be asked keeps its code."""
    chosen = typed.get("division", "")
    known = await panel(gateway.ask(Named, f"/registry/divisions/{chosen}")) if chosen else None
    named = {chosen: known.found.name} if known and known.found else {}
    return named | {record.division: record.division_name}


async def form_page(
    request: Request, gateway: Gateway, home: str, form: Form, record: OrganizationOut | None = None
) -> Response:
    place = await place_of(gateway, str(form.values.get("division") or home), home)
    return forms.shown(
        request, "organization_form.html", form, place=place, record=record, labels=LABELS,
        kinds=ORGANIZATION_KIND_NAMES,
    )  # fmt: skip


async def named(gateway: Gateway, text: str) -> UUID | str:
    """The organization that was typed by its code, wherever it is, or its whole name; else why it cannot be told."""
    if USCC.fullmatch(text):
        with contextlib.suppress(NotFound):
            return (await gateway.ask(OrganizationOut, f"{API}/by-uscc/{text.upper()}")).id
        return "没有找到这个代码的机构，请核对；尚未登记的请先登记机构"
    found = (await gateway.ask(Page[OrganizationOut], API, q=text[: lookups.LONGEST], limit=100)).items
    same = [o for o in found if text == o.name]
    if len(same) == 1:
        return same[0].id
    if same:
        return "有几家机构同名，请改填统一社会信用代码"
    return "没有找到这个机构，请填写全称；不在您管辖范围内的请填写统一社会信用代码，尚未登记的请先登记机构"
