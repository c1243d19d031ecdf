"""A whole system by `make run`: start times, memory, the roster's way to the coverage, commit to number."""

import asyncio
import io
import time
import uuid

import asyncpg
import httpx
import python_calamine

from services.contracts.imports import WORKING
from tests import rosters
from tests.live import Live, live_system
from tests.postgres import server
from tests.villages import streets, villages

CITY = "/coverage/370100000000"
SAMPLES = 60
ROSTERS = (2_000, 20_000)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def established(door: httpx.Client, place: str = CITY) -> int:
    return sum(t["established"] for t in door.get(place).raise_for_status().json()["tiers"])


def memory(system: Live) -> dict[str, float]:
    """Proportional set size in MB: shared pages are counted once among those who share them."""
    out = dict.fromkeys(system.listening(), 0.0)
    pids = {process.pid: name for name, process in system.listening().items()}
    total = 0.0
    for process in system.family():
        size = process.memory_full_info().pss / 1e6
        total += size
        owner = pids.get(process.pid) or pids.get(process.ppid(), "")
        if owner:
            out[owner] += size
    return {name: round(size, 1) for name, size in sorted(out.items())} | {"all": round(total, 1)}


def until(door: httpx.Client, number: int, place: str = CITY, *, patience: float = 30) -> float:
    """Seconds until the coverage says so, asked again at once each time."""
    begun = time.perf_counter()
    while established(door, place) != number:
        if time.perf_counter() - begun > patience:
            raise TimeoutError(f"the coverage does not come to {number}")
    return time.perf_counter() - begun


def commit_to_number(door: httpx.Client) -> list[float]:
    waits = []
    for code in villages()[:SAMPLES]:
        before = established(door)
        body = {"number": f"BENCH-{code}", "name": "演示社工室", "tier": "village_service_room", "division": code}
        body |= {"opened_on": "2026-01-01", "staffing_basis": "none"}
        key = {"idempotency-key": str(uuid.uuid4())}
        door.post("/registry/service-points", json=body, headers=key).raise_for_status()
        waits.append(until(door, before + 1))
    return waits


def import_roster(door: httpx.Client, rows: int) -> dict[str, float]:
    """From the upload of a real .xlsx until it is checked, until it is confirmed, and until the number says so; beside
    what only reading the file and copying its rows takes.
    """
    content = rosters.workers(rows, streets(), first=rows)  # nobody of another file's
    before, begun = people(door), time.perf_counter()
    answer = door.post(
        "/registry/imports/certified-workers",
        files={"file": ("roster.xlsx", content)},
        headers={"idempotency-key": str(uuid.uuid4())},
    )
    job = settled(door, answer.raise_for_status().json()["id"], "ready")
    ready = time.perf_counter()
    key = {"idempotency-key": str(uuid.uuid4())}
    order = {"skip_conflicts": False}
    door.post(f"/registry/imports/{job['id']}/confirm", json=order, headers=key).raise_for_status()
    settled(door, job["id"], "done")
    done = time.perf_counter()
    while people(door) != before + rows:
        if time.perf_counter() - done > 120:  # on a busy machine
            raise TimeoutError("the roster does not appear")
    return {"rows": rows, "ready_s": ready - begun, "done_s": done - ready, "number_s": time.perf_counter() - done}


def settled(door: httpx.Client, id: str, wanted: str) -> dict[str, object]:
    while True:
        job: dict[str, object] = door.get(f"/registry/imports/{id}").raise_for_status().json()
        if job["state"] not in WORKING:
            break
        time.sleep(0.05)
    if job["state"] != wanted:
        raise AssertionError(f"{job['state']}: {job['notes']} {job['refused']}")
    return job


async def bare(dsn: str, content: bytes) -> float:
    """Seconds for the same file through calamine and COPY alone."""
    db = await asyncpg.connect(dsn)
    try:
        begun = time.perf_counter()
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = [tuple(map(str, row)) for row in book.get_sheet_by_index(0).iter_rows()]
        columns = [f"c{n}" for n in range(len(rows[0]))]
        await db.execute(f"create temporary table bare ({', '.join(f'{c} text' for c in columns)})")
        await db.copy_records_to_table("bare", records=rows, columns=columns)
        return time.perf_counter() - begun
    finally:
        await db.close()


def with_ratio(told: dict[str, float]) -> dict[str, float]:
    """How many times longer an import takes than the least that it could."""
    rows = int(told["rows"])
    alone = asyncio.run(bare(server().superuser_dsn, rosters.workers(rows, streets())))
    whole = told["ready_s"] + told["done_s"]
    return told | {"rows_per_s": rows / whole, "bare_s": alone, "times_bare": whole / alone}


def people(door: httpx.Client) -> int:
    items = door.get("/indicators/370100000000").raise_for_status().json()["items"]
    return int(float(next(i["value"] or 0 for i in items if i["metric"] == "certified_people")))


def run() -> dict[str, object]:
    with live_system() as system:
        told: dict[str, object] = {"cold start, libraries installed (s)": round(system.seconds, 1)}
        system.make("stop")
        system.make("run")
        told["warm start (s)"] = round(system.seconds, 1)
        door = system.client()
        for rows in ROSTERS:
            told[f"roster of {rows}"] = {k: round(v, 2) for k, v in with_ratio(import_roster(door, rows)).items()}
        waits = commit_to_number(door)
        told["commit to number (ms)"] = {
            "p50": round(percentile(waits, 0.5) * 1000), "p99": round(percentile(waits, 0.99) * 1000), "n": len(waits)
        }  # fmt: skip
        told["memory, PSS (MB)"] = memory(system)
    return told
