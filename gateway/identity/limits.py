"""How often somebody may ask: the generic cell rate algorithm, one number per principal, in this process."""

import math
import time
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.errors import TooMany

KEPT = 20_000
NOTE = "shegong.limit"


@dataclass
class Limit:
    """`burst` at once, then `rate` a second. A key's number is the moment at which its burst would be whole again."""

    name: str
    rate: float
    burst: int
    full_at: dict[str, float] = field(default_factory=dict)

    def take(self, key: str, scope: Scope, *, at: float | None = None) -> None:
        """Count one request, and note where the headers are written from; 429 if it is one too many."""
        now = time.monotonic() if at is None else at
        full_at = max(self.full_at.get(key, now), now)
        spent = (full_at - now) * self.rate
        left = self.burst - spent - 1
        allowed = left > -1e-9
        if allowed:
            self._keep(key, full_at + 1 / self.rate, now)
        reset = math.ceil((spent + allowed) / self.rate)
        scope[NOTE] = {
            "ratelimit-policy": f'"{self.name}";q={self.burst};w={math.ceil(self.burst / self.rate)}',
            "ratelimit": f'"{self.name}";r={max(0, math.floor(left + 1e-9))};t={reset}',
        }
        if not allowed:
            after = max(1, math.ceil(-left / self.rate))
            raise TooMany(f"请求过于频繁，请 {after} 秒后再试。", code="rate_limited", retry_after=after)

    def _keep(self, key: str, full_at: float, now: float) -> None:
        if key not in self.full_at and len(self.full_at) >= KEPT:
            self.full_at = {k: v for k, v in self.full_at.items() if v > now}
        self.full_at[key] = full_at


class LimitHeaders:
    """Writes what `Limit.take` has noted on whatever answer follows, refusals of the framework included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start" and NOTE in scope:
                headers = MutableHeaders(scope=message)
                for name, value in scope[NOTE].items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, noted)
