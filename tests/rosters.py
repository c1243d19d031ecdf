"""Real .xlsx rosters of invented people (演示数据): ID numbers of an unassigned region, valid check digits."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import xlsxwriter

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
REGION = "999999"  # assigned to no place (ID-01 does not ask for one)
FAMILIES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫", "安北晨丹恩方光海佳可岚明宁平青然水天文新一元知子"


def id_number(n: int) -> str:
    """The n-th invented ID number."""
    day = date.fromordinal(date(1970, 1, 1).toordinal() + n // 999 % 11000)
    body = f"{REGION}{day:%Y%m%d}{n % 999 + 1:03d}"
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]


def name(n: int) -> str:
    return FAMILIES[n % 12] + GIVEN[n // 12 % 23] + GIVEN[n // 276 % 23]


def worker(n: int, division: str, division_name: str, **over: str) -> dict[str, str]:
    """A row of the roster of certified workers."""
    row = {
        "姓名": name(n),
        "证件号码": id_number(n),
        "手机": f"1390000{n % 10000:04d}",
        "工作单位名称": f"演示社工机构{division}",
        "单位所在区划代码": division,
        "单位所在区划名称": division_name,
        "是否直接从事社会服务": "是",
        "证书级别": ("助理社会工作师", "社会工作师")[n % 2],
        "管理号": f"2020999{n:09d}",
        "批准日期": "2020-09-30",
        "登记日期": "2024-06-01",
        "登记有效期止": "2027-05-31",
    }
    return row | over


def workbook(rows: Sequence[Mapping[str, str]], columns: Iterable[str] = ()) -> bytes:
    """The file, as a spreadsheet program would write it: text cells below one row of headers."""
    headers = list(columns) or list(dict.fromkeys(h for row in rows for h in row))
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("名册")
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header)
        for line, row in enumerate(rows, 1):
            if row.get(header):
                sheet.write_string(line, column, row[header])
    book.close()
    return held.getvalue()


def workers(count: int, places: Sequence[tuple[str, str]], first: int = 0) -> bytes:
    """A roster of so many people, spread over places (code, name)."""
    return workbook([worker(n, *places[n % len(places)]) for n in range(first, first + count)])


def save(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
