"""A service behind the door, about nothing in particular: it tells what reached it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.kernel.actor import Actor, Requires
from services.kernel.app import make_app
from services.kernel.errors import Conflict
from services.kernel.settings import Settings
from tests.conftest import ROOT
from tests.keys import keyring

router = APIRouter()
Reader = Annotated[Actor, Requires("registry:read")]
PIECE = b"x" * 65536


class Thing(BaseModel):
    name: str = Field(examples=["站点"])


class Told(BaseModel):
    actor: Actor
    path: str
    query: str
    headers: dict[str, str]
    size: int


@router.api_route("/echo/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
async def echo(request: Request, actor: Reader) -> Told:
    raw = request.scope["raw_path"].decode()
    size = sum([len(piece) async for piece in request.stream()])
    headers = dict(request.headers)
    return Told(actor=actor, path=raw, query=request.url.query, headers=headers, size=size)


@router.get("/big", include_in_schema=False)
async def big(pieces: int, actor: Reader) -> StreamingResponse:
    async def made() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield PIECE

    return StreamingResponse(made(), headers={"x-secret": "1", "set-cookie": "a=b", "etag": '"7"'})


@router.get("/slow/export", include_in_schema=False)
async def slow_export(actor: Reader) -> Response:
    await asyncio.sleep(0.5)
    return Response(PIECE)


@router.get("/broken-off", include_in_schema=False)
async def broken_off(actor: Reader) -> StreamingResponse:
    async def made() -> AsyncIterator[bytes]:
        yield PIECE
        raise ConnectionResetError

    return StreamingResponse(made())


@router.get("/waiting", include_in_schema=False)
async def waiting(request: Request, actor: Reader) -> None:
    """Notes when the other side has gone."""
    request.app.state.begun.set()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    request.app.state.gone.set()


@router.post("/things", status_code=201)
async def make(thing: Thing, actor: Reader, response: Response) -> Thing:
    response.headers["location"] = "/things/1"
    return thing


@router.get("/refusing", include_in_schema=False)
async def refusing(actor: Reader) -> None:
    raise Conflict("已经审核过，请刷新。", code="already_reviewed", rule="REG-04")


def an_inner_service() -> FastAPI:
    settings = Settings(keys=ROOT, upload_limit=8 * 1024 * 1024)
    return make_app(
        "registry", router, settings=settings, keyring=keyring("registry"), begun=asyncio.Event(), gone=asyncio.Event()
    )
