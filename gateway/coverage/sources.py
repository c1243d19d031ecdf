"""How fresh what we know is: how far each service's feed has been followed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from asyncpg import Connection

from services.contracts.coverage import PartStatus, Source, SourceState, Status
from services.contracts.metrics import METRICS

SERVICES = tuple(dict.fromkeys(d.owner for d in METRICS.values()))
FRESH = timedelta(seconds=60)  # a feed with nothing to say is asked again every 20 s
WORST = (SourceState.AWAY, SourceState.STALE, SourceState.FRESH)

FOLLOWED = """
select c.source, c.followed_at, c.silent_since, (select count(*) from feed_parked p where p.source = c.source) as parked
from feed_cursor c"""


class Followed(NamedTuple):
    source: str
    followed_at: datetime | None = None
    silent_since: datetime | None = None
    parked: int = 0


async def followed(db: Connection) -> list[Followed]:
    rows = {row["source"]: Followed(*row) for row in await db.fetch(FOLLOWED)}
    return [rows.get(service, Followed(service)) for service in SERVICES]


def state(f: Followed, now: datetime) -> SourceState:
    if f.silent_since is not None or f.followed_at is None:
        return SourceState.AWAY
    return SourceState.FRESH if now - f.followed_at <= FRESH else SourceState.STALE


def sources_of(feeds: Iterable[Followed], now: datetime, services: Iterable[str]) -> list[Source]:
    wanted = set(services)
    return [Source(service=f.source, state=state(f, now), as_of=f.followed_at) for f in feeds if f.source in wanted]


def part(f: Followed, now: datetime) -> PartStatus:
    found = state(f, now)
    since = {SourceState.FRESH: None, SourceState.STALE: f.followed_at, SourceState.AWAY: f.silent_since}[found]
    lag = None if f.followed_at is None else round((now - f.followed_at).total_seconds(), 3)
    return PartStatus(part=f.source, state=found, since=since, lag_seconds=lag, parked=f.parked)


def status_of(feeds: Sequence[Followed], now: datetime) -> Status:
    """As bad as its worst part."""
    parts = [part(f, now) for f in feeds]
    worst = next((s for s in WORST if any(p.state is s for p in parts)), SourceState.FRESH)
    return Status(state=worst, parts=parts)
