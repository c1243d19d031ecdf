"""Applications for registration: the list, one with its checklist, clock and steps, and the form of a new one."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.identity import Me
from services.contracts.registrations import (
    ITEM_NAMES,
    KIND_NAMES,
    PLACE_NAMES,
    STATE_NAMES,
    TERM_STATE_NAMES,
    ApplicationKind,
    ApplicationOut,
    ApplicationState,
    ChecklistOut,
    Item,
    StepState,
    Terms,
)
from services.contracts.registry import CertificateOut, Level
from services.contracts.training import SESSION_KIND_NAMES, VERDICT_NAMES
from services.dashboard import actors, forms, grounds, lists, naming, personal_links, steps
from services.dashboard.application_steps import API, PATH, REGISTER, choosing, new_step, title
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import address, blank_is_none
from services.dashboard.menu import may
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.steps import Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
S = ApplicationState
STATE_LIGHTS = {
    S.DRAFT: "no_target", S.SUBMITTED: "at_risk", S.NEEDS_CORRECTION: "at_risk", S.FIRST_REVIEW_PASSED: "at_risk",
    S.FIRST_REVIEW_REJECTED: "behind", S.FINAL_REVIEW_PASSED: "at_risk", S.FINAL_REVIEW_REJECTED: "behind",
    S.REGISTERED: "achieved", S.CERT_ISSUED: "achieved", S.WITHDRAWN: "no_target",
}  # fmt: skip
STEPS = {
    StepState.DONE: ("achieved", "已完成"), StepState.UNMET: ("behind", "未完成"),
    StepState.UNDECIDED: ("cannot_tell", "不能确定"), StepState.WAIVED: ("achieved", "免予办理"),
    StepState.WARNING: ("at_risk", "提示"),
}  # fmt: skip
WORDS: dict[str, Any] = {
    "kinds": KIND_NAMES, "states": STATE_NAMES, "state_lights": STATE_LIGHTS, "step_words": STEPS, "title_of": title,
    "item_names": ITEM_NAMES, "apply_places": PLACE_NAMES, "term_states": TERM_STATE_NAMES,
    "training_forms": SESSION_KIND_NAMES, "verdicts": VERDICT_NAMES,
}  # fmt: skip
DONE = {"new": "草稿已保存，请核对办理清单后提交。", "link_withdrawn": "查询链接已作废。"}
DECIDES = "registry:review"


class ApplicationFilter(lists.Filter):
    usual: ClassVar[str] = "newest"
    kept: ClassVar[str] = "registration-applications"
    optional: ClassVar[Mapping[str, str]] = {
        "person": "持证人", "level": "级别", "state": "状态", "division": "受理区划", "submitted_on": "提交",
        "deadline": "办理期限",
    }  # fmt: skip
    state: Annotated[ApplicationState | None, BeforeValidator(blank_is_none)] = None
    kind: Annotated[ApplicationKind | None, BeforeValidator(blank_is_none)] = None
    level: Annotated[Level | None, BeforeValidator(blank_is_none)] = None
    overdue: Annotated[Literal["true"] | None, BeforeValidator(blank_is_none)] = None
    person_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None
    sort: Annotated[Literal["newest", "deadline"] | None, BeforeValidator(blank_is_none)] = None


class Past(NamedTuple):
    """A step that was taken."""

    on: str
    what: str
    by: str


Asked = Annotated[ApplicationFilter, Query()]


@router.get(PATH)
async def applications(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    async def about(items: Sequence[ApplicationOut]) -> dict[str, object]:
        return {"units": await naming.divisions(gateway, (a.division for a in items))}

    return await lists.listed(
        request, gateway, me, "applications.html", Page[ApplicationOut], API, asked, about, **WORDS
    )


@router.get(f"{PATH}/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, API, asked, format)


# ── a new one ────────────────────────────────────────────────────────────────────────────────────────────────────────
@router.get(f"{PATH}/new")
async def new(
    request: Request, gateway: SignedIn, me: CurrentUser, today: Today, certificate_id: UUID,
    kind: ApplicationKind | None = None,
) -> Response:  # fmt: skip
    """Without a kind: which ones there are, beside the terms that there have been."""
    forms.must(me, "registry:write")
    certificate = await certificate_of(gateway, certificate_id)
    if kind is None:
        terms = await panel(gateway.ask(Terms, f"/registry/certificates/{certificate_id}/terms"))
        named = await grounds.names(gateway, certificate.division)
        return render(
            request, "application_kinds.html", certificate=certificate, terms=terms, grounds=named, **WORDS
        )  # fmt: skip
    step = await choosing(gateway, new_step(kind, certificate), certificate.division)
    return new_page(request, step, kind, certificate, Form(step.begins(None, today)))


@router.post(f"{PATH}/new", dependencies=[Genuine])
async def begun(
    request: Request, gateway: SignedIn, typed: Typed, certificate_id: UUID, kind: ApplicationKind
) -> Response:
    certificate = await certificate_of(gateway, certificate_id)
    step = await choosing(gateway, new_step(kind, certificate), certificate.division)
    answer = await steps.sent(gateway, step, Form(typed, key=typed.get("key", "")), API, None)
    if isinstance(answer, Form):
        return new_page(request, step, kind, certificate, answer)
    return forms.saved(f"{PATH}/{gateway.read(steps.Made, answer).id}", "new")


async def certificate_of(gateway: Gateway, id: UUID) -> CertificateOut:
    return await gateway.ask(CertificateOut, f"/registry/certificates/{id}")


def new_page(request: Request, step: Step, kind: ApplicationKind, certificate: CertificateOut, form: Form) -> Response:
    back = f"/certificates/{certificate.id}"
    return forms.shown(
        request, "step.html", form, step=step, back=back, place=None, about=certificate.person_name,
        path=address(f"{PATH}/new", kind=kind.value, certificate_id=certificate.id),
        crumbs=[(REGISTER.name, PATH), (certificate.management_number, back), (step.title, None)],
        facts={"持证人": certificate.person_name, "管理号": certificate.management_number},
    )  # fmt: skip


# ── one of them ──────────────────────────────────────────────────────────────────────────────────────────────────────
router.include_router(personal_links.router)
router.include_router(steps.routes(REGISTER))


@router.get(f"{PATH}/{{id}}")
async def application(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, done: str = "") -> Response:
    found, checklist, links = await asyncio.gather(
        gateway.ask(ApplicationOut, f"{API}/{id}"), panel(gateway.ask(ChecklistOut, f"{API}/{id}/checklist")),
        panel(personal_links.links_of(gateway, id, lists.PAGE)),
    )  # fmt: skip
    places = [found.division, *([found.change.division] if found.change and found.change.division else [])]
    units = await naming.divisions(gateway, places)
    named = await grounds.names(gateway, found.division) if found.cancellation else grounds.USUAL
    desk = may(me, DECIDES)
    return render(
        request, "application.html", application=found, checklist=checklist, units=units, links=links,
        grounds=named, history=history_of(found, me), done=done, mended=mended(found), desk=desk,
        done_words={**REGISTER.done, **DONE}, **WORDS,
    )  # fmt: skip


def mended(application: ApplicationOut) -> dict[str, str]:
    """Step of the checklist → the field of the form by which it is mended."""
    if "edit" not in application.may:
        return {}
    fields = {item.value: f"items.{item}" for item in Item}
    return {**fields, "window": "late_reason", "effective_on": "effective_on"}


def history_of(application: ApplicationOut, me: Me) -> list[Past]:
    """What its record says of the steps taken so far, the latest last."""
    a, entered = application, "、".join(actors.told(me, by) for by in application.entered_by)
    handed_in_again = a.accepted_on if a.accepted_on != a.submitted_on else None
    taken = [
        (a.submitted_on, "首次提交", entered), (a.notified_on, "一次性告知补正", ""),
        (handed_in_again, "补正后重新提交", entered), (a.first_on, "区县初审", actors.told(me, a.first_by)),
        (a.final_on, "市级终审", actors.told(me, a.final_by)), (a.registered_on, "登记", ""),
    ]  # fmt: skip
    return [Past(str(on), what, by) for on, what, by in taken if on is not None]
