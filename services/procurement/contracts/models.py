"""The table of contracts."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.procurement.tables import MONEY, Row, forward, key, never_twice, summed, versioned


class Contract(Row, table=True):
    """In force from `start_on` until `end_on`, or `ended_on` if that comes first.

    `committed` is the sum of its payments that are paid or wait for it, `paid` of those that are paid.
    """

    __table_args__ = (
        forward("start_on", "end_on"),
        CheckConstraint("ended_on between start_on and end_on - 1", name="ends_early"),
        CheckConstraint("(ended_on is null) = (end_reason is null)", name="ends_for_a_reason"),
        CheckConstraint("value > 0", name="value_positive"),
        CheckConstraint("0 <= paid and paid <= committed and committed <= value", name="never_overpaid"),
        UniqueConstraint("id", "project_id"),
        never_twice("contract", "project_id", period="daterange(start_on, least(end_on, ended_on))"),
        Index("ix_contract_project_id_id", "project_id", "id"),
        Index("ix_contract_service_point_ids", text("service_point_ids"), postgresql_using="gin"),
    )

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id")
    number: str = Field(unique=True)
    signed_on: date
    start_on: date
    end_on: date
    value: Decimal = Field(sa_type=MONEY)
    stable: bool = False
    served_divisions: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    service_point_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    ended_on: date | None = None
    end_reason: str | None = None
    committed: Decimal = summed()
    paid: Decimal = summed()
    created_by: str
    version: int = versioned()
