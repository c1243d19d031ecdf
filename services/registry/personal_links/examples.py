"""Examples for the operations on personal links."""

from services.registry.disclosure_examples import WHO
from services.registry.examples import ID, STREET, Example

MAKING: Example = {"days": 60, "replace": True}
LINK: Example = {
    "id": "0198c0de-0000-7000-8000-00000000000a", "application_id": ID, "division": STREET,
    "made_at": "2026-11-24T02:31:07Z", "made_by": WHO, "expires_at": "2027-01-22T16:00:00Z", "withdrawn_at": None,
    "opened_at": None, "failures": 0, "locked": False, "may": ["withdraw"],
}  # fmt: skip
MADE: Example = {**LINK, "url": "https://shegong.example/api/v1/applications/演示", "code": "K7QX2M9A"}
