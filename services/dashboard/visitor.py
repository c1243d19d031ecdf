"""Who is at the browser: asked of the gateway once a page, for the name in the band and for what may be done."""

import contextlib
from typing import Annotated

from fastapi import Depends, Request

from services.contracts.identity import Me
from services.dashboard.gateway import AnyonesGateway, SignedIn
from services.kernel.errors import DomainError, Forbidden

PASSWORD_FIRST = "password_change_required"  # the gateway's code as well


class PasswordFirst(Forbidden):
    english = "Change the first password before anything else."


async def _me(request: Request, gateway: SignedIn) -> Me:
    me = await gateway.ask(Me, "/auth/me")
    request.state.me = me
    if me.must_change_password and request.url.path != "/password":
        raise PasswordFirst("请先修改初始密码，再继续使用。", code=PASSWORD_FIRST)
    return me


CurrentUser = Annotated[Me, Depends(_me)]
WithUser = Depends(_me)


async def _perhaps(request: Request, gateway: AnyonesGateway) -> None:
    """On a page open to everybody: whose menu to show, if that can be known. The page comes either way."""
    if gateway.token is not None:
        with contextlib.suppress(DomainError):
            request.state.me = await gateway.ask(Me, "/auth/me")


PerhapsUser = Depends(_perhaps)
