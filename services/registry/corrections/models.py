"""The table of corrections."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, LargeBinary, Text, text
from sqlmodel import Field

from services.contracts.corrections import CorrectionState, Of
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, instant, key, numbered


class Correction(Row, table=True):
    """Outlives the person's record, so nothing refers to it. `contents` are the fields before and after, sealed, for
    they are personal; they go with the person's key.
    """

    __table_args__ = (
        CheckConstraint("decided_by <> requested_by", name="four_eyes"),
        CheckConstraint("(state in ('approved', 'refused')) = (decided_by is not null)", name="decided_by_whom"),
        CheckConstraint("(state = 'requested') = (decided_at is null)", name="decided_when"),
        CheckConstraint("state <> 'refused' or note is not null", name="refused_why"),
        CheckConstraint("contents is not null or erased", name="contents_known"),
        Index("uq_correction_open", "of", "record_id", unique=True, postgresql_where=text("state = 'requested'")),
        Index(None, "division", "id"),
        Index(None, "person_id", "id"),
    )

    id: UUID = key()
    number: int = numbered()
    state: CorrectionState = Field(default=CorrectionState.REQUESTED, sa_type=one_of(CorrectionState))
    of: Of = Field(sa_type=one_of(Of))
    record_id: UUID
    person_id: UUID
    division: str = at_division()
    fields: list[str] = Field(sa_column=Column("fields", ARRAY(Text), nullable=False))
    contents: bytes | None = Field(default=None, sa_column=Column("contents", LargeBinary))
    erased: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    reason: str
    evidence: str
    requested_by: str
    requested_at: datetime = Field(sa_column=instant("requested_at", required=True))
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=instant("decided_at"))
    note: str | None = None
