"""Examples for the operations on exams and passes. All people and numbers are invented."""

from services.registry.examples import ID, PERSON, STREET, STREET_NAME, Example

RESULT: Example = {
    "id": ID, "exam_year": 2025, "level": "social_worker", "name": "演示·丙", "id_number": "9990**********0020",
    "division": STREET, "division_name": STREET_NAME, "unit_type": "community",
    "scores": {"comprehensive": "72.0", "policy": "65.5"}, "absent": ["practice"], "verdict": "partial",
}  # fmt: skip
RATE: Example = {
    "exam_year": 2025, "level": "assistant", "district": "370112000000", "district_name": "历城区", "unit_type": None,
    "candidates": 1200, "sat": 960, "passed": 288, "undecided": 2, "rate": "30.0",
}  # fmt: skip
RATES: Example = {"items": [RATE]}

NEW_PASS: Example = {"exam_year": 2024, "passed_on": "2024-09-20", "number": "YS-CJ-2024-0001"}
REVIEWING: Example = {"result": "passed", "reviewed_on": "2025-03-10", "publicized_on": "2025-03-20"}
PASS: Example = {
    **NEW_PASS, "id": ID, "person_id": PERSON, "person_name": "演示·甲", "valid_until": "2027-09-20", "review": None,
    "reviewed_on": None, "publicized_on": None, "state": "valid", "division": STREET, "version": 1, "may": ["review"],
}  # fmt: skip
