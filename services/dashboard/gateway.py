"""The gateway as the person at the browser asks it: with her session, her address, and one deadline for the page."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Annotated, TypeVar

import httpx
from fastapi import Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import JsonValue

from services.dashboard.browser_address import browser_address
from services.dashboard.cookies import device_of, session_of
from services.kernel.client import ServiceClient
from services.kernel.errors import Unauthenticated, Unavailable, Unprocessable
from services.kernel.keyring import Keyring
from services.kernel.log import request_id

T = TypeVar("T")
API = "/api/v1"
PAGE_SECONDS = 9.0  # all questions of one page together
IMPORT_SECONDS = 50.0  # a file is on its way
FILE_SECONDS = 50.0  # a workbook is made whole before its first byte
FILE_HEADERS = ("content-type", "content-disposition")
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
        return await self.send(
            "GET", API + path, token=self.token, deadline=self.left(), headers=self.front, params=written(params)
        )

    async def tell(
        self, path: str, body: dict[str, JsonValue] | None = None, *, method: str = "POST", **headers: str
    ) -> bytes:
        """JSON that changes something; whoever needs the answer reads it. `if_match="…"` becomes a header."""
        given = {name.replace("_", "-"): value for name, value in headers.items() if value}
        if not all(value.isascii() and value.isprintable() for value in given.values()):
            raise Unprocessable("页面已过期，请返回原页面，刷新后重新提交。", code="form_refused")
        return await self.send(
            method, API + path, token=self.token, deadline=self.left(), content=json.dumps(body or {}),
            headers={**self.front, "content-type": "application/json", **given},
        )  # fmt: skip

    async def file(self, path: str, **params: object) -> StreamingResponse:
        return await self._passed("GET", path, params)

    async def file_once(self, path: str, body: dict[str, JsonValue] | None = None) -> StreamingResponse:
        """One that is made for this answer."""
        return await self._passed("POST", path, {}, body)

    async def _passed(
        self, method: str, path: str, params: dict[str, object], body: dict[str, JsonValue] | None = None
    ) -> StreamingResponse:
        """A file on its way through: never whole in memory; a refusal is raised before the first byte."""
        headers = {**self.front, "x-request-id": request_id.get() or "", "authorization": f"Bearer {self.token}"}
        request = self.http.build_request(method, API + path, headers=headers, params=written(params), json=body)
        try:
            async with asyncio.timeout(FILE_SECONDS):
                response = await self.http.send(request, stream=True)
                if response.status_code >= 400:
                    async with aclosing(response):
                        raise self._refusal(response, await self._read(response))
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unavailable(f"{self.name}没有应答，请稍后重试。", code="part_away", retry_after=2) from error
        kept = {name: response.headers[name] for name in FILE_HEADERS if name in response.headers}
        return StreamingResponse(_pieces(response), headers=kept)

    async def hand_in(
        self, answer: type[T], path: str, file: File, said: Mapping[str, str], *, key: str, **params: str
    ) -> T:
        """Upload a file once, with what is said of it: under the same key it has one effect."""
        headers = {**self.front, "idempotency-key": key}
        body = await self.send(
            "POST", API + path, token=self.token, deadline=IMPORT_SECONDS, headers=headers, params=params,
            files={"file": file}, data=dict(said),
        )  # fmt: skip
        return self._typed(answer, body)

    def read(self, answer: type[T], body: bytes) -> T:
        return self._typed(answer, body)


def written(params: dict[str, object]) -> dict[str, str | list[str]]:
    """Without what is not given; several values of one name are a list."""
    return {
        name: list(map(str, value)) if isinstance(value, list | tuple) else str(value)
        for name, value in params.items()
        if value not in (None, "")
    }


async def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in response.aiter_bytes():
            yield piece
    finally:
        await response.aclose()


def front_of(request: Request) -> dict[str, str]:
    keyring: Keyring = request.app.state.keyring
    where = keyring.sign("gateway", "service:dashboard", {"address": browser_address(request)}, kind="front")
    device = device_of(request)
    return {"x-shegong-front": where} | ({"x-shegong-device": device} if device else {})


async def _anyone(request: Request) -> Gateway:
    return Gateway(request.app.state.gateway, token=session_of(request), front=front_of(request))


async def _signed_in(request: Request) -> Gateway:
    if session_of(request) is None:
        raise Unauthenticated("请先登录。")
    return await _anyone(request)


AnyonesGateway = Annotated[Gateway, Depends(_anyone)]
SignedIn = Annotated[Gateway, Depends(_signed_in)]
