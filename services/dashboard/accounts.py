"""Accounts as administrators see them: the list, one account with its grants and sessions, and what is done to it."""

import asyncio
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.administration import (
    AccountDetail,
    AccountOut,
    Because,
    FirstPassword,
    OpenAccount,
    PolicyOut,
    Rename,
)
from services.contracts.identity import Me, SessionList
from services.dashboard import administering, forms, grants, lists
from services.dashboard.administering import Act, account_of
from services.dashboard.cookies import Genuine
from services.dashboard.deciders import people_of
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import REASON, Input
from services.dashboard.links import Word, blank_is_none
from services.dashboard.menu import may
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.steps import Step, Verb, sent
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
NEEDS, HANDS_OVER = "accounts:write", "accounts:handover"
NAME = Input("name", "姓名或岗位名称")
OPEN = Step(
    "开通账号",
    (Input("username", "用户名", most=64, hint="小写字母、数字、点、连字符和下划线，例如 zhang.wei"), NAME),
    OpenAccount, word="开通",
    said="新账号没有任何权限，由安全管理员另行授权。初始密码只显示一次。"
    "角色须双人复核的，还须由另一名管理员确认已交给本人。",
    about={"username_taken": "username"},
)  # fmt: skip
ACTS = {
    "rename": Act(
        Step("修改姓名", (NAME,), Rename, version=True, said="用户名和授权不变。", done="姓名已修改。"),
        NEEDS, "/accounts/{id}",
    ),
    "handover": Act(
        Step(
            "确认交接", word="已核实，确认交接", done="交接已确认。请本人重新登录，并绑定验证器。",
            said="请先当面或电话核实：用户名和密码在本人手中，密码已由本人修改。此前绑定的验证器和登录全部作废。",
        ),
        HANDS_OVER, "/accounts/{id}/handover",
    ),
    "disable": Act(
        Step(
            "停用账号", (REASON,), Because, word="停用", done="账号已停用。",
            said="登录随即结束；授权保留，启用后恢复。",
        ),
        NEEDS, "/accounts/{id}/disable",
    ),
    "enable": Act(
        Step("启用账号", (REASON,), Because, word="启用", said="原有的授权随之恢复。", done="账号已启用。"),
        NEEDS, "/accounts/{id}/enable",
    ),
    "password": Act(
        Step(
            "重置密码", word="重置密码",
            said="请先核实本人身份。新密码只显示一次，登录后须修改；登录全部结束，验证器不变。"
            "没有验证器、角色又须双人复核的，还须由另一名管理员确认交接。",
        ),
        NEEDS, "/accounts/{id}/password",
    ),
    "sessions": Act(
        Step("结束全部登录", word="结束全部登录", said="该账号在所有地方都须重新登录。", done="登录已全部结束。"),
        NEEDS, "/accounts/{id}/sessions", method="DELETE",
    ),
    **grants.ACTS,
}  # fmt: skip
DONE = {**{verb: act.step.done for verb, act in ACTS.items()}, **grants.DONE, "session": "该登录已结束。"}


class AccountFilter(lists.Filter):
    search: Word = None
    disabled: lists.YesNo = None
    role: Annotated[str | None, Query(max_length=40), BeforeValidator(blank_is_none)] = None


@router.get("/accounts")
async def accounts(
    request: Request, asked: Annotated[AccountFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    async def about(items: Sequence[AccountOut]) -> dict[str, object]:
        known = (await panel(gateway.ask(PolicyOut, "/policy"))).found
        return {"roles": {role.id: role.name for role in known.roles} if known else {}}

    return await lists.listed(request, gateway, me, "accounts.html", Page[AccountOut], "/accounts", asked, about)


@router.get("/accounts/new")
async def new(request: Request, me: CurrentUser) -> Response:
    forms.must(me, NEEDS)
    return new_page(request, Form({}))


@router.post("/accounts/new", dependencies=[Genuine])
async def opened(request: Request, gateway: SignedIn, typed: Typed) -> Response:
    form = Form(typed, key=typed.get("key", ""))
    answer = await sent(gateway, OPEN, form, "/accounts", None)
    return new_page(request, answer) if isinstance(answer, Form) else await told_once(request, gateway, answer)


def new_page(request: Request, form: Form) -> Response:
    crumbs = [("账号", "/accounts"), (OPEN.title, None)]
    return forms.shown(
        request, "step.html", form, step=OPEN, crumbs=crumbs, back="/accounts", path="/accounts/new", place=None,
        about="", facts={},
    )  # fmt: skip


async def told_once(request: Request, gateway: Gateway, answer: bytes) -> Response:
    """The password stands in this answer only; that the account's name is not to be had must not lose it."""
    first = gateway.read(FirstPassword, answer)
    account = (await panel(account_of(gateway, first.account))).found
    return render(request, "first_password.html", first=first, account=account)


@router.get("/accounts/{id}")
async def account(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, done: str = "") -> Response:
    shown, sessions = await asyncio.gather(
        account_of(gateway, id), panel(gateway.ask(SessionList, f"/accounts/{id}/sessions"))
    )
    first = shown.first_password_by or ""
    people = await people_of(gateway, [first])
    return render(
        request, "account_administered.html", account=shown, sessions=sessions, done=done,
        done_words={k: said for k, said in DONE.items() if said}, may_do=may_do(me, shown),
        first_by=people.get(first, first), audits=may(me, "audit:read"),
        own=administering.is_own(me, id), decides=may(me, grants.NEEDS), **administering.WORDS,
    )  # fmt: skip


def may_do(me: Me, account: AccountDetail) -> list[str]:
    """What this administrator can do to it as it is now; the API decides."""
    senseless = {
        "disable": account.disabled_at is not None, "enable": account.disabled_at is None,
        "sessions": not account.sessions, "second-factor": not account.second_factor,
        "handover": account.first_password_by in (None, me.id) or account.must_change_password,
    }  # fmt: skip
    if administering.is_own(me, account.id):
        return []
    return [verb for verb, act in ACTS.items() if may(me, act.needs) and not senseless.get(verb)]


@router.post("/accounts/{id}/sessions/{session}/end", dependencies=[Genuine])
async def end_session(id: UUID, session: UUID, gateway: SignedIn) -> Response:
    await gateway.tell(f"/accounts/{id}/sessions/{session}", method="DELETE")
    return forms.saved(f"/accounts/{id}", "session")


@router.get("/accounts/{id}/{verb}")
async def show(request: Request, id: UUID, verb: Verb, gateway: SignedIn, me: CurrentUser) -> Response:
    act = administering.known(ACTS, verb)
    forms.must(me, act.needs)
    form = await renaming(gateway, id) if verb == "rename" else Form({})
    return await verb_page(request, gateway, id, verb, form, await grants.with_roles(gateway, act))


async def renaming(gateway: Gateway, id: UUID) -> Form:
    shown = await account_of(gateway, id)
    return Form({"name": shown.name}, version=shown.version)


@router.post("/accounts/{id}/{verb}", dependencies=[Genuine])
async def take(request: Request, id: UUID, verb: Verb, gateway: SignedIn, typed: Typed) -> Response:
    act = await grants.with_roles(gateway, administering.known(ACTS, verb))
    form = Form(typed, key=typed.get("key", ""), version=typed.get("version", ""))
    answer = await administering.taken(gateway, act, form, act.at.format(id=id))
    if isinstance(answer, Form):
        return await verb_page(request, gateway, id, verb, answer, act)
    return await told_once(request, gateway, answer) if verb == "password" else forms.saved(f"/accounts/{id}", verb)


async def verb_page(
    request: Request, gateway: Gateway, id: UUID, verb: str, form: Form, act: Act
) -> Response:  # fmt: skip
    shown = await account_of(gateway, id)
    return administering.act_page(request, act.step, form, shown, f"/accounts/{id}/{verb}", {})
