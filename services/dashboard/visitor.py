"""Who is at the browser: asked of the gateway once a page, for the name in the band and for what may be done."""

import contextlib
from typing import Annotated

from fastapi import Depends, Request

from services.contracts.identity import Me
from services.dashboard.gateway import AnyonesGateway, SignedIn
from services.kernel.errors import DomainError, Forbidden

# The gateway's codes as well: whoever meets one is led to that page.
PASSWORD_FIRST, CODE_FIRST, ENROLMENT_FIRST = "password_change_required", "second_factor_required", "enrolment_required"
HANDOVER_FIRST = "handover_required"
LED_TO = {
    PASSWORD_FIRST: "/password", CODE_FIRST: "/login/code", ENROLMENT_FIRST: "/second-factor",
    HANDOVER_FIRST: "/password",
}  # fmt: skip
OF_FACTOR = {"code": CODE_FIRST, "enrol": ENROLMENT_FIRST, "handover": HANDOVER_FIRST}


class SomethingFirst(Forbidden):
    english = "There is something to do before anything else."


async def _me(request: Request, gateway: SignedIn) -> Me:
    me = await gateway.ask(Me, "/auth/me")
    request.state.me = me
    due = due_of(me)
    if due is not None and LED_TO[due] != request.url.path:
        raise SomethingFirst("请先完成登录，再继续使用。", code=due)
    return me


def due_of(me: Me) -> str | None:
    """What must be done before anything else."""
    if me.second_factor != "none":
        return OF_FACTOR[me.second_factor]
    return PASSWORD_FIRST if me.must_change_password else None


CurrentUser = Annotated[Me, Depends(_me)]
WithUser = Depends(_me)


async def _perhaps(request: Request, gateway: AnyonesGateway) -> None:
    """On a page open to everybody: whose menu to show, if that can be known. The page comes either way."""
    if gateway.token is not None:
        with contextlib.suppress(DomainError):
            request.state.me = await gateway.ask(Me, "/auth/me")


PerhapsUser = Depends(_perhaps)
