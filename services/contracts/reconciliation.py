"""What the registry takes and answers about its reconciliation with the national system.

Periods are half-open everywhere: the last day of a term in the national system is stored as the day after.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.contracts.days import Day
from services.contracts.disclosure import Reason
from services.contracts.divisions import DivisionCode
from services.contracts.imports import ImportJob
from services.contracts.orders import Request
from services.contracts.registry import Level
from services.contracts.text import Line


# ── differences ──────────────────────────────────────────────────────────────────────────────────────────────────────
class DifferenceKind(StrEnum):
    """What one record comes to; `same` is no difference."""

    SAME = "same"
    ONLY_NATIONAL = "only_national"
    ONLY_OURS = "only_ours"
    ELSEWHERE = "elsewhere"
    NOT_MATCHED = "not_matched"
    CANNOT_DECIDE = "cannot_decide"
    VOID_THERE = "void_there"
    VOID_HERE = "void_here"
    NATIONAL_AHEAD = "national_ahead"
    OURS_AHEAD = "ours_ahead"
    LAPSED_HERE = "lapsed_here"
    LAPSED_THERE = "lapsed_there"
    ENDED_HERE = "ended_here"
    REVIEW_DIFFERS = "review_differs"
    LEVEL = "level"
    DATES = "dates"


KIND_NAMES: Mapping[DifferenceKind, str] = {
    DifferenceKind.SAME: "一致",
    DifferenceKind.ONLY_NATIONAL: "只有全国系统有",
    DifferenceKind.ONLY_OURS: "只有本系统有",
    DifferenceKind.ELSEWHERE: "本系统记在其他区划",
    DifferenceKind.NOT_MATCHED: "管理号相同，人不相符",
    DifferenceKind.CANNOT_DECIDE: "缺少内容，无法判断",
    DifferenceKind.VOID_THERE: "全国系统记为证书无效",
    DifferenceKind.VOID_HERE: "本系统记为证书失效",
    DifferenceKind.NATIONAL_AHEAD: "全国系统已登记，本系统没有",
    DifferenceKind.OURS_AHEAD: "本系统已登记，全国系统没有办结",
    DifferenceKind.LAPSED_HERE: "本系统已过期，全国系统有效",
    DifferenceKind.LAPSED_THERE: "全国系统已过期，本系统有效",
    DifferenceKind.ENDED_HERE: "本系统已注销、撤销或被取代",
    DifferenceKind.REVIEW_DIFFERS: "审核环节不同",
    DifferenceKind.LEVEL: "证书级别不同",
    DifferenceKind.DATES: "日期不同",
}


class ComparedField(StrEnum):
    STATUS = "status"
    LEVEL = "level"
    APPROVED_ON = "approved_on"
    REGISTERED_ON = "registered_on"
    VALID_UNTIL = "valid_until"
    NAME = "name"
    ID_NUMBER = "id_number"
    MANAGEMENT_NUMBER = "management_number"


FIELD_NAMES: Mapping[ComparedField, str] = {
    ComparedField.STATUS: "登记状态",
    ComparedField.LEVEL: "证书级别",
    ComparedField.APPROVED_ON: "批准日期",
    ComparedField.REGISTERED_ON: "登记日期",
    ComparedField.VALID_UNTIL: "有效期止",
    ComparedField.NAME: "姓名",
    ComparedField.ID_NUMBER: "证件号码",
    ComparedField.MANAGEMENT_NUMBER: "管理号",
}


class CaseState(StrEnum):
    """Where a difference stands; only a comparison that finds agreement closes one."""

    OPEN = "open"
    TO_REPORT = "to_report"
    TO_CORRECT = "to_correct"
    SAME_PERSON = "same_person"
    POSTPONED = "postponed"
    CLOSED = "closed"


CASE_STATE_NAMES: Mapping[CaseState, str] = {
    CaseState.OPEN: "待处理",
    CaseState.TO_REPORT: "本系统正确，待上报",
    CaseState.TO_CORRECT: "全国系统正确，待更正",
    CaseState.SAME_PERSON: "已确认为同一人，待重新比对",
    CaseState.POSTPONED: "暂缓",
    CaseState.CLOSED: "已一致",
}


class CaseVerb(StrEnum):
    OURS = "ours"
    NATIONAL = "national"
    CONFIRM = "confirm"
    POSTPONE = "postpone"


class KeepOurs(Request):
    """The register is right: to be reported to the national system."""

    reason: Reason


class TakeNational(Request):
    """The national system is right: what puts it right is an application or a correction, never this decision."""

    reason: Reason
    application_id: UUID | None = None


class ConfirmPerson(Request):
    """The number is the same person's, whatever the name there says (REG-15)."""

    reason: Reason


class Postpone(Request):
    reason: Reason
    until: Day


class Side(BaseModel):
    """What one system says of the record; personal data masked. `state` is a code, `state_name` how it is called."""

    name: str | None
    id_number: str | None
    level: Level | None
    state: str | None
    state_name: str
    approved_on: date | None
    registered_on: date | None
    end: date | None
    body: str | None


class NextStep(StrEnum):
    """How the register is put right, where the national system is right: elsewhere, by the rules there."""

    APPLY_INITIAL = "apply_initial"
    APPLY_RENEWAL = "apply_renewal"
    APPLY_ENDING = "apply_ending"
    VOID_CERTIFICATE = "void_certificate"
    ADD_CERTIFICATE = "add_certificate"
    CORRECT = "correct"


class CaseOut(BaseModel):
    """`proposal` is never carried out by itself. A side is null where that system has no such record."""

    id: UUID
    number: int
    division: DivisionCode
    division_name: str
    management_number: str | None
    certificate_id: UUID | None
    person_id: UUID | None
    kind: DifferenceKind
    fields: list[ComparedField]
    sentence: str
    proposal: str | None
    next_step: NextStep
    state: CaseState
    opened_at: datetime
    export_on: date
    age_days: int
    reopened: int
    reason: str | None
    until: date | None
    application_id: UUID | None
    decided_by: str | None
    decided_at: datetime | None
    closed_at: datetime | None
    agreed_on: date | None
    ours: Side | None
    national: Side | None
    version: int
    may: list[CaseVerb]


class CaseVersion(BaseModel):
    """One version of the case, as it was known in a period; the newest first."""

    recorded_from: datetime
    recorded_to: datetime | None
    state: CaseState
    kind: DifferenceKind
    fields: list[ComparedField]
    reason: str | None
    until: date | None
    decided_by: str | None
    agreed_on: date | None
    export_on: date


# ── exports and their columns ────────────────────────────────────────────────────────────────────────────────────────
class Target(BaseModel):
    """A column of ours that one of the file may mean."""

    field: str
    title: str
    required: bool


class Heading(BaseModel):
    """A column of the file; `field` is what it is taken for: by its name, or by a mapping that was kept."""

    title: str
    field: str | None
    known: bool


class HeadingsOut(BaseModel):
    """What is to be decided before a file can be read; `mapping` is the kept one that the proposals are from."""

    job: ImportJob
    headings: list[Heading]
    targets: list[Target]
    mapping: str | None


class Mapped(Request):
    """Without a `field` this column is left out, knowingly."""

    title: Annotated[str, Field(min_length=1, max_length=100)]
    field: Annotated[Line, Field(min_length=1)] | None = None


class MapHeadings(Request):
    """Kept under `name` in the area of the export, for the next file with these headings."""

    name: Annotated[Line, Field(min_length=1, max_length=40)]
    columns: Annotated[list[Mapped], Field(min_length=1, max_length=100)]


class MappingOut(BaseModel):
    id: UUID
    name: str
    division: DivisionCode
    columns: dict[str, str | None]
    used_at: datetime


class SnapshotOut(BaseModel):
    """One export; `current` is the newest of its area, the one that is compared."""

    id: UUID
    division: DivisionCode
    division_name: str
    exported_on: date
    file_name: str
    rows: int
    columns: list[ComparedField]
    made_at: datetime
    made_by: str
    compared_at: datetime | None
    current: bool
    may: list[str]


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class Cell(BaseModel):
    """`ours` − `national` = `difference` = the sum of `reasons`."""

    code: str
    name: str
    ours: int
    national: int
    difference: int
    reasons: dict[DifferenceKind, int]


class FiguresOut(BaseModel):
    """`readings` are the three of COV-12. `kinds`: so many records of each, `same` among them."""

    division: DivisionCode
    division_name: str
    exported_on: date | None
    compared_at: datetime | None
    exports: list[SnapshotOut]
    not_compared: list[ComparedField]
    kinds: dict[DifferenceKind, int]
    readings: list[Cell]
    by_level: list[Cell]
    by_state: list[Cell]
    by_division: list[Cell]
