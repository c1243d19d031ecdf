"""Examples for the operations on registration and on working days. All people and numbers are invented."""

from services.registry.disclosure_examples import WHO
from services.registry.examples import CERTIFICATE, ID, PERSON, REGISTRATION, STREET, Example

CITY = "370100000000"
HOLIDAYS: Example = {
    "division": CITY, "year": 2099, "source": "演示：放假安排通知",
    "days": [
        {"on": "2099-01-01", "kind": "holiday", "name": "元旦"},
        {"on": "2099-01-03", "kind": "workday", "name": "元旦补班"},
    ],
}  # fmt: skip
HOLIDAY: Example = {
    "id": ID, "division": CITY, "on": "2099-01-01", "kind": "holiday", "name": "元旦", "source": "演示：放假安排通知"
}  # fmt: skip
HOLIDAYS_SET: Example = {"division": CITY, "year": 2099, "days": 2}

AMNESTY_ORDER: Example = {
    "division": CITY, "kind": "initial", "first_on": "2099-03-01", "last_on": "2099-05-31",
    "approved_from": "2018-01-01", "approved_until": "2024-12-31", "source": "演示：集中补办登记通知",
}  # fmt: skip
CLOSING: Example = {"last_on": "2099-04-30"}
AMNESTY: Example = {**AMNESTY_ORDER, "id": ID}

CHANGE: Example = {"employer_id": None, "division": STREET, "name": None, "phone": None}
CONTENTS: Example = {"items": ["form"], "late_reason": None, "change": CHANGE, "cancellation": None}
NEW_APPLICATION: Example = {
    **CONTENTS, "kind": "change", "certificate_id": CERTIFICATE["id"], "place": "workplace", "division": STREET
}  # fmt: skip
APPLICATION: Example = {
    **CONTENTS, "id": ID, "number": 17, "kind": "change", "state": "submitted", "person_id": PERSON,
    "person_name": "演示·甲", "certificate_id": CERTIFICATE["id"], "level": "social_worker",
    "division": STREET, "place": "workplace", "submitted_on": "2026-11-20", "accepted_on": "2026-11-20",
    "open_days": 4, "deadline": {"due_on": None, "estimated_on": "2027-01-01", "missing_years": [2026, 2027]},
    "overdue": None, "missing": [], "notified_on": None, "reason": None, "entered_by": [WHO], "first_by": None,
    "first_on": None, "final_by": None, "final_on": None, "registered_on": None, "registration_number": None,
    "version": 2, "may": ["approve", "reject", "return"],
}  # fmt: skip
APPROVING: Example = {"reason": "材料齐全，符合条件。"}
REJECTING: Example = {"reason": "工作单位证明与申请不符，请核实后重新申请。", "ground": "documents_untrue"}
RETURNING: Example = {"reason": "请补交身份证明和登记申请表。", "missing": ["identity", "form"]}
REGISTERING: Example = {"registered_on": "2026-11-24"}
ISSUING: Example = {"number": "演示-2026-0001"}
DECIDING: Example = {
    "verb": "approve", "reason": None, "ground": None, "applications": [{"application_id": ID, "version": None}]
}  # fmt: skip
DECIDED: Example = {
    "items": [{"application_id": ID, "state": "first_review_passed", "code": None, "detail": None}]
}  # fmt: skip
CHECKLIST: Example = {
    "application_id": ID, "state": "draft", "complete": False, "window_last": "2027-04-30",
    "notice_deadline": None,
    "steps": [{
        "code": "ce_proof", "name": "继续教育证明", "state": "unmet", "detail": "请补交继续教育证明", "rule": "REG-11"
    }],
}  # fmt: skip

REVOKING: Example = {"ground": "serious_ethics_breach", "reason": "经查实严重违反职业道德"}
VOIDING: Example = {
    "void_on": "2024-06-01", "document": "演示：证书无效公告", "ground": "certificate_revoked"
}  # fmt: skip
TERM: Example = {
    "id": REGISTRATION["id"], "person_id": PERSON, "certificate_id": CERTIFICATE["id"], "level": "social_worker",
    "division": STREET, "start": "2024-05-01", "end": "2026-11-24", "state": "revoked",
    "granted_until": "2027-05-01", "ground": "serious_ethics_breach", "application_id": None,
}  # fmt: skip
TERMS: Example = {"items": [TERM]}
GAP: Example = {
    "person_id": PERSON, "person_name": "演示·甲", "registration_id": REGISTRATION["id"],
    "next_registration_id": "0198c0de-0000-7000-8000-000000000007", "start": "2024-05-01", "end": "2024-06-15",
    "days": 45, "division": STREET,
}  # fmt: skip
AS_KNOWN: Example = {
    "registration_id": REGISTRATION["id"], "on": "2024-06-01", "known": "2024-06-01", "state": "active",
    "start": "2024-05-01", "end": "2027-05-01", "ground": None,
}  # fmt: skip
