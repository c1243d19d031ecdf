"""The links by which applicants, who have no account, see how it stands: made with a code, listed, withdrawn."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.contracts.personal_links import MOST_DAYS, MakePersonalLink, PersonalLinkMade, PersonalLinkOut
from services.dashboard import forms, numbers, steps
from services.dashboard.application_steps import API as APPLICATIONS
from services.dashboard.application_steps import PATH as REGISTER_PATH
from services.dashboard.application_steps import REGISTER, Filled
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.proofs import picture
from services.dashboard.render import render
from services.dashboard.steps import Nothing, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.errors import NotFound
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API, NEEDS = "/registry/personal-links", "registry:write"
PATH = f"{REGISTER_PATH}/{{id}}/link"
MOST = 500  # of one application, among which one is looked for
MAKE = Step(
    "给申请人查询链接",
    (
        Input("days", "有效天数", Kind.NUMBER, hint=f"最多 {MOST_DAYS} 天"),
        Input("replace", "此前给的查询链接作废", Kind.CHECK),
    ),
    MakePersonalLink, word="生成链接和查询码", begins=lambda record, today: {"days": "60", "replace": "true"},
    said="申请人凭链接和查询码看到办到哪一步，看不到别的。两者只显示一次，请分开转交；查询码连续输错即锁定。",
)  # fmt: skip
WITHDRAW = Step("作废查询链接", (), Nothing, word="作废", said="作废后申请人不能再打开，需要时重新生成。")


@router.get(PATH)
async def show(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, today: Today) -> Response:
    forms.must(me, NEEDS)
    return await page(request, gateway, id, MAKE, Form(MAKE.begins(None, today)), PATH.format(id=id))


@router.post(PATH, dependencies=[Genuine])
async def made(request: Request, id: UUID, gateway: SignedIn, typed: Typed) -> Response:
    """Shown in this answer, and never again."""
    form = Form(typed, key=typed.get("key", ""))
    answer = await steps.sent(gateway, MAKE, form, f"{APPLICATIONS}/{id}/personal-links", None)
    if isinstance(answer, Form):
        return await page(request, gateway, id, MAKE, answer, PATH.format(id=id))
    link = gateway.read(PersonalLinkMade, answer)
    application = await gateway.ask(Filled, f"{APPLICATIONS}/{id}")
    return render(
        request, "personal_link.html", link=link, picture=picture(link.url), title=REGISTER.title(application)
    )  # fmt: skip


@router.get(f"{PATH}/{{link}}/withdraw")
async def show_withdrawal(request: Request, id: UUID, link: UUID, gateway: SignedIn) -> Response:
    one = await link_of(gateway, id, link)
    forms.must_be_able("withdraw", one.may)
    return await withdrawal_page(request, gateway, one, Form({}))


@router.post(f"{PATH}/{{link}}/withdraw", dependencies=[Genuine])
async def withdrawn(request: Request, id: UUID, link: UUID, gateway: SignedIn, typed: Typed) -> Response:
    form = Form(typed, key=typed.get("key", ""))
    answer = await steps.sent(gateway, WITHDRAW, form, f"{API}/{link}/withdraw", None)
    if isinstance(answer, Form):
        return await withdrawal_page(request, gateway, await link_of(gateway, id, link), answer)
    return forms.saved(f"{REGISTER_PATH}/{id}", "link_withdrawn")


async def withdrawal_page(request: Request, gateway: Gateway, link: PersonalLinkOut, form: Form) -> Response:
    facts = {"生成时间": numbers.moment(link.made_at), "到期": numbers.moment(link.expires_at)}
    path = f"{PATH.format(id=link.application_id)}/{link.id}/withdraw"
    return await page(request, gateway, link.application_id, WITHDRAW, form, path, facts)


async def links_of(gateway: Gateway, application: UUID, limit: int) -> Page[PersonalLinkOut]:
    return await gateway.ask(Page[PersonalLinkOut], API, application_id=application, limit=limit)


async def link_of(gateway: Gateway, application: UUID, id: UUID) -> PersonalLinkOut:
    found = await links_of(gateway, application, MOST)
    one = next((link for link in found.items if link.id == id), None)
    if one is None:
        raise NotFound("没有这个查询链接，请从申请的页面进入。")
    return one


async def page(
    request: Request, gateway: Gateway, id: UUID, step: Step, form: Form, path: str,
    facts: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    application = await gateway.ask(Filled, f"{APPLICATIONS}/{id}")
    told = await REGISTER.facts(gateway, application)
    way = REGISTER.way_to(application)
    return forms.shown(
        request, "step.html", form, step=step, crumbs=[*way, (step.title, None)], back=way[-1][1], path=path,
        place=None, about=REGISTER.title(application), facts={**told, **(facts or {})},
    )  # fmt: skip
