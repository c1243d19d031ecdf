"""The real places of the city, as the division file tells them; only what counts."""

import csv
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from services.contracts.divisions import Tier


class Place(NamedTuple):
    code: str
    name: str

    @property
    def district(self) -> str:
        return self.code[:6]

    @property
    def short(self) -> str:
        return self.name.removesuffix("居民委员会").removesuffix("村民委员会").removesuffix("村委会")


class Places(NamedTuple):
    city: Place
    zone: Place
    districts: dict[str, Place]  # by six digits
    streets: dict[str, list[Place]]  # by district
    villages: dict[str, list[Place]]


def read_places(path: Path) -> Places:
    of: dict[str, list[Place]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["counts"] == "true" or row["tier"] == Tier.ZONE:
                of[row["tier"]].append(Place(row["code"], row["name"]))
    [city], [zone] = of[Tier.CITY], of[Tier.ZONE]
    districts = {place.district: place for place in of[Tier.DISTRICT]}
    return Places(city, zone, districts, by_district(of[Tier.STREET]), by_district(of[Tier.VILLAGE]))


def by_district(places: list[Place]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        found[place.district].append(place)
    return dict(found)
