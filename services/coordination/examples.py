"""An example for every operation, as the OpenAPI document shows it. All people and numbers are invented."""

from typing import Any

Example = dict[str, object]
ID, PERSON, POINT = (f"0198c0de-0000-7000-8000-0000000000{n}" for n in ("11", "02", "03"))

NEW_SERVICE_RECORD: Example = {
    "service_point_id": POINT, "day": "2026-11-20", "kind": "emotional_support", "field": "elderly_service",
    "persons": 12, "workers": [PERSON], "minutes": 90, "note": "独居老人上门探访",
}  # fmt: skip
SERVICE_RECORD: Example = {
    **NEW_SERVICE_RECORD, "id": ID, "service_point_name": "山大路街道社工站", "division": "370112001000",
    "division_name": "山大路街道", "serves_until": "2027-02-18", "workers": [{"person_id": PERSON, "registered": True}],
    "late_reason": None, "reference": None, "state": "entered", "withdrawn_reason": None, "counts": True,
    "warnings": [], "recorded_at": "2026-11-20T09:12:44Z", "version": 1, "may": ["correct", "withdraw"],
}  # fmt: skip
BATCH: Example = {"rows": [{**NEW_SERVICE_RECORD, "reference": "2026-1120-01"}]}
BATCH_RESULT: Example = {
    "rows": 1, "new": 1, "unchanged": 0, "items": [{"row": 1, "id": ID, "new": True, "state": "entered"}]
}  # fmt: skip
CORRECTION: Example = {"persons": 13}
WITHDRAWAL: Example = {"reason": "重复录入"}


def answer(example: Example, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    return {status: {"description": "成功", "content": {"application/json": {"example": example}}}}


def page(example: Example) -> dict[int | str, dict[str, Any]]:
    return answer({"items": [example], "next": None})


def asked(example: Example) -> dict[str, Any]:
    """For a route's `openapi_extra`."""
    return {"requestBody": {"content": {"application/json": {"example": example}}}}
