"""The table of grounds that were set here; what the system came with stands in `shipped`."""

from datetime import date
from uuid import UUID

from sqlmodel import Field

from services.contracts.grounds import GroundDecision
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, forward, key, never_twice


class RegistrationGround(Row, table=True):
    """Holds for all below its division from `begins` until, not including, `ends`."""

    __tablename__ = "registration_ground"
    __table_args__ = (
        forward("begins", "ends"),
        never_twice("registration_ground", "division", "decision", "code", start="begins", end="ends"),
    )

    id: UUID = key()
    division: str = at_division()
    decision: GroundDecision = Field(sa_type=one_of(GroundDecision))
    code: str
    text: str
    legal_basis: str | None = None
    begins: date
    ends: date | None = None
    unsure: bool
