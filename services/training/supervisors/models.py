"""The tables of supervisors and the steps of their appointments."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.contracts.training_practice import SupervisorLevel, SupervisorState, SupervisorType
from services.kernel.tables import one_of
from services.training.tables import CODE, Row, at_division, key, stamped, versioned


class Supervisor(Row, table=True):
    """One appointment (SUP-07). `holder` names whose it is: a person of the registry, or an expert by name."""

    __table_args__ = (
        CheckConstraint("(type = 'internal') = (person_id is not null)", name="internal_by_id"),
        CheckConstraint("(type = 'external_expert') = (expert_name is not null)", name="expert_by_name"),
        CheckConstraint("term_end > term_start", name="runs_forward"),
        CheckConstraint("max_load > 0", name="max_load_positive"),
        Index(None, "division", "id"),
    )

    id: UUID = key()
    holder: str = Field(sa_type=CODE, index=True)
    type: SupervisorType = Field(sa_type=one_of(SupervisorType))
    person_id: UUID | None = None
    expert_name: str | None = None
    affiliation: str | None = None
    level: SupervisorLevel = Field(sa_type=one_of(SupervisorLevel))
    fields: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    appointing_id: UUID | None = None
    appointing_name: str | None = None
    document_number: str | None = None
    term_start: date
    term_end: date
    max_load: int | None = None
    division: str = at_division()
    state: SupervisorState = Field(default=SupervisorState.NOMINATED, sa_type=one_of(SupervisorState))
    version: int = versioned()


class SupervisorStep(Row, table=True):
    """From a day on, the appointment is in a state; `actor` is who said so."""

    __tablename__ = "supervisor_step"
    __table_args__ = (Index(None, "supervisor_id", "seq"),)

    id: UUID = key()
    seq: int = Field(default=None, sa_type=BigInteger, sa_column_args=[Identity()])
    supervisor_id: UUID = Field(foreign_key="supervisor.id")
    state: SupervisorState = Field(sa_type=one_of(SupervisorState))
    on_day: date
    reason: str | None = None
    actor: str | None = None
    recorded_at: datetime = Field(default=None, sa_type=DateTime(timezone=True), sa_column_kwargs=stamped())
