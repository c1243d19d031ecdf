"""What two must agree on for another system: a change or a key, each approved or ended on a page of its own."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.contracts.administration import PlaceOut
from services.contracts.client_keys import ClientKeyList, ClientKeyOut
from services.contracts.clients import CHANGE_KIND_NAMES, ChangeKind, ClientChangeOut, ClientDetail
from services.dashboard import administering, forms, numbers
from services.dashboard.administering import Act
from services.dashboard.client_steps import NEEDS, OF_CHANGES, OF_KEYS
from services.dashboard.clients import ClientId, act_page, client_of, scopes_of, spaced
from services.dashboard.cookies import Genuine
from services.dashboard.deciders import people_of
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.steps import Verb
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import NotFound

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
Kid = Annotated[str, Path(max_length=128, pattern="^[!-~]+$")]


@router.get("/clients/{id}/changes/{change}/{verb}")
async def show_change(
    request: Request, id: ClientId, change: UUID, verb: Verb, gateway: SignedIn, me: CurrentUser
) -> Response:
    forms.must(me, NEEDS)
    return await change_page(request, gateway, id, change, verb, None)


@router.post("/clients/{id}/changes/{change}/{verb}", dependencies=[Genuine])
async def take_change(
    request: Request, id: ClientId, change: UUID, verb: Verb, gateway: SignedIn, typed: Typed
) -> Response:
    failed = await decided(gateway, OF_CHANGES, verb, typed, id, str(change))
    if isinstance(failed, Form):
        return await change_page(request, gateway, id, change, verb, failed)
    return forms.saved(f"/clients/{id}", f"change-{verb}")


@router.get("/clients/{id}/keys/{kid}/{verb}")
async def show_key(
    request: Request, id: ClientId, kid: Kid, verb: Verb, gateway: SignedIn, me: CurrentUser
) -> Response:
    forms.must(me, NEEDS)
    return await key_page(request, gateway, id, kid, verb, None)


@router.post("/clients/{id}/keys/{kid}/{verb}", dependencies=[Genuine])
async def take_key(request: Request, id: ClientId, kid: Kid, verb: Verb, gateway: SignedIn, typed: Typed) -> Response:
    failed = await decided(gateway, OF_KEYS, verb, typed, id, quote(kid, safe=""))
    if isinstance(failed, Form):
        return await key_page(request, gateway, id, kid, verb, failed)
    return forms.saved(f"/clients/{id}", f"key-{verb}")


async def decided(
    gateway: Gateway, acts: Mapping[str, Act], verb: str, typed: Mapping[str, str], id: str, of: str
) -> bytes | Form:
    act = administering.known(acts, verb)
    return await administering.taken(gateway, act, Form(typed, key=typed.get("key", "")), act.at.format(id=id, of=of))


async def change_page(
    request: Request, gateway: Gateway, id: str, change: UUID, verb: str, failed: Form | None
) -> Response:
    """`failed`: what was sent and refused; otherwise only what can be done now is offered."""
    act, client = administering.known(OF_CHANGES, verb), await client_of(gateway, id)
    found = next((one for one in client.changes if one.id == change), None)
    if found is None:
        raise NotFound("没有这项变更，请从对接系统的页面进入。")
    if failed is None:
        forms.must_be_able(verb, found.may)
    facts = facts_of(client, found, await scopes_of(gateway), await people_of(gateway, [found.entered_by]))
    return act_page(request, act.step, f"changes/{change}/{verb}", failed or Form({}), client, facts)


async def key_page(request: Request, gateway: Gateway, id: str, kid: str, verb: str, failed: Form | None) -> Response:
    act, client = administering.known(OF_KEYS, verb), await client_of(gateway, id)
    keys = await gateway.ask(ClientKeyList, f"/clients/{id}/keys")
    found = next((one for one in keys.items if one.kid == kid), None)
    if found is None:
        raise NotFound("没有这把公钥，请从对接系统的页面进入。")
    if failed is None:
        forms.must_be_able(verb, found.may)
    facts = facts_of_key(found, await people_of(gateway, [found.added_by]))
    return act_page(request, act.step, f"keys/{quote(kid, safe='')}/{verb}", failed or Form({}), client, facts)


def facts_of(
    client: ClientDetail, change: ClientChangeOut, scopes: Mapping[str, str], people: Mapping[str, str]
) -> dict[str, str]:
    """What whoever decides has to see; of a client in force also what it has now."""
    wanted = {
        "变更": CHANGE_KIND_NAMES[change.kind], "权限": named(change.scopes, scopes),
        "区划": places(change.places), "期限": until(change.end),
    }  # fmt: skip
    now = {
        "现有权限": named(client.scopes, scopes), "现有区划": places(client.places), "现有期限": until(client.end)
    }  # fmt: skip
    by = {"理由": change.reason, "录入人": people.get(change.entered_by, change.entered_by)}
    return {**wanted, **(now if change.kind is ChangeKind.WIDEN else {}), **by}


def facts_of_key(key: ClientKeyOut, people: Mapping[str, str]) -> dict[str, str]:
    return {
        "kid": key.kid, "算法": str(key.jwk.get("crv")), "指纹（SHA-256）": spaced(key.fingerprint),
        "登记人": people.get(key.added_by, key.added_by), "登记时间": numbers.moment(key.added_at),
    }  # fmt: skip


def named(scopes: list[str], names: Mapping[str, str]) -> str:
    return "、".join(names.get(scope, scope) for scope in scopes)


def places(found: list[PlaceOut]) -> str:
    return "、".join(dict.fromkeys(f"{p.code} {p.name if p.name != p.code else ''}".strip() for p in found))


def until(end: date | None) -> str:
    return f"至 {numbers.last_day(end)}" if end else "长期有效"
