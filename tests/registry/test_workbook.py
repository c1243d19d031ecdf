"""Files as they come: right ones read, hostile ones refused with a sentence, the service none the worse (U rows)."""

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter

from services.contracts.registry import ImportKind
from services.kernel.errors import DomainError
from services.registry.imports import reading
from services.registry.imports.kinds import KINDS
from services.registry.imports.roster import rows_under
from services.registry.imports.template import template
from services.registry.imports.workbook import Sheet, check_at_once, rows_of
from tests.registry.factories import a_roster, a_worker

pytestmark = pytest.mark.anyio


def a_book(fill) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    fill(book, book.add_worksheet("名册"))
    book.close()
    return file.getvalue()


def rezipped(content: bytes, **over: bytes) -> bytes:
    """The same archive with members replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in over:
                new.writestr(name, old.read(name))
        for name, body in over.items():
            new.writestr(name, body)
    return out.getvalue()


async def read_workbook(content: bytes, sheet: Sheet | None = None) -> list[list[str]]:
    check_at_once(content)
    return [row async for piece in rows_of(content, sheet or Sheet()) for row in piece]


RIGHT = a_roster([a_worker(0)])


async def test_cells_become_the_text_a_person_would_have_typed():
    def fill(book, sheet):
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        values = ["文字", 370112001000, 3.5, True, 123456789012345678]
        sheet.write_row(1, 1, values)
        sheet.write_datetime(1, 6, date(2026, 1, 31), day)
        sheet.write_formula(1, 7, "=1+1", None, 2)
        sheet.write_string(1, 8, "=1+1")

    rows = await read_workbook(a_book(fill))

    assert rows[0] == []
    assert rows[1] == ["", "文字", "370112001000", "3.5", "是", "1.234567890123457e+17", "2026-01-31", "2", "=1+1"]


async def test_the_first_sheet_that_is_shown_is_read():
    def fill(book, sheet):
        sheet.hide()
        book.add_worksheet("另一张").write(0, 0, "这一张")
        book.worksheets()[1].activate()
        book.worksheets()[1].set_first_sheet()

    assert await read_workbook(a_book(fill)) == [["这一张"]]


@pytest.mark.parametrize("kind", ImportKind)
async def test_the_template_can_be_uploaded_again(kind: ImportKind):
    sheet = await read_workbook(template(kind))

    assert [t.removesuffix("*") for t in sheet[0]] == [c.title for c in KINDS[kind].columns]
    assert rows_under(sheet, KINDS[kind].columns) == []


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        pytest.param(b"", 422, "empty_file", id="nothing"),
        pytest.param("姓名,证件号码\n".encode(), 415, "not_xlsx", id="U09 csv"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 415, "not_xlsx", id="U09 xls"),
        pytest.param(b"<html></html>", 415, "not_xlsx", id="U09 html"),
        pytest.param(b"PK\x03\x04" + b"\0" * 100, 415, "not_xlsx", id="no archive"),
        pytest.param(RIGHT[: len(RIGHT) // 2], 415, "not_xlsx", id="U19 cut off"),
        pytest.param(rezipped(RIGHT, **{"xl/vbaProject.bin": b"x"}), 422, "has_macros", id="macros"),
        pytest.param(rezipped(RIGHT, **{"xl/x.bin": b"\0" * 20_000_000}), 413, "expands_too_much", id="U01 bomb"),
        pytest.param(
            rezipped(RIGHT, **{f"xl/{n}": b"" for n in range(1100)}), 413, "expands_too_much", id="many members"
        ),
        pytest.param(rezipped(RIGHT, **{"xl/worksheets/sheet1.xml": b"<wor"}), 422, None, id="broken sheet"),
        pytest.param(a_book(lambda b, s: s.write(1048575, 16383, "x")), 422, None, id="U04 sparse"),
        pytest.param(a_book(lambda b, s: s.write(0, 100, "x")), 422, "too_many_columns", id="101 columns"),
    ],
)
async def test_a_hostile_file_is_refused_with_a_sentence(content: bytes, status: int, code: str | None):
    with pytest.raises(DomainError) as refused:
        await read_workbook(content)

    assert refused.value.status == status
    assert code in (None, refused.value.code)
    assert refused.value.detail.endswith("。")


async def test_u07_entities_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("不可外传")
    entity = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><worksheet><sheetData><row r="1">'.encode()
    sheet = entity + b'<c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row></sheetData></worksheet>'
    try:
        rows = await read_workbook(rezipped(RIGHT, **{"xl/worksheets/sheet1.xml": sheet}))
    except DomainError:
        rows = []

    assert "不可外传" not in str(rows)


def test_rows_and_cells_have_limits():
    reading.check_size(["x" * reading.CELL] * reading.COLUMNS, reading.ROWS)
    for row, filled, reason in [
        (["x"], reading.ROWS + 100, "too_many_rows"),
        (["x"] * 101, 1, "too_many_columns"),
        (["x" * 32_001], 1, "cell_too_long"),
    ]:
        with pytest.raises(reading.Refused, match=reason):
            reading.check_size(row, filled)
