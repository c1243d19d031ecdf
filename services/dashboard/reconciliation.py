"""与全国系统核对: the figures side by side, the export and what its columns mean, the queue and its decisions."""

import asyncio
import secrets
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Query, Request, UploadFile
from fastapi import Form as FormField
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BeforeValidator

from services.contracts.imports import ImportJob
from services.contracts.national_statuses import NATIONAL_SYSTEM
from services.contracts.reconciliation import (
    CASE_STATE_NAMES,
    FIELD_NAMES,
    KIND_NAMES,
    CaseOut,
    CaseState,
    CaseVersion,
    ConfirmPerson,
    DifferenceKind,
    FiguresOut,
    HeadingsOut,
    KeepOurs,
    MapHeadings,
    MappingOut,
    NextStep,
    Postpone,
    SnapshotOut,
    TakeNational,
)
from services.contracts.registry import LEVEL_NAMES
from services.dashboard import forms, lists, numbers, steps
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.imports import REFUSALS, Key
from services.dashboard.inputs import Input, Kind
from services.dashboard.labels import own_places, places_of
from services.dashboard.links import Day, Place, address, blank_is_none
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import DomainError, Unprocessable
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API, PATH = "/registry/reconciliation", "/reconciliation"
CASES = f"{PATH}/cases"
HEADINGS = "/registry/imports/{id}/headings"
WRITES = "registry:write"
NAME = "与全国系统核对"
MEDIA = "application/octet-stream"
S = CaseState
STATE_LIGHTS = {
    S.OPEN: "at_risk", S.TO_REPORT: "at_risk", S.TO_CORRECT: "at_risk", S.SAME_PERSON: "achieved",
    S.POSTPONED: "no_target", S.CLOSED: "achieved",
}  # fmt: skip
AGES = {"7": "超过 7 天", "30": "超过 30 天", "90": "超过 90 天"}
# Where the register is put right; what has no page of its own is begun on the person's.
NEXT = {
    NextStep.APPLY_INITIAL: "补办登记申请", NextStep.APPLY_RENEWAL: "补办再登记申请",
    NextStep.APPLY_ENDING: "办理变更或注销登记申请", NextStep.VOID_CERTIFICATE: "登记证书无效、撤销登记",
    NextStep.ADD_CERTIFICATE: "补录证书", NextStep.CORRECT: "更正人员或证书信息",
}  # fmt: skip
APPLYING = frozenset({NextStep.APPLY_INITIAL, NextStep.APPLY_RENEWAL, NextStep.APPLY_ENDING})
NOT_READ = "-"  # a column that is left out, knowingly
WORDS: dict[str, Any] = {
    "kinds": KIND_NAMES, "states": CASE_STATE_NAMES, "state_lights": STATE_LIGHTS, "field_names": FIELD_NAMES,
    "system_name": NATIONAL_SYSTEM,
}  # fmt: skip


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@router.get(PATH)
async def overview(
    request: Request, gateway: SignedIn, me: CurrentUser, division: Place = None, done: str = ""
) -> Response:
    at = division or me.home
    found, exports, places = await asyncio.gather(
        gateway.ask(FiguresOut, f"{API}/figures", division=at),
        panel(gateway.ask(Page[SnapshotOut], f"{API}/exports", division=at, limit=20)),
        places_of(gateway, me.home, division),
    )
    return render(
        request, "reconciliation.html", found=found, exports=exports, places=places, division=division, done=done,
        done_words={"compare": "已重新比对。"}, key=secrets.token_urlsafe(24), refusal=None, **WORDS,
    )  # fmt: skip


@router.post(f"{PATH}/exports/{{id}}/compare", dependencies=[Genuine])
async def compare(gateway: SignedIn, id: UUID, key: Key) -> Response:
    await gateway.tell(f"{API}/exports/{id}/compare", idempotency_key=key)
    return forms.saved(PATH, "compare")


# ── an export ────────────────────────────────────────────────────────────────────────────────────────────────────────
@router.get(f"{PATH}/new")
async def new(request: Request, gateway: SignedIn, me: CurrentUser) -> Response:
    forms.must(me, WRITES)
    return await upload_page(request, gateway, me)


@router.get(f"{PATH}/template.xlsx")
async def template(gateway: SignedIn) -> Response:
    return await gateway.file("/registry/imports/national-statuses/template.xlsx")


@router.post(f"{PATH}/new", dependencies=[Genuine])
async def upload(
    request: Request,
    gateway: SignedIn,
    me: CurrentUser,
    key: Key,
    division: Annotated[Place, FormField()] = None,
    exported_on: Annotated[Day, FormField()] = None,
    mapping_id: Annotated[UUID | None, FormField(), BeforeValidator(blank_is_none)] = None,
    file: Annotated[UploadFile | str, File()] = "",
) -> Response:
    """The key was made with the form: pressing the button twice has one effect."""
    typed = {"division": division or "", "exported_on": str(exported_on or ""), "mapping_id": str(mapping_id or "")}
    if isinstance(file, str) or not file.filename or division is None:
        refusal = Unprocessable("请选择区划，和从全国系统导出的文件（.xlsx 或 .csv）。", code="no_file")
        return await upload_page(request, gateway, me, typed, refusal)
    sent = (file.filename, await file.read(), MEDIA)
    said = {name: value for name, value in typed.items() if value}
    try:
        job = await gateway.hand_in(ImportJob, f"{API}/exports", sent, said, key=key)
    except REFUSALS as error:
        return await upload_page(request, gateway, me, typed, error)
    return RedirectResponse(f"/imports/{job.id}", 303)


async def upload_page(
    request: Request, gateway: Gateway, me: Any, typed: dict[str, str] | None = None,
    refusal: DomainError | None = None,
) -> Response:  # fmt: skip
    """A corrected file is a new submission: the form gets a new key each time."""
    kept = await panel(gateway.ask(Page[MappingOut], f"{API}/mappings"))
    mappings = {str(m.id): m.name for m in kept.found.items} if kept.found else {}
    usual = {"division": me.home, "exported_on": "", "mapping_id": ""}
    return render(
        request, "reconciliation_new.html", status=refusal.status if refusal else 200, typed={**usual, **(typed or {})},
        refusal=refusal, key=secrets.token_urlsafe(24), areas=own_places(me), mappings=mappings, **WORDS,
    )  # fmt: skip


@router.get(f"{PATH}/exports/{{id}}/headings")
async def headings(request: Request, gateway: SignedIn, me: CurrentUser, id: UUID) -> Response:
    forms.must(me, WRITES)
    return await headings_page(request, gateway, id, Form({}))


@router.post(f"{PATH}/exports/{{id}}/headings", dependencies=[Genuine])
async def mapped(request: Request, gateway: SignedIn, id: UUID, typed: Typed) -> Response:
    """Columns are told by their place in the file: a heading may be any text."""
    asked = await gateway.ask(HeadingsOut, HEADINGS.format(id=id))
    form = Form(typed, key=typed.get("key", ""))
    columns = [
        {"title": h.title, "field": None if field == NOT_READ else field}
        for n, h in enumerate(asked.headings) if (field := typed.get(f"column.{n}"))
    ]  # fmt: skip
    order = forms.order_of(MapHeadings, {"name": typed.get("name", ""), "columns": columns})
    if isinstance(order, dict):
        return show_headings(request, asked, Form(typed, errors={k.partition(".")[0]: v for k, v in order.items()}))
    answer = await forms.told(gateway.tell(HEADINGS.format(id=id), forms.body_of(order), idempotency_key=form.key))
    if isinstance(answer, DomainError):
        return show_headings(request, asked, forms.again(form, answer, {}))
    return RedirectResponse(f"/imports/{id}", 303)


async def headings_page(request: Request, gateway: Gateway, id: UUID, form: Form) -> Response:
    return show_headings(request, await gateway.ask(HeadingsOut, HEADINGS.format(id=id)), form)


def show_headings(request: Request, asked: HeadingsOut, form: Form) -> Response:
    """What was typed, else what is proposed; of a column that nobody knows nothing is proposed."""
    chosen = {
        f"column.{n}": form.value(f"column.{n}") or (h.field or (NOT_READ if h.known else ""))
        for n, h in enumerate(asked.headings)
    }
    options = {t.field: t.title + ("（必需）" if t.required else "") for t in asked.targets} | {
        NOT_READ: "不读取这一列"
    }
    return forms.shown(
        request, "reconciliation_headings.html", form, asked=asked, chosen=chosen, options=options,
        name=form.value("name") or asked.mapping or "", **WORDS,
    )  # fmt: skip


# ── the queue ────────────────────────────────────────────────────────────────────────────────────────────────────────
def unfinished_unless_all(value: object) -> object:
    return "true" if value == "" else value


class CaseFilter(lists.Filter):
    """What has not been agreed on yet, unless all is asked for."""

    kind: Annotated[DifferenceKind | None, BeforeValidator(blank_is_none)] = None
    state: Annotated[CaseState | None, BeforeValidator(blank_is_none)] = None
    unfinished: Annotated[lists.YesNo, BeforeValidator(unfinished_unless_all)] = "true"
    due: lists.YesNo = None
    older_than: Annotated[int | None, Query(ge=0, le=3650), BeforeValidator(blank_is_none)] = None

    @property
    def narrowed(self) -> bool:
        return any((self.division, self.kind, self.state, self.due, self.older_than))


Asked = Annotated[CaseFilter, Query()]


@router.get(CASES)
async def cases(request: Request, asked: Asked, gateway: SignedIn, me: CurrentUser) -> Response:
    return await lists.listed(
        request, gateway, me, "reconciliation_cases.html", Page[CaseOut], f"{API}/cases", asked, ages=AGES, **WORDS
    )


@router.get(f"{CASES}/export")
async def export(asked: Asked, gateway: SignedIn, format: lists.Format = "xlsx") -> Response:
    return await lists.exported(gateway, f"{API}/cases", asked, format)


def title(case: CaseOut) -> str:
    return f"{case.number}：{KIND_NAMES[case.kind]}"


async def facts(gateway: Gateway, case: CaseOut) -> dict[str, str]:
    """Both sides, in a line each, above the form."""
    found = {"管理号": case.management_number or "没有写明", "差异": case.sentence}
    for name, side in (("本系统", case.ours), (NATIONAL_SYSTEM, case.national)):
        level = LEVEL_NAMES[side.level] if side and side.level else "级别不明"
        until = f"，有效期止 {numbers.last_day(side.end)}" if side and side.end else ""
        found[name] = f"{side.name or '姓名不明'}，{level}，{side.state_name}{until}" if side else "没有这条记录"
    return found


WHY = Input("reason", "理由", most=200, hint="不写证件号码、手机号等个人信息")
REGISTER = Register(
    name="差异清单", path=CASES, api=f"{API}/cases", out=CaseOut, title=title, facts=facts,
    way=lambda c: [(NAME, PATH), ("差异清单", CASES), (title(c), f"{CASES}/{c.id}")],
    steps={
        "ours": Step(
            "本系统正确", (WHY,), KeepOurs, word="确定", done="已记为本系统正确，待上报。",
            said="须另行报全国系统更正。以后的导出与本系统一致时，这一项自动办结。",
        ),
        "national": Step(
            "全国系统正确", (WHY,), TakeNational, word="确定", done="已记为全国系统正确，请接着更正本系统的登记。",
            said="这里不改动登记。确定之后，请按页面上的链接办理申请或更正，登记一致后自动办结。",
        ),
        "confirm": Step(
            "确认是同一人", (WHY,), ConfirmPerson, word="确认是同一人", done="已确认是同一人，下次比对时生效。",
            said="请核对户籍、证书等材料。确认之后不再核对这一姓名，登记状态和日期照常比对。",
        ),
        "postpone": Step(
            "暂缓", (WHY, Input("until", "暂缓到", Kind.DATE)), Postpone, word="暂缓", done="已暂缓。",
            about={"not_later": "until"},
        ),
    },
)  # fmt: skip
router.include_router(steps.routes(REGISTER))


@router.get(f"{CASES}/{{id}}")
async def one(request: Request, id: UUID, gateway: SignedIn, done: str = "") -> Response:
    case, history = await asyncio.gather(
        gateway.ask(CaseOut, f"{API}/cases/{id}"),
        panel(gateway.ask(Page[CaseVersion], f"{API}/cases/{id}/history", limit=100)),
    )
    return render(
        request, "reconciliation_case.html", case=case, history=history, done=done, done_words=REGISTER.done,
        next_word=NEXT[case.next_step], next_path=way_on(case), **WORDS,
    )  # fmt: skip


def way_on(case: CaseOut) -> str | None:
    """To the page on which the register is put right."""
    if case.next_step in APPLYING and case.certificate_id:
        return address("/registration-applications/new", certificate_id=case.certificate_id)
    if case.next_step is NextStep.VOID_CERTIFICATE and case.certificate_id:
        return f"/certificates/{case.certificate_id}"
    if case.person_id:
        return f"/people/{case.person_id}"
    return "/imports/new" if case.next_step is NextStep.ADD_CERTIFICATE else None
