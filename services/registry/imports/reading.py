"""A workbook, or a table of text → its rows, in a process of its own: whatever it does to its reader, we live on.

Run as a script, without our packages and without our environment: the file on standard input, lines of JSON on standard
output: {"height": n}, then {"rows": [[…]]} as the sheet counts them, piece by piece, and at last {"odd": {…}} or
{"refused": reason}.
"""

import csv
import io
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time
from math import isfinite
from typing import Any
from xml.etree import ElementTree

import orjson
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

MIB = 1024 * 1024
EXPANDED, RATIO, MEMBERS = 200 * MIB, 100, 1000
ROWS, COLUMNS, CELL = 100_000, 100, 32_000
CPU_SECONDS, MEMORY = 30, 1024 * MIB
PIECE = 500  # rows
PIECE_CHARACTERS = 300_000
LINES = 1_048_576  # of a sheet, blank ones too
EXACT = 10**15  # beyond, a number of Excel has lost its last digits
NEEDED = {"[Content_Types].xml", "xl/workbook.xml"}
START, DIRECTORY_END, DIRECTORY_TAIL, DIRECTORY = b"PK\x03\x04", b"PK\x05\x06", 22 + 65_535, MIB


class Refused(Exception):
    """Its text is the reason's code."""


def check_archive(content: bytes) -> None:
    """Before anything is unpacked: is it a workbook without macros, and does it unpack to a bearable size?"""
    check_directory(content)
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


def check_directory(content: bytes) -> None:
    """A directory of a million members would take long only to be listed; and what begins as something else (a PDF, a
    page) with an archive behind it is that, too (U09).
    """
    at = content.rfind(DIRECTORY_END, max(0, len(content) - DIRECTORY_TAIL))
    if not content.startswith(START) or at < 0 or len(content) < at + 22:
        raise Refused("not_xlsx")
    count, size = (int.from_bytes(content[at + a : at + b], "little") for a, b in ((10, 12), (12, 16)))
    if count > MEMBERS or size > DIRECTORY:
        raise Refused("expands_too_much")


def told(content: bytes) -> Iterator[dict[str, object]]:
    """What the first sheet that is shown says, from row 1 on, without blank ends."""
    check_archive(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        shown = [
            (n, s.name)
            for n, s in enumerate(book.sheets_metadata)
            if s.visible is SheetVisibleEnum.Visible and s.name != "_meta"
        ]
        if not shown:
            raise Refused("no_sheet")
        sheet = book.get_sheet_by_name(shown[0][1])
        yield {"height": sheet.total_height}
        yield from pieces(sheet)
        yield {"odd": {**oddities(content, shown[0][0], sheet.total_width), "merged": len(merged(sheet))}}
    except (CalamineError, ValueError, OSError) as error:
        raise Refused("unreadable") from error


def told_of_text(content: bytes) -> Iterator[dict[str, object]]:
    """What a table of text says, its rows counted as a spreadsheet would."""
    text = text_in(content)
    first = text.partition("\n")[0]
    csv.field_size_limit(CELL + 1)
    rows: list[list[str]] = []
    filled = 0
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first else ","):
            row = trimmed([cell.strip() for cell in line])
            filled += bool(row)
            check_size(row, filled)
            rows.append(row)
            if len(rows) > LINES:
                raise Refused("too_many_rows")
    except csv.Error as error:
        raise Refused("cell_too_long") from error
    while rows and not rows[-1]:
        rows.pop()
    yield {"height": len(rows)}
    for at in range(0, len(rows), PIECE):
        yield {"rows": rows[at : at + PIECE]}
    yield {"odd": {}}


def text_in(content: bytes) -> str:
    """UTF-8, or as Excel in China writes it; a page, a PDF or an older workbook is none."""
    head = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\0" in content or head.startswith((b"<", b"%PDF", b"{\\rtf")):
        raise Refused("not_table")
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if "," in text or "\t" in text:
                return text
    raise Refused("not_table")


def merged(sheet: CalamineSheet) -> list[Any]:
    return list(sheet.merged_cell_ranges or [])


def pieces(sheet: CalamineSheet) -> Iterator[dict[str, object]]:
    rows: list[list[str]] = []
    filled = size = 0
    blank = [""] * (sheet.start or (0, 0))[1]
    for line in sheet.iter_rows():
        row = trimmed([text_of(value) for value in line])
        row = [*blank, *row] if row else row
        filled += bool(row)
        check_size(row, filled)
        rows.append(row)
        size += sum(map(len, row))
        if len(rows) >= PIECE or size > PIECE_CHARACTERS:
            yield {"rows": rows}
            rows, size = [], 0
    yield {"rows": rows}


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


# ── what nobody sees on the screen ───────────────────────────────────────────────────────────────────────────────────
HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\shidden="(?:1|true)"')
COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
FILTER = re.compile(rb"<(?:\w+:)?filterColumn\b")


def oddities(content: bytes, index: int, width: int) -> dict[str, int]:
    """Counted in the sheet's own XML, block by block; none where it is not found."""
    found = {"hidden_rows": 0, "hidden_columns": 0, "filters": 0, "formulas": 0}
    with (
        suppress(KeyError, IndexError, ElementTree.ParseError, zipfile.BadZipFile),
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        archive.open(path_of(archive, index)) as part,
    ):
        for block in blocks(part):
            found["formulas"] += len(FORMULA.findall(block)) if b"f>" in block or b"<f " in block else 0
            if b"hidden=" in block:
                found["hidden_rows"] += len(HIDDEN_ROW.findall(block))
                found["hidden_columns"] += sum(hidden(column, width) for column in COLUMN.findall(block))
            found["filters"] += len(FILTER.findall(block)) if b"filterColumn" in block else 0
    return found


def path_of(archive: zipfile.ZipFile, index: int) -> str:
    sheets = [e for e in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter() if e.tag.endswith("}sheet")]
    id = next(value for name, value in sheets[index].items() if name.endswith("}id"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(e.get("Target", "") for e in links if e.get("Id") == id)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def blocks(part: Any) -> Iterator[bytes]:
    """Whole tags only."""
    rest = b""
    while read := part.read(MIB):
        whole, mark, rest = (rest + read).rpartition(b">")
        yield whole + mark
    yield rest


def hidden(column: bytes, width: int) -> int:
    """How many of the columns with content it hides; whoever hides all to the right of them hides none."""
    said = dict(re.findall(rb'(\w+)="([^"]*)"', column))
    if said.get(b"hidden") not in (b"1", b"true"):
        return 0
    return max(0, min(int(said[b"max"]), width) - int(said[b"min"]) + 1)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with suppress(ValueError, OSError):  # macOS knows no such limit; the others hold
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    content = sys.stdin.buffer.read()
    try:
        is_text = sys.argv[1:] == ["csv"] and not content.startswith(START)
        for line in told_of_text(content) if is_text else told(content):
            sys.stdout.buffer.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    except Refused as reason:
        sys.stdout.buffer.write(orjson.dumps({"refused": str(reason)}, option=orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
