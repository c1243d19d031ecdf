"""The workbook to fill in: the roster with its lists, an explanation, and a hidden sheet that says what it is."""

import functools
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from services.contracts.registry import ImportKind
from services.registry.imports.kinds import KINDS
from services.registry.imports.roster import Column

VERSION = "1"
TITLES = {
    ImportKind.CERTIFIED_WORKERS: "持证社会工作者名册",
    ImportKind.SERVICE_POINTS: "社会工作服务站点",
    ImportKind.EXAM_RESULTS: "考试成绩",
    ImportKind.NATIONAL_STATUSES: "全国系统登记状态导出",
}
ROWS = 5000  # as far down as the lists reach
GENERAL = (
    "标 * 的列必填。列的次序可以调换，列名不要改动。只读取第一个工作表。",
    "日期写成 2026-01-31；“…止”和撤站日期填最后一天。空着的单元格表示保持原样。",
    "区划代码和名称必须一致。整份文件用统计局或民政部的代码时，上传时选择相应的代码体系。",
    "有任何一行出错，整份文件都不会导入；系统会列出每一处错误的行、列、原因和改法。核对无误后确认，才会写入。",
)


@functools.cache
def template(kind: ImportKind) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    columns = KINDS[kind].columns
    write_roster(book, TITLES[kind], columns)
    write_explanation(book, columns)
    meta = book.add_worksheet("_meta")
    meta.write_row(0, 0, ["kind", kind.value])
    meta.write_row(1, 0, ["version", VERSION])
    meta.hide()
    book.close()
    return file.getvalue()


def write_roster(book: Any, title: str, columns: Sequence[Column]) -> None:
    sheet = book.add_worksheet(title)
    text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "text_wrap": True})
    sheet.freeze_panes(1, 0)
    for n, column in enumerate(columns):
        sheet.set_column(n, n, 22, text)
        sheet.write_string(0, n, column.title + ("*" if column.required else ""), bold)
        if column.choices:
            sheet.data_validation(1, n, ROWS, n, {"validate": "list", "source": list(column.choices)})
        sheet.write_string(1, n, column.sample or next(iter(column.choices), ""), text)


def write_explanation(book: Any, columns: Sequence[Column]) -> None:
    sheet = book.add_worksheet("填写说明")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 2, 60)
    for n, line in enumerate(GENERAL):
        sheet.write_string(n, 0, line)
    sheet.write_row(len(GENERAL) + 1, 0, ["列", "要求", "可选值"])
    for n, column in enumerate(columns, start=len(GENERAL) + 2):
        required = "必填" if column.required else "选填"
        sheet.write_string(n, 0, column.title)
        sheet.write_string(n, 1, f"{required}；{column.hint}" if column.hint else required)
        sheet.write_string(n, 2, "、".join(column.choices))
