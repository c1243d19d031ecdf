"""Examples for the operations on the list of grounds."""

from services.registry.examples import Example

CITY = "370100000000"
SETTING: Example = {
    "division": CITY, "decision": "refusal", "code": "employer_denies", "text": "工作单位不认可在职",
    "legal_basis": "演示：登记办法第六条", "begins": "2099-01-01", "unsure": False,
}  # fmt: skip
ENDING: Example = {"division": CITY, "decision": "refusal", "code": "out_of_time", "ends": "2099-06-01"}
GROUND: Example = {**SETTING, "ends": None, "in_force": False}
GROUNDS: Example = {"items": [GROUND], "next": None}
