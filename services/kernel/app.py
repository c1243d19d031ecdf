"""Build a process the same way everywhere: envelope, errors, health, metrics, life cycle."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry, generate_latest

from services.kernel import export, feed, idempotency, json_body, problems
from services.kernel.actor import actor_of, calling_service
from services.kernel.clock import now
from services.kernel.db import Database
from services.kernel.envelope import Envelope
from services.kernel.errors import NotFound, Unavailable
from services.kernel.keyring import Keyring
from services.kernel.settings import Settings

LOOPBACK = ("127.0.0.1", "::1")
log = logging.getLogger("app")
RESURRECTION_SECONDS = 2
Task = Callable[[FastAPI], Coroutine[Any, Any, None]]


def operation_id(route: APIRoute) -> str:
    return route.name


def make_app(
    name: str,
    *routers: APIRouter,
    prefix: str = "",
    settings: Settings,
    keyring: Keyring,
    database: Database | None = None,
    tasks: Sequence[Task] = (),
    headers: Mapping[str, str] | None = None,
    trusts_request_id: bool = True,
    **state: Any,
) -> FastAPI:
    """The routers' addresses begin with `prefix`: a router around routers would work every address out twice.

    `tasks` run beside the requests for as long as the process lives (a consumer, for instance).

    `prepared(app)`, if given, raises until the process has what it must have before its first request.
    The gateway, asked by anybody, trusts no request id; the services, asked by the gateway, go on with its own.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with living(app, database, tasks):
            yield

    app = FastAPI(
        title=name, docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan,
        generate_unique_id_function=operation_id, redirect_slashes=False,
    )  # fmt: skip
    own = {"settings": settings, "keyring": keyring, "name": name}
    for key, value in ({"actor_of": actor_of, "prepared": None, "now": now} | state | own).items():
        setattr(app.state, key, value)
    app.state.database, app.state.bell, app.state.prometheus = database, feed.Bell(), CollectorRegistry()
    app.state.workbooks = asyncio.Semaphore(export.WORKBOOKS_AT_ONCE)
    problems.install(app)
    json_body.install()
    idempotency.install(app)
    for router in routers:
        app.include_router(router, prefix=prefix)
    for router in (vital_signs, internal):
        app.include_router(router)
    app.add_middleware(
        Envelope,
        registry=app.state.prometheus,
        body_limit=settings.body_limit,
        upload_limit=settings.upload_limit,
        headers=headers or {},
        trusts_request_id=trusts_request_id,
    )
    return app


@contextlib.asynccontextmanager
async def living(app: FastAPI, database: Database | None, tasks: Sequence[Task]) -> AsyncIterator[None]:
    """From the first request to the last: the pools and the tasks beside. What was open before stays so."""
    own = database if database is not None and database.pool is None else None
    if own:
        await own.open()
    running = [asyncio.create_task(kept_alive(task, app)) for task in tasks]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if own:
            await own.close()


async def kept_alive(task: Task, app: FastAPI) -> None:
    """A task that dies of a bug is logged and begun again: silently dead, it would only make numbers old."""
    while True:
        try:
            return await task(app)
        except Exception:
            log.exception("a task died")
            await asyncio.sleep(RESURRECTION_SECONDS)


vital_signs = APIRouter(include_in_schema=False)


@vital_signs.get("/health")
async def health(request: Request) -> dict[str, str]:
    """The process lives."""
    return {"service": request.app.state.name, "state": "alive"}


@vital_signs.get("/ready")
async def ready(request: Request) -> dict[str, str]:
    """The process can serve: its database answers, and it has what it must have before the first request."""
    app: FastAPI = request.app
    if app.state.database is not None:
        try:
            await asyncio.wait_for(app.state.database.ready(), 3)
        except Exception as error:
            raise Unavailable("数据库暂时不可用，请稍后重试。", code="database_away", retry_after=2) from error
    if app.state.prepared is not None:
        await app.state.prepared(app)
    return {"service": request.app.state.name, "state": "ready"}


@vital_signs.get("/metrics")
async def metrics(request: Request) -> Response:
    """For Prometheus on this machine only."""
    if request.client is None or request.client.host not in LOOPBACK or "x-forwarded-for" in request.headers:
        raise NotFound("没有这个地址，请核对后重试。", code="no_such_address")
    return Response(generate_latest(request.app.state.prometheus), media_type="text/plain; version=0.0.4")


internal = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Depends(calling_service)])


@internal.get("/openapi.json")
async def openapi(request: Request) -> dict[str, Any]:
    """This service's part of the one OpenAPI document, which the door merges."""
    schema: dict[str, Any] = request.app.openapi()
    return schema
