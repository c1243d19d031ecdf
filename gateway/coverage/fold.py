"""The fold: what subjects say goes in, curves come out. Everything runs in the caller's transaction."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from asyncpg import Connection

from gateway.coverage import divisions
from gateway.coverage.covers import PRESENCE_NUMBERS, say_covers
from gateway.coverage.curves import settle
from gateway.coverage.numbering import (
    FIRST,
    FLOWS,
    LAST,
    PER_METRIC,
    TIER_NUMBER,
    Unfoldable,
    metric_number,
    tenthousandths,
)
from gateway.coverage.places import EVER, Place
from gateway.coverage.policy import DEFINITIONS
from services.contracts.divisions import Tier, tier_by_code
from services.contracts.facts import Fact, SubjectState

Row = tuple[object, ...]
Apply = Callable[[Connection, Sequence[SubjectState]], Awaitable[None]]
REGISTRY = "registry"  # the only one whose word on divisions counts

# One fold at a time in a schema; a rebuild in another schema does not wait.
LOCK = "select pg_advisory_xact_lock(hashtext('fold ' || current_schema()))"
# Emptied first: `on commit delete rows` does nothing between two savepoints of one transaction.
SCRATCH = """
create temp table if not exists incoming (subject text collate "C", division bigint, metric smallint, flow boolean,
                                          start date, stop date, amount bigint);
create temp table if not exists touched (subject text collate "C");
create temp table if not exists redrawn (division bigint, tier smallint);
create temp table if not exists change  (metric smallint, map smallint, start date, stop date, amount bigint,
                                         unit bigint, above bigint[]);
create temp table if not exists unit    (unit bigint);
create temp table if not exists drawn   (like curve);
truncate incoming, touched, redrawn, change, unit, drawn"""


def folding(service: str) -> Apply:
    """How the gateway takes in the feed of a service."""

    async def apply(db: Connection, items: Sequence[SubjectState]) -> None:
        latest = {item.subject: item for item in items}
        await begin(db)
        if service == REGISTRY:
            await redraw(db, *await divisions.take(db, divisions_in(latest.values())))
        await publish(db, service, list(latest.values()))
        await finish(db)

    return apply


async def forget(db: Connection, service: str) -> None:
    """Take out all that a service ever said: its feed has restarted and says it anew."""
    await begin(db)
    await db.execute("insert into touched select distinct subject from fact where subject ^@ $1", f"{service}/")
    await db.execute("analyze touched")
    await contribute(db, -1, OF_TOUCHED)
    await replace(db)
    await finish(db)


async def begin(db: Connection) -> None:
    await db.execute(LOCK)
    await db.execute(SCRATCH)


# 1. Contributions out and in


async def contribute(db: Connection, sign: int, which: str) -> None:
    """All that some facts add to the curves, or take back. What did not change cancels in `settle`."""
    await db.execute(
        f"insert into change select metric, map, start, stop, {sign} * amount, unit, above from located where {which}"
    )


OF_TOUCHED = "subject in (select subject from touched)"
OF_REDRAWN = "division in (select division from redrawn)"


async def publish(db: Connection, service: str, items: Sequence[SubjectState]) -> None:
    """Replace all that these subjects said before."""
    await listen(db, service, items)
    await contribute(db, -1, OF_TOUCHED)
    await replace(db)
    await contribute(db, +1, OF_TOUCHED)


async def stage(db: Connection, service: str, items: Sequence[SubjectState]) -> None:
    """The same for a rebuild, which draws everything at its end."""
    await listen(db, service, items)
    await replace(db)


async def listen(db: Connection, service: str, items: Sequence[SubjectState]) -> None:
    await db.copy_records_to_table("touched", records=[(f"{service}/{item.subject}",) for item in items])
    await db.copy_records_to_table("incoming", records=await rows(db, service, items))
    await db.execute("analyze touched; analyze incoming")


async def replace(db: Connection) -> None:
    await db.execute("delete from fact f using touched t where f.subject = t.subject")
    await db.execute("insert into fact (subject, division, metric, flow, start, stop, amount) select * from incoming")


async def rows(db: Connection, service: str, items: Sequence[SubjectState]) -> list[Row]:
    """What a subject says twice counts twice, in one row: so that a page of an explanation can go on after any row."""
    said = [(f"{service}/{item.subject}", fact) for item in items for fact in item.facts]
    tiers = await tiers_of(db, {fact.division for _, fact in said})
    sums: dict[Row, int] = {}
    for subject, fact in said:
        key = row(subject, fact, tiers)
        sums[key] = sums.get(key, 0) + tenthousandths(fact.amount)
    return [(*key, amount) for key, amount in sums.items()]


async def tiers_of(db: Connection, codes: Iterable[str]) -> dict[str, Tier]:
    """By our copy; a zone looks like a district, and only its record tells them apart."""
    known = await db.fetch("select code, tier from division where code = any($1::bigint[])", [int(c) for c in codes])
    return {f"{code:012}": Tier(tier) for code, tier in known}


def row(subject: str, fact: Fact, tiers: dict[str, Tier]) -> Row:
    if not FIRST <= fact.start <= LAST:
        raise Unfoldable(f"{subject}: a fact starts between {FIRST} and {LAST}, not on {fact.start}")
    stop = EVER if fact.end is None or fact.end > LAST else fact.end
    number = metric_number(fact.metric, tiers.get(fact.division) or tier_by_code(fact.division))
    return (subject, int(fact.division), number, fact.metric in FLOWS, fact.start, stop)


# 2. Divisions that moved


def divisions_in(items: Iterable[SubjectState]) -> list[SubjectState]:
    return [item for item in items if item.subject.startswith(divisions.PREFIX)]


# A division became known, or changed its tier: its units stand apart by tier.
RETIER = """
update fact f set metric = f.metric / {per}::smallint * {per}::smallint + r.tier from redrawn r
where f.division = r.division and f.metric = any($1::smallint[]) and f.metric % {per} <> r.tier"""


async def redraw(db: Connection, codes: Sequence[int], places: Sequence[Place]) -> None:
    """These divisions lie as `places` say now, and are of the tier that our copy says."""
    if not codes:
        return
    names = [f"{code:012}" for code in codes]
    tiers = await tiers_of(db, names)
    numbers = [TIER_NUMBER[tiers.get(name) or tier_by_code(name)] for name in names]
    await db.copy_records_to_table("redrawn", records=zip(codes, numbers, strict=True))
    await db.execute("analyze redrawn")
    await contribute(db, -1, OF_REDRAWN)
    await db.execute(RETIER.format(per=PER_METRIC), PRESENCE_NUMBERS)
    await db.execute("delete from place p using redrawn r where p.division = r.division")
    await db.copy_records_to_table("place", records=places)
    await contribute(db, +1, OF_REDRAWN)


# 3. Coverage: our own facts, one subject per unit


async def finish(db: Connection) -> None:
    """Say anew which of the changed units are covered, and when; then draw."""
    await db.execute(
        "insert into unit select distinct unit from change where metric = any($1::smallint[])", PRESENCE_NUMBERS
    )
    await cover(db)
    await settle(db)


async def cover(db: Connection) -> None:
    await db.execute("analyze unit; truncate touched; insert into touched select 'cover:' || unit from unit")
    await db.execute("analyze touched")
    await contribute(db, -1, OF_TOUCHED)
    await db.execute("delete from fact f using touched t where f.subject = t.subject")
    await db.execute(say_covers(DEFINITIONS))
    await contribute(db, +1, OF_TOUCHED)


async def redefine(db: Connection, *, draw: bool = True) -> bool:
    """Say all covers anew if coverage is defined otherwise than when they were said. A rebuild draws later."""
    await begin(db)
    signature = "\n".join(f"{name} = {expression}" for name, expression in sorted(DEFINITIONS.items()))
    if await db.fetchval("select signature from defined") == signature:
        return False
    await db.execute("delete from defined")
    await db.execute("insert into defined values ($1)", signature)
    present = "insert into unit select distinct unit from located where metric = any($1::smallint[])"
    await db.execute(present, PRESENCE_NUMBERS)
    await cover(db)
    if draw:
        await settle(db)
    return True
