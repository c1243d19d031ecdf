"""`/auth`: signing in and out, who am I, own sessions and password, machine tokens, public keys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Header, Request, Response

from gateway.identity import commands, queries, signing_in
from gateway.identity.address import network_asking, origin_of
from gateway.identity.asking import Anyone, ChangingPassword, HalfWay, Person
from gateway.identity.changing import change_password
from gateway.identity.client_keys.rules import TYPE as ASSERTION_TYPE
from gateway.identity.house import house_of
from gateway.identity.issuing import Proof, credentials, issue_token
from gateway.identity.me import who_asks
from services.contracts.identity import (
    MachineToken,
    Me,
    PasswordChange,
    PublicKeys,
    Session,
    SessionList,
    SessionOut,
    SignIn,
)
from services.kernel.db import Hot, Reader, Tx

router = APIRouter(prefix="/auth", tags=["auth"])
# Nothing of these answers may be kept on the way.
NO_STORE = {"cache-control": "no-store"}


@router.post("/login", summary="登录（人员）")
async def login(order: SignIn, request: Request, response: Response) -> Session:
    """答复中的 token 此后放在 Authorization: Bearer 中。同一网络连续输错五次，暂停十五分钟。"""
    origin = origin_of(request)
    house_of(request).strangers.take(origin.network, request.scope)
    response.headers.update(NO_STORE)
    return await signing_in.sign_in(house_of(request), order, origin)


@router.post("/logout", status_code=204, summary="退出登录")
async def logout(request: Request, person: HalfWay, tx: Tx) -> None:
    if person.session is not None:
        await commands.end_session(tx, person.actor, person.session)
    house_of(request).standings.forget()


@router.get("/me", summary="我是谁，可以做什么")
async def me(anyone: Anyone, db: Hot) -> Me:
    return await who_asks(db, anyone)


@router.get("/sessions", summary="我的登录会话")
async def sessions(request: Request, person: Person, db: Reader) -> SessionList:
    """最近一百个尚未到期的会话；已闲置超时的也可能列出。"""
    rows = await queries.sessions_of(db, person.account, house_of(request).clock())
    listed = [SessionOut(**row.model_dump(), current=row.id == person.session) for row in rows]
    return SessionList(items=listed)


@router.delete("/sessions/{id}", status_code=204, summary="结束我的一个登录会话")
async def end_session(id: UUID, request: Request, person: Person, tx: Tx) -> None:
    await commands.end_session(tx, person.actor, id)
    house_of(request).standings.forget()


@router.post("/password", status_code=204, summary="修改密码")
async def password(order: PasswordChange, request: Request, person: ChangingPassword) -> None:
    """至少 12 个字。修改后，本账号的其他会话全部结束。"""
    await change_password(house_of(request), person, order, origin_of(request))


@router.post("/token", summary="申请令牌（系统对接）")
async def token(
    request: Request,
    response: Response,
    grant_type: Annotated[str, Form(max_length=64, examples=["client_credentials"])],
    client_id: Annotated[str | None, Form(max_length=64, examples=["demo"])] = None,
    client_secret: Annotated[str | None, Form(max_length=256, examples=["…"])] = None,
    client_assertion_type: Annotated[str, Form(max_length=128, examples=[ASSERTION_TYPE])] = "",
    client_assertion: Annotated[str, Form(max_length=4096, examples=["eyJhbGciOiJFZERTQSIs…"])] = "",
    scope: Annotated[str | None, Form(max_length=512, examples=["registry:read"])] = None,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> MachineToken:
    """OAuth2 客户端凭据，以登记的公钥证明身份（private_key_jwt）：client_assertion 的 iss、sub 为 client_id，

    aud 为本地址，五分钟内到期，jti 每次不同。client_secret 只用于演示。

    可用 scope 少要权限，不能多要；令牌有效期十五分钟。
    """
    network, house = network_asking(request), house_of(request)
    house.strangers.take(network, request.scope)
    response.headers.update(NO_STORE)
    name, secret = credentials(authorization, client_id, client_secret)
    proof = Proof(name, secret, client_assertion_type, client_assertion)
    return await issue_token(house, grant_type, proof, scope, network)


@router.get("/jwks", summary="公钥")
async def jwks(request: Request) -> PublicKeys:
    return PublicKeys(keys=house_of(request).machines.public_keys())
