"""The session's cookie, and the token that ties a posted form to the session it was made for."""

import hashlib
import hmac
import re
import secrets
from typing import Annotated

from fastapi import Depends, Form, Request, Response

from services.kernel.errors import Forbidden
from services.kernel.key_folder import derived
from services.kernel.keyring import Keyring

# Before sign-in there is no session: the login form is tied to a random cookie instead.
VISIT = "shegong_visit"
CARE = "shegong_care"
YEAR = 31_536_000
DEVICE_SECONDS = 90 * 86_400
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}", re.ASCII)


def is_https(request: Request) -> bool:
    return bool(request.app.state.settings.https) or request.url.scheme == "https"


def session_cookie(request: Request) -> str:
    """Over https the name itself forbids that another host or path sets it."""
    return "__Host-shegong" if is_https(request) else "shegong_session"


def session_of(request: Request) -> str | None:
    """Anybody can send a cookie: what no session of ours looks like is none."""
    token = request.cookies.get(session_cookie(request), "")
    return token if TOKEN.fullmatch(token) else None


def open_session(request: Request, response: Response, token: str) -> None:
    _keep(request, response, session_cookie(request), token)


def device_cookie(request: Request) -> str:
    return "__Host-shegong-device" if is_https(request) else "shegong_device"


def device_of(request: Request) -> str | None:
    """What makes this browser known to the gateway, if somebody has signed in here before."""
    token = request.cookies.get(device_cookie(request), "")
    return token if TOKEN.fullmatch(token) else None


def know_device(request: Request, response: Response, token: str | None) -> None:
    """Outlives the session: at the next sign-in it tells her browser from an attacker's on the same network."""
    if token is not None:
        response.set_cookie(
            device_cookie(request), token, max_age=DEVICE_SECONDS, path="/", secure=is_https(request), httponly=True,
            samesite="lax",
        )  # fmt: skip


def close_session(request: Request, response: Response) -> None:
    response.delete_cookie(session_cookie(request), path="/", secure=is_https(request), httponly=True, samesite="lax")


def open_visit(request: Request, response: Response, visit: str) -> None:
    _keep(request, response, VISIT, visit)


def visit_of(request: Request) -> str:
    return request.cookies.get(VISIT) or secrets.token_urlsafe(24)


def is_careful(request: Request) -> bool:
    """Larger type and larger targets, as chosen in this browser."""
    return request.cookies.get(CARE) == "1"


def choose_care(request: Request, response: Response, on: bool) -> None:
    response.set_cookie(
        CARE, "1" if on else "0", max_age=YEAR, path="/", secure=is_https(request), httponly=True, samesite="lax"
    )


def _keep(request: Request, response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, path="/", secure=is_https(request), httponly=True, samesite="lax")


def form_token(request: Request, visit: str = "") -> str:
    """Tied to the session, before sign-in to the visit. Replicas share the key: any knows the token another gave."""
    holder = session_of(request) or visit or request.cookies.get(VISIT, "")
    return _form_tokens(request, holder)[0] if holder else ""


def _form_tokens(request: Request, holder: str) -> list[str]:
    """By the present key first, then by those before and after it: a form outlives a change of keys."""
    keyring: Keyring = request.app.state.keyring
    keys = derived(keyring, "dashboard form token")
    return [hmac.new(key, holder.encode(), hashlib.sha256).hexdigest() for key in keys]


async def _genuine(request: Request, form: Annotated[str, Form(alias="_form", max_length=100)] = "") -> None:
    """Refuse a form that some other site, or another session, has sent."""
    own_site = request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    holder = session_of(request) or request.cookies.get(VISIT, "")
    known = holder and any(hmac.compare_digest(t.encode(), form.encode()) for t in _form_tokens(request, holder))
    if not (own_site and known):
        raise Forbidden(
            "页面已过期，或不是从本系统提交的，没有做任何更改。请返回原页面，刷新后重新提交。", code="form_refused"
        )


Genuine = Depends(_genuine)
