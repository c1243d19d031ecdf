"""The columns of a status export of the national system, and what its rows say, as far as they say it.

Nobody here can correct what that system has written: a cell that cannot be read is noted and counts as missing, which
a comparison never takes for agreement. Of an identity number only what a mask shows is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from services.contracts.national_statuses import NATIONAL_STATUS_NAMES, NationalStatus
from services.contracts.reconciliation import ComparedField
from services.contracts.registry import LEVEL_NAMES, IdType, Level
from services.kernel.crypto import Blind, Vault
from services.kernel.errors import DomainError
from services.registry.imports import cells as read
from services.registry.imports.places import Places
from services.registry.imports.roster import EXAMPLE, Cells, Column, Findings, Row, Seen
from services.registry.people import rules
from services.registry.personal import id_blinds, masked_id
from services.registry.reconciliation.rules import SYNONYMS

T = TypeVar("T")
NAMED = 60  # characters of a label's part
SHOWN = 4  # characters of an identity number before its mask, and behind it (PI-12)
STARS = frozenset("*＊xX×•●?？_")
STATUSES: Mapping[str, NationalStatus] = {
    **{name: status for status, name in NATIONAL_STATUS_NAMES.items()},
    **SYNONYMS,
}


def masked(text: str) -> str:
    """However it came: the file may mask it in its own way."""
    head, tail = ends(text)
    return f"{head}**********{tail}" if head or tail else masked_id(text)


COLUMNS = (
    Column("management_number", "管理号", True, ("证书管理号", "管理号码", "证书编号"), sample="20230000000000"),
    Column("name", "姓名", True, ("名字",), sample=EXAMPLE),
    Column("id_number", "证件号码", synonyms=("身份证号", "身份证号码", "证件号", "公民身份号码"),
           hint="可以是隐去一部分的；完整的只用来核对，不保存", sample="9990**********0000", masked=masked),
    Column("level", "证书级别", synonyms=("级别", "证书等级", "资格级别"), choices=tuple(LEVEL_NAMES.values())),
    Column("status", "登记状态", True, ("状态", "审核状态", "办理状态"), tuple(NATIONAL_STATUS_NAMES.values()),
           hint="全国系统的原文"),
    Column("approved_on", "批准日期", synonyms=("证书批准日期", "批准时间"), sample="2023-08-15"),
    Column("registered_on", "登记日期", synonyms=("登记时间", "首次登记日期", "登记有效期起"), sample="2024-05-01"),
    Column("valid_until", "有效期止", True, ("登记有效期止", "登记有效期至", "有效期至", "有效期截止"),
           hint="最后一天；没有登记的空着", sample="2027-04-30"),
    Column("body", "登记机关", synonyms=("登记机构", "登记管理机关", "登记单位"), sample="济南市历城区民政局"),
    Column("exported_on", "导出日期", synonyms=("导出时间", "数据日期", "截止日期"),
           hint="没有这一列的，上传时填写导出的日期", sample="2026-11-20"),
)  # fmt: skip
BY_FIELD = {column.field: replace(column, required=False) for column in COLUMNS}
COMPARED: Mapping[str, ComparedField] = {
    "level": ComparedField.LEVEL, "status": ComparedField.STATUS, "approved_on": ComparedField.APPROVED_ON,
    "registered_on": ComparedField.REGISTERED_ON, "valid_until": ComparedField.VALID_UNTIL,
    "name": ComparedField.NAME, "id_number": ComparedField.ID_NUMBER,
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A row as it is kept. `id_blinds`: of a whole number, by which its holder is looked up."""

    cells: Cells
    name: str | None
    management_number: str | None
    level: Level | None
    status: NationalStatus | None
    status_word: str | None
    approved_on: date | None
    registered_on: date | None
    end_on: date | None
    body: str | None
    exported_on: date | None
    id_head: str
    id_tail: str
    id_blinds: Sequence[Blind]

    @property
    def number(self) -> int:
        return self.cells.row.number

    @property
    def canonical(self) -> str | None:
        return None if self.name is None else rules.canonical(self.name)


def label(row: Row) -> str:
    return " ".join(
        BY_FIELD[name].masked(row.cells[name])[:NAMED] for name in ("name", "management_number") if name in row.cells
    )


def read_rows(
    rows: Sequence[Row], places: Places, vault: Vault, today: date, findings: Findings, seen: Seen,
    *, old_numbers: bool,
) -> list[Entry]:  # fmt: skip
    """All of them but repeats, which somebody has to look at."""
    entries = [read_row(Cells(row, BY_FIELD, findings), vault, today) for row in rows]
    note_repeats(entries, seen)
    return [e for e in entries if findings.outcome(e.number) is None]


def read_row(cells: Cells, vault: Vault, today: date) -> Entry:
    last = said(cells, "valid_until", read.day)
    head, tail, blinds = id_of(cells, vault, today)
    word = said(cells, "status", read.line(50))
    return Entry(
        cells=cells,
        name=said(cells, "name", rules.person_name),
        management_number=said(cells, "management_number", lambda t: rules.management_number(read.digits_kept(t))),
        level=said(cells, "level", read.level),
        status=None if word is None else said(cells, "status", read.choice(STATUSES)),
        status_word=word,
        approved_on=said(cells, "approved_on", read.day),
        registered_on=said(cells, "registered_on", read.day),
        end_on=None if last is None else last + timedelta(days=1),
        body=said(cells, "body", read.line(100)),
        exported_on=said(cells, "exported_on", read.past_day(today)),
        id_head=head, id_tail=tail, id_blinds=blinds,
    )  # fmt: skip


def said(cells: Cells, name: str, reads: Callable[[str], T]) -> T | None:
    """A cell that cannot be read counts as blank, and that is noted."""
    quiet = Findings()
    found = Cells(cells.row, cells.columns, quiet).take(name, reads)
    for finding in quiet.of_row.get(cells.row.number, ()):
        cells.note(name, finding.code, f"{finding.reason}，按缺少处理。请在全国系统查看这条记录。")
    return found


def id_of(cells: Cells, vault: Vault, today: date) -> tuple[str, str, Sequence[Blind]]:
    """A whole identity number is looked up, and only its ends are kept; of one that is wrong in itself as well."""
    text = rules.plain(cells.row.cells.get("id_number", ""))
    head, tail = ends(text)
    try:
        whole = rules.resident_id(text, today)
    except DomainError:
        return head, tail, ()
    return head, tail, id_blinds(vault, IdType.RESIDENT_ID_CARD, whole)


def ends(text: str) -> tuple[str, str]:
    """What is shown before and behind the mask, four characters of each at most; none of what is no such number."""
    shown = rules.plain(text)
    if not 8 <= len(shown) <= 18 or not (STARS | rules.DIGITS).issuperset(shown):
        return "", ""
    inner = shown[:-1]  # an X at the very end is a check digit
    hidden = [n for n, c in enumerate(inner) if c not in rules.DIGITS]
    if not hidden:
        return shown[:SHOWN], shown[-SHOWN:]
    tail = shown[max(hidden) + 1 :]
    return shown[: min(hidden)][:SHOWN], "" if set(tail) & (STARS - {"X"}) else tail[-SHOWN:]


def note_repeats(entries: Sequence[Entry], seen: Seen) -> None:
    """Two rows about one certificate: which of them counts is for a person to decide."""
    for e in entries:
        if e.management_number is None:
            continue
        first = seen.first("management_number", (e.management_number, e.level), e.number)
        if first != e.number:
            detail = f"与第 {first} 行的管理号和级别相同。请核对后只保留一行，或跳过这一行。"
            e.cells.conflict("management_number", "repeated", detail)


@dataclass
class Known:
    """Whose the whole identity numbers of some rows are."""

    holders: Mapping[Blind, UUID]

    def holder(self, entry: Entry) -> UUID | None:
        return next((self.holders[b] for b in entry.id_blinds if b in self.holders), None)
