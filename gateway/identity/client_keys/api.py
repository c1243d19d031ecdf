"""`/clients/{id}/keys`: the public keys with which a system proves itself."""

from typing import Annotated

from fastapi import APIRouter, Path

from gateway.identity.areas import reaches_all
from gateway.identity.client_keys import commands
from gateway.identity.client_keys.models import ClientKey
from gateway.identity.client_keys.rules import fingerprint, jwk_of
from gateway.identity.clients.queries import divisions_of
from gateway.identity.clients.rules import may_decide
from services.contracts.client_keys import ClientKeyList, ClientKeyOut, NewClientKey
from services.kernel.actor import Actor, Requires
from services.kernel.clock import Now
from services.kernel.db import Reader, Tx
from services.kernel.listing import plain

router = APIRouter(prefix="/clients/{id}/keys", tags=["clients"])
Granting = Annotated[Actor, Requires("grants:write", fresh=True)]
Looking = Annotated[Actor, Requires("accounts:read")]
Client = Annotated[str, Path(max_length=64, pattern="^[a-z0-9._-]+$")]
Kid = Annotated[str, Path(max_length=128, pattern="^[!-~]+$")]


@router.get("", summary="对接系统的公钥")
async def client_keys(id: Client, actor: Looking, db: Reader) -> ClientKeyList:
    """最近一百把，停用的也列出。"""
    reached = reaches_all(actor, await divisions_of(await plain(db), actor, id))
    return ClientKeyList(items=[key_out(key, actor, reached=reached) for key in await commands.keys_of(db, id)])


@router.post("", status_code=201, summary="登记对接系统的公钥")
async def register_client_key(id: Client, order: NewClientKey, actor: Granting, tx: Tx, now: Now) -> ClientKeyOut:
    """Ed25519 或 P-256 的公钥（JWK 或 PEM）；经另一名安全管理员批准后才能使用。可登记几把，以便不中断地更换。"""
    made = await commands.register_key(tx, actor, id, order.jwk or jwk_of(order.pem or ""), now)
    return key_out(made, actor)


@router.post("/{kid}/approve", summary="复核对接系统的公钥")
async def approve_client_key(id: Client, kid: Kid, actor: Granting, tx: Tx, now: Now) -> ClientKeyOut:
    """须由登记人以外的安全管理员办理；请先经另一渠道与对方核对指纹。不同意的，停用它。"""
    return key_out(await commands.approve_key(tx, actor, id, kid, now), actor)


@router.delete("/{kid}", status_code=204, summary="停用对接系统的公钥")
async def retire_client_key(id: Client, kid: Kid, actor: Granting, tx: Tx, now: Now) -> None:
    await commands.retire_key(tx, actor, id, kid, now)


def key_out(key: ClientKey, actor: Actor, *, reached: bool = True) -> ClientKeyOut:
    may = may_decide(actor, key.added_by, reached=reached) if key.pending else ["end"] if reached else []
    open_to = may if key.retired_at is None else []
    return ClientKeyOut(**key.model_dump(), fingerprint=fingerprint(key.jwk), may=open_to)
