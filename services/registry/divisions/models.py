"""The table of divisions."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.contracts.divisions import Tier
from services.kernel.tables import one_of
from services.registry.tables import CODE, Row, forward

DEPTH = "length(rtrim({}, '0'))"


class Division(Row, table=True):
    """`mca_code` and `nbs_code` are what the ministry and the statistics bureau call it (ID-07)."""

    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{12}$'", name="code_form"),
        CheckConstraint("kind ~ '^[a-z_]+$'", name="kind_form"),
        # Whoever is above has fewer digits of its own: no circle of parents can be written down.
        CheckConstraint(f"{DEPTH.format('parent')} < {DEPTH.format('code')}", name="parent_above"),
        CheckConstraint("successor is null or (valid_to is not null and successor <> code)", name="successor_after"),
        forward("valid_from", "valid_to"),
    )

    code: str = Field(primary_key=True, sa_type=CODE)
    name: str
    tier: Tier = Field(sa_type=one_of(Tier))
    kind: str
    parent: str | None = Field(default=None, sa_type=CODE, index=True)
    zone: str | None = Field(default=None, sa_type=CODE, foreign_key="division.code", index=True)
    counts: bool
    mca_code: str | None = Field(default=None, sa_type=CODE, index=True)
    nbs_code: str | None = Field(default=None, sa_type=CODE, index=True)
    valid_from: date
    valid_to: date | None = None
    successor: str | None = Field(default=None, sa_type=CODE, foreign_key="division.code")
