"""Who is asking, and what for. The gateway signs it for a minute; services verify it and trust no other header."""

from typing import Any, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from services.contracts.divisions import CodeRange
from services.kernel.errors import Forbidden, NotFound, Unauthenticated
from services.kernel.keyring import BadToken, Keyring

GATEWAY = "gateway"


class Actor(BaseModel, frozen=True):
    """`may` maps a permission (`registry:write`) to the code ranges in which it holds."""

    id: str
    name: str
    kind: Literal["person", "client", "service"]
    roles: frozenset[str] = frozenset()
    may: dict[str, tuple[CodeRange, ...]] = {}

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

    def reaches(self, permission: str, division: str) -> bool:
        return any(division in r for r in self.ranges(permission))

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
    """The actor of a token signed by the gateway for this service. The gateway itself overrides this."""
    claims = keyring_of(request).verify(bearer(request), signer=GATEWAY)
    try:
        return Actor.model_validate(claims.get("actor"))
    except ValidationError as error:
        raise BadToken("令牌中没有身份信息，请重新登录。") from error


async def calling_service(request: Request) -> str:
    """The process that asks at an internal address, by its own signature."""
    subject = str(keyring_of(request).verify(bearer(request))["sub"])
    if not subject.startswith("service:"):
        raise Forbidden("此地址只供系统内部服务使用。", code="services_only")
    return subject.removeprefix("service:")


class Needs:
    """A route's declared permission; as a dependency it yields the actor that has it."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Actor:
        actor: Actor = await request.app.state.actor_of(request)
        actor.require(self.permission)
        return actor


def Requires(permission: str) -> Any:
    """A FastAPI dependency: the actor, if it has the permission somewhere."""
    return Depends(Needs(permission))
