"""Who a person of the provider is here, what its claims grant, and which sign-ins were finished."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text
from sqlmodel import Field

from gateway.identity.models import INSTANT, METADATA, TEXTS, Table
from services.kernel.tables import UUID7, history_twins

NO_ADMINISTRATOR = "role not in ('system_admin', 'security_admin', 'audit_admin')"


class FederatedIdentity(Table, table=True):
    """A person is issuer and subject, never a name or an address of hers (ASVS 10.3.3)."""

    __tablename__ = "federated_identity"

    issuer: str = Field(primary_key=True, sa_type=Text)
    subject: str = Field(primary_key=True, sa_type=Text)
    account_id: UUID = Field(foreign_key="account.id", unique=True)
    linked_at: datetime = Field(sa_type=INSTANT)


class FederationMapping(Table, table=True):
    """Whoever has this value of this claim gets this role there; in force once somebody else has approved it."""

    __tablename__ = "federation_mapping"

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs=UUID7)
    issuer: str = Field(sa_type=Text, index=True)
    claim: str = Field(sa_type=Text)
    value: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    divisions: list[str] = Field(sa_type=TEXTS)
    reason: str = Field(sa_type=Text)
    entered_by: str = Field(sa_type=Text)
    entered_at: datetime = Field(sa_type=INSTANT)
    approved_by: str | None = Field(default=None, sa_type=Text)
    approved_at: datetime | None = Field(default=None, sa_type=INSTANT)
    ended_at: datetime | None = Field(default=None, sa_type=INSTANT)

    __table_args__ = (
        CheckConstraint("approved_by <> entered_by", name="by_two_people"),
        CheckConstraint("(approved_by is null) = (approved_at is null)", name="approved_whole"),
        CheckConstraint(NO_ADMINISTRATOR, name="no_administrator"),
        CheckConstraint("cardinality(divisions) > 0", name="somewhere"),
        CheckConstraint("array_to_string(divisions, ',') ~ '^[0-9]{12}(,[0-9]{12})*$'", name="whole_codes"),
    )


class FinishedSignIn(Table, table=True):
    """A state that came back: it counts once."""

    __tablename__ = "finished_sign_in"

    state_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    until: datetime = Field(sa_type=INSTANT)

    __table_args__ = (Index("ix_finished_sign_in_until", "until"),)


history_twins(METADATA, "federation_mapping")
