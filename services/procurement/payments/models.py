"""The tables of payments, and of what came back of them."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from services.contracts.procurement import PaymentState
from services.kernel.tables import one_of
from services.procurement.tables import MONEY, NOTHING, Row, key, versioned


class Payment(Row, table=True):
    """`reason` says why it was rejected, or reversed last; `reversed_amount` is all that came back until then."""

    __table_args__ = (
        ForeignKeyConstraint(["contract_id", "project_id"], ["contract.id", "contract.project_id"]),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(state = 'requested') = (decided_by is null)", name="decided"),
        CheckConstraint("(state in ('rejected', 'reversed')) = (reason is not null)", name="undone_for_a_reason"),
        CheckConstraint("(state = 'reversed') = (reversed_on is not null)", name="reversed_on_a_day"),
        CheckConstraint("(state = 'reversed') = (reversed_amount is not null)", name="reversed_by_an_amount"),
        CheckConstraint("reversed_amount > 0 and reversed_amount <= amount", name="never_more_back"),
        CheckConstraint("reversed_on >= paid_on", name="back_after_paid"),
        Index(
            "uq_payment_document",
            "contract_id",
            "document_number",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        Index("ix_payment_project_id_id", "project_id", "id"),
    )

    id: UUID = key()
    contract_id: UUID
    project_id: UUID
    amount: Decimal = Field(sa_type=MONEY)
    paid_on: date
    payee: str
    document_number: str
    state: PaymentState = Field(default=PaymentState.REQUESTED, sa_type=one_of(PaymentState))
    requested_by: str
    decided_by: str | None = None
    reason: str | None = None
    reversed_on: date | None = None
    reversed_amount: Decimal | None = Field(default=None, sa_type=MONEY)
    version: int = versioned()

    @property
    def rest(self) -> Decimal:
        """What has not come back."""
        return self.amount - (self.reversed_amount or NOTHING)


class Reversal(Row, table=True):
    """One of the times at which something of a payment came back."""

    __table_args__ = (CheckConstraint("amount > 0", name="amount_positive"),)

    id: UUID = key()
    payment_id: UUID = Field(foreign_key="payment.id", index=True)
    amount: Decimal = Field(sa_type=MONEY)
    reversed_on: date
    reason: str
    decided_by: str
