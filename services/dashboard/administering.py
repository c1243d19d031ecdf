"""What administrators do to an account or a grant, each as a form of its own address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from services.contracts.administration import GRANT_STATE_NAMES, AccountDetail, GrantOut, GrantState
from services.contracts.identity import Me
from services.contracts.identity_audit import IdentityEventOut
from services.dashboard import forms, numbers, steps
from services.dashboard.forms import Form
from services.dashboard.gateway import Gateway
from services.dashboard.steps import Step
from services.kernel.errors import DomainError, NotFound

G = GrantState
STATE_LIGHTS = {
    G.PENDING: "at_risk", G.IN_FORCE: "achieved", G.UPCOMING: "no_target", G.ENDED: "no_target",
    G.SUSPENDED: "behind",
}  # fmt: skip


@dataclass(frozen=True)
class Act:
    """`needs` is the permission for it; `at` its address in the API, of which `method` is asked."""

    step: Step
    needs: str
    at: str
    method: str = "POST"


def known(acts: Mapping[str, Act], verb: str) -> Act:
    if verb not in acts:
        raise NotFound("没有这项操作，请从账号的页面进入。")
    return acts[verb]


def is_own(me: Me, account: UUID) -> bool:
    """Nobody is an administrator of oneself."""
    return me.id == f"account:{account}"


async def account_of(gateway: Gateway, id: UUID) -> AccountDetail:
    return await gateway.ask(AccountDetail, f"/accounts/{id}")


def grant_of(account: AccountDetail, id: UUID) -> GrantOut:
    found = next((grant for grant in account.grants if grant.id == id), None)
    if found is None:
        raise NotFound("没有这项授权，请从账号的页面进入。")
    return found


async def taken(gateway: Gateway, act: Act, form: Form, path: str) -> bytes | Form:
    """The API's answer, or the form with what is wrong."""
    if act.method == "POST":
        return await steps.sent(gateway, act.step, form, path, None)
    answer = await forms.told(gateway.tell(path, method=act.method))
    return forms.again(form, answer, act.step.about) if isinstance(answer, DomainError) else answer


def act_page(
    request: Request, step: Step, form: Form, account: AccountDetail, path: str, facts: Mapping[str, str]
) -> Response:
    back = f"/accounts/{account.id}"
    crumbs = [("账号", "/accounts"), (account.name, back), (step.title, None)]
    return forms.shown(
        request, "step.html", form, step=step, crumbs=crumbs, back=back, path=path, place=None, about=account.name,
        facts={"用户名": account.username, **facts},
    )  # fmt: skip


def period(grant: GrantOut) -> str:
    return f"{grant.start} 至 {numbers.last_day(grant.end)}" if grant.end else f"{grant.start} 起长期有效"


def places(of: GrantOut | IdentityEventOut) -> str:
    """Codes, each with its name."""
    return "、".join(f"{place.code} {place.name if place.name != place.code else ''}".strip() for place in of.places)


def facts_of(grant: GrantOut) -> dict[str, str]:
    """What whoever decides on a grant has to see."""
    ending = {"拟失效日期": str(grant.ending_on), "结束理由": grant.ending_reason or ""} if grant.ending_by else {}
    return {
        "角色": grant.role_name,
        "区划": places(grant),
        "有效期": period(grant),
        "状态": GRANT_STATE_NAMES[grant.state],
        "授权理由": grant.reason,
        **ending,
    }


WORDS: dict[str, Any] = {
    "grant_states": GRANT_STATE_NAMES, "state_lights": STATE_LIGHTS, "period": period, "placed": places,
}  # fmt: skip
