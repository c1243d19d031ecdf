"""Sign-in at the government's identity provider: there, and back to the browser that began it."""

import hmac

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import JsonValue

from services.contracts.federation import Way
from services.contracts.identity import Session
from services.dashboard import step_up
from services.dashboard.cookies import is_https
from services.dashboard.gateway import AnyonesGateway
from services.dashboard.second_step import entered
from services.dashboard.session import login_page
from services.kernel.errors import DomainError, NotFound, Unauthenticated, Unavailable

router = APIRouter(default_response_class=HTMLResponse)
STATE = "shegong_oidc"
PATH = "/login/oidc"
MINUTES = 10


@router.get("/login/oidc")
async def leave(request: Request, gateway: AnyonesGateway) -> Response:
    gateway.token = None
    try:
        way = await gateway.ask(Way, "/auth/oidc/start")
    except (NotFound, Unavailable) as error:
        return login_page(request, status=error.status, refusal=error)
    answer = RedirectResponse(way.location, 303)
    answer.set_cookie(
        STATE, way.state, max_age=MINUTES * 60, path=PATH, secure=is_https(request), httponly=True, samesite="lax"
    )
    return answer


@router.get("/login/oidc/callback")
async def come_back(
    request: Request, gateway: AnyonesGateway, code: str = "", state: str = "", iss: str | None = None
) -> Response:
    """What another site began, nobody finishes here: the state must be the one that this browser keeps."""
    kept = request.cookies.get(STATE, "")
    order: dict[str, JsonValue] = {"code": code, "state": state, **({"iss": iss} if iss else {})}
    if code and step_up.began_here(request, state):
        return await step_up.come_back(request, gateway, order)
    try:
        if not code or not kept or not hmac.compare_digest(kept.encode(), state.encode()):
            raise Unauthenticated("没有完成统一身份认证，请重新登录。", code="not_vouched_for")
        gateway.token = None
        session = gateway.read(Session, await gateway.tell("/auth/oidc/finish", order))
    except DomainError as error:
        return login_page(request, status=error.status, refusal=error)
    answer = entered(request, session, None)
    answer.delete_cookie(STATE, path=PATH)
    return answer
