"""What claims of the identity provider grant here: the list, and entering, approving and ending a mapping."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.contracts.administration import PolicyOut
from services.contracts.federation import MappingList, MappingOut, NewMapping
from services.dashboard import administering, forms
from services.dashboard.administering import Act
from services.dashboard.client_decisions import places
from services.dashboard.cookies import Genuine
from services.dashboard.deciders import people_of
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import REASON, Input, Kind
from services.dashboard.panels import Panel
from services.dashboard.render import render
from services.dashboard.steps import Step, Verb, sent
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import NotFound

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
NEEDS, API = "grants:write", "/federation/mappings"
NO_PROVIDER = "no_provider"  # the gateway's code as well
ROLE = Input("role", "角色", Kind.SELECT, hint="三类管理员只能由人逐个授权，不能映射")
NEW = Step(
    "录入映射",
    (
        Input("claim", "声明", hint="统一身份认证给出的声明名，例如 department"),
        Input("value", "值", hint="声明为这个值的人员得到下面的角色，例如 历城区民政局社工科"),
        ROLE,
        Input("divisions", "区划", Kind.LINES, hint="每行一个十二位区划代码，例如 370112000000；下级区划随之有效"),
        REASON,
    ),
    NewMapping, word="提交复核", said="经另一名安全管理员批准后，在有关人员下次登录时生效。",
    done="已录入，待另一名安全管理员复核。", about={"role_not_mappable": "role"},
)  # fmt: skip
ACTS: Mapping[str, Act] = {
    "approve": Act(
        Step(
            "复核映射", word="同意，批准生效", done="映射已批准。",
            said="请核对下面的内容：符合的人员下次登录即得到这个角色。不同意的，请返回后停用它。",
        ),
        NEEDS, f"{API}/{{id}}/approve",
    ),
    "end": Act(
        Step("停用映射", word="停用", done="映射已停用。", said="由它得到的授权随即全部结束，不能恢复。"),
        NEEDS, f"{API}/{{id}}/end",
    ),
}  # fmt: skip
DONE = {"new": NEW.done, **{verb: act.step.done for verb, act in ACTS.items()}}


@router.get("/mappings")
async def mappings(request: Request, gateway: SignedIn, me: CurrentUser, done: str = "") -> Response:
    listed = await known_mappings(gateway)
    items = listed.found.items if listed.found else []
    people = await people_of(gateway, [row.entered_by for row in items if row.approved_at is None])
    return render(request, "mappings.html", listed=listed, items=items, people=people, done=done, done_words=DONE)


async def known_mappings(gateway: Gateway) -> Panel[MappingList]:
    """That there is no provider is a state of the page, not an error."""
    try:
        return Panel(await gateway.ask(MappingList, API))
    except NotFound as error:
        if error.code != NO_PROVIDER:
            raise
        return Panel(None, error)


@router.get("/mappings/new")
async def new(request: Request, gateway: SignedIn, me: CurrentUser) -> Response:
    forms.must(me, NEEDS)
    return new_page(request, await with_roles(gateway), Form({}))


@router.post("/mappings/new", dependencies=[Genuine])
async def entered(request: Request, gateway: SignedIn, typed: Typed) -> Response:
    step = await with_roles(gateway)
    failed = await sent(gateway, step, Form(typed, key=typed.get("key", "")), API, None)
    return new_page(request, step, failed) if isinstance(failed, Form) else forms.saved("/mappings", "new")


async def with_roles(gateway: Gateway) -> Step:
    """Those of officials."""
    known = await gateway.ask(PolicyOut, "/policy")
    offered = replace(ROLE, options={role.id: role.name for role in known.roles if role.kind == "official"})
    return replace(NEW, inputs=tuple(offered if i is ROLE else i for i in NEW.inputs))


@router.get("/mappings/{id}/{verb}")
async def show(request: Request, id: UUID, verb: Verb, gateway: SignedIn, me: CurrentUser) -> Response:
    forms.must(me, NEEDS)
    return await act_page(request, gateway, id, verb, None)


@router.post("/mappings/{id}/{verb}", dependencies=[Genuine])
async def take(request: Request, id: UUID, verb: Verb, gateway: SignedIn, typed: Typed) -> Response:
    act = administering.known(ACTS, verb)
    failed = await administering.taken(gateway, act, Form(typed, key=typed.get("key", "")), act.at.format(id=id))
    if isinstance(failed, Form):
        return await act_page(request, gateway, id, verb, failed)
    return forms.saved("/mappings", verb)


def new_page(request: Request, step: Step, form: Form) -> Response:
    return forms.shown(
        request, "step.html", form, step=step, crumbs=[("统一登录映射", "/mappings"), (step.title, None)],
        back="/mappings", path="/mappings/new", place=None, about="", facts={},
    )  # fmt: skip


async def act_page(request: Request, gateway: Gateway, id: UUID, verb: str, failed: Form | None) -> Response:
    act = administering.known(ACTS, verb)
    listed = await gateway.ask(MappingList, API)
    found = next((row for row in listed.items if row.id == id), None)
    if found is None:
        raise NotFound("没有这条映射，请从映射的列表进入。")
    if failed is None:
        forms.must_be_able(verb, found.may)
    return forms.shown(
        request, "step.html", failed or Form({}), step=act.step, back="/mappings", path=f"/mappings/{id}/{verb}",
        crumbs=[("统一登录映射", "/mappings"), (act.step.title, None)], place=None, about="",
        facts=facts_of(found, await people_of(gateway, [found.entered_by])),
    )  # fmt: skip


def facts_of(row: MappingOut, people: Mapping[str, str]) -> dict[str, str]:
    return {
        "声明": row.claim, "值": row.value, "角色": row.role_name, "区划": places(row.places), "理由": row.reason,
        "录入人": people.get(row.entered_by, row.entered_by),
    }  # fmt: skip
