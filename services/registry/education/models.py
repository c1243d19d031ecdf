"""The copy of what training says was approved: of whom, on which day, of which form."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Uuid
from sqlmodel import Field

from services.registry.tables import Row


class EducationCredit(Row, table=True):
    """Goes with the person. Only the follower writes here: it is said anew, whole, whenever training says it anew."""

    __tablename__ = "education_credit"
    __table_args__ = (CheckConstraint("minutes > 0", name="some"),)

    person_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, nullable=False)
    )
    day: date = Field(primary_key=True)
    form: str = Field(primary_key=True)
    minutes: int
