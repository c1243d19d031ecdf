"""Invented people, points and organizations, and real workbooks full of them. No number here belongs to anybody."""

import csv
import functools
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import xlsxwriter

from services.contracts.divisions import Tier
from services.registry.organizations import rules as organization_rules
from services.registry.people import rules as people_rules
from tests.conftest import ROOT

DIVISIONS = ROOT / "data/divisions-370100.csv"
TODAY = date(2026, 11, 24)
STREET, STREET_NAME = "370112001000", "山大路街道"
VILLAGE, VILLAGE_NAME = "370112001001", ""
LEVELS = ("助理社会工作师", "社会工作师", "高级社会工作师")

Line = dict[str, object]


def an_id_number(n: int = 0, *, region: str = "999000") -> str:
    """Valid by its check digit; of a region that was never assigned."""
    born = date(1970, 1, 1) + timedelta(days=n % 12000)
    body = f"{region}{born:%Y%m%d}{n // 12000 % 1000:03}"
    total = sum(int(d) * w for d, w in zip(body, people_rules.WEIGHTS, strict=True))
    return body + people_rules.CHECK_DIGITS[total % 11]


def a_uscc(n: int = 0) -> str:
    """Of a region that was never assigned, too."""
    body = f"52999000MJ{n:07}"
    total = sum(organization_rules.VALUES[c] * w for c, w in zip(body, organization_rules.WEIGHTS, strict=True))
    return body + organization_rules.ALPHABET[-total % 31]


@functools.cache
def divisions(tier: Tier) -> Sequence[tuple[str, str]]:
    """Codes and names of the real Jinan that count."""
    with DIVISIONS.open(encoding="utf-8", newline="") as file:
        return [(d["code"], d["name"]) for d in csv.DictReader(file) if d["tier"] == tier and d["counts"] == "true"]


def a_worker(n: int = 0, **over: object) -> Line:
    """A line of the roster of certified workers, under the headers of the template."""
    registered = date(2024, 1, 1) + timedelta(days=n % 900)
    line: Line = {
        "姓名": f"演示{n}",
        "证件类型": "居民身份证",
        "证件号码": an_id_number(n),
        "手机": f"139{n:08}",
        "学历": "本科",
        "专业": "社会工作",
        "工作单位统一社会信用代码": "",
        "工作单位名称": "演示社会工作服务中心",
        "单位所在区划代码": STREET,
        "单位所在区划名称": STREET_NAME,
        "是否直接从事社会服务": "是",
        "证书级别": LEVELS[1],
        "管理号": f"2023{n:012}",
        "批准日期": "2023-08-15",
        "登记日期": registered.isoformat(),
        "登记有效期止": (registered + timedelta(days=1000)).isoformat(),
        "服务站点编号": "",
        "到岗日期": "",
    }
    return line | over


def a_point_line(n: int = 0, **over: object) -> Line:
    """A line of the roster of service points."""
    line: Line = {
        "站点编号": f"YS-{n:05}",
        "站点名称": f"演示社工站{n}",
        "层级": "街镇社工站",
        "所在区划代码": STREET,
        "所在区划名称": STREET_NAME,
        "详细地址": "演示路 1 号",
        "负责人": "演示甲",
        "电话": "0531-00000000",
        "运营机构统一社会信用代码": "",
        "运营机构名称": "",
        "开站日期": "2021-06-01",
        "撤站日期": "",
        "人员保障方式": "政府购买",
    }
    return line | over


def a_candidate(n: int = 0, **over: object) -> Line:
    """A line of the list of exam results: an assistant who has passed, as computed."""
    line: Line = {
        "姓名": f"演示考生{n}",
        "证件类型": "居民身份证",
        "证件号码": an_id_number(n),
        "考试年度": "2025",
        "报考级别": LEVELS[0],
        "考区区划代码": "370112000000",
        "考区区划名称": "历城区",
        "单位类型": "城乡社区",
        "综合能力": "72",
        "法规与政策": "",
        "实务": "60",
        "是否合格": "",
    }
    return line | over


def workers(count: int) -> list[Line]:
    """Spread over the streets and villages of Jinan, one employer to each place, three levels, every fourth without
    a registration.
    """
    places = [p for tier in (Tier.STREET, Tier.VILLAGE) for p in divisions(tier)]
    lines = []
    for n in range(count):
        k = n * 37 % len(places)
        code, name = places[k]
        over = {"工作单位名称": f"演示机构{k}", "单位所在区划代码": code, "单位所在区划名称": name}
        over |= {"工作单位统一社会信用代码": a_uscc(k), "证书级别": LEVELS[n % 3]}
        over |= {"登记日期": "", "登记有效期止": ""} if n % 4 == 3 else {}
        lines.append(a_worker(n, **over))
    return lines


def street_stations() -> list[Line]:
    """One for every street that counts."""
    return [
        a_point_line(n, 所在区划代码=code, 所在区划名称=name, 站点名称=f"{name}社工站")
        for n, (code, name) in enumerate(divisions(Tier.STREET))
    ]


def a_roster(lines: Iterable[Mapping[str, object]], *, headers: Sequence[str] | None = None) -> bytes:
    """A real workbook: headers in the first row, every text a text cell."""
    rows = list(lines)
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}
    )
    book.set_properties({"created": datetime(2026, 1, 1)})  # the same lines, the same bytes
    sheet = book.add_worksheet("名册")
    columns = list(headers or rows[0])
    sheet.write_row(0, 0, columns)
    for r, line in enumerate(rows, start=1):
        for c, column in enumerate(columns):
            if (value := line.get(column, "")) != "":
                (sheet.write_string if isinstance(value, str) else sheet.write)(r, c, value)
    book.close()
    return file.getvalue()
