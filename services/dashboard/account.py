"""One's own account: what one may do and where, the second factor, and where one is signed in."""

from typing import Annotated
from uuid import UUID

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.contracts.identity import Enrolled, Enrolment, RecoveryCodes, SecondFactor, SessionList
from services.dashboard.cookies import Genuine, know_device, open_session
from services.dashboard.gateway import SignedIn
from services.dashboard.render import render
from services.dashboard.second_step import ASK_CODE, said
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import TooMany, Unprocessable

router = APIRouter(default_response_class=HTMLResponse)
Text = Annotated[str, Form(max_length=2000)]
OTPAUTH = "otpauth://totp/"


@router.get("/account")
async def account(request: Request, gateway: SignedIn, me: CurrentUser) -> Response:
    sessions = await gateway.ask(SessionList, "/auth/sessions")
    factor = await gateway.ask(SecondFactor, "/auth/totp")
    return render(request, "account.html", sessions=sessions.items, factor=factor)


@router.post("/account/sessions/{id}/end", dependencies=[Genuine, WithUser])
async def end_session(id: UUID, gateway: SignedIn) -> Response:
    await gateway.tell(f"/auth/sessions/{id}", method="DELETE")
    return RedirectResponse("/account#sessions", 303)


@router.get("/second-factor")
async def second_factor(request: Request, gateway: SignedIn) -> Response:
    """Also for whoever is half-way in, and may do nothing else before."""
    return render(request, "second_factor.html", factor=await gateway.ask(SecondFactor, "/auth/totp"))


@router.post("/second-factor", dependencies=[Genuine])
async def offer(request: Request, gateway: SignedIn) -> Response:
    offered = gateway.read(Enrolment, await gateway.tell("/auth/totp/enrolment"))
    return enrolment_page(request, offered)


@router.post("/second-factor/first-code", dependencies=[Genuine])
async def enrol(request: Request, gateway: SignedIn, code: Text = "", secret: Text = "", uri: Text = "") -> Response:
    """The secret comes back with a wrong code, so that it is still on the page; it holds with the first right one."""
    offered = Enrolment(secret=secret, uri=uri if uri.startswith(OTPAUTH) else OTPAUTH)
    if not code.strip():
        return enrolment_page(request, offered, status=422, errors={"code": ASK_CODE})
    try:
        body = await gateway.tell("/auth/totp/enrolment", {"code": code.strip()[:64]}, method="PUT")
    except (Unprocessable, TooMany) as error:
        return enrolment_page(request, offered, status=error.status, errors={"code": said(error)})
    enrolled = gateway.read(Enrolled, body)
    answer = codes_page(request, enrolled.recovery_codes)
    open_session(request, answer, enrolled.session.token)
    know_device(request, answer, enrolled.session.device)
    return answer


@router.post("/second-factor/recovery-codes", dependencies=[Genuine, WithUser])
async def renew(request: Request, gateway: SignedIn) -> Response:
    renewed = gateway.read(RecoveryCodes, await gateway.tell("/auth/totp/recovery-codes"))
    return codes_page(request, renewed.recovery_codes)


@router.post("/second-factor/remove", dependencies=[Genuine, WithUser])
async def remove(gateway: SignedIn) -> Response:
    await gateway.tell("/auth/totp", method="DELETE")
    return RedirectResponse("/account#factor", 303)


def enrolment_page(
    request: Request, offered: Enrolment, *, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    shown = {"offered": offered, "picture": qr_of(offered.uri), "errors": errors or {}}
    return render(request, "second_factor_enrol.html", status=status, **shown)


def codes_page(request: Request, codes: list[str]) -> Response:
    return render(request, "recovery_codes.html", codes=codes)


def qr_of(text: str) -> str:
    """As an address that an `img` shows."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=4)
