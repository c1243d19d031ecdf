"""An example for every operation, as the OpenAPI document shows it. All organizations and numbers are invented."""

from typing import Any

Example = dict[str, object]
PROJECT, CONTRACT, STAFF, PAYMENT, BUYER, PROVIDER, PERSON, POINT = (
    f"0198c0de-0000-7000-8000-00000000010{n}" for n in range(8)
)
DISTRICT, STREET, VILLAGE = "370112000000", "370112001000", "370112001001"

NEW_PROJECT: Example = {
    "number": "LC-2026-001", "name": "山大路街道社工站服务项目", "buyer_id": BUYER, "provider_id": PROVIDER,
    "fields": ["community_service", "elderly_service"],
}  # fmt: skip
CHANGED_PROJECT: Example = {"name": "山大路街道社工站综合服务项目"}
COMPLETING: Example = {"completed_on": "2027-01-01"}
TERMINATING: Example = {"terminated_on": "2026-07-01", "reason": "承接主体停止运营"}
PROJECT_OUT: Example = {
    **NEW_PROJECT, "id": PROJECT, "buyer_name": "演示区民政局", "provider_name": "演示社会工作服务中心",
    "division": DISTRICT, "division_name": "历城区", "state": "active", "in_force": True, "start": "2026-01-01",
    "end": "2027-01-01", "closed_on": None, "close_reason": None, "value": "200000.00", "paid": "60000.00",
    "version": 2, "may": ["update", "sign", "add_staff", "complete", "terminate"],
}  # fmt: skip

NEW_CONTRACT: Example = {
    "project_id": PROJECT, "number": "LC-2026-001-1", "signed_on": "2025-12-20", "start": "2026-01-01",
    "end": "2027-01-01", "value": "200000.00", "stable": False, "served_divisions": [STREET, VILLAGE],
    "service_point_ids": [POINT],
}  # fmt: skip
CHANGED_CONTRACT: Example = {"value": "210000.00"}
ENDING: Example = {"ended_on": "2026-07-01", "reason": "双方协商一致"}
CONTRACT_OUT: Example = {
    **NEW_CONTRACT, "id": CONTRACT, "project_name": NEW_PROJECT["name"], "division": DISTRICT,
    "committed": "80000.00", "paid": "60000.00", "ended_on": None, "end_reason": None, "warnings": [], "version": 1,
    "may": ["update", "terminate", "request_payment"],
}  # fmt: skip

NEW_STAFF: Example = {
    "project_id": PROJECT, "person_id": PERSON, "role": "social_worker", "fte": "1.00", "start": "2026-01-01",
    "end": None,
}  # fmt: skip
CHANGED_STAFF: Example = {"fte": "0.50", "end": "2026-10-01"}
STAFF_OUT: Example = {
    **NEW_STAFF, "id": STAFF, "project_name": NEW_PROJECT["name"], "division": DISTRICT, "qualified": True,
    "certified": True, "registered": True, "related_major": False, "warnings": [], "version": 1, "may": ["update"],
}  # fmt: skip
SHARE: Example = {
    "denominator": 5, "numerator": 4, "registered": 3, "value": "80.00", "threshold": "80", "reached": True
}  # fmt: skip
DETAIL: Example = {**PROJECT_OUT, "contracts": [CONTRACT_OUT], "staff": [STAFF_OUT], "staff_share": SHARE}

NEW_PAYMENT: Example = {
    "contract_id": CONTRACT, "amount": "60000.00", "paid_on": "2026-03-01", "payee": "演示社会工作服务中心",
    "document_number": "ZF-2026-0301",
}  # fmt: skip
REJECTING: Example = {"reason": "缺少验收材料"}
REVERSING: Example = {"reversed_on": "2026-04-01", "reason": "重复支付", "amount": "60000.00"}
PAYMENT_OUT: Example = {
    **NEW_PAYMENT, "id": PAYMENT, "contract_number": NEW_CONTRACT["number"], "project_id": PROJECT,
    "project_name": NEW_PROJECT["name"], "division": DISTRICT, "state": "requested", "reason": None,
    "reversed_on": None, "reversed_amount": None, "version": 1, "may": ["approve", "reject"],
}  # fmt: skip


def answer(example: Example, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    return {status: {"description": "成功", "content": {"application/json": {"example": example}}}}


def page(example: Example) -> dict[int | str, dict[str, Any]]:
    return answer({"items": [example], "next": None})


def asked(example: Example) -> dict[str, Any]:
    """For a route's `openapi_extra`."""
    return {"requestBody": {"content": {"application/json": {"example": example}}}}
