"""The whole demo city in memory: made of a seed, a size and a day, and of nothing else."""

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from deploy.demo import organizations, people, points, projects, services, settling, training
from deploy.demo.organizations import Organizations
from deploy.demo.people import Holder
from deploy.demo.places import Places, read_places
from deploy.demo.points import Point
from deploy.demo.projects import Project
from deploy.demo.rosters import point_lines, waves
from deploy.demo.services import Service
from deploy.demo.shape import FIRST_OPEN_YEAR, SEED, WHOLE, Size
from deploy.demo.training import Attendance, PracticePlace, Session, Supervisor

DIVISIONS = Path(__file__).resolve().parents[2] / "data/divisions-370100.csv"


class City(NamedTuple):
    places: Places
    organizations: Organizations
    points: list[Point]
    holders: list[Holder]
    sessions: list[Session]
    attendances: list[Attendance]
    supervisors: list[Supervisor]
    practice: list[PracticePlace]
    projects: list[Project]
    services: list[Service]

    def digest(self) -> str:
        """The same for the same city, whatever the machine."""
        told: Iterable[object] = (
            *point_lines(self.points), *(line for wave in waves(self.holders) for line in wave), *self.sessions,
            *self.attendances, *self.supervisors, *self.practice, *self.services,
            *(row for p in self.projects for row in (p.number, p.name, *p.contracts, *p.payments, *p.staff)),
        )  # fmt: skip
        return hashlib.sha256("\n".join(map(str, told)).encode()).hexdigest()


def make_city(as_of: date, *, seed: int = SEED, size: Size = WHOLE, divisions: Path = DIVISIONS) -> City:
    if as_of.year < FIRST_OPEN_YEAR:
        raise ValueError(f"the demo city begins in {FIRST_OPEN_YEAR}")
    places = read_places(divisions)
    named = organizations.make(seed, size, places)
    there, holders = settling.until(
        as_of, *settling.settle(seed, points.make(seed, size, places, named), people.make(seed, size), named, as_of)
    )
    sessions, attendances = training.courses(seed, places, holders, as_of)
    return City(
        places, named, there, holders, sessions, attendances,
        training.supervisors(seed, size, places, holders, as_of),
        training.practice(seed, size, places, named, as_of),
        projects.make(seed, size, places, named, there, holders, as_of),
        list(services.make(seed, there, as_of)),
    )  # fmt: skip
