"""A part of a page that may be missing: a service that is away costs its panel, not the page."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Generic, NamedTuple, TypeVar

from services.kernel.errors import DomainError, Forbidden, NotFound, Unavailable, Unprocessable

T = TypeVar("T")


class Panel(NamedTuple, Generic[T]):
    """Either what was found, or the refusal that says why there is nothing."""

    found: T | None
    refusal: DomainError | None = None


PANEL_SECONDS = 4.0  # then the page comes without it


async def panel(question: Awaitable[T]) -> Panel[T]:
    try:
        async with asyncio.timeout(PANEL_SECONDS):
            return Panel(await question)
    except TimeoutError:
        return Panel(None, Unavailable("这一部分没有及时应答，请稍后重试。", code="panel_late"))
    except (Unavailable, Forbidden, NotFound) as error:
        return Panel(None, error)


async def mendable(question: Awaitable[T]) -> Panel[T]:
    """A search that cannot be made leaves its form, so that it can be mended there; any other refusal is the page's."""
    try:
        return Panel(await question)
    except Unprocessable as error:
        return Panel(None, error)


AT_A_TIME = 8


async def gathered(questions: Iterable[Awaitable[T]]) -> list[T]:
    """All answers in order, a few asked at a time."""
    turn = asyncio.Semaphore(AT_A_TIME)

    async def asked(question: Awaitable[T]) -> T:
        async with turn:
            return await question

    return await asyncio.gather(*map(asked, questions))
