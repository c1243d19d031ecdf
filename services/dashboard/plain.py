"""The way in, and the pages that explain: own division, state of the parts, help, about."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.contracts.coverage import Status
from services.contracts.divisions import Tier, tier_by_code
from services.dashboard.gateway import AnyonesGateway
from services.dashboard.numbers import age
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, PerhapsUser
from services.kernel.clock import Now
from services.kernel.errors import DomainError

router = APIRouter(default_response_class=HTMLResponse)


@router.get("/")
async def home(me: CurrentUser) -> Response:
    """City and district land on their map, street and village on their workbench, whoever sees no business data on the
    state of the system."""
    if "coverage:read" not in me.permissions:
        return RedirectResponse("/status", 303)
    daily = tier_by_code(me.home) in (Tier.STREET, Tier.VILLAGE)
    return RedirectResponse("/work" if daily else f"/map/{me.home}", 303)


@router.get("/status", dependencies=[PerhapsUser])
async def status(request: Request, gateway: AnyonesGateway, now: Now) -> Response:
    """The page itself always answers: the one part it asks may be the one that is away."""
    try:
        found, refusal = await gateway.ask(Status, "/status"), None
    except DomainError as error:
        found, refusal = None, error
    ages = {p.part: age(p.since, now) for p in found.parts} if found else {}
    return render(request, "status.html", found=found, refusal=refusal, ages=ages, now=now)


@router.get("/help", dependencies=[PerhapsUser])
async def help_page(request: Request) -> Response:
    return render(request, "help.html")


@router.get("/about", dependencies=[PerhapsUser])
async def about(request: Request) -> Response:
    return render(request, "about.html")
