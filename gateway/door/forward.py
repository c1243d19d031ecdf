"""Passing a request on: uploads and answers are streamed, and whoever leaves first ends the other side too.

A small body is read whole before a connection to the service is taken: who sends it slowly holds up nobody else.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Annotated, Any

import aiohttp
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from yarl import URL

from gateway.door.crowd import Kind
from gateway.door.door import Door, door_of
from gateway.door.paths import FROM_SERVICE, TO_SERVICE, chosen, inner_path, inner_query, outer_location
from gateway.identity.asking import actor_of
from gateway.parts import NAMES
from services.kernel.actor import Actor
from services.kernel.errors import Unavailable
from services.kernel.incoming import is_upload
from services.kernel.log import request_id

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
AWAY = (aiohttp.ClientError, TimeoutError, OSError)
SMALL = 64 * 1024  # read whole: then a service that dies half-way is a refusal, not a broken answer
GONE = 499  # nobody is there to read it
Headers = list[tuple[str, str]]
Asker = Annotated[Actor, Depends(actor_of)]


class PartAway(Unavailable):
    english = "A part of the system does not answer; try again."


def passing_to(services: Mapping[Any, str]) -> APIRouter:
    """One address per service that there is. What may be done there, the owner of the record decides."""
    router = APIRouter(include_in_schema=False)
    for service in services:
        router.add_api_route(f"/{service}/{{path:path}}", to(service), methods=METHODS, name=f"to_{service}")
    if "registry" in services:  # as the API has it; the register has its own name for it
        router.add_api_route("/verify", to("registry", "/verifications"), methods=["POST"], name="to_verifications")
    return router


def to(service: str, there: str | None = None) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def admitted(request: Request, actor: Asker) -> AsyncIterator[Actor]:
        """Held until the answer is sent: who reads slowly holds a connection as much as who sends slowly."""
        with door_of(request).crowd.admitted(service, actor.id, kind_of(request)):
            yield actor

    async def forward(request: Request, actor: Annotated[Actor, Depends(admitted, scope="request")]) -> Response:
        door = door_of(request)
        path = there or inner_path(request.scope["raw_path"], f"/api/v1/{service}/".encode())
        try:
            body = None if is_upload(request.headers) else await request.body()
        except ClientDisconnect:
            return Response(status_code=GONE)
        answer = await asked(request, service, door, path, actor, body)
        return await relayed(request, service, answer, door.answer_limit) if answer else Response(status_code=GONE)

    return forward


def kind_of(request: Request) -> Kind:
    if is_upload(request.headers):
        return Kind.UPLOAD
    return Kind.EXPORT if request.url.path.endswith("/export") else Kind.REQUEST


async def asked(
    request: Request, service: str, door: Door, path: str, actor: Actor, body: bytes | None
) -> aiohttp.ClientResponse | None:
    """The head of the answer; None if the asker left while it was awaited."""
    sent = asyncio.Event()
    content = upload(request, sent) if body is None else body or None
    if body is not None:
        sent.set()
    asking = asyncio.create_task(ask(request, service, door, path, actor, content))
    leaving = asyncio.create_task(left(request, sent))
    try:
        await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return asking.result() if asking.done() else None
    except AWAY as error:
        raise away(service) from error
    finally:
        asking.cancel()
        leaving.cancel()


async def ask(
    request: Request, service: str, door: Door, path: str, actor: Actor, content: AsyncIterator[bytes] | bytes | None
) -> aiohttp.ClientResponse:
    query = inner_query(request.scope["query_string"])
    url = URL(door.services[service] + path + (f"?{query}" if query else ""), encoded=True)
    headers = chosen(request.headers.items(), TO_SERVICE)
    headers += [*door.tokens_for(actor, service), ("x-request-id", request_id.get() or "")]
    return await door.session().request(request.method, url, headers=headers, data=content, allow_redirects=False)


async def upload(request: Request, sent: asyncio.Event) -> AsyncIterator[bytes]:
    """The body as it comes in; `sent` when it has ended."""
    async for piece in request.stream():
        yield piece
    sent.set()


async def left(request: Request, sent: asyncio.Event) -> None:
    """Until the asker is gone. Not before the body was read: who listens now would take it away."""
    await sent.wait()
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def relayed(request: Request, service: str, answer: aiohttp.ClientResponse, limit: int) -> Response:
    """The answer under its own status; a service that does not know our signature is a fault of ours, not a 401."""
    length = answer.content_length
    if answer.status == 401 or (length or 0) > limit:
        answer.close()
        raise refused(service) if answer.status == 401 else too_large(service)
    bodiless = request.method == "HEAD" or answer.status in (204, 304)
    if bodiless or (length is not None and length <= SMALL):
        return whole(service, answer, b"" if bodiless else await read(service, answer))
    return dressed(StreamingResponse(pieces(service, answer, limit), answer.status), service, answer)


async def read(service: str, answer: aiohttp.ClientResponse) -> bytes:
    try:
        return await answer.read()
    except AWAY as error:
        raise away(service) from error


def whole(service: str, answer: aiohttp.ClientResponse, body: bytes) -> Response:
    answer.release()
    return dressed(Response(body, answer.status), service, answer)


async def pieces(service: str, answer: aiohttp.ClientResponse, limit: int) -> AsyncIterator[bytes]:
    """What breaks off half-way breaks off outside as well: a part must not look like the whole."""
    try:
        async for piece in answer.content.iter_any():
            limit -= len(piece)
            if limit < 0:
                raise too_large(service)
            yield piece
    finally:
        answer.close()


def dressed(response: Response, service: str, answer: aiohttp.ClientResponse) -> Response:
    headers = chosen(answer.headers.items(), FROM_SERVICE)
    response.raw_headers = [
        (name.encode("latin-1"), (outer_location(value, service) if name == "location" else value).encode("latin-1"))
        for name, value in headers
    ]
    return response


def away(service: str) -> PartAway:
    detail = f"{NAMES[service]}暂时没有应答，请稍后重试。其他部分不受影响。"
    return PartAway(detail, code="part_away", params={"part": service}, retry_after=2)


def refused(service: str) -> PartAway:
    detail = f"{NAMES[service]}没有认可网关的签名，请联系运维人员检查密钥和时钟。"
    return PartAway(detail, code="part_refused", params={"part": service}, retry_after=30)


def too_large(service: str) -> PartAway:
    detail = f"{NAMES[service]}的答复过大，请缩小查询范围或改用导出。"
    return PartAway(detail, code="answer_too_large", params={"part": service})
