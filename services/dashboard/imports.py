"""Excel rosters: the template, the upload, and what the registry says about each row."""

import secrets
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from services.contracts.registry import ImportKind, ImportResult
from services.dashboard.cookies import Genuine
from services.dashboard.gateway import SignedIn
from services.dashboard.render import render
from services.dashboard.visitor import WithUser
from services.kernel.errors import Conflict, DomainError, TooLarge, Unprocessable, WrongType

router = APIRouter(prefix="/imports", default_response_class=HTMLResponse, dependencies=[WithUser])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200  # errors on the page; with more than that the file wants another look altogether
REFUSALS = (Unprocessable, Conflict, TooLarge, WrongType)


@router.get("/new")
async def new(request: Request, kind: ImportKind = ImportKind.CERTIFIED_WORKERS) -> Response:
    return import_page(request, kind)


@router.post("/new", dependencies=[Genuine])
async def upload(
    request: Request,
    gateway: SignedIn,
    kind: Annotated[ImportKind, Form()],
    key: Annotated[str, Form(min_length=8, max_length=64, pattern=r"^[0-9a-zA-Z_-]+$")],
    file: Annotated[UploadFile | str, File()] = "",
) -> Response:
    """The key was made with the form: pressing the button twice has one effect."""
    if isinstance(file, str) or not file.filename:
        return import_page(
            request, kind, refusal=Unprocessable("请先选择要上传的 Excel 文件（.xlsx）。", code="no_file")
        )
    sent = (file.filename, await file.read(), file.content_type or XLSX)
    try:
        result = await gateway.hand_in(ImportResult, f"/registry/imports/{kind}", sent, key=key)
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
        refusal=refusal, filename=filename, shown=SHOWN,
    )  # fmt: skip


@router.get("/{kind}/template.xlsx")
async def template(gateway: SignedIn, kind: ImportKind) -> Response:
    content = await gateway.fetch(f"/registry/imports/{kind}/template.xlsx")
    return Response(content, media_type=XLSX, headers={"content-disposition": f'attachment; filename="{kind}.xlsx"'})
