"""Changing one's own password; whoever still has the first one may do nothing else before."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from services.dashboard.cookies import Genuine
from services.dashboard.gateway import SignedIn
from services.dashboard.render import render
from services.dashboard.visitor import WithUser
from services.kernel.errors import DomainError, TooMany, Unprocessable

router = APIRouter(prefix="/password", default_response_class=HTMLResponse, dependencies=[WithUser])
Text = Annotated[str, Form(max_length=2000)]


@router.get("")
async def password(request: Request) -> Response:
    return password_page(request)


@router.post("", dependencies=[Genuine])
async def change(request: Request, gateway: SignedIn, old: Text = "", new: Text = "", again: Text = "") -> Response:
    errors = missing(old, new, again)
    if errors:
        return password_page(request, status=422, errors=errors)
    try:
        await gateway.tell("/auth/password", {"old": old, "new": new})
    except (Unprocessable, TooMany) as error:
        by_field = {e.field.rpartition(".")[2]: e.detail for e in error.errors}
        return password_page(request, status=error.status, errors=by_field, refusal=error)
    request.state.me = request.state.me.model_copy(update={"must_change_password": False})
    return password_page(request, changed=True)


def missing(old: str, new: str, again: str) -> dict[str, str]:
    """What can be said before asking."""
    errors = {} if old else {"old": "请输入原密码。"}
    if not new:
        return errors | {"new": "请输入新密码。"}
    return errors if new == again else errors | {"again": "两次输入的新密码不一致，请重新输入。"}


def password_page(
    request: Request,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    refusal: DomainError | None = None,
    changed: bool = False,
) -> Response:
    shown = {"errors": errors or {}, "refusal": refusal, "changed": changed}
    return render(request, "password.html", status=status, shown=shown)
