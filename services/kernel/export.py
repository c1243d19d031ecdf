"""Any list as a file: pages of it become .xlsx or CSV, a page in memory at a time, and no cell can become a formula.

PEOPLE = Table("people", "人员", (Column[PersonOut]("姓名", lambda p: p.name), …))

@router.get("/people/export", responses=export.FILE)
async def export_people(request: Request, actor: Reading, format: As = Format.XLSX, …) -> Response:
    async def pages(db, cursor):
        return await queries.people(db, …, limit=export.AT_ONCE, cursor=cursor)
    return await export.exported(request, actor, PEOPLE, pages, format, {"区划": division, "查询": q})
"""

import asyncio
import csv
import io
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import IO, Annotated, Any, Generic, TypeVar
from urllib.parse import quote

import asyncpg
import xlsxwriter  # type: ignore[import-untyped]
from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from services.kernel.actor import Actor
from services.kernel.clock import SHANGHAI, now
from services.kernel.db import database_of, reached
from services.kernel.errors import Unprocessable
from services.kernel.paging import Page

M = TypeVar("M", bound=BaseModel)
Cell = str | int | float | Decimal | date | datetime | bool | None
Rows = Sequence[Sequence[Cell]]

ROWS = 100_000
AT_ONCE = 2000  # rows to a page: what the list is asked for each time
PIECE = 256 * 1024
# A spreadsheet takes a text that begins so for a formula, in whichever width it was typed.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DEMO = "演示数据，均为虚构"
CUT = f"仅导出前 {ROWS} 行，其余未导出；请缩小查询范围后分批导出。"


WORKBOOKS_AT_ONCE = 2  # a process writes so many at a time: others' lists are answered between


class Format(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


MEDIA = {Format.XLSX: XLSX, Format.CSV: "text/csv; charset=utf-8"}
As = Annotated[Format, Query(description="文件格式：xlsx 或 csv")]
Columns = Annotated[
    str | None,
    Query(max_length=400, pattern=r"^[a-z_]+(,[a-z_]+)*$", description="只导出这些列，逗号分隔；不填导出全部列"),
]
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "成功",
        "content": {XLSX: {"example": "（.xlsx 工作簿）"}, "text/csv": {"example": "（CSV，UTF-8 带 BOM）"}},
    }
}


@dataclass(frozen=True)
class Column(Generic[M]):
    """`value` of an item as it is shown; words for codes are the caller's. One without a `key` cannot be left out."""

    title: str
    value: Callable[[M], Cell]
    width: int = 16
    key: str = ""


class NoSuchColumn(Unprocessable):
    english = "The list has no such column."


@dataclass(frozen=True)
class Table(Generic[M]):
    """`name` is for the file, `title` for people."""

    name: str
    title: str
    columns: Sequence[Column[M]]

    def only(self, keys: str | None) -> "Table[M]":
        """With the columns that were asked for; None are all."""
        if keys is None:
            return self
        wanted = set(keys.split(","))
        if unknown := wanted - {c.key for c in self.columns}:
            raise NoSuchColumn(f"名录没有这些列：{'、'.join(sorted(unknown))}。请核对列名。", code="no_such_column")
        return replace(self, columns=[c for c in self.columns if not c.key or c.key in wanted])


async def exported(
    request: Request,
    actor: Actor,
    table: Table[M],
    pages: Callable[[asyncpg.Connection, str | None], Awaitable[Page[M]]],
    format: Format,
    criteria: Mapping[str, object],
    columns: str | None = None,
) -> Response:
    """The answer. What the list refuses is refused before the file begins; later a failure breaks the file off."""
    table = table.only(columns)
    note = heading(actor, table.title, criteria, demo=request.app.state.settings.demo)
    rows = lines(request, table, pages)
    first = await anext(rows, None)
    if format is Format.CSV:
        body = of_csv(note, table, first or [], rows)
    else:  # made whole before it is sent: a workbook can only be read whole
        async with request.app.state.workbooks:
            body = pieces(await of_xlsx(note, table, first or [], rows))
    return StreamingResponse(body, media_type=MEDIA[format], headers=named(f"{table.name}.{format}", table.title))


def named(file: str, title: str) -> dict[str, str]:
    shown = quote(f"{title}.{file.rpartition('.')[2]}")
    return {"content-disposition": f"attachment; filename=\"{file}\"; filename*=UTF-8''{shown}"}


def heading(actor: Actor, title: str, criteria: Mapping[str, object], *, demo: bool) -> str:
    """The line above the headers: what this is, who took it out, when, and of what."""
    said = [f"{name} {shown(value)}" for name, value in criteria.items() if value not in (None, [], ())]
    parts = [
        title,
        *([DEMO] if demo else []),
        f"导出人：{actor.name}",
        f"导出时间：{now().astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        f"口径：{'，'.join(said) or '本人管辖范围内全部'}",
    ]
    return "；".join(parts)


def shown(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


async def lines(
    request: Request, table: Table[M], pages: Callable[[asyncpg.Connection, str | None], Awaitable[Page[M]]]
) -> AsyncIterator[Rows]:
    """A page of rows at a time. Between two pages no connection is held: whoever reads slowly holds up nobody."""
    cursor, left = None, ROWS
    while True:
        async with database_of(request).hot(await reached(request)) as db:
            page = await pages(db, cursor)
        rows: list[list[Cell]] = [[c.value(item) for c in table.columns] for item in page.items[:left]]
        cut = len(page.items) > left or (len(page.items) == left and page.next is not None)
        yield [*rows, [CUT]] if cut else rows
        cursor, left = page.next, left - len(rows)
        if cut or cursor is None:
            return


# ── CSV: streamed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def of_csv(note: str, table: Table[M], first: Rows, rest: AsyncIterator[Rows]) -> AsyncIterator[bytes]:
    """UTF-8 with a mark (or Excel takes it for GBK), every field quoted, every text inert."""
    yield "\ufeff".encode() + written([[note], [c.title for c in table.columns], *first])
    async for rows in rest:
        yield written(rows)


def written(rows: Rows) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([[inert(v) for v in row] for row in rows])
    return out.getvalue().encode()


def inert(value: Cell) -> str:
    """The text of a cell; one that a spreadsheet would run gets an apostrophe in front."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(DANGEROUS) else value
    return plain(value)


def plain(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return str(value)


# ── xlsx: written beside the event loop into a file without a name ───────────────────────────────────────────────────
async def of_xlsx(note: str, table: Table[M], first: Rows, rest: AsyncIterator[Rows]) -> IO[bytes]:
    book = Workbook(note, table.title, [(c.title, c.width) for c in table.columns])
    try:
        await asyncio.to_thread(book.add, first)
        async for rows in rest:
            await asyncio.to_thread(book.add, rows)
        return await asyncio.to_thread(book.finished)
    except BaseException:
        book.abandon()
        raise


async def pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while piece := file.read(PIECE):
            yield piece
    finally:
        file.close()


class Workbook:
    """One sheet under a note and headers. Texts are written as texts: none becomes a formula, a link or a number."""

    def __init__(self, note: str, title: str, columns: Sequence[tuple[str, int]]) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 — closed by whoever sends it
        self.book = xlsxwriter.Workbook(
            self.file,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
             "strings_to_numbers": False, "tmpdir": os.environ.get("TMPDIR")},
        )  # fmt: skip
        self.sheet = self.book.add_worksheet(title[:31])
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.text = self.book.add_format({"num_format": "@"})
        bold = self.book.add_format({"bold": True, "text_wrap": True})
        for n, (_, width) in enumerate(columns):
            self.sheet.set_column(n, n, width)
        self.sheet.write_string(0, 0, note)
        for n, (header, _) in enumerate(columns):
            self.sheet.write_string(1, n, header, bold)
        self.sheet.freeze_panes(2, 0)
        self.columns, self.next = len(columns), 2

    def add(self, rows: Rows) -> None:
        for row in rows:
            for n, value in enumerate(row):
                self.write(n, value)
            self.next += 1

    def write(self, column: int, value: Cell) -> None:
        if value is None or value == "":
            return
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            self.sheet.write_number(self.next, column, value)
        elif isinstance(value, date) and not isinstance(value, datetime):
            self.sheet.write_datetime(self.next, column, value, self.day)
        else:
            self.sheet.write_string(self.next, column, value if isinstance(value, str) else plain(value), self.text)

    def abandon(self) -> None:
        """Its rows lie in a file of their own until it is closed."""
        self.book.close()
        self.file.close()

    def finished(self) -> IO[bytes]:
        if self.next > 2:
            self.sheet.autofilter(1, 0, self.next - 1, self.columns - 1)
        self.book.close()
        self.file.seek(0)
        return self.file
