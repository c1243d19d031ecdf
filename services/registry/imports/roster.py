"""What rosters of all kinds share: columns found by their headers, rows read cell by cell, findings collected."""

import contextlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from pydantic_core import PydanticCustomError

from services.contracts.imports import Change, Finding, Outcome, Severity
from services.contracts.text import clean
from services.kernel.errors import DomainError, FieldError, Unprocessable

T = TypeVar("T")
HEADER_WITHIN = 10  # rows: above the headers a title or two may stand
EXAMPLE = "演示：上传前请删除本行"  # in the template's example row
NEW = "（新登记的机构）"
SHOWN = 100  # characters of a value
REMEDY = re.compile(r"[，。；：](?=(?:如[^，。；]*，)?请)")
NO_REMEDY = "请按此改正。"


class BadRoster(Unprocessable):
    english = "The roster has no headers that can be read, or no rows."


def visible(text: str) -> str:
    """What nobody can see, and no database may take, is shown as a mark in its place."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def unmasked(text: str) -> str:
    return text


@dataclass(frozen=True)
class Column:
    """`title` is its header in our template and its name in every finding; `masked` is how its values are shown.

    What is `gathered` is looked up for the whole file at once.
    """

    field: str
    title: str
    required: bool = False
    synonyms: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    hint: str = ""
    sample: str = ""
    masked: Callable[[str], str] = unmasked
    gathered: bool = False


@dataclass
class Shown:
    """What confirming would make of rows: the outcome of each, whom it is about, and what would change."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    subjects: dict[int, UUID | None] = field(default_factory=dict)  # None: somebody new
    changes: dict[int, list[Change]] = field(default_factory=dict)

    def add(self, number: int, subject: UUID | None, changes: list[Change], *, known: bool) -> None:
        changed = Outcome.CHANGED if changes else Outcome.UNCHANGED
        self.outcomes[number] = changed if known else Outcome.NEW
        self.subjects[number], self.changes[number] = subject, changes


@dataclass(frozen=True)
class Row:
    """`number` is the row as the sheet counts it; blank cells are left out."""

    number: int
    cells: Mapping[str, str]


def told(detail: str) -> tuple[str, str]:
    """A sentence, taken apart: what is wrong, and what to do."""
    if detail.startswith("请"):
        return "没有填写", detail
    place = REMEDY.search(detail)
    return (detail[: place.start()], detail[place.end() :]) if place else (detail.rstrip("。"), NO_REMEDY)


class Mentions:
    """The different values of the gathered columns of a whole file, as the cells are read: trimmed, NFC."""

    def __init__(self, columns: Sequence[Column], known: Mapping[str, Sequence[str]] | None = None) -> None:
        self.of: dict[str, set[str]] = {c.field: set((known or {}).get(c.field, ())) for c in columns if c.gathered}

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            for name, values in self.of.items():
                with contextlib.suppress(PydanticCustomError):  # what is wrong with it, its row will say
                    values.update([clean(row.cells[name])] if name in row.cells else [])

    def __getitem__(self, name: str) -> list[str]:
        return sorted(self.of.get(name, ()))


class Seen:
    """In which row of the whole file a value came first."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, object], int] = {}

    def first(self, what: str, value: object, number: int) -> int:
        return self.rows.setdefault((what, value), number)


@dataclass
class Findings:
    """What there is to say about the cells of some rows."""

    of_row: defaultdict[int, list[Finding]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Row, column: Column, severity: Severity, code: str, detail: str) -> None:
        value = row.cells.get(column.field)
        shown = None if value is None else visible(column.masked(value)[:SHOWN])
        reason, remedy = map(visible, told(detail))
        self.of_row[row.number].append(
            Finding(
                severity=severity, column=column.title, field=column.field, code=code, value=shown,
                reason=reason, remedy=remedy,
            )
        )  # fmt: skip

    def wrong(self, number: int) -> bool:
        return any(f.severity is Severity.ERROR for f in self.of_row.get(number, ()))

    def outcome(self, number: int) -> Outcome | None:
        """Of a row in whose way something stands."""
        if self.wrong(number):
            return Outcome.ERROR
        conflict = any(f.severity is Severity.CONFLICT for f in self.of_row.get(number, ()))
        return Outcome.CONFLICT if conflict else None


ELSEWHERE = "ask_city"
ASK_CITY = "这一行涉及您不能查看的登记信息，不能由您导入，请联系市民政局核对。"


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
        self.findings.add(self.row, self.columns[name], Severity.ERROR, code, detail)

    def conflict(self, name: str, code: str, detail: str) -> None:
        """For a person to decide."""
        self.findings.add(self.row, self.columns[name], Severity.CONFLICT, code, detail)

    def elsewhere(self, name: str) -> None:
        """For every cause that lies in records outside the own area the same: which it is would say what is there."""
        self.wrong(name, ELSEWHERE, ASK_CITY)

    def note(self, name: str, code: str, detail: str) -> None:
        self.findings.add(self.row, self.columns[name], Severity.WARNING, code, detail)


def header(text: str) -> str:
    """Headers are compared without marks of width, spaces, asterisks and what stands in parentheses."""
    plain = unicodedata.normalize("NFKC", text).split("(")[0]
    return "".join(c for c in plain if c not in "*:/、" and not c.isspace())


class Header:
    """Where the columns are, whatever their order; found in the first rows of a sheet. `notes`: what to say of them."""

    notes: Sequence[str] = ()

    def __init__(self, top: Sequence[Sequence[str]], columns: Sequence[Column]) -> None:
        names = {header(text): c.field for c in columns for text in (c.title, *c.synonyms)}
        place = max(range(min(len(top), HEADER_WITHIN)), key=lambda n: known(top[n], names), default=None)
        if place is None or known(top[place], names) == 0:
            raise BadRoster("没有找到表头，请使用模板中的列名（第一个工作表，前 10 行之内）。", code="no_header")
        self.line = place + 1
        self.where = {
            names[header(text)]: n for n, text in reversed(list(enumerate(top[place]))) if header(text) in names
        }
        check_header(top[place], self.line, columns, names, self.where)

    def rows(self, lines: Iterable[Sequence[str]], first: int) -> list[Row]:
        """Those below the headers; blank ones and the template's example left out."""
        found = (self.row(number, line) for number, line in enumerate(lines, start=first) if number > self.line)
        return [r for r in found if r.cells and EXAMPLE not in r.cells.values()]

    def row(self, number: int, line: Sequence[str]) -> Row:
        cells = {name: line[n].strip() for name, n in self.where.items() if n < len(line)}
        return Row(number, {name: text for name, text in cells.items() if text})


def rows_under(sheet: Sequence[Sequence[str]], columns: Sequence[Column]) -> list[Row]:
    """The rows of a whole sheet."""
    return Header(sheet, columns).rows(sheet, 1)


def known(line: Sequence[str], names: Mapping[str, str]) -> int:
    return len({names[header(text)] for text in line if header(text) in names})


def check_header(
    line: Sequence[str], number: int, columns: Sequence[Column], names: Mapping[str, str], where: Mapping[str, int]
) -> None:
    """Every required column is there, and none twice."""
    titles, errors = [names.get(header(text)) for text in line], []
    for column in columns:
        if column.required and column.field not in where:
            detail = f"缺少“{column.title}”列，请使用模板中的列名。"
            errors.append(FieldError(row=number, field=column.title, code="missing_column", detail=detail))
        if titles.count(column.field) > 1:
            detail = f"“{column.title}”列出现了两次，请只保留一列。"
            errors.append(FieldError(row=number, field=column.title, code="column_twice", detail=detail))
    if errors:
        named = "；".join(e.detail.partition("，")[0] for e in errors)
        raise BadRoster(
            f"第 {number} 行的表头有误：{named}。请使用模板中的列名后再上传。", code="bad_header", errors=errors
        )
