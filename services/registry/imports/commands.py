"""What the owner of an import does with it: begin, confirm, cancel, undo."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.imports import JobState
from services.contracts.registry import CodeSystem, ImportKind
from services.contracts.registry_events import ImportMoved
from services.contracts.text import clean
from services.kernel import jobs as queue
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.db import run
from services.kernel.errors import Conflict, FieldError, Unprocessable
from services.kernel.feed import record
from services.registry.changes import new_ids
from services.registry.imports import contents, jobs
from services.registry.imports.kinds import KINDS
from services.registry.imports.undoing import Since, gather

NAME = 120
LISTED = 50
CANCELLABLE = (JobState.QUEUED, JobState.READING, JobState.CHECKING, JobState.INVALID, JobState.READY)
ROWS = text("""
select number, label, subject from import_row
where job_id = :job and subject = any(cast(:subjects as uuid[])) order by number""")


class WrongState(Conflict):
    english = "The import is not in a state that allows this."


class InConflict(Conflict):
    english = "Some rows contradict the register."


class ChangedSince(Conflict):
    english = "Some records have been changed since the import."


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    kind: ImportKind
    system: CodeSystem
    old_numbers: bool
    name: str
    content: bytes
    options: Mapping[str, object] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def said(self) -> bytes:
        """What tells this upload from another under the same key."""
        return f"{self.system} {self.old_numbers} {self.sha256} {sorted(self.options.items())}".encode()


def check_begun_here(kind: ImportKind) -> None:
    """Some kinds have to be told more than a file says."""
    if at := KINDS[kind].begun_at:
        raise Unprocessable(f"这种文件请在 {at} 上传，并说明导出的区划和日期。", code="begun_elsewhere")


def named(file_name: str | None) -> str:
    """Without folders and characters that nobody sees."""
    last = (file_name or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if c.isprintable() and not "\ud800" <= c <= "\udfff")
    return clean(shown)[-NAME:] or "未命名.xlsx"


async def begin(tx: AsyncSession, actor: Actor, vault: Vault, upload: Upload) -> UUID:
    [id] = await new_ids(tx, 1)
    await jobs.add(
        tx, actor, id, kind=upload.kind, system=upload.system, old_numbers=upload.old_numbers, name=upload.name,
        sha256=upload.sha256, options=upload.options,
    )  # fmt: skip
    await contents.keep_file(tx, vault, id, upload.content)
    await tell(tx, actor, id, JobState.QUEUED)
    return id


async def tell(tx: AsyncSession, actor: Actor, id: UUID, state: JobState) -> None:
    await record(tx, actor, f"import:{id}", ImportMoved(import_id=id, state=state.value))


async def confirm(tx: AsyncSession, actor: Actor, id: UUID, *, skip_conflicts: bool) -> None:
    job = await jobs.mine(tx, actor, id)
    if job.state != JobState.READY:
        raise WrongState(unready(JobState(job.state)), code="not_ready", params={"state": job.state})
    if job.conflict and not skip_conflicts:
        detail = f"有 {job.conflict} 行与登记数据冲突。请先核对；如确认跳过这些行，请选择“跳过冲突的行”后再确认。"
        raise InConflict(detail, code="in_conflict", params={"conflict": job.conflict})
    await start(tx, actor, id, JobState.CONFIRMING, skip_conflicts=skip_conflicts)


def unready(state: JobState) -> str:
    if state is JobState.INVALID:
        return "名册中还有错误的行，不能导入。请按提示修改后重新上传。"
    return "这项导入现在不在等待确认的状态，请刷新后查看。"


async def start(tx: AsyncSession, actor: Actor, id: UUID, state: JobState, **changes: object) -> None:
    """For the worker, with the rights that the actor has now."""
    said = {"state": state.value, "actor": jobs.holding(actor), "rows_done": 0, **changes}
    await jobs.moved(tx, id, "true", {}, said)
    await tell(tx, actor, id, state)
    await queue.enqueue(tx, jobs.QUEUE, [id])


async def cancel(tx: AsyncSession, actor: Actor, id: UUID) -> None:
    job = await jobs.mine(tx, actor, id)
    if JobState(job.state) not in CANCELLABLE:
        raise WrongState(
            "这项导入已不能取消。已写入的，请在一天之内撤销。", code="not_cancellable", params={"state": job.state}
        )
    await jobs.moved(tx, id, "true", {}, {"state": JobState.CANCELLED.value})
    await contents.erase(tx, id)
    await tell(tx, actor, id, JobState.CANCELLED)


async def undo(tx: AsyncSession, actor: Actor, id: UUID, now: datetime) -> None:
    job = await jobs.mine(tx, actor, id)
    if job.state != JobState.DONE:
        raise WrongState("这项导入不在可以撤销的状态，请刷新后查看。", code="not_undoable", params={"state": job.state})
    if job.undo_until is None or now >= job.undo_until:
        raise WrongState("已超过可以撤销的一天时间。请逐条更正，或由人工处理。", code="undo_too_late")
    since = await gather(tx, job)
    if since:
        raise ChangedSince(
            f"有 {len(since)} 条记录在导入之后又被改动，不能整体撤销。请先核对这些记录，由人工更正。",
            code="changed_since", params={"total": len(since)}, errors=await listed(tx, job, since),
        )  # fmt: skip
    await start(tx, actor, id, JobState.UNDOING)


async def since_of(tx: AsyncSession, actor: Actor, id: UUID) -> set[UUID]:
    """The subjects of the rows that stand in the way of an undo."""
    job = await jobs.mine(tx, actor, id)
    found = await gather(tx, job) if job.state == JobState.DONE else []
    return {subject for s in found for subject in s.subjects()}


async def listed(tx: AsyncSession, job: Row[Any], since: Sequence[Since]) -> list[FieldError]:
    """By the rows of the import that made them; an organization has none of its own."""
    subjects = {subject for s in since for subject in s.subjects()}
    rows = (await run(tx, ROWS, {"job": job.id, "subjects": list(subjects)})).all()
    detail = "导入之后又被改动，请先核对。"
    found = [FieldError(row=r.number, field=r.label, code="changed_since", detail=detail) for r in rows]
    named = [str(s.row["name"]) for s in since if s.table == "organization"]
    found += [FieldError(field=name, code="changed_since", detail=f"机构{detail}") for name in named]
    return found[:LISTED]
