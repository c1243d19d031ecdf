"""The rows of an import as they are shown: a page of them, and the wrong ones as a workbook to be corrected."""

import asyncio
import io
from collections.abc import Collection, Sequence
from typing import IO
from uuid import UUID

import asyncpg
import orjson
import xlsxwriter  # type: ignore[import-untyped]

from services.contracts.imports import Finding, ImportRow, RowFilter, Severity
from services.contracts.registry import ImportKind
from services.kernel.crypto import Vault
from services.kernel.db import Reading
from services.kernel.errors import NotFound
from services.kernel.export import DEMO
from services.kernel.listing import Conditions
from services.kernel.paging import BadCursor, Page, decode_cursor, page_of
from services.registry.imports import contents
from services.registry.imports.kinds import KINDS
from services.registry.imports.roster import Row

SELECT = "select number, outcome, label, findings, changes from import_row r where {} order by number limit {}"
WRONG = """
select number, findings from import_row
where job_id = $1 and number = any($2) and outcome in ('error', 'conflict') order by number"""
EXPLANATION, NUMBER = "错误说明", "原行号"
NONE = "这次导入没有错误或冲突的行，无需下载。"


async def shown(
    db: asyncpg.Connection,
    job: UUID,
    outcome: RowFilter | None,
    since: Collection[UUID],
    *,
    cursor: str | None,
    limit: int,
) -> Page[ImportRow]:
    """`since`: the subjects of what was changed since, for the filter of that name."""
    conditions = Conditions()
    conditions.add("r.job_id = {}", job)
    if outcome is RowFilter.WARNING:
        conditions.add("r.warned")
    elif outcome is RowFilter.CHANGED_SINCE:
        conditions.add("r.subject = any({})", list(since))
    elif outcome is not None:
        conditions.add("r.outcome = {}", outcome.value)
    if cursor is not None:
        [after] = decode_cursor(cursor, 1)
        if not isinstance(after, int) or abs(after) >= 2**31:
            raise BadCursor("翻页游标无效，请从第一页重新查询。")
        conditions.add("r.number > {}", after)
    found = await db.fetch(SELECT.format(conditions.sql(), conditions.value(limit + 1)), *conditions.parameters)
    rows, following = page_of(found, limit, lambda r: [r["number"]])
    return Page(items=[made(r) for r in rows], next=following)


def made(row: asyncpg.Record) -> ImportRow:
    known = {**row, "findings": orjson.loads(row["findings"]), "changes": orjson.loads(row["changes"])}
    return ImportRow.model_validate(known)


async def wrong_rows(
    reading: Reading, vault: Vault, job: UUID, kind: ImportKind, file_name: str, *, demo: bool
) -> bytes:
    """As they were uploaded, in the order of the template, each with what is wrong with it; 404 if none is."""
    note = f"{DEMO}；" * demo + f"《{file_name}》中有误的行。请按“{EXPLANATION}”改正后重新上传本文件。"
    book: Corrections | None = None
    try:
        async for rows in contents.rows_of(reading, vault, job):
            async with reading() as db:
                wrong = await db.fetch(WRONG, job, [r.number for r in rows])
            found = {r["number"]: [Finding.model_validate(f) for f in orjson.loads(r["findings"])] for r in wrong}
            if found:
                book = book or Corrections(kind, note)
                await asyncio.to_thread(book.add, [(r, found[r.number]) for r in rows if r.number in found])
    finally:
        file = None if book is None else await asyncio.to_thread(book.finished)
    if file is None:
        raise NotFound(NONE, code="no_wrong_rows")
    return file


class Corrections:
    """Every cell a text cell: what Excel would turn into numbers, dates or formulas stays as it was typed."""

    def __init__(self, kind: ImportKind, note: str) -> None:
        self.file: IO[bytes] = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.file, {"constant_memory": True, "strings_to_formulas": False})
        self.sheet, self.columns = self.book.add_worksheet("名册"), KINDS[kind].columns
        self.text, self.next = self.book.add_format({"num_format": "@"}), 2
        bold = self.book.add_format({"bold": True, "text_wrap": True})
        self.sheet.set_column(0, len(self.columns) - 1, 20, self.text)
        self.sheet.set_column(len(self.columns), len(self.columns), 80)
        self.sheet.write_string(0, 0, note)
        titles = [c.title + ("*" if c.required else "") for c in self.columns]
        for n, title in enumerate([*titles, EXPLANATION, NUMBER]):
            self.sheet.write_string(1, n, title, bold)
        self.sheet.freeze_panes(2, 0)

    def add(self, rows: Sequence[tuple[Row, Sequence[Finding]]]) -> None:
        for row, findings in rows:
            for n, column in enumerate(self.columns):
                if value := row.cells.get(column.field):
                    self.sheet.write_string(self.next, n, value, self.text)
            told = "\n".join(
                f"{f.column}：{f.reason}。{f.remedy}" for f in findings if f.severity is not Severity.WARNING
            )
            self.sheet.write_string(self.next, len(self.columns), told)
            self.sheet.write_number(self.next, len(self.columns) + 1, row.number)
            self.next += 1

    def finished(self) -> bytes:
        self.book.close()
        self.file.seek(0)
        return self.file.read()
