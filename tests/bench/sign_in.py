"""Signing in: whether time tells which names there are, and what two hundred attempts at once cost the others.

The first figure has a control: a gateway that spares itself the work for names nobody has must be found out.
"""

import asyncio
import contextlib
import multiprocessing
import random
import statistics
import time
from collections.abc import AsyncIterator

import asyncpg
import httpx
import psutil
import uvicorn

from gateway.app import create_app
from gateway.identity import commands
from gateway.identity.passwords import ARGON, Hashing
from gateway.identity.seed import SEED
from gateway.settings import GatewaySettings
from services.kernel import clock
from tests.bench.system import percentile
from tests.conftest import Databases, migrate, prepare
from tests.keys import a_vault, keyring
from tests.postgres import server
from tests.running import free_port, serving

LOGIN = "/api/v1/auth/login"
SAMPLES = 300
AT_ONCE = 200
ADDRESSES = "198.51.{}.{}"  # one for each attempt, so that no pause sets in
TOLERATED_MS = 5.0


class Shortcut(Hashing):
    """The control: nobody's password is not looked at."""

    async def matches(self, kept: str | None, password: str) -> bool:
        return kept is not None and await super().matches(kept, password)


def came_from(n: int) -> dict[str, str]:
    """As the proxy before the gateway says it."""
    return {"x-forwarded-for": ADDRESSES.format(n // 250, n % 250 + 1)}


def settings_of(databases: Databases) -> GatewaySettings:
    told = databases.settings("gateway").model_dump()
    return GatewaySettings.model_validate(told | {"anonymous_burst": 10_000, "trusted_proxies": ["127.0.0.1/32"]})


async def names_by_time(databases: Databases, hashing: Hashing) -> dict[str, float]:
    """Medians of wrong passwords at a known, a disabled and an unknown name, asked in turns."""
    app = create_app(settings_of(databases), keyring("gateway"), a_vault())
    app.state.house.hashing = hashing
    took: dict[str, list[float]] = {"known": [], "disabled": [], "unknown": []}
    async with serving(app) as address, httpx.AsyncClient(base_url=address, trust_env=False) as http:
        admin = await asyncpg.connect(databases.admin("gateway"))
        await people(app.state.database)
        for n in range(SAMPLES):
            await admin.execute("truncate sign_in_try")
            for name in sorted(took, key=lambda _: random.random()):  # whoever is first after the emptying waits longer
                spent = took[name]
                order, begun = {"username": name, "password": "not the password"}, time.perf_counter()
                answer = await http.post(LOGIN, json=order, headers=came_from(n))
                spent.append(time.perf_counter() - begun)
                assert answer.status_code == 401, answer.text
        await admin.execute("truncate account cascade")
        await admin.close()
    return {name: statistics.median(spent) * 1000 for name, spent in took.items()}


async def people(database: object) -> None:
    hash = ARGON.hash(b"the password")
    async with database.writing.begin() as tx:  # type: ignore[attr-defined]
        for name in ("known", "disabled"):
            account = await commands.create_account(
                tx, SEED, username=name, name="演示", hash=hash, at=clock.now(), must_change=False
            )
            if name == "disabled":
                await commands.disable_account(tx, SEED, account.id, at=clock.now(), reason="离任")


def told(medians: dict[str, float]) -> dict[str, float]:
    widest = max(medians.values()) - min(medians.values())
    return {f"{name}, median ms": round(ms, 2) for name, ms in medians.items()} | {"widest ms": round(widest, 2)}


async def enumeration(databases: Databases) -> dict[str, object]:
    real = told(await names_by_time(databases, Hashing()))
    control = told(await names_by_time(databases, Shortcut()))
    verdict = real["widest ms"] < TOLERATED_MS < control["widest ms"]
    return {
        "samples": SAMPLES,
        "real": real,
        "control with a shortcut": control,
        "nothing told, control found": verdict,
    }


def serve(settings: GatewaySettings, port: int) -> None:
    app = create_app(settings, keyring("gateway"), a_vault())
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None)


@contextlib.asynccontextmanager
async def apart(settings: GatewaySettings) -> AsyncIterator[tuple[psutil.Process, httpx.AsyncClient]]:
    """A gateway in a process of its own, and somebody to ask it."""
    port = free_port()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, port))
    child.start()
    limits = httpx.Limits(max_connections=250)
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False, limits=limits
        ) as http:
            await up(http)
            yield psutil.Process(child.pid), http
    finally:
        child.terminate()
        child.join()


async def up(http: httpx.AsyncClient) -> None:
    while True:
        with contextlib.suppress(httpx.HTTPError):
            await http.get("/health")
            return
        await asyncio.sleep(0.1)


async def crowd(databases: Databases) -> dict[str, object]:
    """Two hundred wrong passwords at once, of names nobody has; meanwhile health is asked every twenty milliseconds."""
    async with apart(settings_of(databases)) as (gateway, http):
        before, begun = resident(gateway), time.perf_counter()
        attempts = [asyncio.create_task(attempt(http, n)) for n in range(AT_ONCE)]
        waits, most = await watched(http, gateway, attempts)
        statuses = await asyncio.gather(*attempts)
        seconds = time.perf_counter() - begun
    return {
        "attempts at once": AT_ONCE, "statuses": {str(s): statuses.count(s) for s in set(statuses)},
        "all answered (s)": round(seconds, 1), "memory before (MB)": before,
        "memory at most (MB)": most, "health asked": len(waits), "health p50 (ms)": ms(waits, 0.5),
        "health p99 (ms)": ms(waits, 0.99),
    }  # fmt: skip


async def attempt(http: httpx.AsyncClient, n: int) -> int:
    order = {"username": f"nobody-{n}", "password": "not the password"}
    return (await http.post(LOGIN, json=order, headers=came_from(n))).status_code


async def watched(
    http: httpx.AsyncClient, gateway: psutil.Process, attempts: list[asyncio.Task[int]]
) -> tuple[list[float], float]:
    waits, most = [], 0.0
    while not all(task.done() for task in attempts):
        begun = time.perf_counter()
        (await http.get("/health")).raise_for_status()
        waits.append(time.perf_counter() - begun)
        most = max(most, resident(gateway))
        await asyncio.sleep(0.02)
    return waits, most


def resident(process: psutil.Process) -> float:
    return round(float(process.memory_info().rss) / 1e6, 1)


def ms(waits: list[float], share: float) -> float:
    return round(percentile(waits, share) * 1000, 1)


def run() -> dict[str, object]:
    databases = Databases(server())
    asyncio.run(prepare(databases))
    migrate(databases, "gateway")
    return {
        "names by time": asyncio.run(enumeration(databases)),
        "a crowd at the sign-in": asyncio.run(crowd(databases)),
    }
