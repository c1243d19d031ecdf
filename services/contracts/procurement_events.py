"""What procurement's feed of events tells: one event per record changed, free of personal data."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from services.contracts.divisions import DivisionCode


class Event(BaseModel):
    """`batch_id` names the import that did it."""

    batch_id: UUID | None = None


class ProjectAdded(Event):
    project_id: UUID
    division: DivisionCode


class ProjectChanged(ProjectAdded):
    fields: list[str]


class ProjectCompleted(ProjectAdded):
    completed_on: date


class ProjectTerminated(ProjectAdded):
    terminated_on: date


class ContractSigned(Event):
    contract_id: UUID
    project_id: UUID
    start: date
    end: date
    value: Decimal


class ContractChanged(Event):
    contract_id: UUID
    project_id: UUID
    fields: list[str]


class ContractTerminated(Event):
    contract_id: UUID
    project_id: UUID
    ended_on: date


class StaffAdded(Event):
    staff_id: UUID
    project_id: UUID
    person_id: UUID
    start: date


class StaffChanged(StaffAdded):
    fields: list[str]


class PaymentRequested(Event):
    payment_id: UUID
    contract_id: UUID
    amount: Decimal
    paid_on: date


class PaymentApproved(PaymentRequested):
    """It counts as paid from now on."""


class PaymentRejected(PaymentRequested):
    """Nothing was paid."""


class PaymentReversed(Event):
    payment_id: UUID
    contract_id: UUID
    amount: Decimal
    reversed_on: date
