"""The city as the rosters that its officials would have filled in: points first, then people in waves.

A row of the roster has one certificate and one registration: whoever was registered again, or passed a higher level,
comes again in the next wave.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import xlsxwriter  # type: ignore[import-untyped]

from deploy.demo import numbers
from deploy.demo.people import Certificate, Holder, Term
from deploy.demo.points import Point, Support
from services.contracts.registry import LEVEL_NAMES, POINT_TIER_NAMES, STAFFING_BASIS_NAMES, StaffingBasis

Line = dict[str, str]
# What procurement's contracts pay for, procurement says.
BASES = {Support.OWN_STAFF: StaffingBasis.OWN_STAFF}


def point_lines(points: Iterable[Point]) -> Iterator[Line]:
    for n, p in enumerate(points):
        yield {
            "站点编号": p.number,
            "站点名称": p.name,
            "层级": POINT_TIER_NAMES[p.tier],
            "所在区划代码": p.place.code,
            "所在区划名称": p.place.name,
            "详细地址": f"演示路 {n + 1} 号",
            "负责人": p.staff[0].name if p.staff else "",
            "电话": numbers.phone(900_000 + n),
            "运营机构统一社会信用代码": p.operator.uscc,
            "运营机构名称": p.operator.name,
            "开站日期": p.opened.isoformat(),
            "人员保障方式": STAFFING_BASIS_NAMES[BASES.get(p.support, StaffingBasis.NONE)],
        }


def waves(holders: Sequence[Holder]) -> Iterator[list[Line]]:
    """The first row of everybody, then every second one, and so on."""
    rows = [(h, rows_of(h)) for h in holders]
    for n in range(max((len(some) for _, some in rows), default=0)):
        yield [worker_line(h, *some[n]) for h, some in rows if n < len(some)]


def rows_of(holder: Holder) -> list[tuple[Certificate, Term | None]]:
    rows: list[tuple[Certificate, Term | None]] = []
    for certificate in holder.certificates:
        terms = [t for t in holder.terms if t.certificate is certificate]
        rows += [(certificate, t) for t in terms] or [(certificate, None)]
    return rows


def worker_line(h: Holder, certificate: Certificate, term: Term | None) -> Line:
    employer = h.employer
    if employer is None:
        raise ValueError(f"{h.key} is not settled")
    return {
        "姓名": h.name,
        "证件类型": "居民身份证",
        "证件号码": h.id_number,
        "手机": numbers.phone(h.n),
        "学历": h.education,
        "专业": h.major,
        "工作单位统一社会信用代码": employer.uscc,
        "工作单位名称": employer.name,
        "单位所在区划代码": employer.place.code,
        "单位所在区划名称": employer.place.name,
        "是否直接从事社会服务": "是" if h.direct else "否",
        "证书级别": LEVEL_NAMES[certificate.level],
        "管理号": certificate.number,
        "批准日期": certificate.approved.isoformat(),
        "登记日期": term.start.isoformat() if term else "",
        "登记有效期止": term.last.isoformat() if term else "",
        "服务站点编号": h.point.number if h.point else "",
        "到岗日期": h.started.isoformat() if h.started else "",
    }


def workbook(title: str, lines: Sequence[Line]) -> bytes:
    """The same lines, the same bytes."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": datetime(2026, 1, 1), "comments": "演示数据：人物、单位均为虚构"})
    sheet = book.add_worksheet(title)
    sheet.write_row(0, 0, list(lines[0]))
    for n, line in enumerate(lines, start=1):
        for column, value in enumerate(line.values()):
            if value:
                sheet.write_string(n, column, value)
    book.close()
    return file.getvalue()
