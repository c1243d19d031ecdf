"""How many requests of one principal may be under way at one service, so that nobody takes it away from all others."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from services.kernel.errors import TooMany

RETRY_SECONDS = 2


class Crowd:
    """Uploads are counted apart, and lower: each holds a connection to the service for as long as it comes in."""

    def __init__(self, *, requests: int, uploads: int) -> None:
        self.requests, self.uploads = requests, uploads
        self.under_way: Counter[tuple[str, str, bool]] = Counter()

    @contextmanager
    def admitted(self, service: str, principal: str, *, upload: bool) -> Iterator[None]:
        key = (service, principal, upload)
        if self.under_way[key] >= (self.uploads if upload else self.requests):
            kind = "上传" if upload else "请求"
            detail = f"您同时进行的{kind}过多，请等前面的完成后再试。"
            raise TooMany(detail, code="too_many_at_once", retry_after=RETRY_SECONDS)
        self.under_way[key] += 1
        try:
            yield
        finally:
            self.under_way[key] -= 1
            if not self.under_way[key]:
                del self.under_way[key]
