"""The connections to the services, and the tokens with which they are asked."""

import asyncio
import time

import aiohttp
from fastapi import FastAPI, Request

from gateway.door.crowd import Crowd, Kind
from gateway.settings import GatewaySettings
from services.kernel.actor import ACTOR, Actor, sign_actor
from services.kernel.keyring import Keyring

TOKEN_SECONDS = 20  # of the sixty it is good for; signing once for many requests
TOKENS = 5_000
# A service closes an idle connection after five seconds; ours goes first, so that none is used while it closes.
IDLE_SECONDS = 4
TIMEOUT = aiohttp.ClientTimeout(total=60, connect=3, sock_connect=3)


class Door:
    def __init__(self, settings: GatewaySettings, keyring: Keyring) -> None:
        self.services: dict[str, str] = {name: url.rstrip("/") for name, url in settings.services.items()}
        self.answer_limit = settings.answer_limit
        self.crowd = Crowd(
            {
                Kind.REQUEST: settings.requests_at_once,
                Kind.UPLOAD: settings.uploads_at_once,
                Kind.EXPORT: settings.exports_at_once,
            }
        )
        self.keyring = keyring
        self.tokens: dict[tuple[str, str, str], tuple[float, str]] = {}
        self.http: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """One for the process, made in its event loop; bodies pass through as they are, compressed or not."""
        if self.http is None:
            self.http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=200, limit_per_host=64, keepalive_timeout=IDLE_SECONDS),
                timeout=TIMEOUT, auto_decompress=False, trust_env=False, cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("user-agent", "accept-encoding", "content-type", "accept"),
            )  # fmt: skip
        return self.http

    def tokens_for(self, actor: Actor, service: str) -> list[tuple[str, str]]:
        """That it is the gateway which asks, and for whom."""
        own = f"Bearer {self.keyring.as_service(service)}"
        return [("authorization", own), (ACTOR, self.actor_token(actor, service))]

    def actor_token(self, actor: Actor, service: str) -> str:
        """Good for that service alone. Kept by all that the actor may: another grant is another token."""
        key = (self.keyring.current().kid, service, actor.model_dump_json())
        until, token = self.tokens.get(key, (0.0, ""))
        if until < time.monotonic():
            if len(self.tokens) >= TOKENS:
                self.tokens.clear()
            token = sign_actor(self.keyring, actor, service)
            self.tokens[key] = (time.monotonic() + TOKEN_SECONDS, token)
        return token

    async def close(self) -> None:
        if self.http is not None:
            await self.http.close()
            self.http = None


def door_of(request: Request) -> Door:
    found: Door = request.app.state.door
    return found


async def keep_door(app: FastAPI) -> None:
    """Closes the connections when the process ends."""
    try:
        await asyncio.Event().wait()
    finally:
        await app.state.door.close()
