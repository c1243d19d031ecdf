"""An import, from its rows to its result: read, held against the register, refused whole or written whole."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import CodeSystem, ImportKind, ImportResult
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.db import run
from services.registry.changes import new_ids
from services.registry.imports.organizations import load_organizations
from services.registry.imports.places import Places, load_places
from services.registry.imports.points import plan as point_plan
from services.registry.imports.points import rows as point_rows
from services.registry.imports.points import write as point_write
from services.registry.imports.roster import BadRoster, Column, Findings, Row, rows_under
from services.registry.imports.workers import known as worker_known
from services.registry.imports.workers import plan as worker_plan
from services.registry.imports.workers import rows as worker_rows
from services.registry.imports.workers import write as worker_write
from services.registry.imports.writing import Batch, write_organizations
from services.registry.listing import plain

COLUMNS: dict[ImportKind, Sequence[Column]] = {
    ImportKind.CERTIFIED_WORKERS: worker_rows.COLUMNS,
    ImportKind.SERVICE_POINTS: point_rows.COLUMNS,
}
NOTES = 100
# One at a time: two files may name the same new organization or person. Whoever waits, waits as long as one takes.
PATIENCE = text("set local lock_timeout = '30s'")
TURN = text("select pg_advisory_xact_lock(hashtext('registry import'))")


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    kind: ImportKind
    system: CodeSystem
    sha256: str


def roster_of(kind: ImportKind, sheet: Sequence[Sequence[str]]) -> list[Row]:
    rows = rows_under(sheet, COLUMNS[kind])
    if not rows:
        raise BadRoster("表头下面没有内容，请填写后再上传。", code="no_rows")
    return rows


async def be_patient(tx: AsyncSession) -> None:
    """Before the first lock of an import."""
    await run(tx, PATIENCE, {})


async def import_roster(
    tx: AsyncSession, actor: Actor, vault: Vault, upload: Upload, rows: Sequence[Row], today: date
) -> ImportResult:
    await run(tx, TURN, {})
    db = await plain(tx)
    within = actor.ranges("registry:write")
    places = await load_places(db, rows, system=upload.system, within=within, today=today)
    [id] = await new_ids(tx, 1)
    batch, findings = Batch(tx, actor, id), Findings()
    take = import_workers if upload.kind is ImportKind.CERTIFIED_WORKERS else import_points
    plan = await take(batch, vault, rows, places, findings, today)
    return ImportResult(
        kind=upload.kind,
        rows=len(rows),
        new=plan.new,
        changed=plan.changed,
        unchanged=plan.unchanged,
        warned=len(findings.notes),
        warnings=sorted(findings.notes, key=lambda n: n.row)[:NOTES],
        file_sha256=upload.sha256,
        batch_id=id,
    )


async def import_workers(
    batch: Batch, vault: Vault, rows: Sequence[Row], places: Places, findings: Findings, today: date
) -> worker_plan.Plan:
    """What takes long and touches nothing runs beside the event loop."""
    workers = await asyncio.to_thread(worker_rows.read_rows, rows, places, vault, today, findings)
    db = await plain(batch.tx)
    named = [(w.employer_uscc, w.employer_name) for w in workers]
    employers = await load_organizations(db, named, worker_rows.EMPLOYER, places.reaches, places.reaches)
    known = await worker_known.load_known(db, workers)
    plan = await asyncio.to_thread(worker_plan.decide, workers, known, employers, places.reaches, findings)
    findings.refuse()
    await write_organizations(batch, employers)
    await worker_write.write(batch, plan, vault)
    return plan


def anywhere(_: str) -> bool:
    """Any organization may run a point, wherever it is registered."""
    return True


async def import_points(
    batch: Batch, vault: Vault, rows: Sequence[Row], places: Places, findings: Findings, today: date
) -> point_plan.Plan:
    points = await asyncio.to_thread(point_rows.read_rows, rows, places, vault, findings)
    db = await plain(batch.tx)
    named = [(p.operator_uscc, p.operator_name) for p in points if p.operator_name]
    operators = await load_organizations(db, named, point_rows.OPERATOR, anywhere, places.reaches)
    known = await point_plan.load_known(db, points)
    plan = await asyncio.to_thread(point_plan.decide, points, known, operators, places.reaches, findings)
    findings.refuse()
    await write_organizations(batch, operators)
    await point_write.write(batch, plan, vault)
    return plan
