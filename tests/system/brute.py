"""What the owner's tables add up to on a day, counted one by one: shares no code with facts, fold or answers."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import asyncpg

Record = Any
FAR = date(9999, 1, 1)


def holds(start: date, end: date | None, day: date) -> bool:
    return start <= day < (end or FAR)


@dataclass
class Register:
    """Everything the registry holds, in memory."""

    divisions: dict[str, Record]
    people: dict[object, Record]
    certificates: list[Record]
    registrations: list[Record]
    points: list[Record]
    assignments: list[Record]
    _inside: dict[str, set[str]] = field(default_factory=dict)

    def within(self, code: str, area: str) -> bool:
        if area not in self._inside:
            self._inside[area] = {c for c in self.divisions if self._lies_in(c, area)}
        return code in self._inside[area]

    def _lies_in(self, code: str, area: str) -> bool:
        """By the parents, or by the zone, of the division and of those above it."""
        here: str | None = code
        while here is not None and here in self.divisions:
            record = self.divisions[here]
            if area in (here, record["zone"]):
                return True
            here = record["parent"]
        return here == area

    def units(self, tier: str, area: str, day: date) -> set[str]:
        found = (
            d for d in self.divisions.values() if d["tier"] == tier and d["counts"] and self.within(d["code"], area)
        )
        return {d["code"] for d in found if holds(d["valid_from"], d["valid_to"], day)}

    def open_points(self, day: date) -> list[Record]:
        return [p for p in self.points if holds(p["opened_on"], p["closed_on"], day)]

    def registered(self, person: object, day: date) -> bool:
        return any(r["person_id"] == person and holds(r["start_on"], r["end_on"], day) for r in self.registrations)

    def staffed(self, point: object, day: date) -> bool:
        there = [a for a in self.assignments if a["service_point_id"] == point]
        return any(holds(a["started_on"], a["ended_on"], day) and self.registered(a["person_id"], day) for a in there)

    def coverage(self, tier: str, area: str, day: date) -> tuple[int, int, int]:
        """Units, established, effective."""
        units, opened = self.units(tier, area, day), self.open_points(day)
        established = {p["division"] for p in opened} & units
        staffed = {p["division"] for p in opened if self.staffed(p["id"], day)}
        paid = {p["division"] for p in opened if p["staffing_basis"] in ("government_purchase", "own_staff")}
        return len(units), len(established), len(established & staffed & paid)

    def certified(self, area: str, day: date) -> int:
        held = {c["person_id"] for c in self.certificates if holds(c["approved_on"], c["ended_on"], day)}
        return sum(self.within(self.people[p]["division"], area) for p in held)

    def registered_workers(self, area: str, day: date) -> int:
        active = {r["person_id"] for r in self.registrations if holds(r["start_on"], r["end_on"], day)}
        return sum(self.within(self.people[p]["division"], area) for p in active)

    def issued(self, area: str, first: date, last: date) -> int:
        approved = [c for c in self.certificates if first <= c["approved_on"] <= last]
        return sum(self.within(self.people[c["person_id"]]["division"], area) for c in approved)


async def register(db: asyncpg.Connection) -> Register:
    async def all_of(table: str) -> list[Record]:
        return await db.fetch(f"select * from {table}")

    return Register(
        {d["code"]: d for d in await all_of("division")},
        {p["id"]: p for p in await all_of("person")},
        *[await all_of(t) for t in ("certificate", "registration", "service_point", "assignment")],
    )
