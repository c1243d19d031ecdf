"""Who is asking, and what for. The gateway signs it for a minute; services verify it and trust no other header.

Two tokens come with a request: whose process calls, and for whom. Neither is worth anything without the other.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from services.contracts.divisions import CodeRange
from services.kernel import narrowing
from services.kernel.errors import Forbidden, NotFound, Unauthenticated
from services.kernel.keyring import BadToken, Claims, Keyring

GATEWAY = "gateway"
FRESH = timedelta(minutes=5)  # for so long a proof of who one is also serves a reveal or an approval
ACTOR = "x-shegong-actor"


class StepUpRequired(Forbidden):
    english = "Prove again who you are: POST /api/v1/auth/step-up."


class Actor(BaseModel, frozen=True):
    """`may` maps a permission (`registry:write`) to the code ranges in which it holds.

    `proved_at`: when a person last proved who she is, with all her factors; machines prove it with each token.
    """

    id: str
    name: str
    kind: Literal["person", "client", "service"]
    roles: frozenset[str] = frozenset()
    may: dict[str, tuple[CodeRange, ...]] = {}
    proved_at: datetime | None = None

    def ranges(self, permission: str) -> tuple[CodeRange, ...]:
        return self.may.get(permission, ())

    def require(self, permission: str) -> None:
        """403: signed in, but not your role."""
        if not self.ranges(permission):
            raise Forbidden(
                "您的角色不能进行这项操作，如确有需要请联系安全管理员授权。",
                code="permission_missing",
                params={"permission": permission},
            )

    def require_fresh(self, at: datetime) -> None:
        """403: a session left open at a desk must not decide, pay or see what is masked."""
        if self.kind == "person" and (self.proved_at is None or at - self.proved_at > FRESH):
            raise StepUpRequired("此操作须先重新验证身份。请验证后再继续。", code="step_up_required")

    def reaches(self, permission: str, division: str) -> bool:
        return not narrowing.on or any(division in r for r in self.ranges(permission))

    def require_at(self, permission: str, division: str) -> None:
        """404 outside the own area, whoever asks: that something is there is not said."""
        self.require(permission)
        if not self.reaches(permission, division):
            raise NotFound("没有找到，或不在您的管辖范围内。请核对编号和区划。")


def bearer(request: Request) -> str:
    """The token of the Authorization header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("请先登录。")
    return token.strip()


def keyring_of(request: Request) -> Keyring:
    keyring: Keyring = request.app.state.keyring
    return keyring


async def actor_of(request: Request) -> Actor:
    """The actor of a token that the gateway has signed, for this service, brought by whom it was made for (`azp`).

    The gateway itself overrides this.
    """
    caller, token = await calling_service(request), request.headers.get(ACTOR)
    if not token:
        raise Unauthenticated("请先登录。", code="actor_missing")
    claims = keyring_of(request).verify(token, kind="actor", signer=GATEWAY)
    if claims.get("azp") != caller:
        raise BadToken("令牌签发方不对，请重新登录。", code="wrong_caller")
    try:
        return Actor.model_validate(claims.get("actor"))
    except ValidationError as error:
        raise BadToken("令牌中没有身份信息，请重新登录。") from error


async def calling_service(request: Request) -> str:
    """The process that asks at an internal address, by its own signature."""
    claims = keyring_of(request).verify(bearer(request), kind="service")
    if claims["sub"] != f"service:{claims['iss']}":
        raise BadToken("令牌签发方不对，请重新登录。", code="wrong_signer")
    return str(claims["iss"])


def sign_actor(keyring: Keyring, actor: Actor, service: str) -> str:
    """Good at that service alone, and only when this process brings it."""
    said: Claims = {"actor": actor.model_dump(mode="json"), "azp": keyring.name}
    return keyring.sign(service, actor.id, said, kind="actor")


async def asking(request: Request) -> Actor:
    """Whoever asks, made sure of once in a request."""
    known: Actor | None = getattr(request.state, "actor", None)
    if known is None:
        known = request.state.actor = await request.app.state.actor_of(request)
    return known


class Needs:
    """A route's declared permission; as a dependency it yields the actor that has it, and has lately proved herself."""

    def __init__(self, permission: str, *, fresh: bool = False) -> None:
        self.permission, self.fresh = permission, fresh

    async def __call__(self, request: Request) -> Actor:
        actor = await asking(request)
        actor.require(self.permission)
        if self.fresh:
            actor.require_fresh(request.app.state.now())
        return actor


def Requires(permission: str, *, fresh: bool = False) -> Any:
    """A FastAPI dependency: the actor, if it has the permission somewhere; `fresh`: and has lately stepped up."""
    return Depends(Needs(permission, fresh=fresh))
