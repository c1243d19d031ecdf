"""Rows judged by themselves: every cell that is wrong is named, with what to write instead."""

from datetime import date

import pytest

from services.contracts.divisions import Tier, subtree
from services.contracts.imports import Finding, Severity
from services.contracts.registry import CodeSystem, IdType, Level, StaffingBasis
from services.registry.imports import cells
from services.registry.imports.places import Place, Places
from services.registry.imports.points import rows as points
from services.registry.imports.roster import BadRoster, Findings, Seen, rows_under
from services.registry.imports.workers import rows as workers
from tests.keys import a_vault
from tests.registry.factories import STREET, STREET_NAME, TODAY, a_point_line, a_worker, an_id_number

PLACE = Place(STREET, STREET_NAME, Tier.STREET, None, None, None)
PLACES = Places([PLACE], system=CodeSystem.OWN, within=[subtree(STREET)], today=TODAY)


def read(*lines: dict, kind=workers) -> tuple[list, Findings]:
    sheet = [list(lines[0]), *([str(v) for v in line.values()] for line in lines)]
    findings = Findings()
    rows = rows_under(sheet, kind.COLUMNS)
    if kind is workers:
        return workers.read_rows(rows, PLACES, a_vault(), TODAY, findings, Seen()), findings
    return points.read_rows(rows, PLACES, a_vault(), findings, Seen()), findings


def said(findings: Findings, severity: Severity = Severity.ERROR) -> list[tuple[int, Finding]]:
    return [(n, f) for n, found in sorted(findings.of_row.items()) for f in found if f.severity is severity]


def wrong(*lines: dict, kind=workers) -> list[tuple[int | None, str, str]]:
    _, findings = read(*lines, kind=kind)
    for _, finding in said(findings):  # what is wrong, and what to do
        assert finding.reason
        assert finding.remedy.startswith(("请", "如"))
        assert finding.remedy.endswith("。")
    return [(n, f.column, f.code) for n, f in said(findings)]


def test_a_right_row_is_read_whole():
    [worker], findings = read(a_worker(1, 登记日期="2024-05-01", 登记有效期止="2027-04-30"))

    assert said(findings) == []
    assert (worker.name, worker.id_number, worker.level) == ("演示1", an_id_number(1), Level.SOCIAL_WORKER)
    assert worker.registered == (date(2024, 5, 1), date(2027, 5, 1))
    assert (worker.place, worker.direct_service, worker.point_number) == (PLACE, True, None)


@pytest.mark.parametrize(
    ("over", "column", "code"),
    [
        ({"姓名": ""}, "姓名", "missing"),
        ({"姓名": "长" * 51}, "姓名", "bad_name"),
        ({"姓名": "演\x00示"}, "姓名", "control_character"),
        ({"证件号码": "11010519490230002X"}, "证件号码", "id_birth_date"),
        ({"证件号码": "3.701021990010101e+17"}, "证件号码", "digits_lost"),
        ({"证件类型": "学生证"}, "证件类型", "not_in_list"),
        ({"手机": "call me"}, "手机", "bad_phone"),
        ({"工作单位统一社会信用代码": "91110000600037341M"}, "工作单位统一社会信用代码", "uscc_check_digit"),
        ({"工作单位名称": ""}, "工作单位名称", "missing"),
        ({"是否直接从事社会服务": "也许"}, "是否直接从事社会服务", "not_in_list"),
        ({"证书级别": "特级"}, "证书级别", "not_in_list"),
        ({"管理号": "9" * 65}, "管理号", "bad_management_number"),
        ({"批准日期": "2026-02-29"}, "批准日期", "bad_date"),
        ({"批准日期": "2026-11-25"}, "批准日期", "in_future"),
        ({"登记日期": ""}, "登记日期", "missing"),
        ({"登记有效期止": ""}, "登记有效期止", "missing"),
        ({"登记日期": "2024-05-01", "登记有效期止": "2027-05-01"}, "登记有效期止", "registration_too_long"),
        ({"登记日期": "2024-05-01", "登记有效期止": "2024-04-01"}, "登记有效期止", "registration_backwards"),
        ({"服务站点编号": "A-1"}, "到岗日期", "missing"),
        ({"到岗日期": "2024-05-01"}, "服务站点编号", "missing"),
        ({"服务站点编号": "站 1", "到岗日期": "2024-05-01"}, "服务站点编号", "bad_number"),
    ],
)
def test_a_wrong_cell_is_named_by_row_column_and_reason(over: dict, column: str, code: str):
    assert wrong(a_worker(0), a_worker(1, **over)) == [(3, column, code)]


def test_a_row_with_many_mistakes_names_all_of_them():
    found = wrong(a_worker(0, 姓名="", 证件号码="1", 证书级别="特级", 批准日期="昨天", 手机="x"))

    assert {column for _, column, _ in found} == {"姓名", "证件号码", "证书级别", "批准日期", "手机"}


def test_a_person_or_a_number_twice_in_a_file_is_refused():
    assert wrong(a_worker(0), a_worker(1, 证件号码=an_id_number(0))) == [(3, "证件号码", "repeated")]
    assert wrong(a_worker(0), a_worker(1, 管理号=a_worker(0)["管理号"])) == [(3, "管理号", "repeated")]


LITERAL = ["null", "undefined", "NaN", "' OR 1=1--", "<svg onload=alert(1)>", '=HYPERLINK("x")', "𠮷㐂𬭚", "%_"]


@pytest.mark.parametrize("name", LITERAL)
def test_n04_n11_names_are_taken_literally(name: str):
    [worker], _ = read(a_worker(0, 姓名=name))

    assert worker.name == name


def test_p16_the_type_of_the_document_decides():
    [worker], _ = read(a_worker(0, 证件类型="护照", 证件号码="110105194912310021"))

    assert (worker.id_type, worker.id_number) == (IdType.PASSPORT, "110105194912310021")


def test_unsure_rules_warn_and_do_not_refuse():
    lines = [a_worker(0, 学历="私塾", 管理号="2023-1", 登记日期="2023-01-01", 登记有效期止="2023-12-31")]
    found, findings = read(*lines)

    assert (len(found), said(findings)) == (1, [])
    assert {f.column for _, f in said(findings, Severity.WARNING)} == {"学历", "管理号", "登记日期"}


@pytest.mark.parametrize(
    "text", ["2026-01-31", "2026/1/31", "2026.1.31", "2026年1月31日", "20260131", " 2026-1-31 ", "２０２６-01-31"]
)
def test_dates_are_read_in_the_usual_forms(text: str):
    assert cells.day(text) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01",
        "2026-02-29",
        "26-01-31",
        "0001-01-01",
        "9999-12-31",
        "45322",
        "1.5",
        "NaN",
        "昨天",
        "2026-01",
        "2026-01-31 08:00:00",
    ],
)
def test_t13_other_dates_are_refused(text: str):
    with pytest.raises(cells.BadCell):
        cells.day(text)


def test_a_right_point_is_read_whole():
    [point], findings = read(a_point_line(1, 撤站日期="2025-12-31", 人员保障方式=""), kind=points)

    assert said(findings) == []
    assert (point.closed_on, point.staffing_basis) == (date(2026, 1, 1), None)
    [other], _ = read(a_point_line(1, 人员保障方式="自有人员"), kind=points)
    assert other.staffing_basis is StaffingBasis.OWN_STAFF


@pytest.mark.parametrize(
    ("over", "column", "code"),
    [
        ({"站点编号": ""}, "站点编号", "missing"),
        ({"站点编号": "编 号"}, "站点编号", "bad_number"),
        ({"层级": "村居社工室"}, "层级", "tier_mismatch"),
        ({"撤站日期": "2021-05-31"}, "撤站日期", "closed_before_opened"),
        ({"运营机构统一社会信用代码": "91110000600037341L"}, "运营机构名称", "missing"),
        ({"人员保障方式": "捐赠"}, "人员保障方式", "not_in_list"),
    ],
)
def test_a_wrong_point_is_named_by_row_column_and_reason(over: dict, column: str, code: str):
    assert wrong(a_point_line(0), a_point_line(1, **over), kind=points) == [(3, column, code)]


def test_headers_are_found_by_synonym_in_any_order_under_a_title():
    sheet = [
        ["济南市名册"],
        [],
        ["身份证号", "姓 名＊", "证书等级（必填）", "备注", "管理号", "批准日期", "单位", "区划代码", "区划名称"],
    ]
    sheet += [["1", "甲", "中级", "x", "2", "2023-01-01", "某单位", STREET, STREET_NAME], ["", ""], ["3"]]

    rows = rows_under(sheet, workers.COLUMNS)

    assert [r.number for r in rows] == [4, 6]
    assert rows[0].cells["id_number"] == "1"
    assert rows[0].cells["name"] == "甲"
    assert "备注" not in rows[0].cells.values()


def test_a_missing_column_and_one_twice_are_named():
    headers = [c for c in a_worker() if c != "管理号"]
    with pytest.raises(BadRoster) as refused:
        rows_under([[*headers, "姓名"]], workers.COLUMNS)

    assert [(e.row, e.field, e.code) for e in refused.value.errors] == [
        (1, "姓名", "column_twice"),
        (1, "管理号", "missing_column"),
    ]


@pytest.mark.parametrize("sheet", [[], [[]], [["甲", "乙"]], [[""] * 5] * 20])
def test_a_sheet_without_headers_is_said_so(sheet: list[list[str]]):
    with pytest.raises(BadRoster) as refused:
        rows_under(sheet, workers.COLUMNS)

    assert refused.value.code == "no_header"
