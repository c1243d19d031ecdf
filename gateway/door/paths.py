"""Which addresses of a service may be reached from outside, and which headers travel. Pure."""

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from services.kernel.errors import NotFound, Unprocessable

# A service's own business: no address of the API begins with one of these.
PRIVATE = frozenset({b"internal", b"health", b"ready", b"metrics"})
TO_SERVICE = frozenset({
    "content-type", "accept", "accept-language", "if-match", "if-none-match", "idempotency-key",
})  # fmt: skip
FROM_SERVICE = frozenset({
    "content-type", "content-length", "content-encoding", "content-language", "content-disposition", "etag",
    "last-modified", "cache-control", "vary", "location", "retry-after", "idempotency-replayed", "allow", "link",
})  # fmt: skip


def inner_path(raw: bytes, prefix: bytes) -> str:
    """The path at the service, exactly as it was sent; 404 for whatever could be read there in another way."""
    path = raw.partition(b"?")[0]
    rest = path.removeprefix(prefix)
    segments = [unquote_to_bytes(s) for s in rest.split(b"/")]
    if rest == path or not rest.isascii() or any(map(_misleading, segments)) or segments[0].lower() in PRIVATE:
        raise NotFound("没有这个地址，请核对后重试。", code="no_such_address")
    return "/" + rest.decode("ascii")


def inner_query(raw: bytes) -> str:
    if not raw.isascii() or any(c <= 32 or c == 127 for c in raw):
        raise Unprocessable("网址中的查询参数含有未编码的字符，请按 URL 规则编码后重试。", code="bad_query")
    return raw.decode("ascii")


def _misleading(segment: bytes) -> bool:
    """Empty, a step up, or with a separator, a second escape or a control character in disguise."""
    return segment in (b"", b".", b"..") or any(c in b"/\\%;?#" or c < 32 or c == 127 for c in segment)


def chosen(headers: Iterable[tuple[str, str]], allowed: frozenset[str]) -> list[tuple[str, str]]:
    """Only what is on the list: hop-by-hop headers, claims of identity and everything new stay outside."""
    return [(name.lower(), value) for name, value in headers if name.lower() in allowed]


def outer_location(value: str, service: str) -> str:
    """A service knows its own addresses; outside they begin with the door's."""
    return f"/api/v1/{service}{value}" if value.startswith("/") and not value.startswith("//") else value
