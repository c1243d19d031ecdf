"""The list of exam results as a file."""

from services.contracts.exams import EXAM_VERDICT_NAMES, PAPER_NAMES, UNIT_TYPE_NAMES, ExamResultOut, Paper
from services.contracts.registry import LEVEL_NAMES
from services.kernel.export import Cell, Column, Table


def score(result: ExamResultOut, paper: Paper) -> Cell:
    return "缺考" if paper in result.absent else result.scores.get(paper)


RESULTS: Table[ExamResultOut] = Table(
    "exam-results",
    "考试成绩",
    (
        Column("考试年度", lambda r: r.exam_year),
        Column("级别", lambda r: LEVEL_NAMES[r.level]),
        Column("姓名", lambda r: r.name),
        Column("证件号码（部分隐去）", lambda r: r.id_number, 22),
        Column("考区区划代码", lambda r: r.division),
        Column("考区", lambda r: r.division_name),
        Column("单位类型", lambda r: UNIT_TYPE_NAMES[r.unit_type]),
        Column(PAPER_NAMES[Paper.COMPREHENSIVE], lambda r: score(r, Paper.COMPREHENSIVE)),
        Column(PAPER_NAMES[Paper.POLICY], lambda r: score(r, Paper.POLICY)),
        Column(PAPER_NAMES[Paper.PRACTICE], lambda r: score(r, Paper.PRACTICE)),
        Column("结论", lambda r: EXAM_VERDICT_NAMES[r.verdict]),
    ),
)
