"""A status export as the import jobs know it: its rows become a snapshot, which is compared as it is confirmed."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import DivisionCode, subtree
from services.contracts.reconciliation_events import NationalExportRemoved
from services.kernel.clock import now
from services.kernel.crypto import Blind, Vault
from services.kernel.db import run
from services.kernel.feed import record
from services.registry.imports.jobs import Claim
from services.registry.imports.organizations import Organizations
from services.registry.imports.roster import BadRoster, Findings, Shown
from services.registry.imports.writing import Batch
from services.registry.reconciliation import comparing
from services.registry.reconciliation.rows import COMPARED, Entry, Known

HOLDERS = """
select i.key_id, i.blind, i.person_id from person_index i where i.blind = any($1)"""
ADD = text("""
insert into national_snapshot (id, division, exported_on, file_name, rows, columns, made_at, made_by)
values (:id, :division, :exported_on, :file_name, :rows, cast(:columns as text[]), :made_at, :made_by)""")
DISTRICTS = text("""
select name, code from division where tier in ('district', 'zone') and code between :low and :high
order by length(name) desc, code""")
AREA = text("select division from national_snapshot where id = :id")
DAY = text("select exported_on from national_snapshot where id = :id")
LATEST = text("update national_snapshot set exported_on = greatest(exported_on, :day) where id = :id")
REMOVE = text("delete from national_snapshot where id = :id returning division")
EARLIEST = date(1900, 1, 1)


@dataclass
class Plan:
    entries: Sequence[Entry]
    known: Known
    shown: Shown = field(default_factory=Shown)


async def known(db: asyncpg.Connection, entries: Sequence[Entry]) -> Known:
    """Whose the whole identity numbers are: asked now, for the numbers themselves are not kept."""
    macs: dict[bytes, list[Blind]] = defaultdict(list)
    for entry in entries:
        for blind in entry.id_blinds:
            macs[blind.mac].append(blind)
    found = await db.fetch(HOLDERS, list(macs)) if macs else []
    return Known({Blind(r["key_id"], r["blind"]): r["person_id"] for r in found})


def decide(
    entries: Sequence[Entry], known: Known, _: Organizations, reaches: Callable[[str], bool], findings: Findings
) -> Plan:
    """Every row is kept: what it means to the register the comparison says."""
    plan = Plan(entries, known)
    for entry in entries:
        plan.shown.add(entry.number, None, [], known=False)
    return plan


async def begin(batch: Batch, claim: Claim) -> None:
    """The day of the export, where the rows do not say it, is what the uploader said."""
    said = claim.options.get("exported_on")
    await run(batch.tx, ADD, {
        "id": claim.id, "division": claim.options["division"],
        "exported_on": date.fromisoformat(said) if said else EARLIEST,
        "file_name": claim.job.file_name, "rows": claim.job.new, "made_at": now(), "made_by": claim.actor.id,
        "columns": sorted(COMPARED[f] for f in claim.options.get("fields", ()) if f in COMPARED),
    })  # fmt: skip


async def write(batch: Batch, plan: Plan, vault: Vault, subjects: Mapping[int, UUID]) -> set[UUID]:
    area = (await run(batch.tx, AREA, {"id": batch.id})).scalar_one()
    low, high = subtree(area)
    named = {r.name: r.code for r in (await run(batch.tx, DISTRICTS, {"low": low, "high": high})).all()}
    rows = [row_of(batch.id, place_of(e.body, area, named), e, plan.known) for e in plan.entries]
    await batch.copy("national_entry", rows)
    if days := [e.exported_on for e in plan.entries if e.exported_on]:
        await run(batch.tx, LATEST, {"id": batch.id, "day": max(days)})
    return set()


def place_of(body: str | None, area: DivisionCode, named: Mapping[str, DivisionCode]) -> DivisionCode:
    """The district after which the registration body is named, the longest name first; else the whole area."""
    return next((code for name, code in named.items() if body and name in body), area)


def row_of(snapshot: UUID, division: DivisionCode, e: Entry, known: Known) -> dict[str, object]:
    return {
        "snapshot_id": snapshot, "number": e.number, "division": division, "name": e.name, "canonical": e.canonical,
        "id_head": e.id_head, "id_tail": e.id_tail, "id_whole": bool(e.id_blinds), "id_holder": known.holder(e),
        "management_number": e.management_number, "level": e.level and e.level.value,
        "status": e.status and e.status.value, "status_word": e.status_word, "approved_on": e.approved_on,
        "registered_on": e.registered_on, "end_on": e.end_on, "body": e.body,
    }  # fmt: skip


async def finish(batch: Batch, claim: Claim) -> None:
    if (await run(batch.tx, DAY, {"id": claim.id})).scalar_one() == EARLIEST:
        raise BadRoster("导出日期这一列是空的。请在上传时填写导出日期。", code="no_export_day")
    await comparing.compare_if_newest(batch.tx, claim.actor, claim.id, batch_id=batch.id)


async def undo(tx: AsyncSession, claim: Claim) -> None:
    """What the export before it said counts again."""
    division = (await run(tx, REMOVE, {"id": claim.id})).scalar_one()
    removed = NationalExportRemoved(snapshot_id=claim.id, division=division, batch_id=claim.id)
    await record(tx, claim.actor, f"import:{claim.id}", removed)
    await comparing.compare_around(tx, claim.actor, division)
