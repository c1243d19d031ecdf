"""Examples for the operations of verification. All people and numbers are invented."""

from services.registry.disclosure_examples import WHEN, WHO
from services.registry.examples import ID, REGISTRATION, STREET, Example

ASKING: Example = {
    "purpose": "employment",
    "items": [{"management_number": "2023000000000001"}, {"id_number": "99900019900101001X"}],
}
SIGNED = "eyJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiIsInR5cCI6InZlcmlmaWNhdGlvbitqd3QifQ.eyIuLi4iOiIuLi4ifQ.c2ln"
VALID: Example = {
    "verdict": "valid", "word": "有效", "level": "social_worker", "valid_from": "2024-05-01", "valid_to": "2027-04-30"
}  # fmt: skip
NOTHING: Example = {"verdict": "unknown", "word": "查无此证", "level": None, "valid_from": None, "valid_to": None}
ANSWER: Example = {
    "id": ID, "purpose": "employment", "on": "2026-11-24", "issued_at": WHEN,
    "question": "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0",
    "items": [{**VALID, "position": 0}, {**NOTHING, "position": 1}], "signed": SIGNED,
}  # fmt: skip
MAKING: Example = {"kind": "link", "replace": False}
PRINTING: Example = {"replace": False}
PROOF: Example = {
    "id": ID, "registration_id": REGISTRATION["id"], "kind": "link", "issued_at": WHEN, "issued_by": WHO,
    "withdrawn_at": None, "division": STREET, "may": ["withdraw"],
}  # fmt: skip
MADE: Example = {
    **PROOF, "url": "http://127.0.0.1:8000/api/v1/verify/Jm0u3vC5cXkq7g2dYw8bTn4LhPs", "credential": None
}  # fmt: skip
