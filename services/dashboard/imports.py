"""Imports: the template, the upload, what the registry finds in it, the confirmation, and undoing it within a day."""

import secrets
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, BeforeValidator, JsonValue

from services.contracts.imports import (
    JOB_STATE_NAMES,
    OLD_NUMBERS_LABEL,
    WORKING,
    ImportJob,
    ImportRow,
    JobState,
    RowFilter,
)
from services.contracts.registry import CodeSystem, ImportKind
from services.dashboard import lists
from services.dashboard.cookies import Genuine
from services.dashboard.forms import must
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import address, blank_is_none
from services.dashboard.panels import panel
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import Conflict, DomainError, StaleVersion, TooLarge, Unprocessable, WrongType
from services.kernel.paging import Page

router = APIRouter(prefix="/imports", default_response_class=HTMLResponse, dependencies=[WithUser])
API = "/registry/imports"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REFUSALS = (Unprocessable, Conflict, StaleVersion, TooLarge, WrongType)
ROWS = 50
KINDS = {
    ImportKind.CERTIFIED_WORKERS: "持证社会工作者名册", ImportKind.SERVICE_POINTS: "社会工作服务站点",
    ImportKind.EXAM_RESULTS: "考试成绩",
}  # fmt: skip
ELSEWHERE = {ImportKind.NATIONAL_STATUSES: "/reconciliation/new"}  # uploaded there, and looked after here
NAMES = {**KINDS, ImportKind.NATIONAL_STATUSES: "全国系统登记状态导出"}
STEPS = {JobState.INVALID: 2, JobState.READY: 3, JobState.CONFIRMING: 3}  # the rest of the states: the second or last
LAST = frozenset({JobState.DONE, JobState.UNDOING, JobState.UNDONE, JobState.CANCELLED})
TABS = {
    RowFilter.ERROR: "有误", RowFilter.CONFLICT: "冲突", RowFilter.NEW: "新增", RowFilter.CHANGED: "修改",
    RowFilter.UNCHANGED: "不变", RowFilter.WARNING: "提醒", RowFilter.CHANGED_SINCE: "导入后又有改动",
}  # fmt: skip
LIGHTS = {
    JobState.DONE: "achieved", JobState.READY: "at_risk", JobState.INVALID: "behind", JobState.FAILED: "behind",
}  # fmt: skip
Key = Annotated[str, Form(min_length=8, max_length=64, pattern=r"^[0-9a-zA-Z_-]+$")]


class Looked(BaseModel):
    """Which rows of a job are looked at; None: the ones that matter most."""

    outcome: Annotated[RowFilter | None, BeforeValidator(blank_is_none)] = None
    cursor: lists.CursorText = None


@router.get("")
async def jobs(request: Request, gateway: SignedIn, me: CurrentUser, cursor: lists.CursorText = None) -> Response:
    must(me, "registry:write")
    found = await gateway.ask(Page[ImportJob], API, cursor=cursor)
    first = "/imports" if cursor else None
    following = address("/imports", cursor=found.next) if found.next else None
    return render(
        request, "imports.html", jobs=found.items, first=first, following=following, kinds=NAMES,
        states=JOB_STATE_NAMES, job_lights=LIGHTS,
    )  # fmt: skip


@router.get("/new")
async def new(request: Request, me: CurrentUser, kind: ImportKind = ImportKind.CERTIFIED_WORKERS) -> Response:
    """Whoever may not import is told before choosing a file; the gateway decides all the same."""
    must(me, "registry:write")
    if kind in ELSEWHERE:
        return RedirectResponse(ELSEWHERE[kind], 303)
    return import_page(request, kind)


@router.post("/new", dependencies=[Genuine])
async def upload(
    request: Request,
    gateway: SignedIn,
    kind: Annotated[ImportKind, Form()],
    key: Key,
    code_system: Annotated[CodeSystem, Form()] = CodeSystem.OWN,
    old_numbers: Annotated[bool, Form()] = False,
    file: Annotated[UploadFile | str, File()] = "",
) -> Response:
    """The key was made with the form: pressing the button twice has one effect."""
    if kind in ELSEWHERE:
        return RedirectResponse(ELSEWHERE[kind], 303)
    if isinstance(file, str) or not file.filename:
        refusal = Unprocessable("请先选择要上传的 Excel 文件（.xlsx）。", code="no_file")
        return import_page(request, kind, refusal=refusal, old_numbers=old_numbers)
    sent = (file.filename, await file.read(), file.content_type or XLSX)
    try:
        said = {"old_numbers": "true"} if old_numbers else {}
        job = await gateway.hand_in(ImportJob, f"{API}/{kind}", sent, said, key=key, code_system=code_system)
    except REFUSALS as error:
        return import_page(request, kind, refusal=error, filename=file.filename, old_numbers=old_numbers)
    return RedirectResponse(f"/imports/{job.id}", 303)


def import_page(
    request: Request, kind: ImportKind, *, refusal: DomainError | None = None, filename: str = "",
    old_numbers: bool = False,
) -> Response:  # fmt: skip
    """A corrected file is a new submission: the form gets a new key each time."""
    return render(
        request, "import.html", status=refusal.status if refusal else 200, kind=kind, kinds=KINDS,
        key=secrets.token_urlsafe(24), refusal=refusal, filename=filename,
        old_numbers=old_numbers, old_numbers_label=OLD_NUMBERS_LABEL,
    )  # fmt: skip


@router.get("/{kind}/template.xlsx")
async def template(gateway: SignedIn, kind: ImportKind) -> Response:
    return await gateway.file(f"{API}/{kind}/template.xlsx")


@router.get("/{id}/errors.xlsx")
async def errors(gateway: SignedIn, id: UUID) -> Response:
    return await gateway.file(f"{API}/{id}/errors.xlsx")


@router.get("/{id}")
async def job(request: Request, id: UUID, looked: Annotated[Looked, Query()], gateway: SignedIn) -> Response:
    return await job_page(request, gateway, id, looked)


@router.post("/{id}/{act}", dependencies=[Genuine])
async def act(
    request: Request, id: UUID, act: Literal["confirm", "cancel", "undo"], gateway: SignedIn, key: Key,
    skip_conflicts: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Confirm, cancel or undo; a refusal is shown on the job's page."""
    body: dict[str, JsonValue] | None = {"skip_conflicts": skip_conflicts} if act == "confirm" else None
    try:
        await gateway.tell(f"{API}/{id}/{act}", body, idempotency_key=key)
    except REFUSALS as error:
        since = RowFilter.CHANGED_SINCE if act == "undo" else None
        return await job_page(request, gateway, id, Looked(outcome=since), error)
    return RedirectResponse(f"/imports/{id}", 303)


async def job_page(
    request: Request, gateway: Gateway, id: UUID, looked: Looked, refusal: DomainError | None = None
) -> Response:
    found = await gateway.ask(ImportJob, f"{API}/{id}")
    counts = counts_of(found)
    outcome = looked.outcome or next((o for o, n in counts.items() if n), None)
    working = found.state in WORKING
    rows = None
    if outcome is not None and not working:
        asked = gateway.ask(Page[ImportRow], f"{API}/{id}/rows", outcome=outcome, cursor=looked.cursor, limit=ROWS)
        rows = await panel(asked)
    following = rows.found.next if rows and rows.found else None
    here = f"/imports/{id}"
    return render(
        request, "import_job.html", status=refusal.status if refusal else 200, job=found, counts=counts,
        outcome=outcome, rows=rows, working=working, refusal=refusal, key=secrets.token_urlsafe(24), kinds=NAMES,
        states=JOB_STATE_NAMES, job_lights=LIGHTS, tabs=TABS,
        step=4 if found.state in LAST else STEPS.get(found.state, 2),
        first=address(here, outcome=outcome) if looked.cursor else None,
        following=address(here, outcome=outcome, cursor=following) if following else None,
    )  # fmt: skip


def counts_of(job: ImportJob) -> dict[RowFilter, int]:
    """By what matters most; `changed_since` is shown when an undo was refused for it."""
    return {
        RowFilter.ERROR: job.errors, RowFilter.CONFLICT: job.conflict, RowFilter.WARNING: job.warnings,
        RowFilter.CHANGED: job.changed, RowFilter.NEW: job.new, RowFilter.UNCHANGED: job.unchanged,
    }  # fmt: skip
