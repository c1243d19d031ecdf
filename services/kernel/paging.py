"""Keyset paging: page 10 000 costs what page 1 costs."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, JsonValue

from services.kernel.errors import Unprocessable

T = TypeVar("T")
R = TypeVar("R")

Limit = Annotated[int, Query(ge=1, le=500, description="一页多少条")]
Cursor = Annotated[str | None, Query(max_length=600, description="上一页答复中的 next")]


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: str | None


class BadCursor(Unprocessable):
    english = "The cursor is not one that this list has given."


def encode_cursor(*key: JsonValue) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[str | int]:
    """The key of the last row of the page before."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise BadCursor("翻页游标无效，请从第一页重新查询。") from error
    if not isinstance(key, list) or len(key) != length or not all(map(plausible, key)):
        raise BadCursor("翻页游标无效，请从第一页重新查询。")
    return key


def plausible(part: object) -> bool:
    """What PostgreSQL can compare with a column: no number that fits nowhere, and a text it can take."""
    if isinstance(part, str):
        return storable(part)
    return isinstance(part, int) and not isinstance(part, bool) and abs(part) < 2**63


def storable(text: str) -> bool:
    """Without a NUL and without half a character (a lone surrogate); a name may well hold a wide space."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def page_of(rows: Sequence[R], limit: int, key: Callable[[R], Sequence[JsonValue]]) -> tuple[Sequence[R], str | None]:
    """Of `limit` + 1 rows asked for: those of this page, and where the next one starts."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], encode_cursor(*key(rows[limit - 1]))
