"""An example for every operation, as the OpenAPI document shows it. All people and numbers are invented."""

from typing import Any

Example = dict[str, object]
ID, PERSON, ATTENDANCE, SUPERVISOR, BASE = (f"0198c0de-0000-7000-8000-0000000000{n}" for n in range(21, 26))
STREET, STREET_NAME = "370112001000", "山大路街道"

DAY: Example = {"starts_at": "2025-03-01T01:00:00Z", "ends_at": "2025-03-01T09:00:00Z", "minutes": 360}
NEW_SESSION: Example = {
    "title": "社区矫正社会工作实务（演示）", "kind": "lecture", "field": "社区矫正",
    "organizer_name": "演示社会工作协会", "division": STREET, "capacity": 120, "days": [DAY], "state": "held",
}  # fmt: skip
CHANGED_SESSION: Example = {"capacity": 150}
CANCELLED: Example = {"reason": "授课人因故未到"}
SESSION: Example = {
    **NEW_SESSION, "id": ID, "organizer_id": None, "division_name": STREET_NAME, "cancelled_reason": None,
    "days": [{**DAY, "day": "2025-03-01", "class_hours": "8.00"}], "first_day": "2025-03-01", "last_day": "2025-03-01",
    "minutes": 360, "class_hours": "8.00", "attended": 96, "waiting": 3, "version": 1,
    "may": ["update", "cancel", "attend"],
}  # fmt: skip

NEW_ATTENDANCES: Example = {
    "rows": [{"person_id": PERSON, "day": "2025-03-01", "minutes": 360}], "state": "organizer_confirmed",
    "reason": "主办方补交签到表",
}  # fmt: skip
ENTERED: Example = {
    "session_id": ID, "rows": 1, "new": 1, "unchanged": 0, "warned": 1,
    "warnings": [{"row": 0, "field": "day", "detail": "有 1 条参训是 30 天以后补登的，理由已留存。"}],
}  # fmt: skip
ATTENDED: Example = {
    "id": ATTENDANCE, "session_id": ID, "session_title": NEW_SESSION["title"], "person_id": PERSON, "division": STREET,
    "division_name": STREET_NAME, "day": "2025-03-01", "minutes": 360, "class_hours": "8.00", "state": "approved",
    "reason": None, "evidence": None, "entered_at": "2025-03-03T02:31:07Z", "may": ["reverse"],
}  # fmt: skip
DECISION: Example = {"reason": "签到表与名册不符"}
APPROVED: Example = {"session_id": ID, "approved": 93, "left": 3}

STATEMENT: Example = {
    "person_id": PERSON, "division": STREET, "division_name": STREET_NAME, "year": 2025, "direct_service": True,
    "minutes": 2880, "class_hours": "64.00", "minutes_per_class_hour": 45, "compliant_since": "2025-09-20",
    "requirements": [{
        "rule": "CE-06", "name": "年度专业培训学时", "unit": "学时", "start": "2025-01-01", "end": "2026-01-01",
        "required": "60.00", "reached": "64.00", "verdict": "met", "since": "2025-09-20", "missing": [],
        "detail": "已满 60 学时。",
    }],
    "items": [{
        "attendance_id": ATTENDANCE, "session_id": ID, "title": NEW_SESSION["title"], "kind": "lecture",
        "organizer_name": "演示社会工作协会", "day": "2025-03-01", "minutes": 360, "class_hours": "8.00",
        "state": "approved",
    }],
}  # fmt: skip

STEP: Example = {"on": "2025-04-01", "reason": "按程序办理"}
STEPS: list[Example] = [
    {"state": "nominated", "on": "2025-01-06", "reason": None, "recorded_at": "2025-01-06T02:31:07Z"}
]
NEW_SUPERVISOR: Example = {
    "type": "external_expert", "expert_name": "演示·丙", "affiliation": "演示大学", "level": "senior",
    "fields": ["社区矫正"], "appointing_name": "演示区社会工作部", "document_number": "演示〔2025〕1号",
    "term_start": "2025-02-01", "term_end": "2028-02-01", "max_load": 8, "division": STREET,
}  # fmt: skip
CHANGED_SUPERVISOR: Example = {"max_load": 6}
SUPERVISOR_OUT: Example = {
    **NEW_SUPERVISOR, "id": SUPERVISOR, "person_id": None, "appointing_id": None, "division_name": STREET_NAME,
    "state": "nominated", "counted": False, "version": 1, "steps": STEPS, "may": ["update", "review", "dismiss"],
    "findings": [{"rule": "SUP-04", "code": "load", "verdict": "met", "detail": "最多督导人数不超过 10 人。"}],
}  # fmt: skip

CHECKED: Example = {
    "independent_legal_person": "yes", "premises_and_funds": "yes", "two_years_of_experience": "yes",
    "teacher_for_each_course": "unknown", "own_materials": "yes", "law_abiding": "yes",
}  # fmt: skip
NEW_PLACE: Example = {
    "name": "演示教育实习实训基地", "division": STREET, "address": "演示路 1 号", "partner_kind": "local_university",
    "partner_name": "演示大学", "agreement_number": "XY-2025-1", "agreement_start": "2025-02-01",
    "agreement_end": "2028-02-01", "capacity": 30, "mentors": "演示·丁（校方）、演示·戊（基地）", "checklist": CHECKED,
}  # fmt: skip
CHANGED_PLACE: Example = {"capacity": 40}
PLACE: Example = {
    **NEW_PLACE, "id": BASE, "kind": "base", "partner_id": None, "division_name": STREET_NAME, "state": "applied",
    "counted": False, "version": 1, "steps": [{**STEPS[0], "state": "applied"}],
    "may": ["update", "check-site", "withdraw"],
    "findings": [{
        "rule": "CE-16", "code": "teacher_for_each_course", "verdict": "cannot_decide",
        "detail": "师资稳定，每门主干课程至少一名专职教师。",
    }],
}  # fmt: skip


def answer(example: Example, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    return {status: {"description": "成功", "content": {"application/json": {"example": example}}}}


def page(example: Example) -> dict[int | str, dict[str, Any]]:
    return answer({"items": [example], "next": None})


def asked(example: Example) -> dict[str, Any]:
    """For a route's `openapi_extra`."""
    return {"requestBody": {"content": {"application/json": {"example": example}}}}
