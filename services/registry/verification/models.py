"""The table of proofs: what was given out so that others can check a registration, and whether it still counts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.contracts.verification import ProofKind
from services.kernel.tables import one_of
from services.registry.tables import Row, instant, key, numbered


class RegistrationProof(Row, table=True):
    """Of a link only the hash lies here: who reads this table opens none. `number` is a credential's place in the
    status lists. Gone with its registration, when an import is undone: what was given out is then unknown.
    """

    __tablename__ = "registration_proof"
    __table_args__ = (
        CheckConstraint("(kind = 'credential') = (token_hash is null)", name="hash_of_link"),
        CheckConstraint("length(token_hash) = 32", name="sha256"),
        CheckConstraint("(withdrawn_at is null) = (withdrawn_by is null)", name="withdrawn_whole"),
    )

    id: UUID = key()
    number: int = numbered()
    registration_id: UUID = Field(foreign_key="registration.id", ondelete="CASCADE", index=True)
    kind: ProofKind = Field(sa_type=one_of(ProofKind))
    token_hash: bytes | None = Field(default=None, unique=True)
    issued_at: datetime = Field(sa_column=instant("issued_at", required=True))
    issued_by: str
    withdrawn_at: datetime | None = Field(default=None, sa_column=instant("withdrawn_at"))
    withdrawn_by: str | None = None
