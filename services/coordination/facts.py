"""Records of coordination → what they say to the world: dated facts and a small copy. Pure."""

from decimal import Decimal
from uuid import UUID

from services.contracts.coordination import ServiceRecordRecord
from services.contracts.facts import Fact, SubjectState
from services.contracts.metrics import Metric
from services.coordination.service_records.rules import serves_until


def of_service_record(id: UUID, record: ServiceRecordRecord, *, counts: bool) -> SubjectState:
    """Its unit is served from the day on, for as long as a service is valid; whom it reached counts on that day."""
    facts = []
    if counts:
        at, day = record.division, record.day
        facts = [
            Fact(metric=Metric.SERVICE_DELIVERED, division=at, start=day, end=serves_until(day)),
            Fact(metric=Metric.PERSONS_SERVED, division=at, start=day, amount=Decimal(record.persons)),
        ]
    return SubjectState(subject=f"service_record:{id}", facts=facts, record=record.model_dump(mode="json"))
