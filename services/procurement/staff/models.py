"""The table of project staff."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric
from sqlmodel import Field

from services.contracts.procurement import StaffRole
from services.kernel.tables import one_of
from services.procurement.tables import Row, forward, key, never_twice, versioned

FTE: Any = Numeric(3, 2)


class ProjectStaff(Row, table=True):
    """A person on a project; without an end, as long as the project has a contract."""

    __tablename__ = "project_staff"
    __table_args__ = (
        forward("start_on", "end_on"),
        CheckConstraint("fte > 0 and fte <= 1", name="fte_is_a_share"),
        never_twice("project_staff", "project_id", "person_id", period="daterange(start_on, end_on)"),
        Index("ix_project_staff_project_id_id", "project_id", "id"),
    )

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id")
    person_id: UUID = Field(index=True)
    role: StaffRole = Field(sa_type=one_of(StaffRole))
    fte: Decimal = Field(sa_type=FTE)
    start_on: date
    end_on: date | None = None
    version: int = versioned()
