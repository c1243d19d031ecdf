"""Proving oneself again at the government's identity provider, for who has neither password nor authenticator here."""

import hmac
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import JsonValue

from services.contracts.federation import Way
from services.dashboard.cookies import is_https
from services.dashboard.gateway import AnyonesGateway, SignedIn
from services.dashboard.links import local
from services.dashboard.second_step import confirm_page, said
from services.dashboard.visitor import WithUser
from services.kernel.errors import DomainError

router = APIRouter(default_response_class=HTMLResponse)
STATE, PATH, MINUTES = "shegong_step_up", "/login/oidc", 10  # kept where the provider sends the browser back to


@router.get("/confirm/elsewhere", dependencies=[WithUser])
async def leave(request: Request, gateway: SignedIn, next: str | None = None) -> Response:
    """With where she wanted to go."""
    way = await gateway.ask(Way, "/auth/oidc/step-up")
    answer = RedirectResponse(way.location, 303)
    answer.set_cookie(
        STATE, f"{way.state}:{quote(local(next) or '/', safe='')}", max_age=MINUTES * 60, path=PATH,
        secure=is_https(request), httponly=True, samesite="lax",
    )  # fmt: skip
    return answer


def began_here(request: Request, state: str) -> bool:
    """Whether it is this browser's own way to prove itself, and not to sign in."""
    kept = request.cookies.get(STATE, "").partition(":")[0]
    return bool(kept) and hmac.compare_digest(kept.encode(), state.encode())


async def come_back(request: Request, gateway: AnyonesGateway, order: dict[str, JsonValue]) -> Response:
    next = unquote(request.cookies.get(STATE, "").partition(":")[2])
    try:
        await gateway.tell("/auth/oidc/step-up", order)
    except DomainError as error:
        return confirm_page(request, "provider", status=error.status, next=next, errors={"": said(error)})
    answer = RedirectResponse(local(next) or "/", 303)
    answer.delete_cookie(STATE, path=PATH)
    return answer
