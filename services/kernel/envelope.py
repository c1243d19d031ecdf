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

from services.kernel.errors import DomainError, TooSlow, Unavailable
from services.kernel.incoming import Incoming, is_upload
from services.kernel.log import request_id
from services.kernel.problems import of_failure, problem_response

log = logging.getLogger("request")
# What the gateway makes, and nothing a person could mean: an identity number must not get into the audit this way.
REQUEST_ID = re.compile(r"[0-9a-f]{32}")
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


def refusal_of(error: Exception) -> DomainError:
    if isinstance(error, TimeoutError):
        return Unavailable("处理超时，请稍后重试。", code="deadline", retry_after=5)
    return error if isinstance(error, DomainError) else of_failure(error)


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
        trusts_request_id: bool,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self.app, self.body_limit, self.upload_limit, self.deadline = app, body_limit, upload_limit, deadline
        self.trusts_request_id = trusts_request_id
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
        given = headers.get("x-request-id", "") if self.trusts_request_id else ""
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
        upload, begun = is_upload(headers), False
        body = Incoming(receive, limit=self.upload_limit if upload else self.body_limit, upload=upload)

        async def noted(message: Message) -> None:
            nonlocal begun
            if body.refusal is not None and not begun:
                return
            begun = True
            await send(message)

        try:
            body.declared(headers.get("content-length", "0"))
            async with asyncio.timeout(self.deadline):
                await self.app(scope, body, noted)
            if body.refusal is not None and not begun:
                raise body.refusal
        except Exception as error:
            if begun:  # half an answer is on its way: nothing honest can be added to it
                raise
            english = headers.get("accept-language", "").lower().startswith("en")
            answer = problem_response(body.refusal or refusal_of(error), english=english)
            if isinstance(body.refusal, TooSlow):  # not if too large: who is still sending would not see the answer
                answer.headers["connection"] = "close"
            await answer(scope, receive, send)

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
