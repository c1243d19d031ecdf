"""Uploads that are something else than they say (U rows), beside those that tests/registry refuses."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from services.kernel.errors import DomainError
from tests.registry.factories import a_roster, a_worker
from tests.registry.test_workbook import read_workbook, rezipped

pytestmark = pytest.mark.anyio
RIGHT = a_roster([a_worker(0)])
SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
LOCAL, CENTRAL = (b"PK\x03\x04", 22, 26, 30), (b"PK\x01\x02", 24, 28, 46)  # where size, name's length and name stand
VIRUS = "".join(reversed("*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\\4[PA@%P!O5X")).encode()


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in members.items():
            made.writestr(name, body)
    return out.getvalue()


def declared(content: bytes, name: str, size: int) -> bytes:
    """The archive, saying of a member that it unpacks to this size."""
    out, at = bytearray(content), -1
    for mark, size_at, length_at, name_at in (LOCAL, CENTRAL):
        while (at := out.find(mark, at + 1)) >= 0:
            (length,) = struct.unpack_from("<H", out, at + length_at)
            if out[at + name_at : at + name_at + length] == name.encode():
                struct.pack_into("<I", out, at + size_at, size)
    return bytes(out)


def a_sheet_of(size: int) -> bytes:
    cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>x' + b" " * size + b"</t></is></c></row>"
    return rezipped(RIGHT, **{SHEET: HEAD + cell + b"</sheetData></worksheet>"})


def a_picture() -> bytes:
    """The head of a PNG that says it is 60 000 by 60 000."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 60_000, 60_000, 8, 6, 0, 0, 0)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "U02 archives in archives": (lambda: archive(r=archive(r=archive(r=b"\0" * 5_000_000))), "not_xlsx"),
    "U03 says less than it is": (lambda: declared(a_sheet_of(20_000_000), SHEET, 100), "unreadable"),
    "U03 says more than it is": (lambda: declared(RIGHT, SHEET, 2**32 - 16), "expands_too_much"),
    "U09 a PDF that is a workbook too": (lambda: b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n" + RIGHT, "not_xlsx"),
    "U09 a page that is a workbook too": (lambda: b"<html><script>1</script>" + RIGHT, "not_xlsx"),
    "U09 a PDF": (lambda: b"%PDF-1.7\n%%EOF", "not_xlsx"),
    "U18 a virus": (lambda: VIRUS, "not_xlsx"),
}
READ: dict[str, Callable[[], bytes]] = {
    "U02 a bomb within": lambda: rezipped(RIGHT, **{"xl/embeddings/b.zip": archive(b=b"\0" * 20_000_000)}),
    "U17 a picture beyond all measure": lambda: rezipped(RIGHT, **{"xl/media/image1.png": a_picture()}),
    "U18 a virus within": lambda: rezipped(RIGHT, **{"xl/media/image1.png": VIRUS}),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_u02_u03_u09_u18_a_file_that_lies_is_refused_with_a_sentence(name: str) -> None:
    make, code = REFUSED[name]
    with pytest.raises(DomainError) as refused:
        await read_workbook(make())

    assert refused.value.code == code
    assert refused.value.detail.endswith("。")


@pytest.mark.parametrize("name", READ)
async def test_u02_u17_u18_what_is_no_sheet_is_neither_unpacked_nor_looked_at(name: str) -> None:
    assert await read_workbook(READ[name]()) == await read_workbook(RIGHT)
