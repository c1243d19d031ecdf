"""A rebuild grows in its own schema beside the live one, and takes its name in one short transaction."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from asyncpg import Connection

from gateway.coverage import divisions, fold
from gateway.coverage.covers import PRESENCE_NUMBERS
from gateway.coverage.curves import build
from services.contracts.facts import SubjectState
from services.kernel import consumer

LIVE, GROWING, RETIRED = "coverage", "growing", "retired"
Step = Callable[[Connection], Awaitable[None]]
TABLES = Path(__file__).with_name("schema.sql").read_text() + consumer.TABLES

# Scratch tables must look like the new tables, not like those of a fold before.
BEGIN = f"""
set transaction_timeout = 0; set lock_timeout = 0; discard temp;
drop schema if exists {GROWING} cascade; create schema {GROWING}; set search_path = {GROWING}, public"""

# Whoever may use the live tables may use the new ones.
GRANTS = f"""
select distinct format('grant usage on schema {GROWING} to %1$s;'
  'grant select, insert, update, delete on all tables in schema {GROWING} to %1$s', a.grantee::regrole)
from pg_class c, aclexplode(c.relacl) a
where c.oid = to_regclass('{LIVE}.fact') and a.grantee not in (0, c.relowner)"""

# Nobody may have moved a cursor and wait for the fold's lock: its page would then go into the new tables unseen by the
# new cursor. So first the cursors, then the fold.
ALONE = f"""
lock table {LIVE}.feed_cursor in exclusive mode;
select pg_advisory_xact_lock(hashtext('fold {LIVE}'))"""
SWITCH = f"""
drop schema if exists {RETIRED} cascade;
alter schema {LIVE} rename to {RETIRED};
alter schema {GROWING} rename to {LIVE}"""


async def rebuild(db: Connection, load: Step, catch_up: Step) -> None:
    """`load` reads the feeds from their start, applying by `staging`; `catch_up` goes on, applying by `folding`."""
    await db.execute(BEGIN)
    await db.execute(TABLES)
    for (grant,) in await db.fetch(GRANTS):
        await db.execute(grant)
    await load(db)
    await draw(db)
    await db.execute("vacuum analyze fact, curve, place, division, placement")
    await catch_up(db)
    async with db.transaction():
        await db.execute(ALONE)
        await catch_up(db)  # nobody folds now: the last few
        await db.execute(SWITCH)
    # Later than the switch: a statement may just be resolving its names.
    await db.execute(f"set search_path = {LIVE}, public; discard temp; drop schema {RETIRED} cascade")


def staging(service: str) -> fold.Apply:
    """Put what a service says into the tables, without drawing anything."""

    async def apply(db: Connection, items: Sequence[SubjectState]) -> None:
        latest = list({item.subject: item for item in items}.values())
        await fold.begin(db)
        if service == fold.REGISTRY:
            await fold.redraw(db, *await divisions.take(db, fold.divisions_in(latest)))
        await fold.stage(db, service, latest)

    return apply


async def draw(db: Connection) -> None:
    """All covers and all curves, from what was staged."""
    async with db.transaction():
        await db.execute("analyze fact, place")
        await fold.redefine(db, draw=False)
        metrics = await db.fetch(
            "select distinct metric from fact where metric <> all($1::smallint[])", PRESENCE_NUMBERS
        )
        await build(db, [row[0] for row in metrics])
