"""Examples for corrections and for the history of a record. All people and numbers are invented."""

from services.registry.disclosure_examples import WHEN, WHO
from services.registry.examples import ID, PERSON, STREET, Example

SEEN = "0f3a9c5e0f3a9c5e0f3a9c5e0f3a9c5e"
OPENING: Example = {
    "of": "person", "record_id": PERSON, "person_id": PERSON, "person_name": "演示·甲", "division": STREET,
    "seen": SEEN, "fields": [{"field": "education", "name": "学历", "shown": "大专", "value": "大专"}],
    "may": ["correct"],
}  # fmt: skip
REQUESTING: Example = {
    "of": "person", "record_id": PERSON, "seen": SEEN, "changes": [{"field": "education", "value": "研究生"}],
    "reason": "录入时看错学历", "evidence": "学历证书复印件，已与原件核对",
}  # fmt: skip
CORRECTION: Example = {
    "id": ID, "number": 12, "state": "requested", "of": "person", "record_id": PERSON, "person_id": PERSON,
    "person_name": "演示·甲", "division": STREET, "fields": ["education"],
    "sides": [{"field": "education", "name": "学历", "before": "大专", "now": "大专", "after": "研究生"}],
    "stale": False, "reason": "录入时看错学历", "evidence": "学历证书复印件，已与原件核对", "requested_by": WHO,
    "requested_at": WHEN, "decided_by": None, "decided_at": None, "note": None, "may": ["withdraw"],
}  # fmt: skip
APPROVING: Example = {"note": "与原件一致"}
REFUSING: Example = {"reason": "所附材料不能证明，请补充依据后重新提出"}
ENTRY: Example = {
    "id": ID, "at": WHEN, "actor": WHO, "kind": "PersonChanged", "what": "变更人员信息", "subject": f"person:{PERSON}",
    "about": "人员", "batch_id": None,
    "changes": [{"field": "education", "name": "学历", "before": "大专", "after": "研究生"}],
}  # fmt: skip
