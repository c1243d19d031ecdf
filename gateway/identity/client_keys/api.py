"""`/clients/{id}/keys`: the public keys with which a system proves itself."""

from typing import Annotated

from fastapi import APIRouter, Path

from gateway.identity.client_keys import commands
from gateway.identity.client_keys.models import ClientKey
from services.contracts.client_keys import ClientKeyList, ClientKeyOut, NewClientKey
from services.kernel.actor import Actor, Requires
from services.kernel.clock import Now
from services.kernel.db import Reader, Tx

router = APIRouter(prefix="/clients/{id}/keys", tags=["clients"])
Granting = Annotated[Actor, Requires("grants:write", fresh=True)]
Looking = Annotated[Actor, Requires("accounts:read")]
Client = Annotated[str, Path(max_length=64, pattern="^[a-z0-9._-]+$")]
Kid = Annotated[str, Path(max_length=128, pattern="^[!-~]+$")]


@router.get("", summary="对接系统的公钥")
async def client_keys(id: Client, actor: Looking, db: Reader) -> ClientKeyList:
    """最近一百把，停用的也列出。"""
    return ClientKeyList(items=[ClientKeyOut(**k.model_dump()) for k in await commands.keys_of(db, id)])


@router.post("", status_code=201, response_model=ClientKeyOut, summary="登记对接系统的公钥")
async def register_client_key(id: Client, order: NewClientKey, actor: Granting, tx: Tx, now: Now) -> ClientKey:
    """Ed25519 或 P-256 的公钥（JWK）。可同时登记几把，以便不中断地更换。"""
    return await commands.register_key(tx, actor, id, order.jwk, now)


@router.delete("/{kid}", status_code=204, summary="停用对接系统的公钥")
async def retire_client_key(id: Client, kid: Kid, actor: Granting, tx: Tx, now: Now) -> None:
    await commands.retire_key(tx, actor, id, kid, now)
