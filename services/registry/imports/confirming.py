"""A checked roster, written: in one transaction, and only if it still says what was shown."""

from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.imports import JobState, Outcome
from services.kernel.clock import now, today
from services.kernel.crypto import Vault
from services.kernel.db import Database, everywhere, run
from services.kernel.errors import Conflict
from services.kernel.listing import plain
from services.kernel.problems import of_database
from services.registry.imports import contents
from services.registry.imports.jobs import UNDO, Claim
from services.registry.imports.kinds import KINDS
from services.registry.imports.organizations import lock_organizations
from services.registry.imports.passing import passing
from services.registry.imports.roster import Mentions
from services.registry.imports.writing import Batch, write_organizations
from services.registry.publishing import publish_points

# The role's limits are for requests; whoever waits for another import waits as long as one takes.
LIMITS = tuple(
    text(f"set local {name} = '{value}'")
    for name, value in (
        # PostgreSQL does not move a clock that runs already: it has to be stopped first.
        ("transaction_timeout", "0"), ("transaction_timeout", "20min"),
        ("idle_in_transaction_session_timeout", "5min"), ("lock_timeout", "30s"),
        ("enable_seqscan", "off"),  # the planner takes a table that this transaction fills for an empty one
    )
)  # fmt: skip
# One at a time: two files may name the same new organization or person.
TURN = text("select pg_advisory_xact_lock(hashtext('registry import'))")
# Organizations come before people, people before points, points before assignments: in this order everybody locks.
LOCK_PEOPLE = text("""
select count(*) from (
  select p.id from person p join import_row r on r.subject = p.id
  where r.job_id = :job order by p.id for update of p) l""")
LOCK_POINTS = text("""
select count(*) from (
  select s.id from service_point s
  where s.number = any(cast(:numbers as text[])) or s.id in (
    select a.service_point_id from assignment a join import_row r on r.subject = a.person_id where r.job_id = :job)
    or s.id in (select r.subject from import_row r where r.job_id = :job)
  order by s.id for update) l""")
SUBJECTS = """
select number, subject from import_row where job_id = $1 and number between $2 and $3 and outcome = 'new'"""
XACT = text("select pg_current_xact_id()::text::bigint")
# Found by this transaction's own statements.
ALIKE = text("""
select count(*) from possible_duplicate d where d.found_at >= now() and d.state = 'open' and exists (
  select from import_row r where r.job_id = :job and r.subject in (d.low_id, d.high_id))""")
CHANGED = "登记数据在核对之后有变化，没有写入任何内容。请重新核对后再确认。"


class Drifted(Exception):
    """The register has changed: what would be written is not what was shown."""


async def begin(tx: AsyncSession) -> None:
    for limit in LIMITS:
        await run(tx, limit, {})
    await run(tx, TURN, {})


async def confirm(app: FastAPI, claim: Claim) -> None:
    database: Database = app.state.database
    try:
        async with app.state.import_turn, claim.writing(database) as tx:
            await begin(tx)
            await write(tx, claim, database, app.state.vault)
            at = now()
            xact = (await run(tx, XACT, {})).scalar_one()
            state, until = JobState.DONE.value, at + UNDO
            notes = [*claim.job.notes, *await alike(tx, claim)]
            await claim.move(tx, state=state, confirmed_at=at, undo_until=until, batch_xact=xact, notes=notes)
    except Exception as error:
        if not isinstance(error, Drifted) and not isinstance(of_database(error), Conflict):
            raise
        await check_again(database, claim)
        return
    app.state.bell.ring()


async def alike(tx: AsyncSession, claim: Claim) -> list[str]:
    """What is still to be looked at because of this import."""
    found = int((await run(tx, ALIKE, {"job": claim.id})).scalar_one())
    return [f"发现 {found} 对可能是同一人的人员，已列入“疑似重复”，请核对。"] if found else []


async def check_again(database: Database, claim: Claim) -> None:
    notes = [*(n for n in claim.job.notes if n != CHANGED), CHANGED]
    async with claim.writing(database) as tx:
        await claim.move(tx, state=JobState.CHECKING.value, rows_done=0, notes=notes)


async def lock(tx: AsyncSession, claim: Claim, said: Mentions) -> None:
    roster, job = KINDS[claim.kind], {"job": claim.id}
    async with everywhere(tx, "what it names is locked wherever it lies, for its facts are said anew"):
        await lock_organizations(await plain(tx), said, roster.organization)
        await run(tx, LOCK_PEOPLE, job)
        await run(tx, LOCK_POINTS, {**job, "numbers": said[roster.point]})


async def write(tx: AsyncSession, claim: Claim, database: Database, vault: Vault) -> None:
    """Piece by piece, planned anew under the locks. What many rows share is published once, at the end."""
    roster = KINDS[claim.kind]
    reading = claim.reading(database)
    said = await contents.mentions_of(reading, vault, claim.id, roster.columns)
    await lock(tx, claim, said)
    db, actor = await plain(tx), claim.actor
    way = await passing(
        db, claim.kind, claim.system, said, actor=actor, vault=vault, today=today(), old_numbers=claim.old_numbers
    )
    batch, points, done = Batch(tx, actor, claim.id), set[UUID](), 0
    if roster.begin:
        await roster.begin(batch, claim)
    async for rows in contents.rows_of(reading, vault, claim.id):
        plan, verdicts = await way.of(db, rows)
        found = await db.fetch(SUBJECTS, claim.id, rows[0].number, rows[-1].number)
        subjects = {r["number"]: r["subject"] for r in found}
        if subjects.keys() != {v.number for v in verdicts if v.outcome is Outcome.NEW}:
            raise Drifted
        await write_organizations(batch, way.organizations)
        points |= await roster.write(batch, plan, vault, subjects)
        done += len(rows)
        await claim.progress(database, done)
    if way.digest.digest() != claim.job.digest:
        raise Drifted
    await publish_points(tx, points)
    if roster.finish:
        await roster.finish(batch, claim)
