"""Who works where: the workers of every point, and an employer for everybody."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from deploy.demo.dice import dice, one_of
from deploy.demo.organizations import Organization, Organizations
from deploy.demo.people import Holder, first_registration, register
from deploy.demo.points import Point, Shell
from deploy.demo.shape import IN_SCOPE
from services.contracts.registry import PointTier

OLD, YOUNG = 2019, 2025  # the first worker of a station passed early; whoever passed last is at no point yet
EVER_REGISTERED, RENEWS = 0.70, 0.86
SERVING = {"agencies": 0.40, "institutions": 0.25, "committees": 0.35}
OTHERS = {
    "offices": 0.24,
    "bureaus": 0.02,
    "institutions": 0.24,
    "companies": 0.20,
    "committees": 0.29,
    "association": 0.01,
}


class Pool:
    """The holders of a district who are at no point yet, in an order of chance."""

    def __init__(self, chance: Random, holders: Sequence[Holder]) -> None:
        mixed = chance.sample(holders, len(holders))  # all of them, so that the order depends on no day
        self.old = [h for h in mixed if h.year <= OLD]
        self.young = [h for h in mixed if OLD < h.year <= YOUNG]

    def take(self, *, old: bool) -> Holder | None:
        for some in (self.old, self.young) if old else (self.young, self.old):
            if some:
                return some.pop()
        return None


def settle(
    seed: int, points: list[Point], holders: list[Holder], organizations: Organizations, as_of: date
) -> tuple[list[Point], list[Holder]]:
    """Everybody, also those whose day is still to come; each draws from a source of their own."""
    staff(seed, holders, points, as_of)
    rooms = by_district([p for p in points if p.tier is PointTier.VILLAGE_SERVICE_ROOM])
    assigned = sum(h.point is not None for h in holders)
    more = (IN_SCOPE * len(holders) - assigned) / (len(holders) - assigned)
    for holder in holders:
        if holder.point is None:
            chance = dice(seed, "settling", holder.key)
            holder.direct = chance.random() < more
            holder.employer = employer(chance, holder, organizations, rooms[holder.district])
            if chance.random() < EVER_REGISTERED:
                first = first_registration(chance, holder.certificates[0])
                register(chance, holder, first, as_of, renews=RENEWS)
    return points, holders


def until(as_of: date, points: list[Point], holders: list[Holder]) -> tuple[list[Point], list[Holder]]:
    """What is there on the day: whoever waits for a point to open is employed there already."""
    for holder in holders:
        holder.certificates = [c for c in holder.certificates if c.approved <= as_of]
        if holder.point is not None and holder.point.opened > as_of:
            holder.point = holder.started = None
    return [p for p in points if p.opened <= as_of], [h for h in holders if h.certificates]


def by_district(points: Sequence[Point]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        found[point.district].append(point)
    return found


def staff(seed: int, holders: Sequence[Holder], points: Sequence[Point], as_of: date) -> None:
    """First one for every point, from the centre down, then the other seats."""
    of: dict[str, list[Holder]] = defaultdict(list)
    for someone in holders:
        of[someone.district].append(someone)
    pools = {district: Pool(dice(seed, "pool", district), some) for district, some in of.items()}
    for first in (True, False):
        for point in points:
            seats = 1 if first or point.shell in (Shell.NOBODY, Shell.LAPSED) else point.seats
            while len(point.staff) < seats and point.shell is not Shell.NOBODY and point.district in pools:
                station = point.tier is not PointTier.VILLAGE_SERVICE_ROOM
                holder = pools[point.district].take(old=(station and not point.staff) or point.shell is Shell.LAPSED)
                if holder is None:
                    break
                assign(dice(seed, "worker", holder.key), holder, point, as_of)


def assign(chance: Random, holder: Holder, point: Point, as_of: date) -> None:
    delay = timedelta(days=chance.randint(0, 20 if not point.staff else 400))
    first = first_registration(chance, holder.certificates[0])
    register(chance, holder, first, as_of, renews=0 if point.shell is Shell.LAPSED else 1)
    holder.direct, holder.point = True, point
    holder.started = min(max(point.opened, first) + delay, as_of)
    holder.employer = point.operator
    point.staff.append(holder)


def employer(chance: Random, holder: Holder, organizations: Organizations, rooms: Sequence[Point]) -> Organization:
    kind, district = one_of(chance, SERVING if holder.direct else OTHERS), holder.district
    if kind == "committees":
        return organizations.committees[chance.choice(rooms).place.code]
    if kind == "offices":
        return organizations.offices[chance.choice([s for s in organizations.offices if s[:6] == district])]
    if kind == "bureaus":
        return organizations.bureaus[district]
    if kind == "association":
        return organizations.association
    of: dict[str, dict[str, list[Organization]]] = {
        "agencies": organizations.agencies,
        "institutions": organizations.institutions,
        "companies": organizations.companies,
    }
    return chance.choice(of[kind][district])
