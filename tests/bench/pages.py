"""The demo city as officials see it: pages one and sixteen at a time, whose work they are, their weight; and how long
a change takes to the numbers while a large file is confirmed.
"""

import asyncio
import gzip
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable

import httpx
import psutil

from tests import rosters
from tests.bench.system import established, memory, percentile, settled, until
from tests.live import Live, live_system
from tests.villages import streets, villages

CITY, DISTRICT, STREET = "370100000000", "370112000000", "370112001000"
PAGES = {
    "map of the city": f"/map/{CITY}",
    "map of a district": f"/map/{DISTRICT}",
    "map of a street": f"/map/{STREET}",
}
EACH = 160
AT_ONCE = (1, 2, 16)
LARGE = 20_000
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js)[^"]*)"')


def signed_in(system: Live) -> dict[str, str]:
    """The cookies of the city's official."""
    account = next(a for a in system.demo["accounts"] if a["username"] == "city")  # type: ignore[attr-defined]
    with httpx.Client(base_url=str(system.demo["dashboard"]), trust_env=False, timeout=20) as browser:
        token = re.search(r'name="_form" value="([^"]+)"', browser.get("/login").text)
        assert token
        form = {"_form": token[1], "username": account["username"], "password": account["password"]}
        browser.post("/login", data=form, headers={"sec-fetch-site": "same-origin"})
        return dict(browser.cookies)


async def opened(system: Live, cookies: dict[str, str], path: str, at_once: int) -> list[float]:
    """Seconds of each page, `at_once` people asking again as soon as they have it."""
    limits = httpx.Limits(max_connections=at_once)
    base = str(system.demo["dashboard"])
    async with httpx.AsyncClient(base_url=base, cookies=cookies, trust_env=False, timeout=30, limits=limits) as browser:
        took: list[float] = []

        async def person() -> None:
            for _ in range(EACH // at_once):
                begun = time.perf_counter()
                (await browser.get(path)).raise_for_status()
                took.append(time.perf_counter() - begun)

        await asyncio.gather(*(person() for _ in range(at_once)))
    return took


def worked(system: Live) -> dict[str, float]:
    """CPU seconds of each process with its children, so far."""
    out = {}
    for name, process in system.listening().items():
        family: Iterable[psutil.Process] = [process, *process.children(recursive=True)]
        out[name] = sum(sum(p.cpu_times()[:2]) for p in family)
    return out


def times(system: Live) -> dict[str, dict[str, float]]:
    """p50 and p95 in ms, and the CPU that a page costs in each process that has a tenth of a ms of it."""
    cookies, told = signed_in(system), {}
    for name, path in PAGES.items():
        asyncio.run(opened(system, cookies, path, 2))
        for at_once in AT_ONCE:
            before = worked(system)
            took = asyncio.run(opened(system, cookies, path, at_once))
            spent = {k: (v - before[k]) / len(took) * 1000 for k, v in worked(system).items() if k in before}
            told[f"{name}, {at_once} at a time"] = {
                "p50_ms": percentile(took, 0.5) * 1000, "p95_ms": percentile(took, 0.95) * 1000,
                "gateway_share_of_cpu": spent["gateway"] / sum(spent.values()),
                **{f"cpu_ms_{k}": v for k, v in spent.items() if v >= 0.1},
            }  # fmt: skip
    return {k: {n: round(v, 2) for n, v in figures.items()} for k, figures in told.items()}


def weights(system: Live) -> dict[str, dict[str, int]]:
    """Bytes over the wire (gzip) of a page and of the files it names."""
    cookies, told = signed_in(system), {}
    with httpx.Client(base_url=str(system.demo["dashboard"]), cookies=cookies, trust_env=False) as browser:
        for name, path in {**PAGES, "people": "/people", "workbench": "/work"}.items():
            html = browser.get(path).text
            sizes = {"html": len(gzip.compress(html.encode()))}
            for asset in dict.fromkeys(ASSET.findall(html)):
                sizes[asset.rpartition("/")[2].partition("?")[0]] = len(gzip.compress(browser.get(asset).content))
            told[name] = sizes
    return told


def beside_a_confirm(system: Live) -> dict[str, float]:
    """Commit → number while 20 000 rows are confirmed: no feed goes past a transaction that is still writing, so the
    longest wait is that of its one statement.
    """
    door = system.client()
    content = rosters.workers(LARGE, streets(), first=500_000)
    key: Callable[[], dict[str, str]] = lambda: {"idempotency-key": str(uuid.uuid4())}  # noqa: E731
    files = {"file": ("roster.xlsx", content)}
    answer = door.post("/registry/imports/certified-workers", files=files, headers=key()).raise_for_status()
    job = settled(door, answer.json()["id"], "ready")
    waits: list[float] = []
    over = threading.Event()
    writer = threading.Thread(target=_writing, args=(system, waits, over))
    door.post(f"/registry/imports/{job['id']}/confirm", json={"skip_conflicts": True}, headers=key()).raise_for_status()
    begun = time.perf_counter()
    writer.start()
    settled(door, str(job["id"]), "done")
    confirmed = time.perf_counter() - begun
    over.set()
    writer.join()
    return {
        "confirm_s": round(confirmed, 2), "n": len(waits), "p50_ms": round(percentile(waits, 0.5) * 1000),
        "p99_ms": round(percentile(waits, 0.99) * 1000), "longest_ms": round(max(waits) * 1000),
    }  # fmt: skip


def _writing(system: Live, waits: list[float], over: threading.Event) -> None:
    door = system.client()
    for code in reversed(villages()):
        if over.is_set():
            return
        place = f"/coverage/{code}"
        if established(door, place):
            continue
        body = {"number": f"BESIDE-{code}", "name": "演示社工室", "tier": "village_service_room", "division": code}
        body |= {"opened_on": "2026-01-01", "staffing_basis": "none"}
        headers = {"idempotency-key": str(uuid.uuid4())}
        door.post("/registry/service-points", json=body, headers=headers).raise_for_status()
        waits.append(until(door, 1, place, patience=300))


def run() -> dict[str, object]:
    with live_system(18_400) as system:
        begun = time.monotonic()
        system.make("demo")
        told: dict[str, object] = {"demo load (s)": round(time.monotonic() - begun, 1)}
        told["pages"] = times(system)
        told["weights, gzip (bytes)"] = weights(system)
        told["memory after the pages, PSS (MB)"] = memory(system)
        told["commit to number beside a confirm of 20 000 rows"] = beside_a_confirm(system)
        told["memory after the file, PSS (MB)"] = memory(system)
    return told
