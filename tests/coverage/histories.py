"""Random histories put through the fold and compared, number by number, with brute force."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from decimal import Decimal

import asyncpg

from gateway.coverage import fold, reads
from gateway.coverage.numbering import ONE, number_of
from services.contracts.divisions import Tier
from tests.coverage.world import COVERS, END, FLOW, STOCKS, THEN, TODAY, World

TIERS = (Tier.CITY, Tier.DISTRICT, Tier.STREET, Tier.VILLAGE, Tier.ZONE)
NAMES = [*(m.value for m in STOCKS), FLOW.value, *(f"{c}@{t.value}" for c in COVERS for t in TIERS)]
NUMBERS = {name: number_of(name) for name in NAMES}
ABOVE = ["000000000000", "370000000000"]


@asynccontextmanager
async def rolled_back(db: asyncpg.Connection) -> AsyncIterator[None]:
    whole = db.transaction()
    await whole.start()
    try:
        yield
    finally:
        await whole.rollback()


async def take(db: asyncpg.Connection, service: str, states) -> None:
    async with db.transaction():
        await fold.folding(service)(db, states)


async def compare(db: asyncpg.Connection, w: World, day: date, on_map: int) -> list[str]:
    """Every division by every metric on one day."""
    codes = [*ABOVE, *w.codes]
    got = await reads.family(db, [int(c) for c in codes], list(NUMBERS.values()), day, on_map)
    want = w.table(day, on_map)
    return [
        f"{code} {name} on {day}, map {on_map}: {g}, not {v}"
        for code in codes
        for name, number in NUMBERS.items()
        if (g := got.get((int(code), number), 0)) != (v := round(want.get((code, name), 0) * ONE))
    ]


async def compare_series(db: asyncpg.Connection, w: World, on_map: int) -> list[str]:
    """One division over time, and the first day on which a threshold was reached."""
    code, name = w.rng.choice([*ABOVE, *w.hot]), w.rng.choice(NAMES)
    days = w.days()[:: max(1, len(w.days()) // 60)]
    got = await reads.points(db, int(code), [(NUMBERS[name], d) for d in days], on_map)
    want = [round(w.table(d, on_map).get((code, name), 0) * ONE) for d in days]
    wrong = [
        f"series of {code} {name}: {g}, not {v}, on {d}" for d, g, v in zip(days, got, want, strict=True) if g != v
    ]
    above, below = w.rng.choice([("established", "exists"), ("served", "exists")])
    tier = w.rng.choice(TIERS).value
    since, until = sorted([w.day(), w.day()])
    since = since if w.rng.random() < 0.5 else date.min
    share = w.rng.choice([Decimal("0.5"), Decimal(1)])
    asked = reads.Question(NUMBERS[f"{above}@{tier}"], NUMBERS[f"{below}@{tier}"], 0, share, since, until)
    [first] = await reads.reached(db, int(code), [asked], on_map)
    expected = first_day(w, code, f"{above}@{tier}", f"{below}@{tier}", float(share), since, until, on_map)
    return wrong + (
        [] if first == expected else [f"{code} {above}/{below}@{tier} reached {share}: {first}, not {expected}"]
    )


def first_day(w: World, code: str, above: str, below: str, share: float, since: date, until: date, on_map: int):
    for day in sorted({d for d in w.days() if since <= d <= until} | ({since} if since > date.min else set())):
        table = w.table(day, on_map)
        if table.get((code, below), 0) > 0 and table.get((code, above), 0) >= share * table[code, below]:
            return day
    return None


async def history(db: asyncpg.Connection, seed: int) -> list[str]:
    """What is wrong after, or during, one random history; nothing if all is well."""
    w = World(seed)
    async with rolled_back(db):
        await take(db, "registry", w.first_states())
        for n in range(w.rng.randint(4, 14)):
            service, states = w.batch()
            await take(db, service, states)
            if n % 4 == 3 and (wrong := await compare(db, w, w.day(), w.rng.choice([THEN, TODAY]))):
                return [f"after batch {n}", *wrong]
        for _ in range(4):
            day = w.day() + timedelta(w.rng.choice([0, 0, -365, 1000]))
            for on_map in (THEN, TODAY):
                if wrong := await compare(db, w, day, on_map):
                    return wrong
        return await compare_series(db, w, w.rng.choice([THEN, TODAY]))


async def run(db: asyncpg.Connection, first: int, count: int) -> None:
    """Raise on the first history that differs, with its seed."""
    for seed in range(first, first + count):
        if wrong := await history(db, seed):
            raise AssertionError(f"SEED={seed}:\n" + "\n".join(wrong[:12]))


assert END == date.max
