"""`/auth/oidc`: to the provider and back; `/federation/mappings`: what its claims grant here."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Request, Response

from gateway.identity.address import network_asking, origin_of
from gateway.identity.administration.rules import name_of
from gateway.identity.areas import reaches_all
from gateway.identity.clients.queries import places_of
from gateway.identity.clients.rules import may_decide
from gateway.identity.federation import commands, states
from gateway.identity.federation.finishing import finish
from gateway.identity.federation.models import FederationMapping
from gateway.identity.federation.provider import Provider
from gateway.identity.federation.queries import seen
from gateway.identity.house import house_of
from services.contracts.administration import PlaceOut
from services.contracts.federation import MappingList, MappingOut, NewMapping, Returned, Way
from services.contracts.identity import Session
from services.kernel.actor import Actor, Requires
from services.kernel.clock import Now, Today
from services.kernel.db import Hot, Tx
from services.kernel.errors import NotFound

router = APIRouter(tags=["federation"])
Granting = Annotated[Actor, Requires("grants:write", fresh=True)]
Looking = Annotated[Actor, Requires("accounts:read")]
NO_STORE = {"cache-control": "no-store"}


def provider_of(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise NotFound("本系统没有接入统一身份认证，请用本系统的账号登录。", code="no_provider")
    return provider


@router.get("/auth/oidc/start", summary="统一身份认证：去往何处")
async def start_oidc(request: Request, response: Response, fresh: bool = False) -> Way:
    """浏览器前往 location；state 由调用方随浏览器保存，返回时核对。fresh：须重新验证身份。"""
    house, provider = house_of(request), provider_of(request)
    house.strangers.take(network_asking(request), request.scope)
    response.headers.update(NO_STORE)
    begun = states.begin(house.machines.keyring, house.clock(), fresh=fresh)
    return Way(location=await provider.where_to_go(begun, fresh=fresh), state=begun.state)


@router.post("/auth/oidc/finish", summary="统一身份认证：完成登录")
async def finish_oidc(order: Returned, request: Request, response: Response) -> Session:
    """返回的 code 与 state 各只能用一次，十分钟内有效。"""
    house = house_of(request)
    house.strangers.take(network_asking(request), request.scope)
    response.headers.update(NO_STORE)
    return await finish(house, provider_of(request), order, origin_of(request))


@router.get("/federation/mappings", summary="统一身份认证的角色映射")
async def federation_mappings(request: Request, actor: Looking, db: Hot) -> MappingList:
    """新的在前，停用的也列出，最多五百条。"""
    rows = await seen(db, actor, provider_of(request).oidc.issuer)
    places = await places_of(db, (code for row in rows for code in row.divisions))
    return MappingList(items=[mapping_out(row, actor, places) for row in rows])


@router.post("/federation/mappings", status_code=201, summary="录入一条角色映射")
async def enter_mapping(order: NewMapping, request: Request, actor: Granting, tx: Tx, db: Hot, now: Now) -> MappingOut:
    """须在五分钟内验证过身份；经另一位安全管理员批准后才生效。不能映射到三员。"""
    return await told(db, await commands.enter_mapping(tx, actor, provider_of(request).oidc.issuer, order, now), actor)


@router.post("/federation/mappings/{id}/approve", summary="批准一条角色映射")
async def approve_mapping(id: UUID, actor: Granting, tx: Tx, db: Hot, now: Now) -> MappingOut:
    """须在五分钟内验证过身份，由录入人以外的安全管理员办理。"""
    return await told(db, await commands.approve_mapping(tx, actor, id, now), actor)


@router.post("/federation/mappings/{id}/end", summary="停用一条角色映射")
async def end_mapping(
    id: UUID, request: Request, actor: Granting, tx: Tx, db: Hot, now: Now, today: Today
) -> MappingOut:
    """由它得到的授权随即结束。"""
    ended = await commands.end_mapping(tx, actor, id, now, today)
    house_of(request).standings.forget()
    return await told(db, ended, actor)


async def told(db: asyncpg.Connection, row: FederationMapping, actor: Actor) -> MappingOut:
    return mapping_out(row, actor, await places_of(db, row.divisions))


def mapping_out(row: FederationMapping, actor: Actor, places: Mapping[str, PlaceOut]) -> MappingOut:
    may = [] if row.ended_at is not None or not reaches_all(actor, row.divisions) else ["end"]
    if may and row.approved_at is None:
        may = may_decide(actor, row.entered_by, reached=True)
    return MappingOut(
        **row.model_dump(exclude={"issuer"}),
        role_name=name_of(row.role),
        places=[places[code] for code in row.divisions],
        may=may,
    )
