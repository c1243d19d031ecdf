"""For the auditor: who did what to which account, grant or client, and when; to be read on the screen and on paper."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator, Field

from services.contracts.identity_audit import KIND_NAMES, IdentityEventOut
from services.dashboard import administering, lists
from services.dashboard.gateway import SignedIn
from services.dashboard.links import Day, blank_is_none
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
# What an event says of itself, in words; its role and its divisions stand by themselves.
DETAILS = {
    "reason": "理由", "on": "拟失效日期", "network": "网络地址", "sessions_ended": "结束的登录数", "scope": "权限",
    "scopes": "权限", "kid": "公钥编号", "claim": "信息项", "value": "值", "issuer": "统一身份认证",
}  # fmt: skip
REFUSALS = {
    "wrong_credentials": "用户名或密码不对", "wrong_password": "密码不对", "wrong_code": "验证码不对",
    "sign_in_paused": "输错多次，已暂停",
}  # fmt: skip


class EventFilter(lists.Filter):
    account: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    kind: Annotated[str | None, Query(max_length=60), BeforeValidator(blank_is_none)] = None
    from_: Annotated[Day, Field(alias="from")] = None
    to: Day = None


@router.get("/identity-audit")
async def identity_audit(
    request: Request, asked: Annotated[EventFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    return await lists.listed(
        request, gateway, me, "identity_audit.html", Page[IdentityEventOut], "/audit/identity", asked,
        kinds=KIND_NAMES, details=details, who=who, placed=administering.places,
    )  # fmt: skip


def details(event: IdentityEventOut) -> list[tuple[str, str]]:
    """Label and text; what is empty, or is nothing to a person, is left out."""
    said = {label: event.body.get(name) for name, label in DETAILS.items()}
    return [(label, words(value)) for label, value in said.items() if value not in (None, "", [])]


def words(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else REFUSALS.get(str(value), str(value))


def who(id: str, name: str | None, username: str | None) -> str:
    """By name, where there is an account; else what it is called in the log."""
    known = {"anonymous": "未登录的人", "operator": "运维人员", "seed": "演示数据", "sign_in": "登录页"}
    return f"{name}（{username}）" if name else known.get(id, id)
