"""The second step of signing in, and proving oneself once more before something that weighs."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.contracts.identity import Session
from services.dashboard.cookies import Genuine, know_device, open_session
from services.dashboard.gateway import SignedIn
from services.dashboard.links import address, local
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser
from services.kernel.errors import DomainError, TooMany, Unauthenticated, Unprocessable

router = APIRouter(default_response_class=HTMLResponse)
Text = Annotated[str, Form(max_length=2000)]
WRONG_CODE = "wrong_code"  # the gateway's code as well
ASK_CODE = "请输入验证器上的六位数字，或一个恢复码。"


def entered(request: Request, session: Session, next: str | None) -> Response:
    """Signed in, as far as it goes: on to what is still missing, or to where she wanted to go."""
    back = local(next)
    if session.second_factor == "code":
        where = address("/login/code", next=back)
    elif session.second_factor == "enrol":
        where = "/second-factor"
    elif session.second_factor == "handover":
        where = "/password"
    else:
        where = "/password" if session.must_change_password else back or "/"
    answer = RedirectResponse(where, 303)
    open_session(request, answer, session.token)
    know_device(request, answer, session.device)
    return answer


@router.get("/login/code")
async def code(request: Request, gateway: SignedIn, next: str | None = None) -> Response:
    return code_page(request, next=next)


@router.post("/login/code", dependencies=[Genuine])
async def second_step(request: Request, gateway: SignedIn, code: Text = "", next: Text = "") -> Response:
    if not code.strip():
        return code_page(request, status=422, next=next, errors={"code": ASK_CODE})
    try:
        session = gateway.read(Session, await gateway.tell("/auth/totp", {"code": code.strip()[:64]}))
    except (Unauthenticated, Unprocessable, TooMany) as error:
        if isinstance(error, Unauthenticated) and error.code != WRONG_CODE:
            raise
        return code_page(request, status=error.status, next=next, errors={"code": error.detail})
    return entered(request, session, next)


def code_page(
    request: Request, *, status: int = 200, next: str | None = None, errors: dict[str, str] | None = None
) -> Response:
    return render(request, "login_code.html", status=status, next=local(next), errors=errors or {})


@router.get("/confirm")
async def confirm(request: Request, me: CurrentUser, next: str | None = None) -> Response:
    return confirm_page(request, me.step_up, next=next)


@router.post("/confirm", dependencies=[Genuine])
async def step_up(request: Request, gateway: SignedIn, me: CurrentUser, proof: Text = "", next: Text = "") -> Response:
    if not proof:
        missing = "请输入密码。" if me.step_up == "password" else ASK_CODE
        return confirm_page(request, me.step_up, status=422, next=next, errors={"proof": missing})
    try:
        await gateway.tell("/auth/step-up", {me.step_up: proof if me.step_up == "password" else proof.strip()[:64]})
    except (Unprocessable, TooMany) as error:
        return confirm_page(request, me.step_up, status=error.status, next=next, errors={"proof": said(error)})
    return RedirectResponse(local(next) or "/", 303)


def said(error: DomainError) -> str:
    return error.errors[0].detail if error.errors else error.detail


def confirm_page(
    request: Request, by: str, *, status: int = 200, next: str | None = None, errors: dict[str, str] | None = None
) -> Response:
    return render(request, "confirm.html", status=status, by=by, next=local(next), errors=errors or {})
