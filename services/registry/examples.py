"""An example for every operation, as the OpenAPI document shows it. All people and numbers are invented."""

from typing import Any

Example = dict[str, object]
ID, PERSON, POINT, WORK = (f"0198c0de-0000-7000-8000-00000000000{n}" for n in range(1, 5))
STREET, STREET_NAME = "370112001000", "山大路街道"

DIVISION: Example = {
    "code": STREET, "name": STREET_NAME, "tier": "street", "kind": "subdistrict", "parent": "370112000000",
    "zone": None, "counts": True, "mca_code": "370112001", "nbs_code": "370112001000", "valid_from": "2000-01-01",
    "valid_to": None, "successor": None,
}  # fmt: skip
VERSION: Example = {**DIVISION, "recorded_from": "2026-11-24T02:31:07Z", "recorded_to": None}

NEW_ORGANIZATION: Example = {"name": "演示社会工作服务中心", "kind": "social_work_agency", "division": STREET}
CHANGED_ORGANIZATION: Example = {"address": "演示路 1 号"}
ORGANIZATION: Example = {
    **NEW_ORGANIZATION, "id": ID, "division_name": STREET_NAME, "uscc": None, "address": None, "version": 1,
    "may": ["update"],
}  # fmt: skip

ASSIGNED: Example = {
    "id": WORK, "service_point_id": POINT, "service_point_name": "山大路街道社工站", "started_on": "2024-03-01"
}  # fmt: skip
PERSON_OUT: Example = {
    "id": PERSON, "name": "演示·甲", "id_type": "resident_id_card", "id_number": "9990**********002X",
    "phone": "138****1234", "level": "social_worker", "registered_until": "2027-05-01", "employer_id": ID,
    "employer_name": "演示社会工作服务中心", "division": STREET, "division_name": STREET_NAME, "assignment": ASSIGNED,
    "education": "本科", "major": "社会工作", "related_major": True, "direct_service": True, "version": 1,
    "may": ["assign"],
}  # fmt: skip
CERTIFICATE: Example = {
    "id": "0198c0de-0000-7000-8000-000000000005", "person_id": PERSON, "person_name": "演示·甲",
    "level": "social_worker", "management_number": "20230000000000000001", "approved_on": "2023-08-15",
    "ended_on": None, "division": STREET, "certificate_number": None, "exam_year": 2023, "issued_on": "2023-10-20",
    "issuing_province": "山东省", "scan_sha256": None, "checked_by": "exam_authority", "checked": "confirmed",
    "checked_on": "2024-03-01", "senior_ground": None, "version": 2, "may": ["complete"],
}  # fmt: skip
NEW_CERTIFICATE: Example = {
    "level": "senior", "management_number": "20250000000000000009", "approved_on": "2025-06-30",
    "certificate_number": "YS-2025-0009", "exam_year": 2024, "issued_on": "2025-08-01", "issuing_province": "山东省",
    "scan_sha256": "0" * 64, "checked_by": "manual", "checked": "confirmed", "checked_on": "2025-09-01",
}  # fmt: skip
COMPLETED_CERTIFICATE: Example = {
    "certificate_number": "YS-2025-0010", "checked_by": "exam_authority", "checked": "confirmed",
    "checked_on": "2025-09-02",
}  # fmt: skip
REGISTRATION: Example = {
    "id": "0198c0de-0000-7000-8000-000000000006", "person_id": PERSON, "person_name": "演示·甲",
    "certificate_id": CERTIFICATE["id"], "level": "social_worker", "start": "2024-05-01", "end": "2027-05-01",
    "division": STREET, "may": [],
}  # fmt: skip

NEW_POINT: Example = {
    "number": "LC-001", "name": "山大路街道社工站", "tier": "street_station", "division": STREET,
    "opened_on": "2021-06-01", "staffing_basis": "government_purchase", "phone": "0531-00000000",
}  # fmt: skip
CHANGED_POINT: Example = {"manager": "演示·乙", "staffing_basis": "own_staff"}
CLOSING: Example = {"closed_on": "2026-01-01"}
POINT_OUT: Example = {
    **NEW_POINT, "id": POINT, "division_name": STREET_NAME, "address": None, "manager": None,
    "phone": "053******0000", "operator_id": None, "operator_name": None, "closed_on": None, "staff": 3, "version": 1,
    "may": ["update", "close", "assign"],
}  # fmt: skip
NEW_ASSIGNMENT: Example = {"person_id": PERSON, "service_point_id": POINT, "started_on": "2024-03-01"}
ENDING: Example = {"ended_on": "2026-03-01"}
ASSIGNMENT: Example = {
    **NEW_ASSIGNMENT, "id": WORK, "person_name": "演示·甲", "service_point_number": "LC-001",
    "service_point_name": "山大路街道社工站", "division": STREET, "ended_on": None, "may": ["end"],
}  # fmt: skip

IMPORT: Example = {
    "id": ID, "kind": "certified-workers", "code_system": "own", "old_numbers": False, "file_name": "名册.xlsx",
    "file_sha256": "0" * 64, "state": "ready", "rows_total": 2000, "rows_done": 2000, "new": 1990, "changed": 8,
    "unchanged": 2, "conflict": 0, "errors": 0, "warnings": 1,
    "notes": ["工作表中有 3 个隐藏的行，已一并读取。如不需要，请删除后再上传。"],
    "refused": None, "started_by": "account:0198c0de", "created_at": "2026-11-24T02:31:07Z",
    "updated_at": "2026-11-24T02:31:09Z", "confirmed_at": None, "undo_until": None, "may": ["confirm", "cancel"],
}  # fmt: skip
IMPORT_ROW: Example = {
    "number": 17, "outcome": "changed", "label": "演示·甲 9990**********002X",
    "findings": [{
        "severity": "warning", "column": "学历", "field": "education", "code": "unusual_education", "value": "私塾",
        "reason": "“私塾”不在常用学历之列，将照原样保存", "remedy": "请核对学历。",
    }],
    "changes": [{"column": "学历", "before": "本科", "after": "私塾"}],
}  # fmt: skip
CONFIRMING: Example = {"skip_conflicts": False}


def answer(example: Example, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    return {status: {"description": "成功", "content": {"application/json": {"example": example}}}}


def page(example: Example) -> dict[int | str, dict[str, Any]]:
    return answer({"items": [example], "next": None})


def asked(example: Example) -> dict[str, Any]:
    """For a route's `openapi_extra`."""
    return {"requestBody": {"content": {"application/json": {"example": example}}}}
