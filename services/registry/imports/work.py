"""The steps of an import, done by the worker of the queue: read, check, confirm, undo.

Each begins anew when a process died in its middle: what is half done is thrown away with it, or was never committed.
"""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

import orjson
from fastapi import FastAPI
from sqlalchemy import text

from services.contracts.imports import Finding, JobState, Outcome, Refused, Severity
from services.contracts.registry_events import ImportRowsElsewhere
from services.kernel import log as logging_of_requests
from services.kernel.clock import today
from services.kernel.crypto import Vault
from services.kernel.db import Database, copy_rows, run
from services.kernel.errors import DomainError
from services.kernel.feed import record
from services.kernel.jobs import passing as passes_by
from services.registry.changes import new_ids
from services.registry.imports import confirming, contents, undoing
from services.registry.imports.jobs import Claim, Overtaken, take
from services.registry.imports.kinds import KINDS
from services.registry.imports.passing import Verdict, passing
from services.registry.imports.roster import HEADER_WITHIN, BadRoster, Mentions
from services.registry.imports.workbook import Sheet, rows_of

log = logging.getLogger("imports")
FORGET_ROWS = text("delete from import_row where job_id = :job")
ROW = ("job_id", "number", "outcome", "warned", "label", "subject", "findings", "changes")
COUNTED = {Outcome.ERROR: "errors"}


async def work(app: FastAPI, id: UUID) -> None:
    """Every step that can be done without being asked again."""
    while (claim := await take(app.state.database, id)) is not None:
        token = logging_of_requests.request_id.set(claim.job.request_id)
        try:
            await STEPS[claim.state](app, claim)
        except Overtaken:
            return
        except DomainError as refusal:
            await refuse(app, claim, of_refusal(refusal))
        except Exception as error:
            if passes_by(error):
                raise
            log.exception("an import failed")
            await refuse(app, claim, Refused(code="internal", detail=BUG, request_id=claim.job.request_id))
        finally:
            logging_of_requests.request_id.reset(token)


BUG = "系统内部错误，已记录，没有写入任何内容。请稍后重新上传，如仍出现请把编号告诉运维人员。"


def of_refusal(error: DomainError) -> Refused:
    """The columns that are wrong are named in the sentence; here they are once more, one by one."""
    findings = [
        Finding(
            severity=Severity.ERROR, column=e.field, field=e.field, code=e.code, value=None,
            reason=e.detail.partition("，")[0], remedy=e.detail.partition("，")[2],
        )
        for e in error.errors
    ]  # fmt: skip
    return Refused(code=error.code, detail=error.detail, findings=findings)


async def refuse(app: FastAPI, claim: Claim, why: Refused) -> None:
    """An undo that failed has undone nothing."""
    state, changes = JobState.FAILED, {"refused": why.model_dump(mode="json")}
    async with claim.writing(app.state.database) as tx:
        if claim.state is JobState.UNDOING:
            await claim.move(tx, state=JobState.DONE.value, notes=[*claim.job.notes, f"撤销没有完成：{why.detail}"])
        else:
            await claim.move(tx, state=state.value, **changes)


async def read(app: FastAPI, claim: Claim) -> None:
    """The file → its rows, sealed piece by piece."""
    database: Database = app.state.database
    vault: Vault = app.state.vault
    async with claim.writing(database) as tx:
        await claim.move(tx, rows_done=0)
        await contents.forget_read(tx, claim.id)
    kind, sheet = KINDS[claim.kind], Sheet()
    columns = kind.columns
    content, mentions = await contents.file_of(claim.reading(database), vault, claim.id), Mentions(columns)
    header, top, first, total, piece = None, [], 1, 0, 0
    async with app.state.readers, contextlib.aclosing(rows_of(content, sheet, csv=kind.csv)) as pieces:
        async for lines in pieces:
            top += lines
            if header is None and len(top) < HEADER_WITHIN and sheet.height > len(top):
                continue
            header = header or kind.headed(top, columns, claim)
            rows = header.rows(top, first)
            mentions.add(rows)
            first, total, piece, top = first + len(top), total + len(rows), piece + 1, []
            async with claim.writing(database) as tx:
                await claim.move(tx, rows_done=total, rows_total=max(total, sheet.height - header.line))
                if rows:
                    await contents.keep_rows(tx, vault, claim.id, piece, rows)
    if header is None or total == 0:
        raise BadRoster("表头下面没有内容，请填写后再上传。", code="no_rows")
    async with claim.writing(database) as tx:
        said = {"notes": [*sheet.notes, *header.notes], "options": {**claim.options, "fields": sorted(header.where)}}
        await claim.move(tx, state=JobState.CHECKING.value, rows_total=total, rows_done=0, **said)
        await contents.keep_mentions(tx, vault, claim.id, mentions)
        await contents.forget_file(tx, claim.id)


async def check(app: FastAPI, claim: Claim) -> None:
    """The rows against the register: what each means is shown, nothing is written there."""
    database: Database = app.state.database
    vault: Vault = app.state.vault
    async with claim.writing(database) as tx:
        await claim.move(tx, rows_done=0)
        await run(tx, FORGET_ROWS, {"job": claim.id})
    reading = claim.reading(database)
    said = await contents.mentions_of(reading, vault, claim.id, KINDS[claim.kind].columns)
    async with reading() as db:
        way = await passing(
            db, claim.kind, claim.system, said, actor=claim.actor, vault=vault, today=today(),
            old_numbers=claim.old_numbers,
        )  # fmt: skip
    counts = dict.fromkeys(("new", "changed", "unchanged", "conflict", "errors", "warnings"), 0)
    done = elsewhere = 0
    async for rows in contents.rows_of(reading, vault, claim.id):
        async with reading() as db:
            _, verdicts = await way.of(db, rows)
        way.organizations.taken()
        for verdict in verdicts:
            counts[COUNTED.get(verdict.outcome, verdict.outcome.value)] += 1
            counts["warnings"] += verdict.warned
            elsewhere += verdict.elsewhere
        done += len(rows)
        await show(database, claim, verdicts, done)
    state = JobState.INVALID if counts["errors"] else JobState.READY
    async with claim.writing(database) as tx:
        await claim.move(tx, state=state.value, digest=way.digest.digest(), **counts)
        if elsewhere:
            await record(tx, claim.actor, f"import:{claim.id}", ImportRowsElsewhere(import_id=claim.id, rows=elsewhere))


async def show(database: Database, claim: Claim, verdicts: Sequence[Verdict], done: int) -> None:
    async with claim.writing(database) as tx:
        await claim.move(tx, rows_done=done)
        new = [v.number for v in verdicts if v.outcome is Outcome.NEW]
        ids = dict(zip(new, await new_ids(tx, len(new)), strict=True))
        await copy_rows(tx, "import_row", ROW, [row_of(claim.id, v, ids) for v in verdicts])


def row_of(job: UUID, v: Verdict, ids: Mapping[int, UUID]) -> tuple[object, ...]:
    said = [orjson.dumps([part.model_dump() for part in parts]).decode() for parts in (v.findings, v.changes)]
    return (job, v.number, v.outcome.value, v.warned, v.label, ids.get(v.number, v.subject), *said)


Step = Callable[[FastAPI, Claim], Awaitable[None]]
STEPS: Mapping[JobState, Step] = {
    JobState.READING: read,
    JobState.CHECKING: check,
    JobState.CONFIRMING: confirming.confirm,
    JobState.UNDOING: undoing.undo,
}
