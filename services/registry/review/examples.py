"""Examples for the operations of the review desk. All people and numbers are invented."""

from services.registry.disclosure_examples import WHO
from services.registry.examples import ID, Example
from services.registry.registrations.examples import APPLICATION

CITY = "370100000000"
DEADLINE: Example = {"due_on": None, "estimated_on": "2027-01-01", "missing_years": [2026, 2027]}
COUNT: Example = {
    "queue": "first-review", "count": 17, "overdue": None, "overdue_estimated": 2, "held": 1,
    "oldest_on": "2026-10-08", "deadline": DEADLINE, "may_take": True,
}  # fmt: skip
QUEUES: Example = {"items": [COUNT], "final": 120, "all": 137}
CLAIM: Example = {"held_by": WHO, "held_name": "演示·审核员", "until": "2026-11-24T03:01:07Z", "mine": True}
CASE: Example = {"application": APPLICATION, "queue": "first-review", "claim": CLAIM, "may": ["release"]}
TAKING: Example = {"application_id": ID}
TAKEN: Example = {"case": CASE}
COMPARISON: Example = {
    "items": [{"field": "name", "name": "姓名", "before": "演示·甲", "now": "演示·甲", "differs": False}],
    "previous_id": None, "previous_number": None, "previous_reason": None,
}  # fmt: skip
ADDING: Example = {
    "division": CITY, "decision": "return", "text": "请补交身份证明和登记申请表。",
    "legal_basis": "演示：登记办法第六条",
    "begins": "2099-01-01",
}  # fmt: skip
CHANGING: Example = {"text": "请补交身份证明、登记申请表和照片。", "legal_basis": None, "begins": "2099-06-01"}
ENDING: Example = {"ends": "2099-12-31"}
TEMPLATE: Example = {**ADDING, "id": ID, "ends": None, "set_by": WHO, "in_force": False, "may": ["change", "end"]}
