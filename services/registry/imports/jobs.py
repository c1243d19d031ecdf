"""The row of an import job: how it is begun, taken up by a worker, moved on, and shown."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import Row, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.imports import OPEN, WORKING, ImportJob, JobAction, JobState
from services.contracts.registry import CodeSystem, ImportKind
from services.kernel import jobs
from services.kernel.actor import Actor
from services.kernel.db import Database, Reading, everywhere, run
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.log import request_id
from services.kernel.paging import Page, page_of
from services.kernel.scope import EVERYWHERE, Scope, scope_of

QUEUE = "registry.imports"
UNDO = timedelta(hours=24)
ACTIVE = ", ".join(f"'{state}'" for state in sorted(WORKING))
TAKE = text(f"""
update import_job set attempt = attempt + 1, rows_done = 0, version = version + 1, updated_at = clock_timestamp(),
  state = case state when 'queued' then 'reading' else state end
where id = :id and state in ({ACTIVE}) returning *""")
UNFINISHED = text(f"select id from import_job where state in ({ACTIVE}) order by id")
ADD = text("""
insert into import_job
  (id, kind, code_system, old_numbers, options, file_name, file_sha256, state, started_by, actor, request_id)
values (
  :id, :kind, :code_system, :old_numbers, cast(:options as jsonb), :file_name, :file_sha256, 'queued', :started_by,
  cast(:actor as jsonb), :request_id)""")
MINE = text("select * from import_job where id = :id and started_by = :actor for update")
COLUMNS = ", ".join(name for name in ImportJob.model_fields if name != "may")
ONE = f"select {COLUMNS}, version from import_job where id = $1 and started_by = $2"
JSON = ("notes", "refused", "actor", "options")
# Whatever may be set by a move; the place of a value in its statement.
MOVABLE = {
    "actor": "cast(:actor as jsonb)", "notes": "cast(:notes as jsonb)", "refused": "cast(:refused as jsonb)",
    "options": "cast(:options as jsonb)",
}  # fmt: skip


class Overtaken(Exception):
    """Another worker has taken this job up, or its owner has cancelled it: nothing more is to be done here."""


@dataclass(frozen=True)
class Claim:
    """A worker's hold on a job: void as soon as the job was taken up anew or moved by somebody else."""

    job: Any
    state: JobState

    @property
    def id(self) -> UUID:
        found: UUID = self.job.id
        return found

    @property
    def kind(self) -> ImportKind:
        return ImportKind(self.job.kind)

    @property
    def system(self) -> CodeSystem:
        return CodeSystem(self.job.code_system)

    @property
    def old_numbers(self) -> bool:
        return bool(self.job.old_numbers)

    @property
    def options(self) -> dict[str, Any]:
        """What its kind needs besides."""
        return dict(self.job.options)

    @property
    def actor(self) -> Actor:
        return Actor.model_validate(self.job.actor)

    @property
    def scope(self) -> Scope:
        """Written is within what the owner may write; to know whether somebody is new it looks everywhere."""
        return EVERYWHERE._replace(writes=scope_of(self.actor, ["registry:write"]).writes)

    async def move(self, tx: AsyncSession, **changes: object) -> None:
        """In this transaction; refused if the claim is void."""
        held = {"attempt": self.job.attempt, "held": self.state.value}
        if await moved(tx, self.id, "attempt = :attempt and state = :held", held, changes) != 1:
            raise Overtaken

    async def progress(self, database: Database, rows_done: int) -> None:
        async with self.writing(database) as tx:
            await self.move(tx, rows_done=rows_done)

    @asynccontextmanager
    async def writing(self, database: Database) -> AsyncIterator[AsyncSession]:
        async with database.writing(info={"scope": self.scope}) as tx, tx.begin():
            yield tx

    def reading(self, database: Database) -> Reading:
        return partial(database.hot, self.scope)


async def moved(
    tx: AsyncSession, id: UUID, condition: str, held: Mapping[str, object], changes: Mapping[str, object]
) -> int:
    said = ", ".join(f"{name} = {MOVABLE.get(name, f':{name}')}" for name in changes)
    statement = text(f"""
update import_job set {said}, version = version + 1, updated_at = clock_timestamp() where id = :id and {condition}""")
    values = {n: orjson.dumps(v).decode() if n in JSON and v is not None else v for n, v in changes.items()}
    return (await run(tx, statement, {**values, **held, "id": id})).rowcount


async def take(database: Database, id: UUID) -> Claim | None:
    """The next step of a job, if there is one."""
    async with database.writing.begin() as tx, everywhere(tx, "the worker takes up anybody's job"):
        found = (await run(tx, TAKE, {"id": id})).one_or_none()
    return None if found is None else Claim(found, JobState(found.state))


async def unfinished(tx: AsyncSession) -> Sequence[UUID]:
    async with everywhere(tx, "the worker looks after everybody's jobs"):
        return [row.id for row in (await run(tx, UNFINISHED, {})).all()]


def holding(actor: Actor) -> dict[str, Any]:
    """The actor, with what an import needs of their rights."""
    kept = {name: ranges for name, ranges in actor.may.items() if name == "registry:write"}
    return actor.model_copy(update={"may": kept, "roles": frozenset()}).model_dump(mode="json")


async def add(
    tx: AsyncSession, actor: Actor, id: UUID, *,
    kind: ImportKind, system: CodeSystem, old_numbers: bool, name: str, sha256: str,
    options: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    row = {"id": id, "kind": kind.value, "code_system": system.value, "file_name": name, "file_sha256": sha256}
    who = {"started_by": actor.id, "actor": orjson.dumps(holding(actor)).decode(), "request_id": request_id.get()}
    said = {"old_numbers": old_numbers, "options": orjson.dumps(options or {}).decode()}
    await run(tx, ADD, {**row, **who, **said})
    await jobs.enqueue(tx, QUEUE, [id])


async def mine(tx: AsyncSession, actor: Actor, id: UUID) -> Row[Any]:
    """To be moved by whoever started it; to anybody else it is not there."""
    found = (await run(tx, MINE, {"id": id, "actor": actor.id})).one_or_none()
    if found is None:
        raise NotFound(NOT_HERE)
    return found


NOT_HERE = "没有这项导入，或不是由您发起的。请核对编号。"


async def one(db: asyncpg.Connection, actor: Actor, id: UUID, now: datetime) -> tuple[ImportJob, int]:
    row = await db.fetchrow(ONE, id, actor.id)
    if row is None:
        raise NotFound(NOT_HERE)
    return made(row, now), row["version"]


def made(row: asyncpg.Record, now: datetime) -> ImportJob:
    known = {name: row[name] for name in ImportJob.model_fields if name != "may"}
    for name in ("notes", "refused"):
        known[name] = orjson.loads(row[name]) if isinstance(row[name], str) else row[name]  # by the pool it came from
    return ImportJob.model_validate({**known, "may": may(JobState(row["state"]), row["undo_until"], now)})


def may(state: JobState, undo_until: datetime | None, now: datetime) -> list[JobAction]:
    if state is JobState.READY:
        return [JobAction.CONFIRM, JobAction.CANCEL]
    if state in (JobState.QUEUED, JobState.READING, JobState.CHECKING, JobState.INVALID):
        return [JobAction.CANCEL]
    return [JobAction.UNDO] if state is JobState.DONE and undo_until is not None and now < undo_until else []


OWN = f"select {COLUMNS}, version from import_job j where {{}} order by id desc limit {{}}"


async def own(
    db: asyncpg.Connection, actor: Actor, now: datetime, *, open: bool, limit: int, cursor: str | None
) -> Page[ImportJob]:
    """Those that the asker started, newest first; `open`: only those that are not done with."""
    conditions = Conditions()
    conditions.add("j.started_by = {}", actor.id)
    if open:
        conditions.add("j.state = any({})", sorted(OPEN))
    conditions.after(cursor, [("j.id", UUID)], descending=True)
    found = await db.fetch(OWN.format(conditions.sql(), conditions.value(limit + 1)), *conditions.parameters)
    rows, following = page_of(found, limit, lambda row: [str(row["id"])])
    return Page(items=[made(row, now) for row in rows], next=following)
