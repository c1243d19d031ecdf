"""Examples of reconciliation for the OpenAPI document. All people and numbers are invented."""

from services.registry.examples import CERTIFICATE, ID, IMPORT, PERSON, STREET, STREET_NAME, Example

JINAN, JINAN_NAME = "370100000000", "济南市"
EXPORT_JOB: Example = {**IMPORT, "kind": "national-statuses", "file_name": "全国系统导出.xlsx", "notes": []}
SNAPSHOT: Example = {
    "id": ID, "division": JINAN, "division_name": JINAN_NAME, "exported_on": "2026-11-20",
    "file_name": "全国系统导出.xlsx", "rows": 17327,
    "columns": ["approved_on", "id_number", "level", "name", "registered_on", "status", "valid_until"],
    "made_at": "2026-11-21T02:31:07Z", "made_by": "account:0198c0de", "compared_at": "2026-11-21T02:31:09Z",
    "current": True, "may": ["compare"],
}  # fmt: skip
HEADINGS: Example = {
    "job": {**EXPORT_JOB, "state": "failed", "may": []},
    "headings": [
        {"title": "管理号", "field": "management_number", "known": True},
        {"title": "当前环节", "field": None, "known": False},
    ],
    "targets": [
        {"field": "management_number", "title": "管理号", "required": True},
        {"field": "status", "title": "登记状态", "required": True},
    ],
    "mapping": None,
}  # fmt: skip
MAPPING_ORDER: Example = {
    "name": "2026 版导出",
    "columns": [
        {"title": "管理号", "field": "management_number"}, {"title": "姓名", "field": "name"},
        {"title": "当前环节", "field": "status"}, {"title": "到期日", "field": "valid_until"},
        {"title": "备注", "field": None},
    ],
}  # fmt: skip
MAPPING: Example = {
    "id": ID, "name": "2026 版导出", "division": JINAN,
    "columns": {"管理号": "management_number", "当前环节": "status", "备注": None}, "used_at": "2026-11-21T02:31:07Z",
}  # fmt: skip
CASE: Example = {
    "id": ID, "number": 17, "division": STREET, "division_name": STREET_NAME,
    "management_number": "20230000000000000001", "certificate_id": CERTIFICATE["id"], "person_id": PERSON,
    "kind": "national_ahead", "fields": ["status"],
    "sentence": "全国系统已完成登记，本系统没有这次登记。请核实后在本系统补办登记申请。不同或不明的内容：登记状态。",
    "proposal": None, "next_step": "apply_initial", "state": "open", "opened_at": "2026-11-21T02:31:09Z",
    "export_on": "2026-11-20", "age_days": 3, "reopened": 0, "reason": None, "until": None, "application_id": None,
    "decided_by": None, "decided_at": None, "closed_at": None, "agreed_on": None,
    "ours": {
        "name": "演示·甲", "id_number": "9990**********002X", "level": "social_worker", "state": "unregistered",
        "state_name": "未登记", "approved_on": "2023-08-15", "registered_on": None, "end": None, "body": None,
    },
    "national": {
        "name": "演示·甲", "id_number": "9990**********002X", "level": "social_worker", "state": "issued",
        "state_name": "已出证", "approved_on": "2023-08-15", "registered_on": "2024-05-01", "end": "2027-05-01",
        "body": "济南市历城区民政局",
    },
    "version": 1, "may": ["ours", "national", "postpone"],
}  # fmt: skip
CASE_VERSION: Example = {
    "recorded_from": "2026-11-21T02:31:09Z", "recorded_to": None, "state": "open", "kind": "national_ahead",
    "fields": ["status"], "reason": None, "until": None, "decided_by": None, "agreed_on": None,
    "export_on": "2026-11-20",
}  # fmt: skip
KEEPING: Example = {"reason": "登记材料齐全，已报全国系统更正"}
TAKING: Example = {"reason": "全国系统已办结登记，本系统漏办"}
CONFIRMING: Example = {"reason": "核对户口簿，曾用名一致"}
POSTPONING: Example = {"reason": "等待全国系统下一次更新", "until": "2027-01-15"}
CELL: Example = {
    "code": "registered_workers", "name": "登记有效数（有效登记的证书）", "ours": 12400, "national": 12402,
    "difference": -2, "reasons": {"national_ahead": -3, "ours_ahead": 1},
}  # fmt: skip
FIGURES: Example = {
    "division": JINAN, "division_name": JINAN_NAME, "exported_on": "2026-11-20",
    "compared_at": "2026-11-21T02:31:09Z", "exports": [SNAPSHOT], "not_compared": [],
    "kinds": {"same": 17300, "national_ahead": 3, "ours_ahead": 1}, "readings": [CELL], "by_level": [],
    "by_state": [], "by_division": [],
}  # fmt: skip
