"""Examples for the operations on personal data in clear. All people and numbers are invented."""

from services.registry.examples import ID, PERSON, STREET, Example

WHEN, WHO = "2026-11-24T02:31:07Z", "account:0198c0de"
WHY: Example = {"purpose": "certificate_check", "reason": "核对证书与本人是否一致"}

REVEALING: Example = {**WHY, "fields": ["id_number"]}
REVEALED: Example = {"reveal_id": ID, "person_id": PERSON, "id_number": "999000199001010000", "phone": None}
REVEAL: Example = {
    **REVEALING, "id": ID, "at": WHEN, "actor": WHO, "person_id": PERSON, "person_name": "演**",
    "id_number": "9990**********002X", "division": STREET, "disclosure_id": None,
}  # fmt: skip

PEOPLE: Example = {"q": None, "level": "senior", "registered": True, "on": "2026-11-24"}
DISCLOSING: Example = {
    "division": STREET, "purpose": "statutory_report", "reason": "上报高级社会工作师名单", "filter": {},
    "columns": ["name", "id_number", "level"],
}  # fmt: skip
DISCLOSURE: Example = {
    **DISCLOSING, "filter": PEOPLE, "id": ID, "number": 17, "state": "requested", "rows": 12, "needs_approval": True,
    "requested_by": WHO, "requester_name": "演示导出", "requested_at": WHEN, "decided_by": None, "decided_at": None,
    "refusal": None, "expires_at": None, "fetched_at": None, "failure": None, "may": ["withdraw"],
}  # fmt: skip
REFUSAL: Example = {"reason": "用途不明，请补充依据"}

NEW_RIGHTS_REQUEST: Example = {
    "person_id": PERSON, "kind": "correct", "received_on": "2026-11-20", "details": "工作单位已变更，请求更正",
    "notice_id": None,
}  # fmt: skip
RIGHTS_REQUEST: Example = {
    **NEW_RIGHTS_REQUEST, "id": ID, "number": 3, "person_name": "演示·甲", "division": STREET, "state": "open",
    "due_on": "2026-12-20", "term": "30 天，GB/T 35273—2020", "overdue": False,
    "answer": None, "refusal": None, "outcome": None,
    "restricted_until": None, "received_by": WHO, "decided_by": None, "decided_at": None, "version": 1,
    "may": ["start", "refuse"],
}  # fmt: skip
COMPLETING: Example = {"answer": "已随名册更正工作单位，并告知本人。"}

NEW_NOTICE: Example = {
    "division": STREET, "purpose": "registration", "basis": "statutory_duty", "title": "社会工作者登记个人信息告知书",
    "body": "处理者：演示街道办事处。目的：登记管理。种类：姓名、证件号码、手机号。期限：登记期满后依法保存。",
    "valid_from": "2099-01-01",
}  # fmt: skip
NOTICE: Example = {**NEW_NOTICE, "id": ID, "version": 2, "published_at": WHEN, "published_by": WHO}
NOTICE_SEEN: Example = {
    "person_id": PERSON, "person_name": "演示·甲", "division": STREET, "at": WHEN, "recorded_by": WHO
}  # fmt: skip
SEEN_BY: Example = {"person_ids": [PERSON]}
SEEN: Example = {"recorded": 1}

RETENTION: Example = {
    "data_class": "processing_record", "name": "个人信息查看、提供和请求的记录", "floor_months": 36, "keep_months": 36,
    "keep_days": 0, "keep_minutes": 0, "law": "个人信息保护法第五十六条（至少三年）", "owner": "registry",
}  # fmt: skip
RETENTION_DUE: Example = {
    "data_class": "processing_record", "table": "reveal", "rows": 12, "due": 0, "first_goes_on": "2029-11-25"
}  # fmt: skip
NEW_HOLD: Example = {
    "division": STREET, "data_class": "processing_record", "person_id": PERSON, "reason": "配合投诉调查"
}  # fmt: skip
HOLD: Example = {
    **NEW_HOLD, "id": ID, "placed_by": WHO, "placed_at": WHEN, "lifted_by": None, "lifted_at": None,
    "person_name": "演示·甲", "may": ["lift"],
}  # fmt: skip
