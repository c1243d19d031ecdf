"""The review desk: queues, the list of one, the case at hand with what was known before, and the decision."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, BeforeValidator

from services.contracts.grounds import GroundDecision
from services.contracts.registrations import (
    ITEMS,
    ApplicationKind,
    ApplicationState,
    ChecklistOut,
    Decision,
    Rejection,
    Return,
    Terms,
)
from services.contracts.registry import Level
from services.contracts.review import (
    DECISIONS,
    QUEUE_NAMES,
    CaseOut,
    ComparisonOut,
    Held,
    Queue,
    QueuesOut,
    Taken,
    TemplateOut,
)
from services.dashboard import applications, forms, grounds, lists, naming
from services.dashboard.application_steps import API
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import Place, address, blank_is_none
from services.dashboard.panels import Panel, panel
from services.dashboard.render import render
from services.dashboard.review_reasons import REGISTER
from services.dashboard.review_reasons import router as reasons
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import DomainError
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
router.include_router(reasons)
PATH, QUEUES, NEEDS = "/review", "/registry/registration-queues", "registry:review"
REVIEWED = {ApplicationState.SUBMITTED: Queue.FIRST_REVIEW, ApplicationState.FIRST_REVIEW_PASSED: Queue.FINAL_REVIEW}
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
ORDERS: Mapping[str, type[BaseModel]] = {"approve": Decision, "return": Return, "reject": Rejection}
LABELS = {"verb": "决定", "reason": "意见和理由", "missing": "缺少的材料和声明", "ground": "事由"}
HELD_NAMES = {Held.MINE: "本人正在审核", Held.OTHERS: "他人正在审核", Held.NOBODY: "无人领取"}
DONE = {
    "approve": "已通过。", "return": "已退回。", "reject": "已作出不予通过的决定。",
    "released": "已放回，可由他人审核。",
    "empty": "没有可由您审核的下一份：已办完，或正由他人审核。",
}  # fmt: skip
WORDS: dict[str, Any] = {
    **applications.WORDS, "queue_names": QUEUE_NAMES, "decisions": DECISIONS, "held_names": HELD_NAMES,
    "done_words": DONE,
}  # fmt: skip


class QueueFilter(lists.Filter):
    kind: Annotated[ApplicationKind | None, BeforeValidator(blank_is_none)] = None
    level: Annotated[Level | None, BeforeValidator(blank_is_none)] = None
    held: Annotated[Held | None, BeforeValidator(blank_is_none)] = None
    overdue: Annotated[Literal["true"] | None, BeforeValidator(blank_is_none)] = None
    usual: ClassVar[str] = "deadline"


@router.get(PATH)
async def desk(
    request: Request, gateway: SignedIn, me: CurrentUser, division: Place = None, done: str = ""
) -> Response:  # fmt: skip
    found = await gateway.ask(QueuesOut, QUEUES, division=division)
    return render(request, "review.html", queues=found, key=Form({}).key, done=done, **WORDS)


@router.get(f"{PATH}/queues/{{queue}}")
async def one_queue(
    request: Request, queue: Queue, asked: Annotated[QueueFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    async def about(items: Sequence[CaseOut]) -> dict[str, object]:
        return {"units": await naming.divisions(gateway, (c.application.division for c in items))}

    path = f"{QUEUES}/{queue.value}"
    return await lists.listed(
        request, gateway, me, "review_queue.html", Page[CaseOut], path, asked, about, queue=queue, key=Form({}).key,
        reviewed=queue in REVIEWED.values() and NEEDS in me.permissions, **WORDS,
    )  # fmt: skip


@router.post(f"{PATH}/queues/{{queue}}/next", dependencies=[Genuine])
async def take_next(queue: Queue, gateway: SignedIn, typed: Typed) -> Response:
    """The one that has waited longest; with `after`, that one is put back first."""
    return await onward(gateway, queue, after=typed.get("after"), key=typed.get("key", ""))


async def onward(
    gateway: Gateway, queue: Queue, *, after: str | None = None, key: str = "", done: str = ""
) -> Response:
    order = {"application_id": after} if after else {}
    answer = await gateway.tell(f"{QUEUES}/{queue.value}/next", dict(order), idempotency_key=key)
    case = gateway.read(Taken, answer).case
    if case is None:
        return RedirectResponse(address(PATH, done="empty"), 303)
    return RedirectResponse(address(f"{PATH}/{case.application.id}", done=done), 303)


# ── the case at hand ─────────────────────────────────────────────────────────────────────────────────────────────────
@router.get(f"{PATH}/{{id}}")
async def case(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, done: str = "") -> Response:
    found = await gateway.ask(CaseOut, f"{API}/{id}/case")
    return await case_page(request, gateway, found, begun(found), done)


def begun(found: CaseOut) -> Form:
    absent = [item for item in ITEMS[found.application.kind] if item not in found.application.items]
    return Form({f"missing.{item}": "true" for item in absent}, version=found.application.version)


async def case_page(request: Request, gateway: Gateway, found: CaseOut, form: Form, done: str = "") -> Response:
    a = found.application
    checklist, compared, terms, templates, listed, units = await asyncio.gather(
        panel(gateway.ask(ChecklistOut, f"{API}/{a.id}/checklist")),
        panel(gateway.ask(ComparisonOut, f"{API}/{a.id}/comparison")),
        panel(gateway.ask(Terms, f"/registry/certificates/{a.certificate_id}/terms")),
        offered(gateway, a.division), grounds.listed(gateway, a.division, GroundDecision.REFUSAL),
        naming.divisions(gateway, [a.division, *([a.change.division] if a.change and a.change.division else [])]),
    )  # fmt: skip
    held = found.claim is not None and not found.claim.mine
    deciding = [verb for verb in DECISIONS if verb in a.may] if not held else []
    return forms.shown(
        request, "review_case.html", form, case=found, application=a, checklist=checklist, compared=compared,
        terms=terms, templates=[t for t in templates if t.in_force], units=units, deciding=deciding, done=done,
        refusing={g.code: g.text for g in listed if g.in_force}, grounds=await grounds.names(gateway, a.division),
        labels=LABELS, key=Form({}).key, offered_items=ITEMS[a.kind] if a.state == "submitted" else (), **WORDS,
    )  # fmt: skip


async def offered(gateway: Gateway, division: str) -> list[TemplateOut]:
    """None where they cannot be had: reasons can be written without."""
    found: Panel[Page[TemplateOut]] = await panel(
        gateway.ask(Page[TemplateOut], REGISTER.api, division=division, limit=200)
    )
    return found.found.items if found.found else []


@router.post(f"{PATH}/{{id}}/claim", dependencies=[Genuine])
async def claim(request: Request, id: UUID, gateway: SignedIn) -> Response:
    """Taken, or more time for it."""
    answer = gateway.read(CaseOut, await gateway.tell(f"{API}/{id}/claim"))
    if request.headers.get("hx-request") == "true":
        return render(request, "review_lease.html", case=answer, application=answer.application, key=Form({}).key)
    return RedirectResponse(f"{PATH}/{id}", 303)


@router.post(f"{PATH}/{{id}}/release", dependencies=[Genuine])
async def release(id: UUID, gateway: SignedIn) -> Response:
    await gateway.tell(f"{API}/{id}/release")
    return RedirectResponse(address(PATH, done="released"), 303)


@router.post(f"{PATH}/{{id}}/decide", dependencies=[Genuine])
async def decide(request: Request, id: UUID, gateway: SignedIn, me: CurrentUser, typed: Typed) -> Response:
    """After it, the next one of the same queue; nothing is undone."""
    form = Form(typed, key=typed.get("key", ""), version=typed.get("version", ""))
    verb = typed.get("verb", "")
    queue = Queue(typed["queue"]) if typed.get("queue") in set(REVIEWED.values()) else None
    answer = await sent(gateway, id, verb, form)
    if isinstance(answer, Form):
        found = await gateway.ask(CaseOut, f"{API}/{id}/case")
        return await case_page(request, gateway, found, answer)
    if queue is None:
        return RedirectResponse(address(PATH, done=verb), 303)
    return await onward(gateway, queue, done=verb)


async def sent(gateway: Gateway, id: UUID, verb: str, form: Form) -> bytes | Form:
    """What was decided, or the form with what is wrong. A template that was chosen and not changed is the reason."""
    if verb not in ORDERS:
        return replace(form, errors={"verb": "请先选择通过、退回或不予通过"})
    given: dict[str, object] = {"reason": await reason_of(gateway, form), "ground": form.value("ground")}
    given["missing"] = [name.removeprefix("missing.") for name in form.values if name.startswith("missing.")]
    order = forms.order_of(ORDERS[verb], given)
    if isinstance(order, dict):
        return replace(form, errors=order)
    headers = {"idempotency_key": form.key, "if_match": f'"{form.version}"'}
    answer = await forms.told(gateway.tell(f"{API}/{id}/{verb}", forms.body_of(order), **headers))
    return forms.again(form, answer, {"notified_already": "verb"}) if isinstance(answer, DomainError) else answer


async def reason_of(gateway: Gateway, form: Form) -> str:
    named = form.value("template")
    if form.value("reason") or not UUID_TEXT.fullmatch(named):
        return form.value("reason")
    chosen = await gateway.ask(TemplateOut, f"{REGISTER.api}/{named}")
    return chosen.text + (f"（{chosen.legal_basis}）" if chosen.legal_basis else "")
