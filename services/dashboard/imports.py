"""Excel rosters: the template, the upload, and what the registry says about each row."""

import secrets
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from services.contracts.registry import CodeSystem, ImportKind, ImportResult
from services.dashboard.cookies import Genuine
from services.dashboard.gateway import SignedIn
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import Conflict, DomainError, Forbidden, TooLarge, Unprocessable, WrongType

router = APIRouter(prefix="/imports", default_response_class=HTMLResponse, dependencies=[WithUser])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REFUSALS = (Unprocessable, Conflict, TooLarge, WrongType)


@router.get("/new")
async def new(request: Request, me: CurrentUser, kind: ImportKind = ImportKind.CERTIFIED_WORKERS) -> Response:
    """Whoever may not import is told before choosing a file; the gateway decides all the same."""
    if "registry:write" not in me.permissions:
        raise Forbidden("您的角色没有导入权限，如工作需要请联系安全管理员授权。", code="permission_missing")
    return import_page(request, kind)


@router.post("/new", dependencies=[Genuine])
async def upload(
    request: Request,
    gateway: SignedIn,
    kind: Annotated[ImportKind, Form()],
    key: Annotated[str, Form(min_length=8, max_length=64, pattern=r"^[0-9a-zA-Z_-]+$")],
    code_system: Annotated[CodeSystem, Form()] = CodeSystem.OWN,
    file: Annotated[UploadFile | str, File()] = "",
) -> Response:
    """The key was made with the form: pressing the button twice has one effect."""
    if isinstance(file, str) or not file.filename:
        return import_page(
            request, kind, refusal=Unprocessable("请先选择要上传的 Excel 文件（.xlsx）。", code="no_file")
        )
    sent = (file.filename, await file.read(), file.content_type or XLSX)
    try:
        result = await gateway.hand_in(
            ImportResult, f"/registry/imports/{kind}", sent, key=key, code_system=code_system
        )
    except REFUSALS as error:
        return import_page(request, kind, refusal=error, filename=file.filename)
    return render(request, "import_done.html", kind=kind, result=result, filename=file.filename)


def import_page(
    request: Request, kind: ImportKind, *, refusal: DomainError | None = None, filename: str = ""
) -> Response:
    """A corrected file is a new submission: the form gets a new key each time."""
    status = refusal.status if refusal else 200
    return render(
        request, "import.html", status=status, kind=kind, kinds=ImportKind, key=secrets.token_urlsafe(24),
        refusal=refusal, filename=filename,
    )  # fmt: skip


@router.get("/{kind}/template.xlsx")
async def template(gateway: SignedIn, kind: ImportKind) -> Response:
    content = await gateway.fetch(f"/registry/imports/{kind}/template.xlsx")
    return Response(content, media_type=XLSX, headers={"content-disposition": f'attachment; filename="{kind}.xlsx"'})
