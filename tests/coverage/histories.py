"""Random histories put through the fold and compared, number by number, with brute force."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import asyncpg

from gateway.coverage import explanations, fold, gaps, reads
from gateway.coverage.answers import UNITS_OF, Asked
from gateway.coverage.lay import lay
from gateway.coverage.numbering import ONE, number_of
from gateway.coverage.policy import DEFAULT, PACK_LIST
from services.contracts.coverage import ExplainedFact, Map
from services.contracts.divisions import CodeRange, Tier, subtree
from tests.coverage.world import COVERS, END, FLOW, PRESENT, STOCKS, THEN, TODAY, World

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
    """One division over time, and the first days on which thresholds were reached."""
    code, name = w.rng.choice([*ABOVE, *w.hot]), w.rng.choice(NAMES)
    tables = {day: w.table(day, on_map) for day in w.days()}
    got = await reads.points(db, int(code), [(NUMBERS[name], d) for d in tables], on_map)
    want = [round(table.get((code, name), 0) * ONE) for table in tables.values()]
    wrong = [
        f"series of {code} {name}: {g}, not {v}, on {d}" for d, g, v in zip(tables, got, want, strict=True) if g != v
    ]
    asked = [a_question(w, tables) for _ in range(8)]
    found = await reads.reached(db, int(code), asked, on_map)
    expected = [first_day(w, code, q, on_map, tables) for q in asked]
    return wrong + [f"{code} {q}: {f}, not {e}" for q, f, e in zip(asked, found, expected, strict=True) if f != e]


def a_question(w: World, days: Iterable[date]) -> reads.Question:
    above, below = w.rng.choice([("established", "exists"), ("served", "exists"), ("certified_people", "")])
    tier = w.rng.choice(TIERS).value
    since, until = sorted(w.rng.choice([w.day(), *w.rng.sample([*days, END], 1)]) for _ in range(2))
    share = w.rng.choice([Decimal("0.5"), Decimal(1), Decimal(2)])
    numbers = (NUMBERS[f"{above}@{tier}"], NUMBERS[f"{below}@{tier}"]) if below else (NUMBERS[above], 0)
    return reads.Question(*numbers, 0, share, since if w.rng.random() < 0.6 else date.min, until)


def first_day(w: World, code: str, q: reads.Question, on_map: int, tables: dict[date, dict]) -> date | None:
    """Nothing moves but on the days of `tables`; before the first of them there is nothing."""
    names = {number: name for name, number in NUMBERS.items()}
    days = {d for d in tables if q.since <= d <= q.until} | ({q.since} if q.since > date.min else set())
    for day in sorted(days):
        table = tables.get(day) or w.table(day, on_map)
        part = table.get((code, names[q.above]), 0)
        whole = table.get((code, names[q.below]), 0) if q.below else 1
        if whole > 0 and part >= float(q.value) * whole:
            return day
    return None


async def compare_explanation(db: asyncpg.Connection, w: World, on_map: int) -> list[str]:
    """All pages and what lies outside add up to the number, for whoever asks."""
    code = w.rng.choice([c for c in w.hot if c in w.divisions] or sorted(w.divisions))
    code = w.rng.choice(sorted(w.over(code, END) & w.divisions.keys()))
    said = [f.metric for facts in w.said.values() for f in facts] or [FLOW]
    metric = w.rng.choice([*said, FLOW])
    tiers = [f"{name}@{w.rng.choice(TIERS).value}" for name in (metric.value, *COVERS)]
    name = w.rng.choice(tiers) if metric in PRESENT else metric.value
    happened = [f.start for facts in w.said.values() for f in facts if f.metric is metric]
    start, day = sorted(w.rng.choice([w.day(), w.rng.choice([*w.days(), w.day()]), *happened]) for _ in range(2))
    start = start if metric is FLOW and w.rng.random() < 0.6 else None
    near = subtree(w.rng.choice(w.codes))
    scope = w.rng.choice([(), (near,), (subtree("370100000000"), subtree("370200000000"))])
    asked = Asked(code, day, Map.THEN if on_map == THEN else Map.TODAY, PACK_LIST[DEFAULT], datetime.now(UTC))
    number = explanations.number_asked(asked, name)
    area = dict.fromkeys(("registry", "training", "coordination"), scope)
    found, cursor = [], None
    while True:
        page = await explanations.explanation(db, asked, number, start, area, cursor, w.rng.randint(1, 3))
        found += [*page.items, *([page.outside] if page.outside else [])]
        if (cursor := page.next) is None:
            break
    before = w.table(start - timedelta(1), on_map).get((code, name), 0) if start else 0
    want = w.table(day, on_map).get((code, name), 0) - before
    hidden = [i for i in found if isinstance(i, ExplainedFact) and not any(i.division in r for r in scope)]
    sums = {float(sum(i.amount for i in found)), float(page.total), round(want, 4)}
    wrong = [f"{code} {name} on {day} from {start}, map {on_map}: {sums}"] if len(sums) > 1 else []
    return wrong + [f"shown outside the scope: {i}" for i in hidden]


async def compare_children(db: asyncpg.Connection, w: World, on_map: int) -> list[str]:
    code, day = w.rng.choice(sorted(w.divisions)), w.day()
    got = {c.ref.code for c in (await lay(db, code, day, on_map)).children}
    want = w.children(code, END if on_map == TODAY else day)
    return [] if got == want else [f"children of {code} on {day}, map {on_map}: {got ^ want}"]


async def compare_gaps(db: asyncpg.Connection, w: World, on_map: int) -> list[str]:
    """The pages list what is counted, inside the asker's area, and count the rest."""
    wrong = []
    for day in w.rng.sample(w.days(), min(8, len(w.days()))):
        code = w.rng.choice(sorted(w.over(w.rng.choice(w.hot), END) & w.divisions.keys()) or [*w.divisions])
        tiers = {t.value for t in UNITS_OF[w.tier(code)]} - {"zone"}
        want = {k: n for k, n in w.gaps(code, day, on_map).items() if k[1] in tiers}
        near = subtree(w.rng.choice(w.codes))
        scope = w.rng.choice([(), (near,), (subtree("370100000000"), subtree("370200000000"))])
        asked = Asked(code, day, Map.THEN if on_map == THEN else Map.TODAY, PACK_LIST[DEFAULT], datetime.now(UTC))
        listed, page = await listed_gaps(db, asked, scope, w.rng.randint(2, 9))
        got = {(c.kind.value, c.tier.value): c.units for c in page.counts}
        ranks = [(gaps.RANKS[g.kind], g.division.code) for g in listed]
        if got != want or len(listed) + page.outside != sum(want.values()) or ranks != sorted(set(ranks)):
            wrong.append(f"gaps of {code} on {day}, map {on_map}: {got}, not {want}; {len(listed)} + {page.outside}")
        wrong += [f"shown outside the scope: {g}" for g in listed if not any(g.division.code in r for r in scope)]
    return wrong


async def listed_gaps(db: asyncpg.Connection, asked: Asked, scope: Sequence[CodeRange], limit: int):
    listed, cursor = [], None
    while True:
        page = await gaps.gaps(db, asked, gaps.Sought(None, None, scope, cursor, limit))
        listed += page.items
        if (cursor := page.next) is None:
            return listed, page


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
        checks = (compare_series, compare_explanation, compare_explanation, compare_children, compare_children)
        for check in (*checks, compare_gaps, compare_gaps):
            if wrong := await check(db, w, w.rng.choice([THEN, TODAY])):
                return [check.__name__, *wrong]
        return []


async def run(db: asyncpg.Connection, first: int, count: int) -> None:
    """Raise on the first history that differs, with its seed."""
    for seed in range(first, first + count):
        if wrong := await history(db, seed):
            raise AssertionError(f"SEED={seed}:\n" + "\n".join(wrong[:12]))
