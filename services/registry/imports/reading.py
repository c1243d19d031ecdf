"""A workbook → rows of text, in a process of its own: whatever the file does to its reader, the service lives on.

Run as a script, without our packages and without our environment: the file on standard input, JSON on standard output,
either {"rows": [[…]]} as the sheet counts them or {"refused": reason}.
"""

import io
import resource
import sys
import zipfile
from contextlib import suppress
from datetime import date, datetime, time
from math import isfinite
from typing import Any

import orjson
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

MIB = 1024 * 1024
EXPANDED, RATIO, MEMBERS = 200 * MIB, 100, 1000
ROWS, COLUMNS, CELL = 100_000, 100, 32_000
CPU_SECONDS, MEMORY = 30, 1024 * MIB
EXACT = 10**15  # beyond, a number of Excel has lost its last digits
NEEDED = {"[Content_Types].xml", "xl/workbook.xml"}


class Refused(Exception):
    """Its text is the reason's code."""


def check_archive(content: bytes) -> None:
    """Before anything is unpacked: is it a workbook without macros, and does it unpack to a bearable size?"""
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refused("not_xlsx") from error
    names = {m.filename for m in members}
    if not names >= NEEDED or any(m.flag_bits & 1 for m in members):
        raise Refused("not_xlsx")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused("has_macros")
    expanded = sum(m.file_size for m in members)
    if len(members) > MEMBERS or expanded > EXPANDED or expanded > RATIO * max(len(content), 10_000):
        raise Refused("expands_too_much")


def rows_of(content: bytes) -> list[list[str]]:
    """The rows of the first sheet that is shown, from row 1 on, without blank ends."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        shown = [s.name for s in book.sheets_metadata if s.visible is SheetVisibleEnum.Visible and s.name != "_meta"]
        if not shown:
            raise Refused("no_sheet")
        cells = book.get_sheet_by_name(shown[0]).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError) as error:
        raise Refused("unreadable") from error
    rows: list[list[str]] = []
    filled = 0
    for line in cells:
        row = trimmed([text_of(value) for value in line])
        filled += bool(row)
        check_size(row, filled)
        rows.append(row)
    return rows


def check_size(row: list[str], filled: int) -> None:
    if filled > ROWS + 20:  # titles and headers aside
        raise Refused("too_many_rows")
    if len(row) > COLUMNS:
        raise Refused("too_many_columns")
    if any(len(cell) > CELL for cell in row):
        raise Refused("cell_too_long")


def trimmed(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row


def text_of(value: Any) -> str:
    """As a person would have typed it; a number too long for Excel keeps its exponent, and is refused when read."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, float | int):
        return str(int(value)) if value == int(value) and abs(value) < EXACT else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with suppress(ValueError, OSError):  # macOS knows no such limit; the others hold
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    content = sys.stdin.buffer.read()
    try:
        check_archive(content)
        answer: dict[str, object] = {"rows": rows_of(content)}
    except Refused as reason:
        answer = {"refused": str(reason)}
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main()
