"""The gateway as the person at the browser asks it: with her session, her address, and one deadline for the page."""

import asyncio
import json
from typing import Annotated, TypeVar

import httpx
from fastapi import Depends, Request
from pydantic import JsonValue

from services.dashboard.browser_address import browser_address
from services.dashboard.cookies import session_of
from services.kernel.client import ServiceClient
from services.kernel.errors import Unauthenticated
from services.kernel.keyring import Keyring

T = TypeVar("T")
API = "/api/v1"
PAGE_SECONDS = 9.0  # all questions of one page together
IMPORT_SECONDS = 50.0  # a roster is read, checked and stored before the answer
File = tuple[str, bytes, str]  # name, content, media type


class Gateway(ServiceClient):
    """`front` tells the gateway, signed, where the browser is: sign-in limits count by address."""

    def __init__(self, http: httpx.AsyncClient, *, token: str | None, front: dict[str, str]) -> None:
        super().__init__("数据网关", http)
        self.token, self.front = token, front
        self.until = asyncio.get_running_loop().time() + PAGE_SECONDS

    def left(self) -> float:
        return max(self.until - asyncio.get_running_loop().time(), 0.1)

    async def ask(self, answer: type[T], path: str, **params: object) -> T:
        return self._typed(answer, await self.fetch(path, **params))

    async def fetch(self, path: str, **params: object) -> bytes:
        known = {k: str(v) for k, v in params.items() if v not in (None, "")}
        return await self.send(
            "GET", API + path, token=self.token, deadline=self.left(), headers=self.front, params=known
        )

    async def tell(self, path: str, body: dict[str, JsonValue] | None = None) -> bytes:
        """A POST of JSON; whoever needs the answer reads it."""
        headers = {**self.front, "content-type": "application/json"}
        content = json.dumps(body or {})
        return await self.send(
            "POST", API + path, token=self.token, deadline=self.left(), headers=headers, content=content
        )

    async def hand_in(self, answer: type[T], path: str, file: File, *, key: str, **params: str) -> T:
        """Upload a file once: under the same key it has one effect."""
        headers = {**self.front, "idempotency-key": key}
        body = await self.send(
            "POST", API + path, token=self.token, deadline=IMPORT_SECONDS, headers=headers, params=params,
            files={"file": file},
        )  # fmt: skip
        return self._typed(answer, body)

    def read(self, answer: type[T], body: bytes) -> T:
        return self._typed(answer, body)


def front_of(request: Request) -> dict[str, str]:
    keyring: Keyring = request.app.state.keyring
    return {"x-shegong-front": keyring.sign("gateway", "service:dashboard", {"address": browser_address(request)})}


async def _anyone(request: Request) -> Gateway:
    return Gateway(request.app.state.gateway, token=session_of(request), front=front_of(request))


async def _signed_in(request: Request) -> Gateway:
    if session_of(request) is None:
        raise Unauthenticated("请先登录。")
    return await _anyone(request)


AnyonesGateway = Annotated[Gateway, Depends(_anyone)]
SignedIn = Annotated[Gateway, Depends(_signed_in)]
