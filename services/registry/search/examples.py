"""Examples for looking for a number and for saved searches. All numbers are invented."""

from services.registry.disclosure_examples import WHEN
from services.registry.examples import ID, PERSON_OUT, Example

SEARCHING: Example = {"id_number": "999000 19900101 0015", "id_type": None}
FOUND: Example = {"person": PERSON_OUT}
SAVING: Example = {"name": "高级社工", "page": "people", "query": "level=senior&columns=level,division"}
RENAMING: Example = {"name": "高级社会工作师"}
SAVED: Example = {**SAVING, "id": ID, "created_at": WHEN}
