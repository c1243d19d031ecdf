"""The table of dated targets: loaded from the packs, versioned from then on; and each target judged on a day."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from asyncpg import Connection

from gateway.coverage.policy import PACK_LIST, IndicatorRow, Pack, TargetRow, Window
from gateway.coverage.rules import Anchor, Goal, Lights, goal, new_year


class Target(NamedTuple):
    pack: str
    indicator: str
    division: int
    due: date
    value: Decimal | None
    below: bool
    baseline_on: date | None
    baseline: Decimal | None
    clause: str
    note: str | None


COLUMNS = ", ".join(Target._fields)
CLOSE = "update policy.target set known_to = clock_timestamp() where id = any($1::uuid[])"
OPEN = f"insert into policy.target ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
PRESENT = f"select id, {COLUMNS} from policy.target where pack = $1 and known_to is null"


async def load_packs(db: Connection) -> list[str]:
    """At start: put every pack whose text has changed into the table. Answers which."""
    async with db.transaction():
        await db.execute("select pg_advisory_xact_lock(hashtext('policy packs'))")
        changed = [pack for pack in PACK_LIST.values() if await latest_digest(db, pack.id) != pack.digest]
        for pack in changed:
            await load(db, pack)
    return [pack.id for pack in changed]


async def latest_digest(db: Connection, pack: str) -> str | None:
    found: str | None = await db.fetchval(
        "select digest from policy.pack where id = $1 order by loaded_at desc limit 1", pack
    )
    return found


async def load(db: Connection, pack: Pack) -> None:
    """A row that says the same stays; one that says otherwise is closed, and its successor opened."""
    said = [row_of(pack, indicator, t) for indicator in pack.indicators for t in indicator.targets]
    present = {Target(*row[1:]): row[0] for row in await db.fetch(PRESENT, pack.id)}
    await db.execute(CLOSE, [id for target, id in present.items() if target not in said])
    await db.executemany(OPEN, [target for target in said if target not in present])
    await db.execute("insert into policy.pack (id, digest) values ($1, $2)", pack.id, pack.digest)


def row_of(pack: Pack, indicator: IndicatorRow, t: TargetRow) -> Target:
    division = int(t.division or pack.division)
    baseline = (t.baseline_on, t.baseline)
    return Target(pack.id, indicator.id, division, t.due, t.value, t.below, *baseline, t.clause, t.note)


async def targets_at(db: Connection, pack: str, division: int, above: Sequence[int]) -> list[Target]:
    """The present versions: a division's own, and those set for one above it; in order of indicator and due day."""
    rows = await db.fetch(
        f"select {COLUMNS} from policy.target where pack = $1 and division = any($2::bigint[]) and known_to is null"
        " order by indicator, due, division",
        pack,
        [division, *above],
    )
    return [Target(*row) for row in rows]


def holding(targets: Sequence[Target], division: int) -> list[Target]:
    """Absolute targets belong to the division they are set for; a share holds below it too, unless one is set there."""
    own = {(t.indicator, t.due) for t in targets if t.division == division}
    return [t for t in targets if t.division == division or (t.below and (t.indicator, t.due) not in own)]


def goal_of(target: Target, siblings: Sequence[Target], indicator: IndicatorRow) -> Goal:
    """`siblings`: the other targets of this indicator, whose values the plan passes through."""
    if any(part.window is Window.YEAR for part in indicator.parts):
        return goal(target.due, target.value, new_year(target.due), ())
    baseline = None
    if target.baseline_on is not None and target.baseline is not None:
        baseline = Anchor(target.baseline_on, target.baseline)
    earlier = [Anchor(s.due, s.value) for s in siblings if s.indicator == target.indicator and s.value is not None]
    return goal(target.due, target.value, baseline, earlier)


def showing(targets: Sequence[Target], day: date) -> Target | None:
    """Of one indicator's targets the one to show on a day: the next that is due, or the last there was."""
    ahead = [t for t in targets if t.due >= day]
    return min(ahead, key=lambda t: t.due) if ahead else max(targets, key=lambda t: t.due, default=None)


def lights(pack: Pack, day: date) -> Lights:
    """The thresholds in force on a day; before the first, the first."""
    dated = sorted(pack.thresholds, key=lambda t: t.start)
    found = next((t for t in reversed(dated) if t.start <= day), dated[0])
    return Lights(found.on_track, found.at_risk)
