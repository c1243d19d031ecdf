"""Where a division's facts count: by its code, unless its history says otherwise. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from gateway.coverage.numbering import THEN, TODAY, Unfoldable

STEPS = (10**12, 10**10, 10**8, 10**6, 10**3)  # nation, province, city, district, street
NEVER, EVER = date.min, date.max  # asyncpg's -infinity and infinity
DEEPEST = 20  # no chain of parents or successors is longer, unless it is a circle


class Placement(NamedTuple):
    start: date
    parent: int | None
    zone: int | None


class Lie(NamedTuple):
    """What matters of a division for where its facts go."""

    code: int
    placements: Sequence[Placement]  # ascending
    ended: date  # from this day its successor stands for it
    successor: int | None


class Place(NamedTuple):
    division: int
    map: int
    start: date
    stop: date
    unit: int
    above: tuple[int, ...]


def is_village(code: int) -> bool:
    """A leaf: it has no curve, its value is the sum of its own few facts."""
    return code % 1000 != 0


def by_code(code: int) -> tuple[int, ...]:
    """The curves of a division that follows its code, from the nation down to itself."""
    return tuple(dict.fromkeys(a for a in (code - code % s for s in STEPS)))


def parent_by_code(code: int) -> int | None:
    above = [a for a in (code - code % s for s in STEPS) if a != code]
    return above[-1] if above else None


class Atlas:
    """Some divisions with all that their places depend on; one that is not in it follows its code."""

    def __init__(self, lies: Iterable[Lie]) -> None:
        self.lies = {lie.code: lie for lie in lies}
        self.takers = {lie.successor for lie in self.lies.values() if lie.successor is not None}

    def standing(self, code: int, day: date) -> int:
        """The unit that stands for a division on a day: itself, or whoever took it over (and so on)."""
        for _ in range(DEEPEST):
            lie = self.lies.get(code)
            if lie is None or lie.successor is None or day < lie.ended:
                return code
            code = lie.successor
        raise Unfoldable(f"successors run in a circle: {code:012}")

    def placement(self, code: int, day: date) -> Placement:
        """Where it lay; before its first placement, where the first one says."""
        lie = self.lies.get(code)
        if lie is None:
            return Placement(NEVER, parent_by_code(code), None)
        found = next((p for p in reversed(lie.placements) if p.start <= day), lie.placements[0])
        return found if found.parent is not None else found._replace(parent=parent_by_code(code))

    def resolve(self, code: int, day: date) -> tuple[int, tuple[int, ...]]:
        """The unit that stands for `code` on the map of that day, and all curves above it."""
        unit = here = self.standing(code, day)
        above: set[int] = set()
        for _ in range(DEEPEST):
            above.add(here)
            _, parent, zone = self.placement(here, day)
            if zone is not None:
                above.add(self.standing(zone, day))
            if parent is None:
                return unit, tuple(sorted(a for a in above if not is_village(a)))
            here = self.standing(parent, day)
        raise Unfoldable(f"parents run in a circle: {code:012}")

    def cuts(self, code: int) -> list[date]:
        """All days on which anything that ever mattered for `code` changed."""
        seen: set[int] = set()
        todo, days = [code], {NEVER}
        while todo:
            here = todo.pop()
            if here in seen:
                continue
            seen.add(here)
            lie = self.lies.get(here)
            near = [parent_by_code(here)]
            if lie is not None:
                days |= {p.start for p in lie.placements[1:]} | ({lie.ended} if lie.successor is not None else set())
                near += [lie.successor, *(c for p in lie.placements for c in (p.parent, p.zone))]
            todo += [c for c in near if c is not None]
        return sorted(days - {EVER})

    def places(self, code: int) -> list[Place]:
        """Nothing if it always followed its code and took nobody over."""
        then: list[Place] = []
        for start in self.cuts(code):
            unit, above = self.resolve(code, start)
            if then and (then[-1].unit, then[-1].above) == (unit, above):
                continue
            if then:
                then[-1] = then[-1]._replace(stop=start)
            then.append(Place(code, THEN, start, EVER, unit, above))
        today = Place(code, TODAY, NEVER, EVER, *self.resolve(code, EVER))
        plain = (code, tuple(a for a in by_code(code) if not is_village(a)))
        follows = all((p.unit, p.above) == plain for p in (*then, today))
        return [] if follows and code not in self.takers else [*then, today]
