"""All tables of the registry, for migrations and for whoever needs them together."""

from services.kernel.feed import feed_tables
from services.kernel.idempotency import idempotency_table
from services.kernel.tables import history_twins
from services.registry.divisions.models import Division
from services.registry.organizations.models import Organization
from services.registry.people.models import Certificate, Person, Registration
from services.registry.points.models import Assignment, ServicePoint
from services.registry.tables import METADATA

# What a history twin is kept for, by its key.
KEYS = {
    "division": "code",
    "organization": "id",
    "person": "id",
    "certificate": "id",
    "registration": "id",
    "service_point": "id",
    "assignment": "id",
}
history_twins(METADATA, *KEYS)
feed_tables(METADATA)
idempotency_table(METADATA)

__all__ = [
    "METADATA",
    "Assignment",
    "Certificate",
    "Division",
    "Organization",
    "Person",
    "Registration",
    "ServicePoint",
]
