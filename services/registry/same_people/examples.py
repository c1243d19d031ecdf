"""Examples for the operations on two records of one person. All people and numbers are invented."""

from services.registry.disclosure_examples import WHEN, WHO
from services.registry.examples import ASSIGNMENT, CERTIFICATE, ID, PERSON, PERSON_OUT, REGISTRATION, STREET, Example

OTHER = "0198c0de-0000-7000-8000-000000000007"
STREET_NAME = PERSON_OUT["division_name"]
PAIR_PERSON: Example = {
    "id": PERSON, "name": "演示·甲", "id_number": "9990**********002X", "employer_name": "演示社会工作服务中心",
    "division": STREET, "division_name": STREET_NAME,
}  # fmt: skip
PAIR: Example = {
    "id": ID, "why": "name_birth", "found_at": WHEN, "state": "open", "division": STREET,
    "people": [PAIR_PERSON, {**PAIR_PERSON, "id": OTHER, "id_number": "H1****78"}], "elsewhere": False, "reason": None,
    "decided_by": None, "decided_at": None, "merge_id": None, "version": 1, "may": ["merge", "dismiss"],
}  # fmt: skip
FORMER: Example = {
    "id": ID, "name": "演示•？", "start_on": None, "end_on": "2020-05-01", "source": "renamed", "note": "户口簿记载",
    "recorded_at": WHEN, "recorded_by": WHO,
}  # fmt: skip
SIDE: Example = {
    "person": PERSON_OUT, "former_names": [FORMER], "certificates": [CERTIFICATE], "registrations": [REGISTRATION],
    "assignments": [ASSIGNMENT],
}  # fmt: skip
BESIDE: Example = {**PAIR, "sides": [SIDE], "differing": ["id_number"]}
REPORTING: Example = {"person_id": PERSON, "other_id": OTHER, "reason": "同一人先后以两种证件登记"}
DISMISSING: Example = {"reason": "出生地和照片不同，是两个人"}
MERGING: Example = {"kept_id": PERSON, "reason": "经核对证件原件为同一人"}
UNDOING: Example = {"reason": "合并后发现是两个人"}
MERGED: Example = {
    "id": ID, "number": 3, "pair_id": ID, "kept": PAIR_PERSON, "merged_id": OTHER, "division": STREET,
    "merged_at": WHEN, "merged_by": WHO, "reason": "经核对证件原件为同一人", "undo_until": "2026-12-24",
    "moved": {"certificate": 1, "registration": 1, "assignment": 2}, "undone_at": None, "undone_by": None,
    "undo_reason": None, "may": ["undo"],
}  # fmt: skip
NAMING: Example = {
    "name": "演示·丙", "kind": "completed", "changed_on": None, "reason": "对照身份证补正"
}  # fmt: skip
NAMED: Example = {"person": PERSON_OUT, "former_names": [FORMER], "possible_duplicates": []}
FORMER_NAMES: Example = {"items": [FORMER], "next": None}
ADDING: Example = {"name": "演示·乙", "start_on": None, "end_on": "2020-05-01", "note": "户口簿记载"}
