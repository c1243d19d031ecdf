"""The table of personal links. Nothing opens one but what was handed over: link and code are kept as hashes alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Uuid
from sqlmodel import Field

from services.registry.tables import Row, instant, key


class PersonalLink(Row, table=True):
    """`failures` are wrong codes; with the last one that is allowed it is shut."""

    __tablename__ = "personal_link"
    __table_args__ = (
        CheckConstraint("length(token_hash) = 32 and length(code_hash) = 32", name="sha256"),
        CheckConstraint("(withdrawn_at is null) = (withdrawn_by is null)", name="withdrawn_whole"),
        CheckConstraint("expires_at > made_at", name="ends"),
    )

    id: UUID = key()
    application_id: UUID = Field(
        sa_column=Column(
            Uuid, ForeignKey("registration_application.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    token_hash: bytes = Field(unique=True)
    code_hash: bytes
    made_at: datetime = Field(sa_column=instant("made_at", required=True))
    made_by: str
    expires_at: datetime = Field(sa_column=instant("expires_at", required=True))
    withdrawn_at: datetime | None = Field(default=None, sa_column=instant("withdrawn_at"))
    withdrawn_by: str | None = None
    opened_at: datetime | None = Field(default=None, sa_column=instant("opened_at"))
    failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
