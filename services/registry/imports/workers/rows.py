"""The roster of certified workers: its columns, and what its rows say, each judged by itself."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.contracts.imports import OLD_NUMBERS_LABEL
from services.contracts.registry import ID_TYPE_NAMES, LEVEL_NAMES, IdType, Level
from services.kernel.crypto import Blind, Vault
from services.kernel.errors import DomainError
from services.registry.imports import cells as read
from services.registry.imports.organizations import Columns
from services.registry.imports.places import Place, Places
from services.registry.imports.roster import EXAMPLE, Cells, Column, Findings, Row, Seen
from services.registry.organizations.rules import uscc
from services.registry.people import rules
from services.registry.personal import born_blind, id_blinds, masked_id, masked_phone, phone_blinds

NAMED = 60  # characters of a label's part
EDUCATIONS = ("博士研究生", "硕士研究生", "本科", "大专", "高中", "中专", "初中及以下")
EDUCATION_SYNONYMS = {"博士", "硕士", "研究生", "大学本科", "大学", "大学专科", "专科", "高职", "技校", "初中", "小学"}
USUAL_EDUCATIONS = {rules.canonical(e) for e in (*EDUCATIONS, *EDUCATION_SYNONYMS)}
OLD_REFUSED = (
    f"身份证号码是 15 位旧号码，应为 18 位。请对照证件改正；确为旧号码的，请在上传时勾选“{OLD_NUMBERS_LABEL}”。"
)
EMPLOYER = Columns(uscc="employer_uscc", name="employer_name")

COLUMNS = (
    Column("name", "姓名", True, ("名字",), sample=EXAMPLE),
    Column("id_type", "证件类型", choices=tuple(ID_TYPE_NAMES.values()), hint="不填即居民身份证"),
    Column("id_number", "证件号码", True, ("身份证号", "身份证号码", "证件号", "公民身份号码", "居民身份证号码"),
           hint="居民身份证 18 位；请把该列设为文本格式", sample="999000199001010000", masked=masked_id),
    Column("phone", "手机", synonyms=("手机号", "手机号码", "联系电话", "电话"), sample="13800000000",
           masked=masked_phone),
    Column("education", "学历", synonyms=("文化程度", "最高学历"), choices=EDUCATIONS),
    Column("major", "专业", synonyms=("所学专业",), sample="社会工作"),
    Column("employer_uscc", "工作单位统一社会信用代码", synonyms=("单位统一社会信用代码", "统一社会信用代码"),
           hint="没有的可不填，按名称识别", gathered=True),
    Column("employer_name", "工作单位名称", True, ("工作单位", "单位名称", "单位", "所在单位"),
           sample="演示社会工作服务中心", gathered=True),
    Column("division_code", "单位所在区划代码", True, ("区划代码", "所在区划代码", "工作单位所在区划代码"),
           hint="12 位；须与名称一致", sample="370112001000", gathered=True),
    Column("division_name", "单位所在区划名称", True,
           ("区划名称", "所在区划名称", "单位所在区划", "所在区划", "工作单位所在区划名称"), sample="山大路街道",
           gathered=True),
    Column("direct_service", "是否直接从事社会服务", synonyms=("直接从事社会服务",), choices=("是", "否")),
    Column("level", "证书级别", True, ("级别", "证书等级", "资格级别"), tuple(LEVEL_NAMES.values())),
    Column("management_number", "管理号", True, ("证书管理号", "管理号码"), sample="20230000000000"),
    Column("approved_on", "批准日期", True, ("证书批准日期", "批准时间"), sample="2023-08-15"),
    Column("registered_on", "登记日期", synonyms=("登记有效期起", "登记时间"), hint="与登记有效期止同填或同不填",
           sample="2024-05-01"),
    Column("registered_last", "登记有效期止", synonyms=("登记有效期至", "有效期止", "有效期至", "登记有效期"),
           hint="最后一天；最长 3 年", sample="2027-04-30"),
    Column("point_number", "服务站点编号", synonyms=("站点编号",), hint="站点须已登记，且到岗当日开放", gathered=True),
    Column("started_on", "到岗日期", synonyms=("到岗时间",), hint="与服务站点编号同填或同不填"),
)  # fmt: skip
BY_FIELD = {column.field: column for column in COLUMNS}


@dataclass(frozen=True)
class Worker:
    """A row that is right by itself. Blank cells (None) leave what is registered as it is."""

    cells: Cells
    name: str
    id_type: IdType
    id_number: str
    id_blinds: Sequence[Blind]
    born_blind: bytes
    phone: str | None
    phone_blinds: frozenset[bytes]
    education: str | None
    major: str | None
    employer_uscc: str | None
    employer_name: str
    place: Place
    direct_service: bool | None
    level: Level
    management_number: str
    approved_on: date
    registered: tuple[date, date] | None
    point_number: str | None
    started_on: date | None

    @property
    def canonical(self) -> str:
        return rules.canonical(self.name)


def label(row: Row) -> str:
    """Name and masked number."""
    return " ".join(
        BY_FIELD[name].masked(row.cells[name])[:NAMED] for name in ("name", "id_number") if name in row.cells
    )


def read_rows(
    rows: Sequence[Row],
    places: Places,
    vault: Vault,
    today: date,
    findings: Findings,
    seen: Seen,
    *,
    old_numbers: bool = False,
) -> list[Worker]:
    """The rows that are right by themselves; of all others, everything that is wrong."""
    found = (read_row(Cells(row, BY_FIELD, findings), places, vault, today, old_numbers) for row in rows)
    workers = [worker for worker in found if worker is not None]
    note_repeats(workers, seen)
    return [w for w in workers if not findings.wrong(w.cells.row.number)]


def read_row(cells: Cells, places: Places, vault: Vault, today: date, old_numbers: bool) -> Worker | None:
    name = cells.take("name", rules.person_name)
    id_type = cells.take("id_type", read.id_type) or IdType.RESIDENT_ID_CARD
    id_number = read_id_number(cells, id_type, today, old_numbers)
    phone = cells.take("phone", read.phone)
    education, major = cells.take("education", read.line(50)), cells.take("major", read.line(100))
    employer_uscc = cells.take("employer_uscc", uscc)
    employer_name = cells.take("employer_name", read.line(100))
    place = places.read(cells)
    direct_service = cells.take("direct_service", read.yes_no)
    level = cells.take("level", read.level)
    number = cells.take("management_number", lambda text: rules.management_number(read.digits_kept(text)))
    approved_on = cells.take("approved_on", read.past_day(today))
    registered = read_registration(cells)
    point_number, started_on = read_assignment(cells)
    note_unusual(cells, education, number, approved_on, registered)
    note_rare(cells, name)
    if not (name and id_number and employer_name and place and level and number and approved_on):
        return None
    return Worker(
        cells, name, id_type, id_number, id_blinds(vault, id_type, id_number), born_blind(vault, id_type, id_number),
        phone, phone_blinds(vault, phone) if phone else frozenset(), education, major, employer_uscc, employer_name,
        place, direct_service, level, number, approved_on, registered, point_number, started_on,
    )  # fmt: skip


def read_id_number(cells: Cells, id_type: IdType, today: date, old_numbers: bool) -> str | None:
    """One of fifteen digits only if the file was said to hold such (P04): then it becomes eighteen, and that is noted.

    Of other documents any number of digits is whole.
    """
    old = id_type is IdType.RESIDENT_ID_CARD and rules.is_old(rules.plain(cells.row.cells.get("id_number", "")))
    if old and not old_numbers:
        cells.wrong("id_number", "id_form", OLD_REFUSED)
        return None

    def whole(text: str) -> str:
        kept = read.digits_kept(text)
        return rules.id_number(id_type, rules.upgraded(rules.plain(kept)) if old else kept, today)

    number = cells.take("id_number", whole)
    if old and number is not None:
        cells.note("id_number", "upgraded", f"由 15 位升为 18 位（{masked_id(number)}）。请对照证件核对。")
    return number


def read_registration(cells: Cells) -> tuple[date, date] | None:
    """Both ends or neither; at most three years (REG-04)."""
    first, last = cells.take("registered_on", read.day), cells.take("registered_last", read.day)
    for given, missing in (("registered_on", "registered_last"), ("registered_last", "registered_on")):
        if given in cells and missing not in cells:
            cells.wrong(missing, "missing", "登记日期和登记有效期止只填了一个。请同时填写，或都不填。")
    if first is None or last is None:
        return None
    try:
        return rules.registration_period(first, last)
    except DomainError as error:
        cells.wrong("registered_last", error.code, error.detail)
        return None


def read_assignment(cells: Cells) -> tuple[str | None, date | None]:
    number, started_on = cells.take("point_number", read.point_number), cells.take("started_on", read.day)
    for given, missing in (("point_number", "started_on"), ("started_on", "point_number")):
        if given in cells and missing not in cells:
            cells.wrong(missing, "missing", "服务站点编号和到岗日期只填了一个。请同时填写，或都不填。")
    return number, started_on


def note_unusual(
    cells: Cells,
    education: str | None,
    number: str | None,
    approved_on: date | None,
    registered: tuple[date, date] | None,
) -> None:
    """What no confirmed rule forbids (QUAL-02, CERT-06, REG-03 are UNSURE)."""
    if education is not None and rules.canonical(education) not in USUAL_EDUCATIONS:
        cells.note("education", "unusual_education", f"“{education}”不在常用学历之列，将照原样保存。请核对学历。")
    if number is not None and not rules.is_usual_management_number(number):
        cells.note("management_number", "unusual_number", "管理号通常为 10 到 32 位字母和数字。请对照证书核对。")
    if approved_on is not None and registered is not None and registered[0] < approved_on:
        cells.note("registered_on", "registered_before_approved", "登记日期早于证书批准日期。请核对这两个日期。")


def note_rare(cells: Cells, name: str | None) -> None:
    """A character made for one machine (N07), a mark in place of one, or one that few can show is kept, and said, so
    that the right one is put in its place.
    """
    if name is None or not rules.is_rare(name):
        return
    private = any(unicodedata.category(c) == "Co" for c in name)
    what = "自造字，在其他电脑上可能显示不出" if private else "罕用字或待补字的符号"
    detail = f"姓名中有{what}，将照原样保存，并列入待补字。请对照证件核对，能用标准汉字的请改用标准汉字。"
    cells.note("name", "private_character" if private else "rare_character", detail)


def note_repeats(workers: Sequence[Worker], seen: Seen) -> None:
    """One row per person, and one person per management number."""
    for w in workers:
        number = w.cells.row.number
        if (first := seen.first("id_number", w.id_blinds[0], number)) != number:
            w.cells.wrong("id_number", "repeated", f"与第 {first} 行的证件号码相同，请只保留一行。")
        if (first := seen.first("management_number", w.management_number, number)) != number:
            w.cells.wrong("management_number", "repeated", f"与第 {first} 行的管理号相同，请对照证书改正。")
