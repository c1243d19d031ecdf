"""The registration extract as a PDF: one page, with a code that leads whoever holds it to the register."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import segno
from fpdf import FPDF
from fpdf.enums import WrapMode

from services.contracts.registry import LEVEL_NAMES, Level
from services.kernel.export import DEMO

FONT = Path(pylopdf_fonts_zh_cn.__file__).with_name("NotoSansSC-Regular.otf")
FAMILY, INK = "body", (28, 36, 48)
LACKING = "〓"  # in the place of a character that the font does not have
MARGIN, WIDTH, QR, QUIET = 25.0, 160.0, 42.0, 4  # millimetres; modules around the code
NOTICE = (
    "本页由登记台账生成，证明该登记在出具之时有效，不代替《社会工作者职业水平证书》和国家登记证书。",
    "是否仍然有效，以扫描右侧二维码或打开下列网址所示为准；核验不需要登录，也不显示证件号码。",
)


@dataclass(frozen=True)
class Printed:
    """What stands on it. The ID number is masked: who holds the paper can compare, who finds it learns nothing."""

    name: str
    id_masked: str
    level: Level
    management_number: str
    approved_on: date
    start: date
    end: date
    issued_on: date
    url: str

    def rows(self) -> list[tuple[str, str]]:
        return [
            ("姓名", self.name), ("证件号码", self.id_masked), ("证书级别", LEVEL_NAMES[self.level]),
            ("管理号", self.management_number), ("证书批准日期", written(self.approved_on)),
            ("登记有效期", f"{written(self.start)} 至 {written(self.end - timedelta(days=1))}"),
            ("出具日期", written(self.issued_on)),
        ]  # fmt: skip


def printed(registration: Any, url: str, today: date) -> Printed:
    return Printed(
        registration.name, registration.id_masked, Level(registration.level), registration.management_number,
        registration.approved_on, registration.start_on, registration.end_on, today, url,
    )  # fmt: skip


def extract(page: Printed, *, demo: bool) -> bytes:
    """A second of work, most of it for the few characters of the font: not for the event loop."""
    pdf = FPDF(format="A4")
    pdf.set_title("社会工作者登记证明")
    pdf.set_lang("zh-CN")
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(False)
    pdf.add_font(FAMILY, "", str(FONT))
    pdf.add_page()
    pdf.set_text_color(*INK)
    line(pdf, "社会工作者登记证明", 24, align="C", space=20)
    lacking = table(pdf, page)
    code(pdf, page.url)
    for sentence in (*NOTICE, *noted(lacking), *([DEMO] if demo else [])):
        pdf.set_font(FAMILY, size=10)
        pdf.multi_cell(WIDTH - QR - 8, 6, sentence, new_x="LMARGIN", new_y="NEXT")
        pdf.ln(2)
    pdf.set_font(FAMILY, size=8)
    pdf.multi_cell(WIDTH - QR - 8, 4.5, page.url, new_x="LMARGIN", new_y="NEXT", wrapmode=WrapMode.CHAR)
    return bytes(pdf.output())


def line(pdf: FPDF, text: str, size: int, *, align: str, space: float) -> None:
    pdf.set_font(FAMILY, size=size)
    pdf.cell(WIDTH, space, text, align=align, new_x="LMARGIN", new_y="NEXT")


def table(pdf: FPDF, page: Printed) -> str:
    """Answers the characters that could not be written."""
    known = pdf.fonts[FAMILY].cmap  # type: ignore[union-attr]
    lacking = ""
    for name, value in page.rows():
        lacking += "".join(c for c in value if ord(c) not in known)
        shown = "".join(c if ord(c) in known else LACKING for c in value)
        pdf.set_font(FAMILY, size=13)
        pdf.cell(38, 11, name, border="B")
        pdf.multi_cell(WIDTH - 38, 11, shown, border="B", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(10)
    return lacking


def noted(lacking: str) -> list[str]:
    codes = "、".join(f"U+{ord(c):04X}" for c in dict.fromkeys(lacking))
    return [f"“{LACKING}”为系统字库暂缺的字（{codes}），请以证件为准。"] if lacking else []


def code(pdf: FPDF, url: str) -> None:
    """Drawn, not pasted: sharp at every size. The medium level bears a fold or a stain."""
    modules = [list(row) for row in segno.make(url, error="m", micro=False).matrix]
    side = QR / (len(modules) + 2 * QUIET)
    left, top = MARGIN + WIDTH - QR + QUIET * side, pdf.get_y() + QUIET * side
    pdf.set_fill_color(0, 0, 0)
    for y, row in enumerate(modules):
        for x, length in runs(row):
            pdf.rect(left + x * side, top + y * side, length * side, side, style="F")


def runs(row: list[int]) -> list[tuple[int, int]]:
    """Where dark stretches begin, and how long they are: one rectangle each, without hair lines between."""
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and found and found[-1][0] + found[-1][1] == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((x, 1))
    return found


def written(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
