"""Uploading an export, and saying what its columns mean: kept by name for the area, offered for the next file."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import DivisionCode
from services.contracts.imports import Finding, ImportJob, JobState
from services.contracts.reconciliation import Heading, HeadingsOut, MapHeadings, MappingOut, Target
from services.contracts.reconciliation_events import HeadingsMapped
from services.contracts.registry import CodeSystem, ImportKind
from services.kernel import jobs as queue
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.clock import now
from services.kernel.crypto import Vault
from services.kernel.db import run
from services.kernel.errors import Conflict, NotFound, Unprocessable
from services.kernel.feed import record
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.imports import commands, jobs
from services.registry.reconciliation import headings
from services.registry.reconciliation.headings import UNKNOWN, UNMAPPED
from services.registry.reconciliation.rows import COLUMNS

KIND = ImportKind.NATIONAL_STATUSES
WRITE = "registry:write"
MAPPINGS = "select m.id, m.name, m.division, m.columns, m.used_at{keys} from national_mapping m {rows}"
JOB = "select j.options, j.refused, j.kind from import_job j where j.id = $1 and j.started_by = $2"
KEEP = text("""
insert into national_mapping (division, name, columns, used_at)
values (:division, :name, cast(:columns as jsonb), :at)
on conflict (division, name) do update set columns = excluded.columns, used_at = excluded.used_at""")
USED = text("update national_mapping set used_at = :at where id = :id and division = :division returning columns")


class NotToMap(Conflict):
    english = "The columns of this file are known, or it is no export of the national system."


class WrongMapping(Unprocessable):
    english = "The columns cannot be taken for this."


class InFuture(Unprocessable):
    english = "The day of the export has not come yet."


async def begin(
    tx: AsyncSession, actor: Actor, vault: Vault, *,
    division: DivisionCode | None, exported_on: date | None, mapping: UUID | None, today: date, name: str,
    content: bytes,
) -> UUID:  # fmt: skip
    """An export covers a whole area, in which its uploader must be able to write."""
    division = division or own_area(actor)
    actor.require_at(WRITE, division)
    if exported_on is not None and exported_on > today:
        raise InFuture("导出日期在今天之后，请填写实际导出的日期。", code="in_future")
    options: dict[str, object] = {"division": division}
    if exported_on is not None:
        options["exported_on"] = str(exported_on)
    if mapping is not None:
        options["columns"] = await used(tx, mapping, division)
    upload = commands.Upload(KIND, CodeSystem.OWN, False, name, content, options)
    return await commands.begin(tx, actor, vault, upload)


def own_area(actor: Actor) -> DivisionCode:
    own = {r.low for r in actor.ranges(WRITE)}
    if len(own) != 1:
        raise Unprocessable("您管辖不止一个区划，请选择导出的是哪个区划的数据。", code="which_division")
    return own.pop()


async def used(tx: AsyncSession, id: UUID, division: DivisionCode) -> Any:
    """The newest used are offered first."""
    found = (await run(tx, USED, {"id": id, "division": division, "at": now()})).scalar_one_or_none()
    if found is None:
        raise NotFound("没有这份列名对应，或不属于这个区划。请重新选择。", code="no_such_mapping")
    return found


def made(row: asyncpg.Record) -> MappingOut:
    return MappingOut.model_validate({**row, "columns": parsed(row["columns"])})


def parsed(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value  # by the pool it came from


async def mappings(
    db: asyncpg.Connection, actor: Actor, division: DivisionCode | None, *, limit: int, cursor: str | None
) -> Page[MappingOut]:
    """Those of the areas in which the asker imports."""
    conditions = Conditions()
    conditions.within("m.division", actor.ranges(WRITE))
    if division is not None:
        conditions.add("m.division = {}", division)
    return await listing.page(
        db, MAPPINGS, conditions, key=[("m.id", UUID)], cursor=cursor, limit=limit, made=made, descending=True
    )


async def to_map(db: asyncpg.Connection, actor: Actor, id: UUID) -> tuple[Mapping[str, Any], list[Finding]]:
    """What was said of a file whose columns somebody must look at, and the columns."""
    row = await db.fetchrow(JOB, id, actor.id)
    if row is None:
        raise NotFound(jobs.NOT_HERE)
    refused = parsed(row["refused"])
    if row["kind"] != KIND or refused is None or refused["code"] != UNMAPPED:
        raise NotToMap("这份文件的列名无须对应，请查看导入的进度。", code="not_to_map")
    return parsed(row["options"]), [Finding.model_validate(f) for f in refused["findings"]]


async def proposed(db: asyncpg.Connection, actor: Actor, id: UUID, job: ImportJob) -> HeadingsOut:
    """By the mapping of the area that knows most of these headings, else by their names."""
    options, found = await to_map(db, actor, id)
    titles = [f.column for f in found]
    kept = (await mappings(db, actor, options["division"], limit=50, cursor=None)).items
    best = max(kept, key=lambda m: (known_to(m, titles), m.used_at), default=None)
    known: Mapping[str, str | None] = best.columns if best and known_to(best, titles) else {}
    shown = []
    for title, finding in zip(titles, found, strict=True):
        field, said = headings.meaning(title, {**known, **options.get("columns", {})})
        shown.append(Heading(title=title, field=field, known=said or finding.code != UNKNOWN))
    targets = [Target(field=c.field, title=c.title, required=c.required) for c in COLUMNS]
    return HeadingsOut(job=job, headings=shown, targets=targets, mapping=best.name if best and known else None)


def known_to(mapping: MappingOut, titles: Sequence[str]) -> int:
    return sum(headings.compared(title) in mapping.columns for title in titles)


async def map_headings(tx: AsyncSession, actor: Actor, id: UUID, order: MapHeadings) -> None:
    """Kept, and the file is read anew with it."""
    db = await listing.plain(tx)
    await jobs.mine(tx, actor, id)
    options, found = await to_map(db, actor, id)
    columns = {headings.compared(c.title): c.field for c in order.columns}
    check(columns, [f.column for f in found], day_said="exported_on" in options)
    kept = {"division": options["division"], "name": order.name, "columns": orjson.dumps(columns).decode(), "at": now()}
    await run(tx, KEEP, kept)
    said = HeadingsMapped(division=options["division"], columns=len(columns))
    await record(tx, actor, f"import:{id}", said)
    changes = {"state": JobState.QUEUED.value, "refused": None, "options": {**options, "columns": columns}}
    await jobs.moved(tx, id, "true", {}, {**changes, "actor": jobs.holding(actor), "rows_done": 0})
    await commands.tell(tx, actor, id, JobState.QUEUED)
    await queue.enqueue(tx, jobs.QUEUE, [id])


def check(columns: Mapping[str, str | None], titles: Sequence[str], *, day_said: bool) -> None:
    """Every column of the file is decided on, each of ours at most once, and none that is needed is missing."""
    by_field = headings.BY_FIELD
    fields = [f for f in columns.values() if f is not None]
    needed = [c.title for c in COLUMNS if c.required and c.field not in fields]
    if not day_said and "exported_on" not in fields:
        needed.append(by_field["exported_on"].title)
    unsaid = [t for t in titles if headings.compared(t) not in columns]
    if strange := [f for f in fields if f not in by_field]:
        raise WrongMapping(f"没有名为“{strange[0]}”的内容，请从列表中选择。", code="no_such_field")
    if unsaid:
        raise WrongMapping(f"还没有对应的列：{'、'.join(unsaid[:10])}。请选择，或选择不读取。", code="heading_unsaid")
    if twice := [by_field[f].title for f in dict.fromkeys(fields) if fields.count(f) > 1]:
        raise WrongMapping(f"“{twice[0]}”对应了两列，请只留一列。", code="column_twice")
    if needed:
        raise WrongMapping(f"还缺少：{'、'.join(needed)}。请为它们选择对应的列。", code="missing_column")
