"""A part of a page that may be missing: a service that is away costs its panel, not the page."""

from collections.abc import Awaitable
from typing import Generic, NamedTuple, TypeVar

from services.kernel.errors import DomainError, Forbidden, NotFound, Unavailable

T = TypeVar("T")


class Panel(NamedTuple, Generic[T]):
    """Either what was found, or the refusal that says why there is nothing."""

    found: T | None
    refusal: DomainError | None = None


async def panel(question: Awaitable[T]) -> Panel[T]:
    try:
        return Panel(await question)
    except (Unavailable, Forbidden, NotFound) as error:
        return Panel(None, error)
