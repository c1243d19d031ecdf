"""What the registry takes about a professional certificate: a further one of somebody known, and what completes it."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from services.contracts.days import Day
from services.contracts.exams import ExamYear
from services.contracts.orders import Request
from services.contracts.registry import Checked, CheckedBy, Level
from services.contracts.text import clean

Number = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(clean), Field(min_length=1)]
Province = Annotated[str, Field(min_length=1, max_length=20), AfterValidator(clean), Field(min_length=1)]
Sha256 = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[0-9A-Fa-f]{64}$")]


class AddCertificate(Request):
    """As it is printed (CERT-07); `checked_by` and what the check came to are told together, or neither."""

    level: Level
    management_number: Number
    approved_on: Day
    certificate_number: Number | None = None
    exam_year: ExamYear | None = None
    issued_on: Day | None = None
    issuing_province: Province | None = None
    scan_sha256: Sha256 | None = None
    checked_by: CheckedBy | None = None
    checked: Checked | None = None
    checked_on: Day | None = None


class CompleteCertificate(Request):
    """What is printed beside, and how it was checked. What is left out stays as it is; null empties a field.

    Level, management number and approval decide who counts: they are put right by a correction that somebody approves.
    """

    certificate_number: Number | None = None
    exam_year: ExamYear | None = None
    issued_on: Day | None = None
    issuing_province: Province | None = None
    scan_sha256: Sha256 | None = None
    checked_by: CheckedBy | None = None
    checked: Checked | None = None
    checked_on: Day | None = None
