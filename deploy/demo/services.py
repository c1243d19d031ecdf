"""Two years of services delivered at the points, by whoever works there; in some of them lately none."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from deploy.demo.dice import dice
from deploy.demo.points import Point, Shell
from deploy.demo.shape import DISTRICTS
from services.contracts.coordination import ServiceKind
from services.contracts.practice import PracticeField
from services.contracts.registry import PointTier

FIRST = date(2024, 12, 1)
STATIONS_SERVED = 0.95  # of those that somebody registered works at


class Service(NamedTuple):
    reference: str
    point: str
    division: str
    day: date
    kind: ServiceKind
    field: PracticeField
    persons: int
    workers: tuple[str, ...]
    minutes: int


def make(seed: int, points: Sequence[Point], as_of: date) -> Iterator[Service]:
    for point in points:
        if point.staff and point.shell not in (Shell.NOBODY, Shell.LAPSED):
            yield from of_point(seed, point, as_of)


def of_point(seed: int, point: Point, as_of: date) -> Iterator[Service]:
    """A station once a month or so, a room every two months; whatever has stopped has stopped some time ago."""
    chance = dice(seed, "services", point.number)
    room = point.tier is PointTier.VILLAGE_SERVICE_ROOM
    lasts = chance.random() < (DISTRICTS[point.district].served if room else STATIONS_SERVED)
    until = as_of if lasts else as_of - timedelta(days=chance.randint(95, 330))
    day = max(FIRST, min(h.started for h in point.staff if h.started)) + timedelta(days=chance.randint(0, 50))
    while day <= until:
        there = [h for h in point.staff if h.started and h.started <= day]
        workers = chance.sample(there, min(len(there), chance.randint(1, 2)))
        yield Service(
            f"{point.number}-{day:%Y%m%d}", point.number, point.place.code, day, chance.choice(list(ServiceKind)),
            chance.choice(list(PracticeField)), chance.randint(6, 30) if room else chance.randint(15, 90),
            tuple(sorted(h.key for h in workers)), 30 * chance.randint(2, 8),
        )  # fmt: skip
        day += timedelta(days=chance.randint(52, 84) if room else chance.randint(18, 42))
