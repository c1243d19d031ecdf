"""Searches that somebody keeps for herself, to be used, renamed and deleted; and looking for a document's number."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.contracts.registry import ID_TYPE_NAMES
from services.contracts.search import PageName, PersonFound, SavedSearchOut
from services.contracts.search import Query as QueryText
from services.dashboard import forms
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import address, blank_is_none
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import Conflict, DomainError, NotFound, TooMany, Unprocessable
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API, PATH = "/registry/saved-searches", "/saved-searches"
DONE = {"saved": "查询已保存。", "renamed": "名称已修改。", "deleted": "查询已删除。"}
PAGES = {
    "people": "人员名录", "certificates": "证书", "registrations": "登记", "registration-applications": "登记申请",
    "organizations": "机构", "service-points": "服务站点", "projects": "政府购买项目",
}  # fmt: skip
Text = Annotated[str, Form(max_length=200)]
OnPage = Annotated[PageName | None, Query()]
Kept = Annotated[QueryText, Query()]


def place(search: SavedSearchOut) -> str:
    """Where it leads: the list itself, as it was."""
    return address(f"/{search.page}", **dict(parse_qsl(search.query)))


async def kept_page(
    request: Request, gateway: Gateway, page: str | None, *, done: str = "", status: int = 200,
    errors: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """All that one keeps fits on a page."""
    found = await gateway.ask(Page[SavedSearchOut], API, page=page, limit=100)
    return render(
        request, "saved_searches.html", status=status, searches=found.items, page=page, pages=PAGES, place=place,
        done=done, words=DONE, errors=errors or {}, typed=typed or {},
    )  # fmt: skip


@router.get(PATH)
async def saved_searches(request: Request, gateway: SignedIn, page: OnPage = None, done: str = "") -> Response:
    return await kept_page(request, gateway, page, done=done)


def known(page: str) -> None:
    if page not in PAGES:
        raise NotFound("没有这个名录，请从名录的页面保存查询。")


def new_page(request: Request, page: str, query: str, typed: Mapping[str, str], error: DomainError | None) -> Response:
    errors = {} if error is None else {"name": next((e.detail for e in error.errors), error.detail)}
    return render(
        request, "saved_search_new.html", status=200 if error is None else error.status, page=page, query=query,
        named=PAGES[page], back=address(f"/{page}", **dict(parse_qsl(query))), typed=typed, errors=errors,
    )  # fmt: skip


@router.get(f"{PATH}/new")
async def new(request: Request, gateway: SignedIn, me: CurrentUser, page: PageName, query: Kept = "") -> Response:
    known(page)
    forms.must(me, "registry:keep")
    return new_page(request, page, query, {"name": ""}, None)


@router.post(f"{PATH}/new", dependencies=[Genuine])
async def save(request: Request, gateway: SignedIn, page: PageName, name: Text = "", query: Kept = "") -> Response:
    """Back to the list, which is now also found by its name."""
    known(page)
    try:
        await gateway.tell(API, {"page": page, "name": name.strip(), "query": query})
    except (Unprocessable, Conflict) as error:
        return new_page(request, page, query, {"name": name}, error)
    return forms.saved(address(PATH, page=page), "saved")


@router.post(f"{PATH}/{{id}}/rename", dependencies=[Genuine])
async def rename(request: Request, id: UUID, gateway: SignedIn, name: Text = "", page: OnPage = None) -> Response:
    try:
        await gateway.tell(f"{API}/{id}/rename", {"name": name.strip()})
    except (Unprocessable, Conflict) as error:
        said = next((e.detail for e in error.errors), error.detail)
        return await kept_page(
            request, gateway, page, status=error.status, errors={f"name-{id}": said}, typed={str(id): name}
        )
    return forms.saved(address(PATH, page=page), "renamed")


@router.post(f"{PATH}/{{id}}/delete", dependencies=[Genuine])
async def delete(id: UUID, gateway: SignedIn, page: OnPage = None) -> Response:
    await gateway.tell(f"{API}/{id}/delete")
    return forms.saved(address(PATH, page=page), "deleted")


# ── by number ────────────────────────────────────────────────────────────────────────────────────────────────────────
ID_TYPES = {kind.value: name for kind, name in ID_TYPE_NAMES.items()}


def search_page(
    request: Request, typed: Mapping[str, str], *, status: int = 200, errors: Mapping[str, str] | None = None,
    nobody: bool = False,
) -> Response:  # fmt: skip
    """What was typed is shown again after a slip only."""
    return render(
        request, "person_search.html", status=status, typed={"id_number": "", "id_type": "", **typed},
        errors=errors or {}, nobody=nobody, kinds=ID_TYPES,
    )  # fmt: skip


@router.get("/people/search")
async def search(request: Request, gateway: SignedIn, me: CurrentUser) -> Response:
    forms.must(me, "registry:search")
    return search_page(request, {})


@router.post("/people/search", dependencies=[Genuine])
async def found(request: Request, gateway: SignedIn, typed: Typed) -> Response:
    """To whoever was found; the number stands in no address."""
    number, kind = typed.get("id_number", ""), blank_is_none(typed.get("id_type", ""))
    if not number:
        return search_page(request, typed, status=422, errors={"id_number": "请填写证件号码。"})
    try:
        answer = await gateway.tell(
            "/registry/people/search", {"id_number": number, "id_type": str(kind) if kind else None}
        )
    except (Unprocessable, TooMany) as error:
        told = {e.field: e.detail for e in error.errors if e.field in typed} or {"id_number": error.detail}
        return search_page(request, typed, status=error.status, errors=told)
    person = gateway.read(PersonFound, answer).person
    if person is None:
        return search_page(request, {}, nobody=True)
    return RedirectResponse(f"/people/{person.id}", 303)
