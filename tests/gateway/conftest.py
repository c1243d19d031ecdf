"""A gateway with a clock that stands still until it is moved, on an empty database."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from gateway.app import create_app
from gateway.following import prepare
from gateway.identity import commands
from gateway.identity.client_keys.commands import register_key
from gateway.identity.client_keys.rules import TYPE
from gateway.identity.machines import published
from gateway.identity.models import Session
from gateway.identity.passwords import ARGON, token_hash
from gateway.identity.seed import SEED
from gateway.settings import GatewaySettings
from services.kernel.clock import business_date, now
from tests.conftest import Databases, client_of, empty
from tests.keys import JINAN, LICHENG, a_vault, keyring
from tests.wired import wired

PASSWORD = "雨过天青 云破处 9"
HASH = ARGON.hash(PASSWORD.encode())
TOKEN_URL = "http://127.0.0.1:8000/api/v1/auth/token"
MACHINE = Ed25519PrivateKey.generate()


KNOWN = {JINAN: "济南市", LICHENG: "历城区"}
DIVISION = "insert into coverage.division values ($1, $2, 'city', 'city', true) on conflict do nothing"

_prepared: set[str] = set()  # the tables stay; what is in them goes with each test


@dataclass
class Clock:
    at: datetime = field(default_factory=now)  # tokens are verified by the machine's clock

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Gateway:
    """The app, and people to ask it."""

    app: FastAPI
    clock: Clock
    settings: GatewaySettings
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self, address: str = "192.0.2.1", **headers: str) -> httpx.AsyncClient:
        client = client_of(self.app, **headers)
        client._transport = httpx.ASGITransport(self.app, client=(address, 50000))
        self.clients.append(client)
        return client

    def writing(self):
        return self.app.state.database.writing.begin()

    async def person(self, username: str = "official", *roles: str, at: str = LICHENG, first: bool = False) -> UUID:
        async with self.writing() as tx:
            account = await commands.create_account(
                tx, SEED, username=username, name="演示", hash=HASH, at=self.clock(), must_change=first
            )
            for role in roles:
                await commands.grant_role(
                    tx, SEED, account.id, role=role, divisions=[at], start=business_date(self.clock()), reason="演示"
                )
        return account.id

    async def hears_of_divisions(self) -> None:
        """As coverage does from the registry; before, nobody can be granted anything."""
        db = await self.app.state.database.connect()
        await db.executemany(DIVISION, [(int(code), name) for code, name in KNOWN.items()])
        await db.close()

    async def machine(self, *scopes: str, at: str = JINAN) -> None:
        async with self.writing() as tx:
            await commands.create_client(tx, SEED, id="machine", name="对接系统", scopes=scopes, divisions=[at])
            await register_key(tx, SEED, "machine", {**published("one", MACHINE.public_key())}, self.clock())

    def form(
        self, key: object = MACHINE, kid: str | None = "one", alg: str = "EdDSA", **over: object
    ) -> dict[str, str]:
        """As a system asks for a token, with an assertion of its own; `over` changes what it says."""
        end = int((self.clock() + timedelta(minutes=1)).timestamp())
        own = {"iss": "machine", "sub": "machine", "aud": TOKEN_URL, "exp": end, "jti": str(uuid4())}
        said = {name: value for name, value in {**own, **over}.items() if value is not None}
        assertion = jwt.encode(said, key, alg, {"kid": kid} if kid else {})
        return {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": assertion}

    async def signed_in(self, username: str = "official", address: str = "192.0.2.1") -> httpx.AsyncClient:
        browser = self.browser(address)
        answer = await browser.post("/api/v1/auth/login", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        browser.headers["authorization"] = f"Bearer {answer.json()['token']}"
        return browser

    async def seated(self, account: UUID) -> httpx.AsyncClient:
        """Signed in just now, without the work of hashing, where how she came in does not matter."""
        token, at = secrets.token_urlsafe(32), self.clock()
        when = {"created_at": at, "seen_at": at, "proved_at": at, "expires_at": at + timedelta(hours=8)}
        async with self.writing() as tx:
            tx.add(Session(token_hash=token_hash(token), account_id=account, network="192.0.2.1", **when))
        return self.browser(authorization=f"Bearer {token}")

    async def fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        async with self.app.state.database.hot() as db:
            return await db.fetch(sql, *values)

    async def events(self, kind: str) -> list[str]:
        rows = await self.fetch("select subject from event where kind = $1 order by seq", kind)
        return [r["subject"] for r in rows]


async def a_gateway(databases: Databases, **over: object) -> AsyncIterator[Gateway]:
    database = await databases.opened("gateway")
    told = {**databases.settings("gateway").model_dump(), "second_factor": "optional", **over}
    settings = GatewaySettings.model_validate(told)
    clock = Clock()
    app = wired(create_app(settings, keyring("gateway"), a_vault(), now=clock, store=database))
    if "coverage" not in _prepared:
        db = await database.connect()
        await prepare(db)
        await db.close()
        _prepared.add("coverage")
    made = Gateway(app, clock, settings)
    yield made
    for client in made.clients:
        await client.aclose()
    await app.state.door.close()
    await empty(databases, "gateway")


@pytest.fixture
async def gateway(databases: Databases) -> AsyncIterator[Gateway]:
    async for made in a_gateway(databases):
        yield made
