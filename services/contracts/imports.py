"""Imports as jobs: what any service that takes files says of one, of its rows and of what is wrong with them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from services.contracts.orders import Request


class JobState(StrEnum):
    """`invalid`: rows have errors, correct the file and upload it again; `ready`: waits to be confirmed."""

    QUEUED = "queued"
    READING = "reading"
    CHECKING = "checking"
    INVALID = "invalid"
    READY = "ready"
    CONFIRMING = "confirming"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    CANCELLED = "cancelled"
    FAILED = "failed"


# In these the job goes on by itself: ask again soon.
WORKING = frozenset({JobState.QUEUED, JobState.READING, JobState.CHECKING, JobState.CONFIRMING, JobState.UNDOING})
# These wait for whoever started them, or are on their way to it.
OPEN = WORKING | {JobState.INVALID, JobState.READY}
JOB_STATE_NAMES: dict[JobState, str] = {
    JobState.QUEUED: "排队中",
    JobState.READING: "正在读取",
    JobState.CHECKING: "正在核对",
    JobState.INVALID: "有错误，不能导入",
    JobState.READY: "等待确认",
    JobState.CONFIRMING: "正在写入",
    JobState.DONE: "已导入",
    JobState.UNDOING: "正在撤销",
    JobState.UNDONE: "已撤销",
    JobState.CANCELLED: "已取消",
    JobState.FAILED: "未能处理",
}


class Outcome(StrEnum):
    """What a row means to the register; a `conflict` is for a person to decide."""

    ERROR = "error"
    CONFLICT = "conflict"
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


OUTCOME_NAMES: dict[Outcome, str] = {
    Outcome.ERROR: "有误",
    Outcome.CONFLICT: "冲突",
    Outcome.NEW: "新增",
    Outcome.CHANGED: "修改",
    Outcome.UNCHANGED: "不变",
}


class RowFilter(StrEnum):
    """`warning`: rows with a note, whatever their outcome; `changed_since`: what stands in the way of an undo."""

    ERROR = "error"
    CONFLICT = "conflict"
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WARNING = "warning"
    CHANGED_SINCE = "changed_since"


# What an uploader says of a file with identity numbers of fifteen digits, so that they are taken (P04).
OLD_NUMBERS_LABEL = "本文件含 15 位旧身份证号，按规则升位为 18 位"


class JobAction(StrEnum):
    CONFIRM = "confirm"
    CANCEL = "cancel"
    UNDO = "undo"


class Severity(StrEnum):
    ERROR = "error"
    CONFLICT = "conflict"
    WARNING = "warning"


class Finding(BaseModel):
    """One thing about one cell: `column` is its header, `value` what it says (masked if personal)."""

    severity: Severity
    column: str
    field: str
    code: str
    value: str | None
    reason: str
    remedy: str


class Change(BaseModel):
    """What confirming would change, as people read it; personal values are masked."""

    column: str
    before: str | None
    after: str | None


class ImportRow(BaseModel):
    """`number` is the row as the sheet counts it, `label` whom or what it speaks of."""

    number: int
    outcome: Outcome
    label: str
    findings: list[Finding]
    changes: list[Change]


class Refused(BaseModel):
    """Why a whole file was not taken; for a bug, `request_id` is what the operator needs."""

    code: str
    detail: str
    request_id: str | None = None
    findings: list[Finding] = Field(default_factory=list)


class ImportJob(BaseModel):
    """Every row is one of new, changed, unchanged, conflict, errors; `warnings` counts rows with a note.

    `rows_done` of `rows_total` is the progress of the step that `state` names. `notes` are sentences about the file as
    a whole, or about what happened to the job.
    """

    id: UUID
    kind: str
    code_system: str
    old_numbers: bool = False
    file_name: str
    file_sha256: str
    state: JobState
    rows_total: int | None
    rows_done: int
    new: int
    changed: int
    unchanged: int
    conflict: int
    errors: int
    warnings: int
    notes: list[str]
    refused: Refused | None
    started_by: str
    created_at: datetime
    updated_at: datetime
    confirmed_at: datetime | None
    undo_until: datetime | None
    may: list[JobAction]


class ConfirmImport(Request):
    """Rows in conflict are left out if so said; otherwise they stand in the way."""

    skip_conflicts: bool = False
