"""All tables of the registry, for migrations and for whoever needs them together."""

from sqlalchemy import Index

from services.kernel.copies import cursor_tables
from services.kernel.feed import feed_tables
from services.kernel.idempotency import idempotency_table
from services.kernel.tables import history_twins
from services.registry.calendar.models import Holiday
from services.registry.corrections.models import Correction
from services.registry.disclosures.models import Disclosure, DisclosureFile
from services.registry.divisions.models import Division
from services.registry.education.models import EducationCredit
from services.registry.exams.models import ExamResult, SeniorExamPass
from services.registry.grounds.models import RegistrationGround
from services.registry.imports.models import ImportContent, ImportJob, ImportRow
from services.registry.keys.models import DestroyedKey, PersonIndex, PersonKey
from services.registry.notices.models import Notice, NoticeSeen
from services.registry.organizations.models import Organization
from services.registry.people.models import Certificate, Person, Registration
from services.registry.personal_links.models import PersonalLink
from services.registry.points.models import Assignment, ServicePoint
from services.registry.reconciliation.models import (
    ConfirmedPerson,
    NationalEntry,
    NationalMapping,
    NationalSnapshot,
    ReconciliationCase,
    ReconciliationLine,
)
from services.registry.registrations.models import AmnestyWindow, RegistrationApplication
from services.registry.retention.models import LegalHold
from services.registry.reveals.models import Reveal
from services.registry.review.models import ReasonTemplate, ReviewClaim
from services.registry.rights.models import Restriction, RightsRequest
from services.registry.same_people.models import PersonFormerName, PersonMerge, PossibleDuplicate
from services.registry.search.models import NumberSearch, SavedSearch
from services.registry.tables import METADATA
from services.registry.verification.models import RegistrationProof

# What a history twin is kept for, by its key.
KEYS = {
    "division": "code",
    "organization": "id",
    "person": "id",
    "certificate": "id",
    "registration": "id",
    "registration_application": "id",
    "holiday": "id",
    "amnesty_window": "id",
    "service_point": "id",
    "assignment": "id",
    "exam_result": "id",
    "senior_exam_pass": "id",
    "registration_ground": "id",
    "reconciliation_case": "id",
    "reason_template": "id",
}
history_twins(METADATA, *KEYS)
for twin in (METADATA.tables[f"{name}_history"] for name in KEYS):  # an undo asks what one transaction wrote
    Index(None, twin.c.xact, postgresql_using="brin")
feed_tables(METADATA)
idempotency_table(METADATA)
cursor_tables(METADATA)

__all__ = [
    "METADATA",
    "AmnestyWindow",
    "Assignment",
    "Certificate",
    "ConfirmedPerson",
    "Correction",
    "DestroyedKey",
    "Disclosure",
    "DisclosureFile",
    "Division",
    "EducationCredit",
    "ExamResult",
    "Holiday",
    "ImportContent",
    "ImportJob",
    "ImportRow",
    "LegalHold",
    "NationalEntry",
    "NationalMapping",
    "NationalSnapshot",
    "Notice",
    "NoticeSeen",
    "NumberSearch",
    "Organization",
    "Person",
    "PersonFormerName",
    "PersonIndex",
    "PersonKey",
    "PersonMerge",
    "PersonalLink",
    "PossibleDuplicate",
    "ReasonTemplate",
    "ReconciliationCase",
    "ReconciliationLine",
    "Registration",
    "RegistrationApplication",
    "RegistrationGround",
    "RegistrationProof",
    "Restriction",
    "Reveal",
    "ReviewClaim",
    "RightsRequest",
    "SavedSearch",
    "SeniorExamPass",
    "ServicePoint",
]
