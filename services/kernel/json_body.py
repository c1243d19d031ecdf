"""JSON as it is read from a request: a field written twice has no meaning, so it is refused and not half believed."""

import json
from typing import Any

from starlette.requests import Request

OURS = "JSON 中有重复的字段"


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        shown = "".join(c for c in twice[:40] if c.isprintable())
        raise json.JSONDecodeError(f"{OURS}“{shown}”，请只保留一个。", "", 0)
    return found


async def read(request: Request) -> Any:
    if not hasattr(request, "_json"):
        text = (await request.body()).decode("utf-8-sig")  # bytes would be taken for UTF-16 or UTF-32 as well (U22)
        request._json = json.loads(text, object_pairs_hook=once_each)
    return request._json


def install() -> None:
    """FastAPI reads every body by `Request.json`, and offers no other place that holds for the routes of all apps."""
    Request.json = read  # type: ignore[method-assign, assignment]
