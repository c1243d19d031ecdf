"""An import taken back: what it made goes, what it changed becomes what it was, unless somebody has changed it since.

History knows what a transaction wrote: every version carries its number. What came before is the version that ended in
the moment in which the batch's own began.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import SubjectState
from services.contracts.imports import JobState
from services.contracts.registry_events import Removed, Restored
from services.kernel.db import Database, everywhere, run
from services.kernel.errors import Forbidden
from services.kernel.feed import publish_all, record_all
from services.registry import models
from services.registry.imports.confirming import begin
from services.registry.imports.jobs import Claim
from services.registry.imports.kinds import KINDS
from services.registry.publishing import chunks, publish_organizations, publish_people, publish_points

# What refers to another comes first.
TABLES = (
    "assignment", "registration", "registration_application", "certificate", "senior_exam_pass", "person",
    "service_point", "organization", "exam_result",
)  # fmt: skip
IN_LOCK_ORDER = (
    "organization", "person", "service_point", "assignment", "registration_application", "registration", "certificate",
    "senior_exam_pass", "exam_result",
)  # fmt: skip
# Who refers to a record that the batch made, without being of the batch.
REFERRING = {
    "person": (
        ("certificate", "person_id"),
        ("assignment", "person_id"),
        ("senior_exam_pass", "person_id"),
        ("person", "merged_into"),
    ),
    "certificate": (("registration", "certificate_id"), ("registration_application", "certificate_id")),
    "service_point": (("assignment", "service_point_id"),),
    "organization": (("person", "employer_id"), ("service_point", "operator_id")),
}
# Per record: is the batch's last word still the last, and what was there before its first.
WRITTEN = """
create temporary table of_{table} on commit drop as
with mine as (
  select id, min(recorded_from) as first, max(recorded_from) as last from {table}_history
  where xact = :xact and recorded_from >= :since group by id)
select m.id::uuid as id, l.recorded_to is null as untouched, l.row as row, b.row as before
from mine m join {table}_history l on l.id = m.id and l.recorded_from = m.last
left join {table}_history b on b.id = m.id and b.recorded_to = m.first and b.xact <> :xact"""
KEYED = "create unique index on of_{table} (id)"
LOCK = """
select (select count(*) from (
    select t.id from {table} t join of_{table} o on o.id = t.id order by t.id for update of t) l) as locked,
  (select count(*) from {table} t join of_{table} o on o.id = t.id) as there"""
TOUCHED = "select id, row from of_{table} where not untouched"
REFERRED = """
select o.id, o.row from of_{table} o where o.before is null and exists (
  select from {other} r where r.{column} = o.id and not exists (select from of_{other} m where m.id = r.id))"""
REMOVE = "delete from {table} t using of_{table} o where t.id = o.id and o.before is null"
RESTORE = """
update {table} t set {columns} from of_{table} o, jsonb_populate_record(null::{table}, o.before) b
where t.id = o.id and o.before is not null"""
# All at once, and their versions in history: row by row that would take for ever.
HASHED, LOOPED = text("set local enable_nestloop = off"), text("set local enable_nestloop = on")
PAGE = "select id, row, before from of_{table} where id > :after order by id limit :limit"
FIRST = UUID(int=0)
AT_ONCE = 500
NOTE = "有记录在导入之后又被改动，撤销没有进行。"


class NoLongerHere(Forbidden):
    """What may not be written is not locked either: half an undo would be worse than none."""

    english = "Some of the records are no longer within your area."


@dataclass(frozen=True)
class Since:
    """A record that stands in the way: changed, or referred to, since the import."""

    table: str
    id: UUID
    row: Mapping[str, Any]

    def subjects(self) -> Iterable[UUID]:
        """By which the row of the import is found."""
        yield self.id
        yield from (UUID(self.row[name]) for name in ("person_id", "service_point_id") if self.row.get(name))


async def gather(tx: AsyncSession, job: Any) -> list[Since]:
    """What the import wrote, table by table, and what stands in the way of taking it back."""
    async with everywhere(tx, "history is asked for all that one transaction wrote"):
        return await gathered(tx, job)


async def gathered(tx: AsyncSession, job: Any) -> list[Since]:
    for table in TABLES:
        written = text(WRITTEN.format(table=table))
        await run(tx, written, {"xact": job.batch_xact, "since": job.created_at})
        await run(tx, text(KEYED.format(table=table)), {})
        await run(tx, text(f"analyze of_{table}"), {})
    found: dict[tuple[str, UUID], Since] = {}
    for table in TABLES:
        asked = [TOUCHED.format(table=table)]
        asked += [REFERRED.format(table=table, other=o, column=c) for o, c in REFERRING.get(table, ())]
        for statement in asked:
            for record in (await run(tx, text(statement), {})).all():
                found[table, record.id] = Since(table, record.id, record.row)
    return list(found.values())


async def undo(app: FastAPI, claim: Claim) -> None:
    database: Database = app.state.database
    async with app.state.import_turn, claim.writing(database) as tx:
        await begin(tx)
        since = await locked(tx, claim.job)
        if since:
            await claim.move(tx, state=JobState.DONE.value, notes=[*claim.job.notes, NOTE])
            return
        await take_back(tx, claim, database)
        if undo := KINDS[claim.kind].undo:
            await undo(tx, claim)
        await claim.move(tx, state=JobState.UNDONE.value)
    app.state.bell.ring()


async def locked(tx: AsyncSession, job: Any) -> list[Since]:
    """Asked once more, now that nobody can change the answer."""
    await gather(tx, job)
    for table in IN_LOCK_ORDER:
        [found] = (await run(tx, text(LOCK.format(table=table)), {})).all()
        if found.locked < found.there:
            raise NoLongerHere("导入的记录有的已不在您的管辖范围内，不能整体撤销，请由管辖这些区划的人员更正。")
    for table in TABLES:
        await run(tx, text(f"drop table of_{table}"), {})
    return await gather(tx, job)


async def take_back(tx: AsyncSession, claim: Claim, database: Database) -> None:
    await run(tx, HASHED, {})
    for table in TABLES:
        await run(tx, text(REMOVE.format(table=table)), {})
        await run(tx, text(RESTORE.format(table=table, columns=restored(table))), {})
    await run(tx, LOOPED, {})
    touched: dict[str, set[UUID]] = {table: set() for table in ("person", "service_point", "organization")}
    done = 0
    for table in TABLES:
        async for told in tell(tx, claim, table, touched):
            done += told
            await claim.progress(database, min(done, claim.job.rows_total))
    await publish_organizations(tx, touched["organization"])
    await publish_people(tx, touched["person"])
    await publish_points(tx, touched["service_point"])


def restored(table: str) -> str:
    """All that a record says, and its version raised: whoever read it before must read it again."""
    columns = [c.name for c in models.METADATA.tables[table].columns if c.computed is None and c.name != "id"]
    said = [f"{name} = b.{name}" for name in columns if name != "version"]
    return ", ".join([*said, *(["version = t.version + 1"] if "version" in columns else [])])


async def tell(tx: AsyncSession, claim: Claim, table: str, touched: dict[str, set[UUID]]) -> AsyncGenerator[int, None]:
    """An event for each record; what is gone says so in the feed, what is back is still to be published.

    Page by page; answers how many records each had.
    """
    after, page = FIRST, text(PAGE.format(table=table))
    while found := (await run(tx, page, {"after": after, "limit": AT_ONCE})).all():
        after = found[-1].id
        for some in chunks(found):
            await record_all(tx, claim.actor, [(f"{table}:{r.id}", event(claim.id, r)) for r in some])
        gone = [r.id for r in found if r.before is None]
        if table in touched:
            await bury(tx, table, gone)
            touched[table] |= {r.id for r in found if r.before is not None}
        for r in found:
            for kind, name in (("person", "person_id"), ("service_point", "service_point_id")):
                touched[kind] |= {UUID(row[name]) for row in (r.row, r.before) if row and row.get(name)}
        yield len(found)


async def bury(tx: AsyncSession, table: str, gone: Sequence[UUID]) -> None:
    """They never were, and what others entered for them meanwhile counts no more."""
    for some in chunks(gone):
        await publish_all(tx, [SubjectState(subject=f"{table}:{id}", facts=[]) for id in some])


def event(batch: UUID, record: Any) -> BaseModel:
    if record.before is None:
        return Removed(batch_id=batch)
    fields = sorted(n for n in record.row if record.row[n] != record.before.get(n) and n != "version")
    return Restored(batch_id=batch, fields=fields)
