"""Around every request: its id, a deadline, a limit on its body, what it cost, and the headers of every answer."""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.errors import DomainError, TooLarge, Unavailable
from services.kernel.log import request_id
from services.kernel.problems import of_failure, problem_response

log = logging.getLogger("request")
REQUEST_ID = re.compile(r"[0-9a-zA-Z-]{8,64}")
DEADLINE_SECONDS = 60.0
API_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def template(scope: Scope) -> str:
    """The whole template of the route; `route` alone lacks the prefixes of the routers around it."""
    around = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(around, "path", None) or "unmatched"


class Envelope:
    """Innermost of the middlewares we have: pure ASGI, so that streams stay streams."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        registry: CollectorRegistry,
        body_limit: int,
        upload_limit: int,
        headers: Mapping[str, str],
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self.app, self.body_limit, self.upload_limit, self.deadline = app, body_limit, upload_limit, deadline
        self.headers = {"cache-control": "private, no-cache", **API_HEADERS, **headers}
        labels = ("method", "route", "status")
        self.requests = Counter("http_requests_total", "Requests answered", labels, registry=registry)
        self.seconds = Histogram(
            "http_request_seconds", "Time to answer", ("route",), registry=registry, buckets=BUCKETS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        token = request_id.set(given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex)
        started, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(message)
            await send(message)

        try:
            await self._within_limits(scope, headers, receive, answer)
        finally:
            self._account(scope, status, time.perf_counter() - started)
            request_id.reset(token)

    async def _within_limits(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        upload = headers.get("content-type", "").startswith("multipart/form-data")
        limit, seen, begun = self.upload_limit if upload else self.body_limit, 0, False
        too_large = TooLarge(f"提交的内容超过上限（{limit // 1024} KB），请拆分后再提交。", params={"limit": limit})

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise too_large
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            if seen > limit and not begun:  # FastAPI answers 400 for any failure to read; ours says what to do
                return
            begun = True
            await send(message)

        try:
            declared = headers.get("content-length", "0")
            if not declared.isdecimal() or int(declared) > limit:
                raise too_large
            async with asyncio.timeout(self.deadline):
                await self.app(scope, counted, noted)
            if seen > limit and not begun:
                raise too_large
        except Exception as error:
            if begun:  # half an answer is on its way: nothing honest can be added to it
                raise
            late = Unavailable("处理超时，请稍后重试。", code="deadline", retry_after=5)
            refusal = error if isinstance(error, DomainError) else late if isinstance(error, TimeoutError) else None
            english = headers.get("accept-language", "").lower().startswith("en")
            await problem_response(refusal or of_failure(error), english=english)(scope, receive, send)

    def _dress(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        headers["x-request-id"] = request_id.get() or ""
        for name, value in self.headers.items():
            headers.setdefault(name, value)

    def _account(self, scope: Scope, status: int, seconds: float) -> None:
        route = template(scope)
        self.requests.labels(scope["method"], route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)
        if route not in ("/health", "/ready", "/metrics", "/internal/subjects", "/internal/events"):
            extra = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            log.info("answered", extra=extra)
