"""The list of exam results: its columns, and what its rows say, each judged by itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.contracts.exams import FIRST_EXAM_YEAR, PAPER_NAMES, UNIT_TYPE_NAMES, Paper, UnitType
from services.contracts.registry import ID_TYPE_NAMES, LEVEL_NAMES, IdType, Level
from services.kernel.crypto import Blind, Vault
from services.registry.exams.rules import Sitting, papers
from services.registry.imports import cells as read
from services.registry.imports.cells import BadCell, choice
from services.registry.imports.organizations import Columns
from services.registry.imports.places import Places
from services.registry.imports.roster import EXAMPLE, Cells, Column, Findings, Row, Seen
from services.registry.imports.workers.rows import NAMED, read_id_number
from services.registry.people import rules
from services.registry.personal import id_blinds, masked_id

NOBODY = Columns(uscc="", name="")  # no organization is named in it
ABSENT = frozenset({"缺考", "-1"})
MOST = Decimal(100)
SIGNS = frozenset("0123456789.")
COLUMNS = (
    Column("name", "姓名", True, ("考生姓名",), sample=EXAMPLE),
    Column("id_type", "证件类型", choices=tuple(ID_TYPE_NAMES.values()), hint="不填即居民身份证"),
    Column("id_number", "证件号码", True, ("身份证号", "身份证号码", "证件号", "公民身份号码"),
           hint="居民身份证 18 位；请把该列设为文本格式", sample="999000199001010000", masked=masked_id),
    Column("exam_year", "考试年度", True, ("年度", "考试年份"), hint="四位数字", sample="2025"),
    Column("level", "报考级别", True, ("级别", "考试级别"), tuple(LEVEL_NAMES.values())),
    Column("division_code", "考区区划代码", True, ("区划代码",), hint="12 位；须与名称一致", sample="370112000000",
           gathered=True),
    Column("division_name", "考区区划名称", True, ("区划名称", "考区"), sample="历城区", gathered=True),
    Column("unit_type", "单位类型", synonyms=("工作单位类型", "单位性质"),
           choices=tuple(name for t, name in UNIT_TYPE_NAMES.items() if t is not UnitType.UNKNOWN)),
    Column(Paper.COMPREHENSIVE.value, "综合能力", synonyms=("社会工作综合能力", "综合能力成绩"),
           hint="百分制；没有参加的填“缺考”，没有报考的不填", sample="72"),
    Column(Paper.POLICY.value, "法规与政策", synonyms=("社会工作法规与政策", "法规与政策成绩"), hint="仅社会工作师"),
    Column(Paper.PRACTICE.value, "实务", synonyms=("社会工作实务", "实务成绩"), sample="缺考"),
    Column("stated", "是否合格", synonyms=("成绩合格", "合格标志"), choices=("是", "否"),
           hint="以考试机构公布的为准；不填的由系统按合格标准判断"),
)  # fmt: skip
BY_FIELD = {column.field: column for column in COLUMNS}
UNIT_TYPES: Mapping[str, UnitType] = {
    **{name: kind for kind, name in UNIT_TYPE_NAMES.items()},
    "社会工作服务机构": UnitType.SOCIAL_ORGANIZATION,
    "民办非企业单位": UnitType.SOCIAL_ORGANIZATION,
    "社会团体": UnitType.SOCIAL_ORGANIZATION,
    "村（居）委会": UnitType.COMMUNITY,
    "社区": UnitType.COMMUNITY,
    "学生": UnitType.STUDENT,
}
unit_type = choice(UNIT_TYPES)


@dataclass(frozen=True)
class Candidate:
    """A row that is right by itself. A blank unit type or verdict (None) leaves what is registered as it is."""

    cells: Cells
    name: str
    id_type: IdType
    id_number: str
    id_blinds: Sequence[Blind]
    sitting: Sitting
    unit_type: UnitType | None
    stated: bool | None

    @property
    def forms(self) -> list[bytes]:
        """Under every index key, as the column has them."""
        return [blind.tagged for blind in self.id_blinds]


def label(row: Row) -> str:
    """Name, masked number and year."""
    names = ("name", "id_number", "exam_year")
    return " ".join(BY_FIELD[name].masked(row.cells[name])[:NAMED] for name in names if name in row.cells)


def read_rows(
    rows: Sequence[Row], places: Places, vault: Vault, today: date, findings: Findings, seen: Seen,
    *, old_numbers: bool = False,
) -> list[Candidate]:  # fmt: skip
    """The rows that are right by themselves; of all others, everything that is wrong."""
    found = (read_row(Cells(row, BY_FIELD, findings), places, vault, today, old_numbers) for row in rows)
    candidates = [candidate for candidate in found if candidate is not None]
    note_repeats(candidates, seen)
    return [c for c in candidates if not findings.wrong(c.cells.row.number)]


def read_row(cells: Cells, places: Places, vault: Vault, today: date, old_numbers: bool) -> Candidate | None:
    name = cells.take("name", rules.person_name)
    id_type = cells.take("id_type", read.id_type) or IdType.RESIDENT_ID_CARD
    id_number = read_id_number(cells, id_type, today, old_numbers)
    year, level = cells.take("exam_year", exam_year(today)), cells.take("level", read.level)
    place, unit = places.read(cells), cells.take("unit_type", unit_type)
    stated = cells.take("stated", read.yes_no)
    scores = read_scores(cells)
    if level is not None and year is not None:
        check_papers(cells, level, year, scores)
    if not (name and id_number and year and level and place):
        return None
    sitting = Sitting(year, level, place.code, scores)
    return Candidate(
        cells, name, id_type, id_number, id_blinds(vault, id_type, id_number), sitting, unit, stated
    )  # fmt: skip


def exam_year(today: date) -> Callable[[str], int]:
    def whole(text: str) -> int:
        year = rules.plain(text).removesuffix("年")
        if len(year) != 4 or not rules.DIGITS.issuperset(year) or not FIRST_EXAM_YEAR <= int(year) <= today.year:
            raise BadCell(f"考试年度应为 {FIRST_EXAM_YEAR} 至 {today.year} 之间的四位数字。请改正。", code="bad_year")
        return int(year)

    return whole


def read_scores(cells: Cells) -> dict[Paper, Decimal | None]:
    """Of the papers signed up for; None: absent."""
    found: dict[Paper, Decimal | None] = {}
    for paper in Paper:
        taken = cells.take(paper.value, score)
        if taken is not None:
            found[paper] = None if taken < 0 else taken
    return found


def score(text: str) -> Decimal:
    """Below zero: absent, as the official lists write it."""
    said = rules.plain(text)
    if said in ABSENT:
        return Decimal(-1)
    if not SIGNS.issuperset(said) or said.count(".") > 1 or not said.strip("."):
        raise BadCell("成绩应为 0 到 100 的数字，没有参加的填“缺考”。请改正。", code="bad_score")
    found = Decimal(said)
    if found > MOST or found != round(found, 1):
        raise BadCell("成绩应在 0 到 100 之间，最多一位小数。请改正。", code="bad_score")
    return found


def check_papers(cells: Cells, level: Level, year: int, scores: Mapping[Paper, Decimal | None]) -> None:
    """Only papers of the level (CERT-02), and at least one of them."""
    needed = papers(level, year)
    if needed is None:
        cells.wrong("exam_year", "no_such_exam", f"{year} 年还没有{LEVEL_NAMES[level]}考试。请核对年度和级别。")
        return
    for paper in scores.keys() - needed:
        cells.wrong(paper.value, "other_paper", f"{LEVEL_NAMES[level]}不考{PAPER_NAMES[paper]}。请核对级别和成绩。")
    if not any(paper.value in cells for paper in needed):
        cells.wrong(min(needed).value, "missing", "没有任何一科的成绩。请填写成绩，没有参加的填“缺考”。")


def note_repeats(candidates: Sequence[Candidate], seen: Seen) -> None:
    """One row for a candidate, a year and a level."""
    for c in candidates:
        row, one = c.cells.row.number, (c.id_blinds[0], c.sitting.exam_year, c.sitting.level)
        if (first := seen.first("sitting", one, row)) != row:
            c.cells.wrong("id_number", "repeated", f"与第 {first} 行是同一考生、同一年度和级别，请只保留一行。")
