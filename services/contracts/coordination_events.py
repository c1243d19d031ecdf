"""What coordination's feed of events tells: one event per record changed, free of personal data."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.contracts.coordination import ServiceKind
from services.contracts.divisions import DivisionCode


class ServiceRecordEvent(BaseModel):
    service_record_id: UUID
    division: DivisionCode


class ServiceRecorded(ServiceRecordEvent):
    """`batch_id` names the batch it came with."""

    day: date
    kind: ServiceKind
    persons: int
    batch_id: UUID | None = None


class ServiceRecordCorrected(ServiceRecordEvent):
    fields: list[str]


class ServiceRecordWithdrawn(ServiceRecordEvent):
    day: date
