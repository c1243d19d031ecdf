"""Other systems as administrators see them: the list, one with its keys and changes, and the forms about it."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.client_keys import ClientKeyList
from services.contracts.clients import (
    CHANGE_KIND_NAMES,
    CLIENT_STATE_NAMES,
    ClientDetail,
    ClientOut,
    ClientState,
    ScopeList,
)
from services.dashboard import administering, client_steps, forms, inputs, lists
from services.dashboard.client_steps import ACTS, DONE, NEEDS, NEW, with_scopes
from services.dashboard.cookies import Genuine
from services.dashboard.deciders import people_of
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import Word, blank_is_none
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.steps import Step, Verb, sent, version_of
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import StaleVersion
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
ClientId = Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9][a-z0-9._-]{1,63}$")]
S = ClientState
WORDS: dict[str, Any] = {
    "states": CLIENT_STATE_NAMES,
    "state_lights": {S.PENDING: "at_risk", S.IN_FORCE: "achieved", S.ENDED: "no_target", S.DISABLED: "no_target"},
    "kinds": CHANGE_KIND_NAMES,
}


class ClientFilter(lists.Filter):
    search: Word = None
    state: Annotated[ClientState | None, BeforeValidator(blank_is_none)] = None
    waiting: lists.YesNo = None


@router.get("/clients")
async def clients(
    request: Request, asked: Annotated[ClientFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    return await lists.listed(request, gateway, me, "clients.html", Page[ClientOut], "/clients", asked, **WORDS)


@router.get("/clients/new")
async def new(request: Request, gateway: SignedIn, me: CurrentUser) -> Response:
    forms.must(me, NEEDS)
    return new_page(request, with_scopes(NEW, await scopes_of(gateway)), Form({}))


@router.post("/clients/new", dependencies=[Genuine])
async def entered(request: Request, gateway: SignedIn, typed: Typed) -> Response:
    step = with_scopes(NEW, await scopes_of(gateway))
    answer = await sent(gateway, step, Form(typed, key=typed.get("key", "")), "/clients", None)
    if isinstance(answer, Form):
        return new_page(request, step, answer)
    return forms.saved(f"/clients/{gateway.read(ClientOut, answer).id}", "new")


def new_page(request: Request, step: Step, form: Form) -> Response:
    return forms.shown(
        request, "step.html", form, step=step, crumbs=[("对接系统", "/clients"), (step.title, None)], back="/clients",
        path="/clients/new", place=None, about="", facts={},
    )  # fmt: skip


@router.get("/clients/{id}")
async def client(request: Request, id: ClientId, gateway: SignedIn, me: CurrentUser, done: str = "") -> Response:
    shown, keys, scopes = await asyncio.gather(
        client_of(gateway, id), panel(gateway.ask(ClientKeyList, f"/clients/{id}/keys")), scopes_of(gateway)
    )
    waiting = [c.entered_by for c in shown.changes] + [k.added_by for k in (keys.found.items if keys.found else [])]
    return render(
        request, "client.html", client=shown, keys=keys, scopes=scopes, people=await people_of(gateway, waiting),
        done=done, done_words=DONE, spaced=spaced, **WORDS,
    )  # fmt: skip


def spaced(fingerprint: str) -> str:
    """As it is read out over the telephone, and broken on a narrow page."""
    return " ".join(fingerprint[at : at + 8] for at in range(0, len(fingerprint), 8))


async def client_of(gateway: Gateway, id: str) -> ClientDetail:
    return await gateway.ask(ClientDetail, f"/clients/{id}")


async def scopes_of(gateway: Gateway) -> dict[str, str]:
    """Permissions that machines can hold, by their names."""
    return {scope.id: scope.name for scope in (await gateway.ask(ScopeList, "/client-scopes")).items}


@router.get("/clients/{id}/{verb}")
async def show(request: Request, id: ClientId, verb: Verb, gateway: SignedIn, me: CurrentUser) -> Response:
    forms.must(me, NEEDS)
    step, shown = await at_hand(gateway, id, verb)
    forms.must_be_able(verb, shown.may)
    now = await inputs.shown_of(gateway, step.inputs, shown.model_dump(mode="json")) if step.version else {}
    return act_page(request, step, verb, Form(now, version=version_of(shown) if step.version else ""), shown)


@router.post("/clients/{id}/{verb}", dependencies=[Genuine])
async def take(request: Request, id: ClientId, verb: Verb, gateway: SignedIn, typed: Typed) -> Response:
    step, shown = await at_hand(gateway, id, verb)
    form = Form(typed, key=typed.get("key", ""), version=typed.get("version", ""))
    failed = await sent(gateway, step, form, ACTS[verb].at.format(id=id), None)
    if not isinstance(failed, Form):
        return forms.saved(f"/clients/{id}", verb)
    if isinstance(failed.refusal, StaleVersion):
        failed, shown = await overtaken(gateway, step, failed, id)
    return act_page(request, step, verb, failed, shown)


async def at_hand(gateway: Gateway, id: str, verb: str) -> tuple[Step, ClientDetail]:
    act = administering.known(client_steps.ACTS, verb)
    shown, scopes = await asyncio.gather(client_of(gateway, id), scopes_of(gateway))
    return with_scopes(act.step, scopes), shown


async def overtaken(gateway: Gateway, step: Step, form: Form, id: str) -> tuple[Form, ClientDetail]:
    """What the other one has changed, beside what was typed."""
    shown = await client_of(gateway, id)
    now = await inputs.shown_of(gateway, step.inputs, shown.model_dump(mode="json"))
    labels = {name: label for name, label in step.labels.items() if name != "reason"}
    return forms.overtaken(form, now, labels, shown.version, step.words), shown


def act_page(
    request: Request, step: Step, verb: str, form: Form, shown: ClientDetail, facts: Mapping[str, str] | None = None
) -> Response:
    back = f"/clients/{shown.id}"
    return forms.shown(
        request, "step.html", form, step=step, back=back, path=f"{back}/{verb}", place=None, about=shown.name,
        crumbs=[("对接系统", "/clients"), (shown.name, back), (step.title, None)],
        facts={"client_id": shown.id, **(facts or {})},
    )  # fmt: skip
