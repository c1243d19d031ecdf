"""The tables of notices: the published versions, which never change, and who has seen which."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from services.contracts.disclosure import Basis, Purpose
from services.kernel.tables import one_of
from services.registry.tables import Row, at_division, instant, key


class Notice(Row, table=True):
    __table_args__ = (UniqueConstraint("division", "purpose", "version"),)

    id: UUID = key()
    division: str = at_division()
    purpose: Purpose = Field(sa_type=one_of(Purpose))
    version: int
    basis: Basis = Field(sa_type=one_of(Basis))
    title: str
    body: str
    valid_from: date
    published_at: datetime = Field(sa_column=instant("published_at", required=True))
    published_by: str


class NoticeSeen(Row, table=True):
    """`division` is where the person counted then."""

    __tablename__ = "notice_seen"

    notice_id: UUID = Field(primary_key=True, foreign_key="notice.id")
    person_id: UUID = Field(primary_key=True, index=True)
    division: str = at_division()
    at: datetime = Field(sa_column=instant("at", required=True))
    recorded_by: str
