"""`/auth/oidc`: to the provider and back; `/federation/mappings`: what its claims grant here."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from gateway.identity.address import network_asking, origin_of
from gateway.identity.federation import commands, states
from gateway.identity.federation.finishing import finish
from gateway.identity.federation.models import FederationMapping
from gateway.identity.federation.provider import Provider
from gateway.identity.house import house_of
from services.contracts.federation import MappingList, MappingOut, NewMapping, Returned, Way
from services.contracts.identity import Session
from services.kernel.actor import Actor, Requires
from services.kernel.clock import Now, Today
from services.kernel.db import Reader, Tx
from services.kernel.errors import NotFound

router = APIRouter(tags=["federation"])
Granting = Annotated[Actor, Requires("grants:write")]
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
async def federation_mappings(request: Request, actor: Looking, db: Reader) -> MappingList:
    rows = await commands.mappings(db, provider_of(request).oidc.issuer)
    return MappingList(items=[MappingOut(**row.model_dump()) for row in rows])


@router.post("/federation/mappings", status_code=201, response_model=MappingOut, summary="录入一条角色映射")
async def enter_mapping(order: NewMapping, request: Request, actor: Granting, tx: Tx, now: Now) -> FederationMapping:
    """经另一位安全管理员批准后才生效。不能映射到三员。"""
    return await commands.enter_mapping(tx, actor, provider_of(request).oidc.issuer, order, now)


@router.post("/federation/mappings/{id}/approve", response_model=MappingOut, summary="批准一条角色映射")
async def approve_mapping(id: UUID, actor: Granting, tx: Tx, now: Now) -> FederationMapping:
    return await commands.approve_mapping(tx, actor, id, now)


@router.post("/federation/mappings/{id}/end", response_model=MappingOut, summary="停用一条角色映射")
async def end_mapping(id: UUID, request: Request, actor: Granting, tx: Tx, now: Now, today: Today) -> FederationMapping:
    return await commands.end_mapping(tx, actor, id, now, today)
