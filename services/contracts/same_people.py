"""Two records of one person: what the registry takes, answers and says of them, and of the names of people."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from services.contracts.days import Day
from services.contracts.disclosure import Reason
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registry import AssignmentOut, CertificateOut, PersonOut, RegistrationOut
from services.contracts.registry_events import Event
from services.contracts.text import Name


class Why(StrEnum):
    """What two have in common; of some documents the birth date is not known."""

    NAME_BIRTH = "name_birth"
    NAME_EMPLOYER = "name_employer"
    REPORTED = "reported"


WHY_NAMES: dict[Why, str] = {
    Why.NAME_BIRTH: "姓名和出生日期相同",
    Why.NAME_EMPLOYER: "姓名和工作单位相同（至少一人的证件上没有出生日期）",
    Why.REPORTED: "由经办人员提出",
}


class PairState(StrEnum):
    OPEN = "open"
    DIFFERENT = "different"
    MERGED = "merged"


PAIR_STATE_NAMES: dict[PairState, str] = {
    PairState.OPEN: "待核对",
    PairState.DIFFERENT: "不是同一人",
    PairState.MERGED: "同一人，已合并",
}


class NameSource(StrEnum):
    """How it became a former one."""

    TOLD = "told"
    RENAMED = "renamed"
    COMPLETED = "completed"
    MERGED = "merged"


NAME_SOURCE_NAMES: dict[NameSource, str] = {
    NameSource.TOLD: "补录的曾用名",
    NameSource.RENAMED: "更名",
    NameSource.COMPLETED: "补字、改正",
    NameSource.MERGED: "合并前的姓名",
}


# ── two who may be one ───────────────────────────────────────────────────────────────────────────────────────────────
class PairPerson(BaseModel):
    """One of the two as a list shows them."""

    id: UUID
    name: str
    id_number: str  # masked
    employer_name: str | None
    division: DivisionCode
    division_name: str


class PairOut(BaseModel):
    """`people` are those of the two within the asker's area; `elsewhere`: the other one lies outside, for the city."""

    id: UUID
    why: Why
    found_at: datetime
    state: PairState
    division: DivisionCode
    people: list[PairPerson]
    elsewhere: bool
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    merge_id: UUID | None
    version: int
    may: list[str] = Field(default_factory=list)


class FormerName(BaseModel):
    """`end_on`: the first day on which it was no longer used."""

    id: UUID
    name: str
    start_on: date | None
    end_on: date | None
    source: NameSource
    note: str | None
    recorded_at: datetime
    recorded_by: str


class Side(BaseModel):
    """One of the two, with all that would move."""

    person: PersonOut
    former_names: list[FormerName]
    certificates: list[CertificateOut]
    registrations: list[RegistrationOut]
    assignments: list[AssignmentOut]


class SideBySide(PairOut):
    """`differing` names the fields in which the two differ."""

    sides: list[Side]
    differing: list[str]


class ReportPair(Request):
    person_id: UUID
    other_id: UUID
    reason: Reason


class Dismiss(Request):
    """Not the same: remembered, and not asked again."""

    reason: Reason


class Merge(Request):
    """The other of the two becomes this one."""

    kept_id: UUID
    reason: Reason


class UndoMerge(Request):
    reason: Reason


class MergeOut(BaseModel):
    """`moved` counts, by kind of record; `undo_until` is the last day on which it can be undone."""

    id: UUID
    number: int
    pair_id: UUID
    kept: PairPerson
    merged_id: UUID
    division: DivisionCode
    merged_at: datetime
    merged_by: str
    reason: str
    undo_until: date
    moved: dict[str, int]
    undone_at: datetime | None
    undone_by: str | None
    undo_reason: str | None
    may: list[str] = Field(default_factory=list)


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class NameKind(StrEnum):
    """`COMPLETED`: written as the document has it; `RENAMED`: another one from a day on."""

    COMPLETED = "completed"
    RENAMED = "renamed"


class GiveName(Request):
    """The right name. The one of before stays as a former name; the same one is confirmed, and no longer asked for."""

    name: Name
    kind: NameKind
    changed_on: Day | None = None
    reason: Reason


class AddFormerName(Request):
    """`end_on`: the first day on which it was no longer used."""

    name: Name
    start_on: Day | None = None
    end_on: Day | None = None
    note: Reason


class NameGiven(BaseModel):
    """`possible_duplicates` are those that are open about this person, found now or before."""

    person: PersonOut
    former_names: list[FormerName]
    possible_duplicates: list[UUID]


# ── what the feed of events tells ────────────────────────────────────────────────────────────────────────────────────
class PairReported(Event):
    pair_id: UUID
    person_ids: list[UUID]


class PairDismissed(Event):
    pair_id: UUID
    person_ids: list[UUID]


class PersonMerged(Event):
    """`moved` counts, by kind of record."""

    merge_id: UUID
    kept_id: UUID
    merged_id: UUID
    moved: dict[str, int]


class PersonUnmerged(PersonMerged):
    pass


class FormerNameAdded(Event):
    """The name is nobody's to read here."""

    person_id: UUID
    source: NameSource


class NameConfirmed(Event):
    person_id: UUID


class RecordMoved(Event):
    """A record of the one is the other's from here on."""

    merge_id: UUID
    from_id: UUID
    to_id: UUID
