"""What rosters of all kinds share: columns found by their headers, rows read cell by cell, findings collected."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic_core import PydanticCustomError

from services.contracts.registry import RowNote
from services.contracts.text import clean
from services.kernel.errors import DomainError, FieldError, Unprocessable

T = TypeVar("T")
HEADER_WITHIN = 10  # rows: above the headers a title or two may stand
LISTED = 500
EXAMPLE = "演示：上传前请删除本行"  # in the template's example row


class BadRoster(Unprocessable):
    english = "The roster has errors; nothing was written."


@dataclass(frozen=True)
class Column:
    """`title` is its header in our template and its name in every finding."""

    field: str
    title: str
    required: bool = False
    synonyms: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    hint: str = ""
    sample: str = ""


@dataclass(frozen=True)
class Row:
    """`number` is the row as the sheet counts it; blank cells are left out."""

    number: int
    cells: Mapping[str, str]


@dataclass
class Findings:
    """What is wrong with a file, all of it, and what is worth a second look."""

    errors: list[FieldError] = field(default_factory=list)
    notes: list[RowNote] = field(default_factory=list)
    wrong_rows: set[int] = field(default_factory=set)

    def wrong(self, row: int, column: str, code: str, detail: str) -> None:
        self.errors.append(FieldError(row=row, field=column, code=code, detail=detail))
        self.wrong_rows.add(row)

    def note(self, row: int, column: str, detail: str) -> None:
        self.notes.append(RowNote(row=row, field=column, detail=detail))

    def refuse(self) -> None:
        """Nothing is written while anything is wrong."""
        if not self.errors:
            return
        self.errors.sort(key=lambda e: e.row or 0)
        raise BadRoster(
            f"名册中有 {len(self.wrong_rows)} 行共 {len(self.errors)} 处错误，没有导入任何内容。请按提示修改后再上传。",
            errors=self.errors[:LISTED],
            params={"total": len(self.errors), "rows": len(self.wrong_rows), "listed": min(len(self.errors), LISTED)},
        )


class Cells:
    """One row being read. What is wrong with a cell is noted, and reading goes on."""

    def __init__(self, row: Row, columns: Mapping[str, Column], findings: Findings) -> None:
        self.row, self.columns, self.findings = row, columns, findings

    def __contains__(self, name: str) -> bool:
        return name in self.row.cells

    def take(self, name: str, read: Callable[[str], T]) -> T | None:
        """None if the cell is blank (noted if it must not be) or wrong."""
        text, column = self.row.cells.get(name), self.columns[name]
        if text is None:
            if column.required:
                self.wrong(name, "missing", f"请填写{column.title}。")
            return None
        try:
            return read(clean(text))
        except DomainError as error:
            self.wrong(name, error.code, error.detail)
        except PydanticCustomError as error:
            self.wrong(name, error.type, f"{error.message()}。")
        return None

    def wrong(self, name: str, code: str, detail: str) -> None:
        self.findings.wrong(self.row.number, self.columns[name].title, code, detail)

    def note(self, name: str, detail: str) -> None:
        self.findings.note(self.row.number, self.columns[name].title, detail)


def header(text: str) -> str:
    """Headers are compared without marks of width, spaces, asterisks and what stands in parentheses."""
    plain = unicodedata.normalize("NFKC", text).split("(")[0]
    return "".join(c for c in plain if c not in "*:/、" and not c.isspace())


def rows_under(sheet: Sequence[Sequence[str]], columns: Sequence[Column]) -> list[Row]:
    """The rows below the headers, whatever the order of the columns; blank ones and the template's example left out."""
    names = {header(text): c.field for c in columns for text in (c.title, *c.synonyms)}
    place = max(range(min(len(sheet), HEADER_WITHIN)), key=lambda n: known(sheet[n], names), default=None)
    if place is None or known(sheet[place], names) == 0:
        raise BadRoster("没有找到表头，请使用模板中的列名（第一个工作表，前 10 行之内）。", code="no_header")
    where = {names[header(text)]: n for n, text in reversed(list(enumerate(sheet[place]))) if header(text) in names}
    check_header(sheet[place], place + 1, columns, names, where)
    rows = (row(number, line, where) for number, line in enumerate(sheet[place + 1 :], start=place + 2))
    return [r for r in rows if r.cells and EXAMPLE not in r.cells.values()]


def known(line: Sequence[str], names: Mapping[str, str]) -> int:
    return len({names[header(text)] for text in line if header(text) in names})


def row(number: int, line: Sequence[str], where: Mapping[str, int]) -> Row:
    cells = {name: line[n].strip() for name, n in where.items() if n < len(line)}
    return Row(number, {name: text for name, text in cells.items() if text})


def check_header(
    line: Sequence[str], number: int, columns: Sequence[Column], names: Mapping[str, str], where: Mapping[str, int]
) -> None:
    """Every required column is there, and none twice."""
    findings, titles = Findings(), [names.get(header(text)) for text in line]
    for column in columns:
        if column.required and column.field not in where:
            findings.wrong(number, column.title, "missing_column", f"缺少“{column.title}”列，请使用模板中的列名。")
        if titles.count(column.field) > 1:
            findings.wrong(number, column.title, "column_twice", f"“{column.title}”列出现了两次，请只保留一列。")
    findings.refuse()
