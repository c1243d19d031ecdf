"""The body of one request on its way in: counted, and not waited for without end."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from services.kernel.errors import DomainError, TooLarge, TooSlow

IDLE_SECONDS = 10.0  # without a single byte
WHOLE_SECONDS = 30.0  # for a body that is no upload; an upload has the deadline of its request


def is_upload(headers: Headers) -> bool:
    return headers.get("content-type", "").startswith("multipart/form-data")


LONGEST = 18  # digits of a length; Python refuses to read thousands of them


class Incoming:
    """A `receive` that keeps why it gave up: FastAPI answers 400 for any failure to read, ours says what to do."""

    def __init__(self, receive: Receive, *, limit: int, upload: bool) -> None:
        self.receive, self.limit, self.upload = receive, limit, upload
        self.seen, self.ended, self.until = 0, False, 0.0
        self.refusal: DomainError | None = None

    async def __call__(self) -> Message:
        """After its end nothing is awaited but that the asker leaves, and that may last."""
        message = await (self.receive() if self.ended else self._in_time())
        self.ended = self.ended or not message.get("more_body", False)
        self.seen += len(message.get("body", b""))
        if self.seen > self.limit:
            raise self.too_large()
        return message

    def declared(self, length: str) -> None:
        """Refused before the first byte, if it will be too much."""
        if not length.isdecimal() or len(length) > LONGEST or int(length) > self.limit:
            raise self.too_large()

    def too_large(self) -> DomainError:
        detail = f"提交的内容超过上限（{self.limit // 1024} KB），请拆分后再提交。"
        self.refusal = TooLarge(detail, params={"limit": self.limit})
        return self.refusal

    async def _in_time(self) -> Message:
        now = asyncio.get_running_loop().time()
        self.until = self.until or now + WHOLE_SECONDS
        try:
            async with asyncio.timeout_at(now + IDLE_SECONDS if self.upload else min(now + IDLE_SECONDS, self.until)):
                return await self.receive()
        except TimeoutError as error:
            self.refusal = TooSlow("提交的内容长时间没有传完，请检查网络后重新提交。", code="body_too_slow")
            raise self.refusal from error
