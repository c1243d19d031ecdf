"""All apps of the system in one process, joined by real HTTP on loopback ports."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI

import services.coordination.app
import services.dashboard.app
import services.procurement.app
import services.registry.app
import services.training.app
from gateway.app import create_app as create_gateway
from gateway.identity import seed as accounts
from gateway.settings import GatewaySettings
from services.dashboard.settings import DashboardSettings
from services.kernel.client import http_client, trusted
from services.registry import seed as divisions
from tests.conftest import ROOT, Databases, empty, migrate
from tests.keys import a_vault, an_issuer, keyring
from tests.running import free_port, serving
from tests.wired import wired

OWNERS = ("registry", "training", "procurement", "coordination")
DIVISIONS = ROOT / "data/divisions-370100.csv"


def registry_of(databases: Databases) -> FastAPI:
    settings = databases.settings("registry")
    return wired(services.registry.app.create_app(settings, keyring("registry"), a_vault(), an_issuer()))


def followers_of(databases: Databases, registry: str | None = None) -> dict[str, FastAPI]:
    """The services that follow the registry, if it answers somewhere."""
    followers = (services.training.app, services.procurement.app, services.coordination.app)
    told = {"registry": registry} if registry else None
    return {m.NAME: wired(m.create_app(databases.settings(m.NAME, told), keyring(m.NAME))) for m in followers}


@dataclass
class System:
    """Addresses of the running whole, and who may sign in."""

    databases: Databases
    gateway: str
    dashboard: str
    told: dict[str, object]
    services: dict[str, str]
    closing: contextlib.AsyncExitStack

    async def anonymous(self) -> httpx.AsyncClient:
        """The API as a stranger meets it."""
        client = httpx.AsyncClient(base_url=f"{self.gateway}/api/v1", timeout=30, trust_env=False, verify=trusted())
        return await self.closing.enter_async_context(client)

    def account(self, name: str) -> dict[str, str]:
        found: list[dict[str, str]] = self.told["accounts"]  # type: ignore[assignment]
        return next(a for a in found if a["name"] == name or a["username"] == name)

    async def signed_in(self, name: str) -> httpx.AsyncClient:
        """The API as an official uses it."""
        door = await self.anonymous()
        who = self.account(name)
        answer = await door.post("/auth/login", json={"username": who["username"], "password": who["password"]})
        answer.raise_for_status()
        door.headers["authorization"] = f"Bearer {answer.json()['token']}"
        return door


async def furnish(databases: Databases, folder: Path) -> dict[str, object]:
    """Divisions and demo accounts, as `make run` sows them."""
    for name in (*OWNERS, "gateway"):
        await asyncio.to_thread(migrate, databases, name)
    async with (await databases.opened("registry")).writing.begin() as tx:
        await divisions.sow(tx, divisions.parsed(DIVISIONS))
    demo = folder / "demo.json"
    await accounts.seed(accounts.SeedSettings(**databases.settings("gateway").model_dump(), demo_file=demo))
    told: dict[str, object] = json.loads(demo.read_text())
    return told


async def ready(gateway: str) -> None:
    async with httpx.AsyncClient(trust_env=False, verify=trusted()) as asking:
        for _ in range(1200):
            if (await asking.get(f"{gateway}/ready")).status_code == 200:
                return
            await asyncio.sleep(0.05)
    raise TimeoutError("the gateway does not become ready")


@contextlib.asynccontextmanager
async def whole_system(databases: Databases, folder: Path) -> AsyncIterator[System]:
    told = await furnish(databases, folder)
    async with contextlib.AsyncExitStack() as running:
        served = {"registry": await running.enter_async_context(serving(registry_of(databases)))}
        for name, app in followers_of(databases, served["registry"]).items():
            served[name] = await running.enter_async_context(serving(app))
        settings = GatewaySettings(**databases.settings("gateway", served).model_dump() | {"demo": True})
        gateway = await running.enter_async_context(
            serving(wired(create_gateway(settings, keyring("gateway"), a_vault())))
        )
        await ready(gateway)
        client = await running.enter_async_context(http_client(gateway))
        pages = services.dashboard.app.create_app(
            DashboardSettings(keys=ROOT, gateway=gateway, demo=True), keyring("dashboard"), client
        )
        dashboard = await running.enter_async_context(serving(pages, free_port()))
        async with contextlib.AsyncExitStack() as closing:
            yield System(databases, gateway, dashboard, told, served, closing)
    for name in (*OWNERS, "gateway"):
        await empty(databases, name)
