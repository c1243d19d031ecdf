"""Files that mean harm, or were made in a hurry: each is answered with a code and a sentence, the worker lives on."""

import io
import random
import struct
import zipfile

import pytest

from services.registry.imports.commands import named
from tests.registry.factories import a_roster, a_worker
from tests.registry.test_imports import people, upload
from tests.registry.test_workbook import a_book, rezipped
from tests.rosters import imported, sent

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
RIGHT = a_roster([a_worker(0)])
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def directory_of_a_million() -> bytes:
    """Its end announces more members than anybody should list."""
    return RIGHT[:-22] + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, 900_000_000, 0, 0)


def laughing() -> bytes:
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n + 1, b"&l%d;" % n * 10) for n in range(9))
    body = b'<!DOCTYPE x [<!ENTITY l0 "ha">' + entities + b"]><sst><si><t>&l9;</t></si></sst>"
    return rezipped(RIGHT, **{STRINGS: body})


def cells(*rows: bytes) -> bytes:
    return rezipped(RIGHT, **{SHEET: HEAD + b"".join(rows) + b"</sheetData></worksheet>"})


def twice_the_same_member() -> bytes:
    out = io.BytesIO(RIGHT)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr(SHEET, HEAD + b"</sheetData></worksheet>")
    return out.getvalue()


FILES = {
    "a directory of a million members": directory_of_a_million,
    "billion laughs in the strings": laughing,
    "a shared string that is not there": lambda: cells(b'<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>'),
    "a row number below zero": lambda: cells(b'<row r="-5"><c r="A-5" t="n"><v>1</v></c></row>'),
    "a column beyond all columns": lambda: cells(b'<row r="1"><c r="ZZZZZZZ1"><v>1</v></c></row>'),
    "U06 one string of 30 MB": lambda: rezipped(
        RIGHT, **{STRINGS: b"<sst><si><t>" + random.Random(1).randbytes(15_000_000).hex().encode() + b"</t></si></sst>"}
    ),
    "the same member twice": twice_the_same_member,
    "sheets without a sheet": lambda: rezipped(RIGHT, **{"xl/workbook.xml": b"<workbook><sheets/></workbook>"}),
    "a link to another folder": lambda: rezipped(
        RIGHT,
        **{"xl/_rels/workbook.xml.rels": b'<Relationships><Relationship Id="rId1" Target="../../x"/></Relationships>'},
    ),
}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES.keys())
async def test_a_hostile_file_is_refused_and_the_next_one_is_read(city, make):
    found = await imported(city, make())

    if found.answer.status_code == 202:
        assert found.state in ("failed", "invalid"), found.job
        assert found.state == "invalid" or found.job["refused"]["detail"].endswith("。")
        assert found.state == "invalid" or found.job["refused"]["code"] != "internal"
    else:
        assert found.answer.status_code in (413, 415, 422)
        assert found.answer.json()["detail"].endswith("。")
    assert (await upload(city, a_worker(1))).state == "done"


async def test_texts_that_no_database_takes_are_refused_by_row_and_column(city):
    """A NUL, a lone surrogate, a text that turns the line around: in cells that are looked up as well as in others."""
    lines = [a_worker(n) for n in range(4)]
    lines[0]["工作单位名称"], lines[1]["单位所在区划代码"] = "甲\x00乙", "3701\u202e12001000"
    lines[2]["专业"], lines[3]["单位所在区划名称"] = "社会\u200b工作", "\ufeff"
    found = await upload(city, *lines)

    assert found.state == "invalid"
    assert [(r["number"], r["findings"][0]["column"]) for r in found.wrong] == [
        (2, "工作单位名称"), (3, "单位所在区划代码"), (4, "专业"), (5, "单位所在区划名称")
    ]  # fmt: skip


async def test_u13_what_nobody_sees_is_counted_and_said(city):
    def fill(book, sheet):
        line = a_worker(0)
        for r, row in enumerate([list(line), list(line.values())] + [list(a_worker(n).values()) for n in (1, 2)]):
            for c, value in enumerate(row):
                if value:
                    sheet.write_string(r, c, value)
        sheet.write_formula(3, 0, '="演示"&"乙"', None, "演示乙")
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(3, 4, 10, None, {"hidden": True})
        sheet.set_column(40, 16383, 10, None, {"hidden": True})
        sheet.autofilter(0, 0, 3, 3)
        sheet.filter_column(0, "x == 演示0")
        sheet.merge_range(3, 16, 3, 17, "")

    found = await imported(city, a_book(fill))

    notes = "\n".join(found.job["notes"])
    assert found.state == "done", found
    assert {p["name"] for p in await people(city)} == {"演示0", "演示1", "演示乙"}
    for said in ("筛选", "1 个隐藏的行", "2 个隐藏的列", "1 个单元格是公式", "1 处合并单元格"):
        assert said in notes


async def test_u16_titles_above_and_a_second_line_of_headers(city):
    def fill(book, sheet):
        line = a_worker(0)
        sheet.merge_range(0, 0, 0, 5, "济南市社会工作者名册")
        sheet.write_row(1, 0, ["基本情况", "", "", "工作情况"])
        sheet.write_row(2, 3, [*reversed(line), "备注"])
        for n, value in enumerate(reversed(line.values()), start=3):
            sheet.write_string(3, n, str(value))

    found = await imported(city, a_book(fill))

    assert (found.state, found.job["new"]) == ("done", 1)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\名册\\2026.xlsx", "2026.xlsx"),
        ("甲\x00\u202e乙.xlsx", "甲乙.xlsx"),
        ("", "未命名.xlsx"),
        (None, "未命名.xlsx"),
        ("长" * 500 + ".xlsx", "长" * 115 + ".xlsx"),
    ],
)
async def test_a_file_name_is_only_a_name(given: str | None, shown: str):
    assert named(given) == shown


async def test_what_can_be_seen_at_once_is_said_at_once(city):
    for content, status in [(b"", 422), (b"x" * 100, 415), (RIGHT[: len(RIGHT) // 2], 415)]:
        answer = await sent(city, content)
        assert answer.status_code == status
    assert (await city.get("/imports")).json()["items"] == []
