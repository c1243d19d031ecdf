"""Who asks: the Bearer token of a request becomes a standing, and the actor that routes and services see."""

from typing import Annotated

from fastapi import Depends, Request

from gateway.identity.house import house_of
from gateway.identity.standing import Standing
from services.contracts.identity import FactorDue
from services.kernel.actor import Actor, bearer
from services.kernel.errors import Forbidden, Unauthenticated

PASSWORD_FIRST = "请先修改初始密码或已到期的密码，再继续使用。"
CODE_FIRST = "请先输入动态验证码，完成登录。"
ENROLMENT_FIRST = "您的角色须使用动态验证码。请先绑定验证器，再继续使用。"
HANDOVER_FIRST = (
    "您的密码由一名管理员设置。请先修改密码，再请另一名系统管理员或安全管理员当面核实，在您的账号页面“确认交接”。"
    "确认前只能修改密码。"
)


async def standing_of(request: Request) -> Standing:
    """Opaque: a person's session. Three parts: a machine's token. Counted against the principal's rate."""
    house, token = house_of(request), bearer(request)
    if token.count(".") == 2:
        claims = house.machines.read(token)
        found = await house.standings.of_machine(claims.client, claims.scopes)
    else:
        found = await house.standings.of_session(token)
    if found is None:
        raise Unauthenticated("登录已失效，请重新登录。", code="signed_out")
    house.principals.take(found.actor.id, request.scope)
    return found


async def actor_of(request: Request) -> Actor:
    """What `Requires` asks on the gateway; whoever still has the first password may change that and nothing else."""
    found = await standing_of(request)
    check_factor(found)
    if found.must_change_password:
        raise Forbidden(PASSWORD_FIRST, code="password_change_required")
    return found.actor


def check_factor(found: Standing) -> None:
    if found.factor_due == "code":
        raise Forbidden(CODE_FIRST, code="second_factor_required")
    if found.factor_due == "enrol":
        raise Forbidden(ENROLMENT_FIRST, code="enrolment_required")
    if found.factor_due == "handover":
        raise Forbidden(HANDOVER_FIRST, code="handover_required")


class SignedIn:
    """A route's declaration that it is about whoever asks, whatever the role; `person`: not for machines.

    `before`: what a session may still wait for here.
    """

    def __init__(self, *, person: bool = False, before: tuple[FactorDue, ...] = ()) -> None:
        self.person, self.before = person, before

    async def __call__(self, request: Request) -> Standing:
        found = await standing_of(request)
        if self.person and found.session is None:
            raise Forbidden("此操作只供人员账号使用，系统对接请用 /api/v1/auth/token。", code="people_only")
        if found.factor_due not in self.before:
            check_factor(found)
        return found


Anyone = Annotated[Standing, Depends(SignedIn(before=("code", "enrol", "handover")))]
Person = Annotated[Standing, Depends(SignedIn(person=True))]
# Half-way through signing in: where she leaves again, or goes on. A new password is for whoever has come through.
HalfWay = Annotated[Standing, Depends(SignedIn(person=True, before=("code", "enrol", "handover")))]
Enrolling = Annotated[Standing, Depends(SignedIn(person=True, before=("enrol",)))]
ChangingPassword = Annotated[Standing, Depends(SignedIn(person=True, before=("enrol", "handover")))]
