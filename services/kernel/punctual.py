"""HTTP for uvicorn with the deadline it lacks: whoever opens a connection and does not finish asking is cut off."""

import asyncio
from asyncio.events import TimerHandle

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0


class Punctual(HttpToolsProtocol):
    """The head of a request, and what is left of a body after its answer, come within ten seconds."""

    awaited: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await()

    def on_headers_complete(self) -> None:
        self._arrived()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._arrived()

    def on_response_complete(self) -> None:
        """Answered early, for instance with a 401: nobody reads the body, and it must not drip for ever."""
        super().on_response_complete()
        if self.cycle.more_body:
            self._await()

    def _await(self) -> None:
        if self.awaited is None:
            self.awaited = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _arrived(self) -> None:
        if self.awaited is not None:
            self.awaited.cancel()
            self.awaited = None
