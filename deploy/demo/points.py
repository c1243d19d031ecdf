"""The four tiers: a centre, 13 main stations, a station in every street, a room in four villages of ten."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING

from deploy.demo.dice import day_between, dice, one_of
from deploy.demo.organizations import Organization, Organizations
from deploy.demo.places import Place, Places
from deploy.demo.shape import (
    CENTRE_OPENED,
    DISTRICTS,
    ROOM_BY_CONTRACT,
    ROOM_YEARS,
    SHELL,
    STATION_BY_CONTRACT,
    STATIONS_FROM,
    STATIONS_UNTIL,
    ZONE_DISTRICT,
    Size,
)
from services.contracts.registry import PointTier

if TYPE_CHECKING:
    from deploy.demo.people import Holder


class Support(StrEnum):
    """What keeps a point running."""

    CONTRACT = "contract"
    OWN_STAFF = "own_staff"
    NONE = "none"


class Shell(StrEnum):
    """Why a point is there in name only: nobody registered works there, or nobody pays for it any more."""

    NOBODY = "nobody"
    LAPSED = "lapsed"
    UNPAID = "unpaid"


@dataclass(eq=False)
class Point:
    number: str
    name: str
    tier: PointTier
    place: Place
    district: str
    opened: date
    operator: Organization
    support: Support
    seats: int
    shell: Shell | None = None
    staff: list["Holder"] = field(default_factory=list)


def make(seed: int, size: Size, places: Places, organizations: Organizations) -> list[Point]:
    stations = [p for d in places.districts for p in stations_of(seed, size, places, organizations, d)]
    rooms = [p for d in places.districts for p in rooms_of(seed, size, places, organizations, d)]
    for some in (stations, rooms):
        hollow(dice(seed, "shells", len(some)), some)
    return [*upper(seed, places, organizations), *stations, *rooms]


def hollow(chance: Random, points: list[Point]) -> None:
    """One in twelve, half of them without a registered worker, half without a contract; fewer where all goes well."""
    for n in range(round(len(points) / SHELL)):
        sound = [p for p in points if p.shell is None]
        point = one_of(chance, {p: 1.1 - DISTRICTS[p.district].served for p in sound})
        point.shell = Shell.UNPAID if n % 2 else (Shell.NOBODY, Shell.LAPSED)[n // 2 % 2]
        if point.shell is Shell.UNPAID:
            point.support = Support.NONE


def upper(seed: int, places: Places, organizations: Organizations) -> Iterator[Point]:
    chance = dice(seed, "main stations")
    yield Point(
        "YS-ZX-370100", "济南市社工站指导服务中心（演示）", PointTier.CITY_GUIDANCE_CENTRE, places.city, ZONE_DISTRICT,
        CENTRE_OPENED, organizations.centre, Support.CONTRACT, 8,
    )  # fmt: skip
    served = {**places.districts, places.zone.district: places.zone}
    for code, place in served.items():
        district = code if code in DISTRICTS else ZONE_DISTRICT
        opened = day_between(chance, STATIONS_FROM, STATIONS_UNTIL)
        operator = chance.choice(organizations.agencies[district])
        yield Point(
            f"YS-ZZ-{code}", f"{place.name}社会工作服务总站（演示）", PointTier.DISTRICT_MAIN_STATION, place, district,
            opened, operator, Support.CONTRACT, chance.randint(4, 6),
        )  # fmt: skip


def stations_of(seed: int, size: Size, places: Places, organizations: Organizations, district: str) -> Iterator[Point]:
    chance = dice(seed, "stations", district)
    streets = places.streets[district]
    for street in streets[: size.of(len(streets))]:
        bought = chance.random() < STATION_BY_CONTRACT
        yield Point(
            f"YS-JZ-{street.code[:9]}", f"{street.name}社会工作服务站（演示）",
            PointTier.STREET_STATION, street, district,
            day_between(chance, STATIONS_FROM, STATIONS_UNTIL),
            chance.choice(organizations.agencies[district]) if bought else organizations.offices[street.code],
            Support.CONTRACT if bought else Support.OWN_STAFF,
            2 + round(4 * chance.random() * DISTRICTS[district].served),
        )  # fmt: skip


def rooms_of(seed: int, size: Size, places: Places, organizations: Organizations, district: str) -> Iterator[Point]:
    """A room is bought together with its street's station, if at all."""
    chance = dice(seed, "rooms", district)
    bought = {s.place.code[:9]: s for s in stations_of(seed, size, places, organizations, district)
              if s.support is Support.CONTRACT}  # fmt: skip
    villages = places.villages[district]
    chosen = chance.sample(villages, size.of(len(villages) * DISTRICTS[district].rooms))
    for village in sorted(chosen):
        opened = day_between(chance, date(year := one_of(chance, ROOM_YEARS), 1, 10), date(year, 12, 20))
        station = bought.get(village.code[:9]) if chance.random() < ROOM_BY_CONTRACT else None
        yield Point(
            f"YS-SG-{village.code}", f"{village.short}社会工作室（演示）",
            PointTier.VILLAGE_SERVICE_ROOM, village, district, opened,
            station.operator if station else organizations.committees[village.code],
            Support.CONTRACT if station else Support.OWN_STAFF, 1,
        )  # fmt: skip
