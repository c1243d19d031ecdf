"""Grants of roles by a security administrator, the ones that wait for a second one, unlocking and second factors."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.contracts.administration import Because, EndGrant, GrantOut, GrantRole, PolicyOut
from services.dashboard import administering, forms, labels, lists
from services.dashboard.administering import Act
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import REASON, Input, Kind
from services.dashboard.panels import gathered, panel
from services.dashboard.steps import Step, Verb
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
NEEDS = "grants:write"
ROLE = Input("role", "角色", Kind.SELECT, hint="标有双人复核的，由另一名安全管理员批准后生效")
TERM = (
    Input("divisions", "区划", Kind.LINES, hint="每行一个十二位区划代码，例如 370112000000；下级区划随之有效"),
    Input("start", "起始日期", Kind.DATE, required=False, hint="不填为今天"),
    Input("end", "最后一天", Kind.LAST_DAY, required=False, hint="不填为长期有效，直到结束授权"),
    REASON,
)
GRANT = Step(
    "授权", (ROLE, *TERM), GrantRole, word="授权", said="授权生效后，该账号须重新登录。",
    done="已授权。须双人复核的，待另一名安全管理员批准后生效。",
    about={
        "start_is_past": "start", "period_reversed": "end", "administrators_apart": "role", "already_granted": "role",
        "no_such_division": "divisions", "divisions_unheard": "divisions",
    },
)  # fmt: skip
ACTS = {
    "grants": Act(GRANT, NEEDS, "/accounts/{id}/grants"),
    "unlock": Act(
        Step(
            "解锁账号", (REASON,), Because, word="解锁", done="账号已解锁，可以立即登录。",
            said="清除输错密码和验证码的次数。",
        ),
        NEEDS, "/accounts/{id}/unlock",
    ),
    "second-factor": Act(
        Step(
            "解绑验证器", (REASON,), Because, word="解绑", done="验证器已解绑。",
            said="请先当面或电话核实本人身份。该账号的登录全部结束，下次登录后须重新绑定。",
        ),
        NEEDS, "/accounts/{id}/second-factor/reset",
    ),
}  # fmt: skip
OF_GRANTS = {
    "end": Act(
        Step(
            "结束授权",
            (Input("on", "失效日期", Kind.DATE, required=False, hint="从这一天起不再有效；不填为今天"), REASON),
            EndGrant, word="结束授权", done="已办理。他人的三员授权，待另一名安全管理员复核后结束。",
            said="该账号须重新登录。他人的三员授权，须另一名安全管理员复核后才结束；安全管理员不能少于两名。",
        ),
        NEEDS, "/grants/{id}/end",
    ),
    "approve": Act(
        Step(
            "复核授权", word="同意，批准生效", done="授权已批准。",
            said="请核对下面的内容。不同意的，请返回账号页面，结束这项授权并写明原因。",
        ),
        NEEDS, "/grants/{id}/approve",
    ),
    "end-approve": Act(
        Step(
            "复核结束授权", word="同意，结束授权", done="授权已结束。",
            said="请核对下面的内容。同意后该账号须重新登录。",
        ),
        NEEDS, "/grants/{id}/end/approve",
    ),
    "end-decline": Act(
        Step(
            "不结束这项授权", word="不结束", done="授权没有结束，继续有效。",
            said="提出的结束随之作废，可以重新提出。",
        ),
        NEEDS, "/grants/{id}/end/decline",
    ),
}  # fmt: skip
DONE = {
    **{verb: act.step.done for verb, act in ACTS.items()},
    **{f"grant-{v}": a.step.done for v, a in OF_GRANTS.items()},
}


class PendingFilter(lists.Filter):
    limit: lists.Size = "20"  # the name of each account is asked for


@router.get("/grants/pending")
async def pending(
    request: Request, asked: Annotated[PendingFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    async def about(items: Sequence[GrantOut]) -> dict[str, object]:
        return {"names": await names_of(gateway, items)}

    return await lists.listed(
        request,
        gateway,
        me,
        "grants_pending.html",
        Page[GrantOut],
        "/grants/pending",
        asked,
        about,
        **administering.WORDS,
    )


async def names_of(gateway: Gateway, items: Sequence[GrantOut]) -> dict[UUID, str]:
    """Of the accounts; without those that cannot be asked for."""
    ids = list(dict.fromkeys(grant.account_id for grant in items))
    found = await gathered(panel(gateway.ask(labels.Named, f"/accounts/{id}")) for id in ids)
    return {id: one.found.name for id, one in zip(ids, found, strict=True) if one.found}


async def with_roles(gateway: Gateway, act: Act) -> Act:
    """The roles that can be granted are those of the policy."""
    if act.step is not GRANT:
        return act
    known = await gateway.ask(PolicyOut, "/policy")
    options = {role.id: role.name + ("（双人复核）" if role.four_eyes else "") for role in known.roles}
    return replace(act, step=replace(GRANT, inputs=(replace(ROLE, options=options), *TERM)))


@router.get("/accounts/{id}/grants/{grant}/{verb}")
async def show(request: Request, id: UUID, grant: UUID, verb: Verb, gateway: SignedIn, me: CurrentUser) -> Response:
    forms.must(me, NEEDS)
    return await grant_page(request, gateway, id, grant, verb, Form({}))


@router.post("/accounts/{id}/grants/{grant}/{verb}", dependencies=[Genuine])
async def take(request: Request, id: UUID, grant: UUID, verb: Verb, gateway: SignedIn, typed: Typed) -> Response:
    act = administering.known(OF_GRANTS, verb)
    failed = await administering.taken(gateway, act, Form(typed, key=typed.get("key", "")), act.at.format(id=grant))
    if isinstance(failed, Form):
        return await grant_page(request, gateway, id, grant, verb, failed)
    return forms.saved(f"/accounts/{id}", f"grant-{verb}")


async def grant_page(
    request: Request, gateway: Gateway, id: UUID, grant: UUID, verb: str, form: Form
) -> Response:  # fmt: skip
    act = administering.known(OF_GRANTS, verb)
    account = await administering.account_of(gateway, id)
    facts = administering.facts_of(administering.grant_of(account, grant))
    return administering.act_page(
        request, act.step, form, account, f"/accounts/{id}/grants/{grant}/{verb}", facts
    )  # fmt: skip
