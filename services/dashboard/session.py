"""Sign-in and sign-out. A refusal never says whether the account exists."""

import contextlib
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from services.contracts.identity import Session, SignIn
from services.dashboard.cookies import (
    Genuine,
    choose_care,
    close_session,
    form_token,
    open_visit,
    visit_of,
)
from services.dashboard.gateway import AnyonesGateway
from services.dashboard.links import local
from services.dashboard.render import render
from services.dashboard.second_step import entered
from services.dashboard.visitor import WithUser
from services.kernel.errors import DomainError, Forbidden, TooMany, Unauthenticated, Unprocessable

router = APIRouter(default_response_class=HTMLResponse)
Text = Annotated[str, Form(max_length=2000)]
REQUIRED = {"username": "请输入用户名", "password": "请输入密码"}
WRONG = (Unauthenticated, Unprocessable, Forbidden, TooMany)


@router.get("/login")
async def login(request: Request, next: str | None = None, left: bool = False) -> Response:
    return login_page(request, next=next, left=left)


@router.post("/login", dependencies=[Genuine])
async def sign_in(
    request: Request, gateway: AnyonesGateway, username: Text = "", password: Text = "", next: Text = ""
) -> Response:
    username = username.strip()
    missing = {name: REQUIRED[name] for name, given in (("username", username), ("password", password)) if not given}
    if missing:
        return login_page(request, status=422, next=next, username=username, errors=missing)
    try:
        session = await _open(gateway, username, password)
    except WRONG as error:
        return login_page(request, status=error.status, next=next, username=username, refusal=error)
    return entered(request, session, next)


async def _open(gateway: AnyonesGateway, username: str, password: str) -> Session:
    try:
        SignIn.model_validate({"username": username, "password": password})
    except ValidationError as error:  # too long for any account there is
        raise Unauthenticated("用户名或密码不对，请核对后重试。", code="wrong_credentials") from error
    gateway.token = None
    return gateway.read(Session, await gateway.tell("/auth/login", {"username": username, "password": password}))


def login_page(
    request: Request,
    *,
    status: int = 200,
    next: str | None = None,
    left: bool = False,
    username: str = "",
    errors: dict[str, str] | None = None,
    refusal: DomainError | None = None,
) -> Response:
    """The form is tied to a random cookie, so that nobody can sign somebody else in from another site."""
    visit = visit_of(request)
    answer = render(
        request, "login.html", status=status, next=local(next), left=left, username=username, errors=errors or {},
        refusal=refusal, form_token=form_token(request, visit), federation=request.app.state.settings.federation,
    )  # fmt: skip
    open_visit(request, answer, visit)
    return answer


@router.post("/logout", dependencies=[Genuine])
async def logout(request: Request, gateway: AnyonesGateway) -> Response:
    answer = RedirectResponse("/login?left=true", 303)
    with contextlib.suppress(Unauthenticated):  # it had ended by itself
        await gateway.tell("/auth/logout")
    close_session(request, answer)
    return answer


@router.get("/session", dependencies=[WithUser], status_code=204)
async def stay() -> None:
    """Whoever is still there says so; having asked who it is, the gateway counts idle time anew."""


@router.get("/care")
async def care(request: Request, on: bool = True, next: str | None = None) -> Response:
    answer = RedirectResponse(local(next) or "/", 303)
    choose_care(request, answer, on)
    return answer
