"""The table of days that are not what their weekday says."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.contracts.working_days import DayKind
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, key


class Holiday(Row, table=True):
    """Holds for all below its division, unless something nearer says otherwise of the same day."""

    __table_args__ = (
        UniqueConstraint("division", "on"),
        CheckConstraint("kind = 'holiday' or extract(isodow from \"on\") > 5", name="weekend"),
    )

    id: UUID = key()
    division: str = at_division()
    on: date
    kind: DayKind = Field(sa_type=one_of(DayKind))
    name: str
    source: str
