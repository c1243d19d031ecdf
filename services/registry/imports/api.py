"""Imports over HTTP."""

import asyncio
import hashlib
from typing import Annotated

from fastapi import APIRouter, File, Query, Request, Response, UploadFile

from services.contracts.registry import CodeSystem, ImportKind, ImportResult
from services.kernel.clock import Today
from services.kernel.db import Tx
from services.kernel.idempotency import OnceOnly
from services.registry import examples
from services.registry.asking import Reading, Writing
from services.registry.imports import commands
from services.registry.imports.template import template
from services.registry.imports.workbook import read_workbook
from services.registry.personal import VaultOf

router = APIRouter(prefix="/imports", tags=["导入"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
System = Annotated[CodeSystem, Query(description="文件中的区划代码属于哪套体系")]


@router.get(
    "/{kind}/template.xlsx",
    response_class=Response,
    responses={200: {"description": "成功", "content": {XLSX: {"example": "（.xlsx 工作簿）"}}}},
)
async def read_template(kind: ImportKind, actor: Reading) -> Response:
    """导入用的模板。"""
    body = await asyncio.to_thread(template, kind)
    return Response(body, media_type=XLSX, headers={"content-disposition": f'attachment; filename="{kind.value}.xlsx"'})


@router.post("/{kind}", responses=examples.answer(examples.IMPORTED))
async def import_file(
    kind: ImportKind,
    file: Annotated[UploadFile, File(description=".xlsx 工作簿，最大 20 MB")],
    request: Request,
    actor: Writing,
    tx: Tx,
    once: OnceOnly,
    vault: VaultOf,
    today: Today,
    code_system: System = CodeSystem.OWN,
) -> ImportResult:
    """导入一份名册：全部写入，或者一行也不写入并列出每一处错误。须带 Idempotency-Key。"""
    content = await file.read()
    upload = commands.Upload(kind, code_system, hashlib.sha256(content).hexdigest())
    rows = await asyncio.to_thread(commands.roster_of, kind, await read_workbook(content, request.app.state.readers))
    async with request.app.state.import_turn:  # whoever waits here holds no connection
        await commands.be_patient(tx)
        await once.begin(tx, actor, required=True, content=f"{code_system} {upload.sha256}".encode())
        return await once.keep(tx, await commands.import_roster(tx, actor, vault, upload, rows, today), 200)
