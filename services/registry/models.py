"""All tables of the registry, for migrations and for whoever needs them together."""

from sqlalchemy import Index

from services.kernel.feed import feed_tables
from services.kernel.idempotency import idempotency_table
from services.kernel.tables import history_twins
from services.registry.calendar.models import Holiday
from services.registry.disclosures.models import Disclosure, DisclosureFile
from services.registry.divisions.models import Division
from services.registry.imports.models import ImportContent, ImportJob, ImportRow
from services.registry.keys.models import DestroyedKey, PersonIndex, PersonKey
from services.registry.notices.models import Notice, NoticeSeen
from services.registry.organizations.models import Organization
from services.registry.people.models import Certificate, Person, Registration
from services.registry.points.models import Assignment, ServicePoint
from services.registry.registrations.models import AmnestyWindow, RegistrationApplication
from services.registry.retention.models import LegalHold
from services.registry.reveals.models import Reveal
from services.registry.rights.models import Restriction, RightsRequest
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
}
history_twins(METADATA, *KEYS)
for twin in (METADATA.tables[f"{name}_history"] for name in KEYS):  # an undo asks what one transaction wrote
    Index(None, twin.c.xact, postgresql_using="brin")
feed_tables(METADATA)
idempotency_table(METADATA)

__all__ = [
    "METADATA",
    "AmnestyWindow",
    "Assignment",
    "Certificate",
    "DestroyedKey",
    "Disclosure",
    "DisclosureFile",
    "Division",
    "Holiday",
    "ImportContent",
    "ImportJob",
    "ImportRow",
    "LegalHold",
    "Notice",
    "NoticeSeen",
    "Organization",
    "Person",
    "PersonIndex",
    "PersonKey",
    "Registration",
    "RegistrationApplication",
    "RegistrationProof",
    "Restriction",
    "Reveal",
    "RightsRequest",
    "ServicePoint",
]
