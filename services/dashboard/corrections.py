"""Corrections: asked for beside what the register says now, decided on side by side, by another person."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator, JsonValue

from services.contracts.corrections import (
    CORRECTABLE_NAMES,
    CORRECTION_STATE_NAMES,
    OF_NAMES,
    ApproveCorrection,
    Correctable,
    CorrectionOut,
    CorrectionState,
    Of,
    Opening,
    RefuseCorrection,
)
from services.contracts.registry import ID_TYPE_NAMES, LEVEL_NAMES
from services.dashboard import deciders, forms, lists, steps
from services.dashboard.cookies import Genuine
from services.dashboard.disclosures import REASON
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind, after
from services.dashboard.links import address, blank_is_none
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import DomainError
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API, PATH = "/registry/corrections", "/corrections"
S, F = CorrectionState, Correctable
LIGHTS = {S.REQUESTED: "at_risk", S.APPROVED: "achieved", S.REFUSED: "behind", S.WITHDRAWN: "no_target"}
BACK = {Of.PERSON: "/people", Of.CERTIFICATE: "/certificates", Of.REGISTRATION: "/registrations"}
CHOICES: Mapping[Correctable, Mapping[str, str]] = {
    F.ID_TYPE: {kind.value: name for kind, name in ID_TYPE_NAMES.items()},
    F.LEVEL: {level.value: name for level, name in LEVEL_NAMES.items()},
    F.DIRECT_SERVICE: {"true": "是", "false": "否"},
}
DAYS = {F.APPROVED_ON: Kind.DATE, F.START_ON: Kind.DATE, F.END_ON: Kind.LAST_DAY}
WHY = (
    Input("reason", "更正理由", most=200, hint="只写事由，不写证件号码、手机号等个人信息"),
    Input("evidence", "依据", Kind.AREA, most=2000, hint="核对了什么材料，原件还是复印件；不写证件号码、手机号"),
)
NEW_DONE = "更正已提出，等待他人批准；批准之前登记内容不变。"


def title(correction: CorrectionOut) -> str:
    return f"{correction.number} 号：{correction.person_name or '已删除的人员'}"


REGISTER = Register(
    name="更正", path=PATH, api=API, out=CorrectionOut, title=title,
    steps={
        "approve": Step(
            "批准更正", (Input("note", "说明", required=False, most=200),), ApproveCorrection, word="批准并更正",
            done="已批准，登记内容已更正。", said="请先与依据核对。批准后随即更正；要改回，只能再提出一项更正。",
        ),
        "refuse": Step("不批准更正", (REASON,), RefuseCorrection, word="不批准", done="未批准，理由已告知提出人。"),
        "withdraw": Step("撤回更正", word="撤回", done="更正已撤回，登记内容没有变化。"),
    },
)  # fmt: skip


class CorrectionFilter(lists.Filter):
    state: Annotated[CorrectionState | None, BeforeValidator(blank_is_none)] = None
    person_id: Annotated[UUID | None, BeforeValidator(blank_is_none)] = None


WORDS: dict[str, Any] = {"states": CORRECTION_STATE_NAMES, "state_lights": LIGHTS, "kinds": OF_NAMES,
                         "names": CORRECTABLE_NAMES, "records": BACK}  # fmt: skip


@router.get(PATH)
async def corrections(
    request: Request, asked: Annotated[CorrectionFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    async def about(items: Sequence[CorrectionOut]) -> dict[str, object]:
        return {"people": await deciders.people_of(gateway, [c.requested_by for c in items])}

    return await lists.listed(request, gateway, me, "corrections.html", Page[CorrectionOut], API, asked, about, **WORDS)


# ── a new one ────────────────────────────────────────────────────────────────────────────────────────────────────────
async def opening(gateway: Gateway, of: Of, id: UUID) -> Opening:
    return await gateway.ask(Opening, f"{API}/opening", of=of.value, record_id=id)


def input_of(field: Correctable) -> Input:
    """Left blank, it stays as it is."""
    name, choices = CORRECTABLE_NAMES[field], CHOICES.get(field)
    kind = Kind.SELECT if choices else DAYS.get(field, Kind.TEXT)
    hint = "最后一天" if kind is Kind.LAST_DAY else "须填写完整的号码" if field in (F.ID_NUMBER, F.PHONE) else ""
    return Input(field.value, f"{name}更正为", kind, required=False, hint=hint, options=choices)


def labels_of(record: Opening) -> dict[str, str]:
    return {**{f.field.value: f.name for f in record.fields}, **{i.name: i.label for i in WHY}}


def new_page(request: Request, record: Opening, form: Form) -> Response:
    back = f"{BACK[record.of]}/{record.record_id}"
    return forms.shown(
        request, "correction_new.html", form, record=record, kind=OF_NAMES[record.of], back=back, why=WHY,
        inputs={f.field: input_of(f.field) for f in record.fields}, labels=labels_of(record),
        path=address(f"{PATH}/new", of=record.of.value, record_id=record.record_id),
        crumbs=[("更正", PATH), (record.person_name, back), ("提出更正", None)],
    )  # fmt: skip


@router.get(f"{PATH}/new")
async def new(request: Request, gateway: SignedIn, me: CurrentUser, of: Of, record_id: UUID) -> Response:
    forms.must(me, "registry:write")
    record = await opening(gateway, of, record_id)
    forms.must_be_able("correct", record.may)
    return new_page(request, record, Form({}, version=record.seen))


@router.post(f"{PATH}/new", dependencies=[Genuine])
async def asked(request: Request, gateway: SignedIn, typed: Typed, of: Of, record_id: UUID) -> Response:
    """Against the version that the form showed. Where it has changed since, it is shown as it is now, beside what was
    typed, and may be sent again by whoever has seen that.
    """
    form = Form(typed, key=typed.get("key", ""), version=typed.get("version", ""))
    body, wrong = order(of, record_id, typed)
    if wrong:
        return new_page(request, await opening(gateway, of, record_id), again(form, wrong))
    answer = await forms.told(gateway.tell(API, body, idempotency_key=form.key))
    if not isinstance(answer, DomainError):
        return forms.saved(f"{PATH}/{gateway.read(steps.Made, answer).id}", "new")
    record = await opening(gateway, of, record_id)
    failed = forms.again(form, answer, {})
    if answer.code == "changed_meanwhile":
        failed = Form(form.values, errors=failed.errors, refusal=answer, version=record.seen)
    return new_page(request, record, failed)


def again(form: Form, wrong: dict[str, str]) -> Form:
    return Form(form.values, errors=wrong, version=form.version, key=form.key)


def order(of: Of, id: UUID, typed: Mapping[str, str]) -> tuple[dict[str, JsonValue], dict[str, str]]:
    """What was typed as the API takes it, or what is wrong. A blank changes nothing."""
    changes: list[JsonValue] = []
    wrong = {i.name: forms.MISSING for i in WHY if not typed.get(i.name)}
    for field in F:
        if text := typed.get(field.value):
            try:
                changes.append({"field": field.value, "value": after(text) if field is F.END_ON else text})
            except ValueError as error:
                wrong[field.value] = str(error)
    if not changes and not wrong:
        wrong[""] = "没有填写要更正的内容，请至少填写一项。"
    said = {name: typed.get(name, "") for name in ("reason", "evidence")}
    return {"of": of.value, "record_id": str(id), "seen": typed.get("version", ""), "changes": changes, **said}, wrong


# ── one of them ──────────────────────────────────────────────────────────────────────────────────────────────────────
router.include_router(steps.routes(REGISTER))


@router.get(f"{PATH}/{{id}}")
async def correction(request: Request, id: UUID, gateway: SignedIn, done: str = "") -> Response:
    found = await gateway.ask(CorrectionOut, f"{API}/{id}")
    people = await panel(deciders.people_of(gateway, [by for by in (found.requested_by, found.decided_by) if by]))
    return render(
        request, "correction.html", correction=found, people=people.found or {}, done=done,
        done_words={**REGISTER.done, "new": NEW_DONE}, **WORDS,
    )  # fmt: skip
