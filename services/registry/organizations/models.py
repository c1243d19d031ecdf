"""The table of organizations."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.contracts.registry import OrganizationKind
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, key, versioned


class Organization(Row, table=True):
    """`uscc` is its unified social credit code (ID-03)."""

    __table_args__ = (
        CheckConstraint("uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name="uscc_form"),
        UniqueConstraint("name", "division"),
        Index(None, "division", "id"),
    )

    id: UUID = key()
    name: str
    kind: OrganizationKind = Field(sa_type=one_of(OrganizationKind))
    division: str = at_division()
    uscc: str | None = Field(default=None, unique=True)
    address: str | None = None
    version: int = versioned()
