"""The roster of service points: its columns, and what its rows say, each judged by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.contracts.registry import POINT_TIER_NAMES, STAFFING_BASIS_NAMES, PointTier, StaffingBasis
from services.kernel.crypto import Vault
from services.kernel.errors import DomainError
from services.registry.imports import cells as read
from services.registry.imports.organizations import Columns
from services.registry.imports.places import Place, Places
from services.registry.imports.roster import EXAMPLE, Cells, Column, Findings, Row, Seen
from services.registry.organizations.rules import uscc
from services.registry.personal import masked_phone, phone_blinds
from services.registry.points.rules import check_tier

NAMED = 60  # characters of a label's part
OPERATOR = Columns(uscc="operator_uscc", name="operator_name")

COLUMNS = (
    Column("number", "站点编号", True, ("服务站点编号", "编号"), hint="全市唯一，字母、数字、“-”或“_”",
           sample="LC-001"),
    Column("name", "站点名称", True, ("服务站点名称",), sample=EXAMPLE),
    Column("tier", "层级", True, ("站点层级",), tuple(POINT_TIER_NAMES.values()), sample="街镇社工站"),
    Column("division_code", "所在区划代码", True, ("区划代码",), hint="12 位；须与名称一致，且与层级相符",
           sample="370112001000", gathered=True),
    Column("division_name", "所在区划名称", True, ("区划名称", "所在区划"), sample="山大路街道", gathered=True),
    Column("address", "详细地址", synonyms=("地址",), sample="演示路 1 号"),
    Column("manager", "负责人", synonyms=("站点负责人", "联系人"), sample="演示甲"),
    Column("phone", "电话", synonyms=("联系电话", "站点电话", "手机"), sample="0531-00000000",
           masked=masked_phone),
    Column("operator_uscc", "运营机构统一社会信用代码", synonyms=("统一社会信用代码",), gathered=True),
    Column("operator_name", "运营机构名称", synonyms=("运营机构", "承接机构名称", "承接机构"),
           sample="演示社会工作服务中心", gathered=True),
    Column("opened_on", "开站日期", True, ("开放日期", "建站日期"), sample="2021-06-01"),
    Column("closed_last", "撤站日期", synonyms=("关站日期",), hint="最后一天；没有撤站则不填"),
    Column("staffing_basis", "人员保障方式", synonyms=("保障方式",), choices=tuple(STAFFING_BASIS_NAMES.values())),
)  # fmt: skip
BY_FIELD = {column.field: column for column in COLUMNS}


@dataclass(frozen=True)
class Point:
    """A row that is right by itself. Blank cells (None) leave what is registered as it is."""

    cells: Cells
    number: str
    name: str
    tier: PointTier
    place: Place
    address: str | None
    manager: str | None
    phone: str | None
    phone_blinds: frozenset[bytes]
    operator_uscc: str | None
    operator_name: str | None
    opened_on: date
    closed_on: date | None
    staffing_basis: StaffingBasis | None


def label(row: Row) -> str:
    return " ".join(row.cells[name][:NAMED] for name in ("number", "name") if name in row.cells)


def read_rows(rows: Sequence[Row], places: Places, vault: Vault, findings: Findings, seen: Seen) -> list[Point]:
    """The rows that are right by themselves; of all others, everything that is wrong."""
    found = (read_row(Cells(row, BY_FIELD, findings), places, vault) for row in rows)
    points = [point for point in found if point is not None]
    note_repeats(points, seen)
    return [p for p in points if not findings.wrong(p.cells.row.number)]


def read_row(cells: Cells, places: Places, vault: Vault) -> Point | None:
    number, name = cells.take("number", read.point_number), cells.take("name", read.line(100))
    tier, place = cells.take("tier", read.tier), places.read(cells)
    address, manager = cells.take("address", read.line()), cells.take("manager", read.line(50))
    phone = cells.take("phone", read.phone)
    operator_uscc, operator_name = cells.take("operator_uscc", uscc), cells.take("operator_name", read.line(100))
    opened_on, closed_last = cells.take("opened_on", read.day), cells.take("closed_last", read.day)
    staffing_basis = cells.take("staffing_basis", read.staffing_basis)
    if "operator_uscc" in cells and "operator_name" not in cells:
        cells.wrong("operator_name", "missing", "填写了运营机构代码，没有填写名称。请同时填写运营机构名称。")
    if opened_on and closed_last and closed_last < opened_on:
        cells.wrong("closed_last", "closed_before_opened", "撤站日期早于开站日期。请改正其中一个。")
    if tier and place:
        check(cells, tier, place)
    if not (number and name and tier and place and opened_on):
        return None
    return Point(
        cells, number, name, tier, place, address, manager, phone, phone_blinds(vault, phone) if phone else frozenset(),
        operator_uscc, operator_name, opened_on, closed_last and closed_last + timedelta(days=1), staffing_basis,
    )  # fmt: skip


def check(cells: Cells, tier: PointTier, place: Place) -> None:
    try:
        check_tier(tier, place.tier)
    except DomainError as error:
        cells.wrong("tier", error.code, error.detail)


def note_repeats(points: Sequence[Point], seen: Seen) -> None:
    for p in points:
        row = p.cells.row.number
        if (first := seen.first("number", p.number, row)) != row:
            p.cells.wrong("number", "repeated", f"与第 {first} 行的站点编号相同，请只保留一行。")
