"""How many requests of one principal may be under way at one service, so that nobody takes it away from all others."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from services.kernel.errors import TooMany

RETRY_SECONDS = 2


class Kind(StrEnum):
    """Uploads and files to take away are counted apart, and lower: each keeps a service busy for seconds."""

    REQUEST = "请求"
    UPLOAD = "上传"
    EXPORT = "导出"


class Crowd:
    """`limits`: how many of each kind one principal may have under way at one service."""

    def __init__(self, limits: Mapping[Kind, int]) -> None:
        self.limits = limits
        self.under_way: Counter[tuple[str, str, Kind]] = Counter()

    @contextmanager
    def admitted(self, service: str, principal: str, kind: Kind) -> Iterator[None]:
        key = (service, principal, kind)
        if self.under_way[key] >= self.limits[kind]:
            detail = f"您同时进行的{kind}过多，请等前面的完成后再试。"
            raise TooMany(detail, code="too_many_at_once", retry_after=RETRY_SECONDS)
        self.under_way[key] += 1
        try:
            yield
        finally:
            self.under_way[key] -= 1
            if not self.under_way[key]:
                del self.under_way[key]
