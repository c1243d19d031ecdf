"""A small world of divisions and subjects, and the pointwise reading of what they said: no intervals, no arrays.

It shares no code with the fold. `day` is a date; on today's map a division lies as it does at the end of all days.
"""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta

from services.contracts.divisions import Tier, tier_by_code
from services.contracts.facts import Fact, SubjectState
from services.contracts.metrics import Metric

FIRST_DAY, DAYS = date(2019, 6, 1), 1500
END = date.max
THEN, TODAY = 1, 2
PRESENT = [Metric.UNIT, Metric.POINT_OPEN, Metric.POINT_STAFFED, Metric.POINT_CONTRACTED, Metric.POINT_OWN_STAFF,
           Metric.SERVICE_DELIVERED]  # fmt: skip
STOCKS = [Metric.CERTIFIED_PEOPLE, Metric.SUPERVISORS]
FLOW = Metric.HOURS_ATTENDED
COVERS = ("exists", "established", "effective", "served")
OWNER = {Metric.SUPERVISORS: "training", Metric.HOURS_ATTENDED: "training", Metric.SERVICE_DELIVERED: "coordination"}


def division(code: str, tier: Tier, parent: str | None, zone: str | None = None) -> dict:
    return {"code": code, "name": f"区划{code}", "tier": tier.value, "kind": tier.value, "parent": parent, "zone": zone,
            "counts": True, "valid_from": None, "valid_to": None, "successor": None, "placements": []}  # fmt: skip


def base_world() -> dict[str, dict]:
    """Two cities; in each a zone, two districts with two streets of two villages, and a street right below the city."""
    found: dict[str, dict] = {}

    def add(code: str, tier: Tier, parent: str | None) -> str:
        found[code] = division(code, tier, parent)
        return code

    for c in ("3701", "3702"):
        city = add(f"{c}00000000", Tier.CITY, "370000000000")
        add(f"{c}76000000", Tier.ZONE, city)
        for d in ("01", "02"):
            district = add(f"{c}{d}000000", Tier.DISTRICT, city)
            for s in ("001", "002"):
                street = add(f"{c}{d}{s}000", Tier.STREET, district)
                for v in ("001", "002"):
                    add(f"{c}{d}{s}{v}", Tier.VILLAGE, street)
        bare = add(f"{c}00001000", Tier.STREET, city)  # a city without districts: its district code is its own
        add(f"{c}00001001", Tier.VILLAGE, bare)
    return found


# Facts may speak of these before the registry does.
LATE = ("370275000000", "370102002000", "370102002001", "370102002002")


class World:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        everything = {**base_world(), LATE[0]: division(LATE[0], Tier.ZONE, "370200000000")}
        self.divisions = {code: d for code, d in everything.items() if code not in LATE}
        self.waiting = {code: d for code, d in everything.items() if code in LATE}
        for street, zone in (("370101001000", "370176000000"), ("370202002000", "370276000000")):
            self.divisions[street]["zone"] = zone
        self.said: dict[tuple[str, str], list[Fact]] = {}
        self.codes = sorted(everything)
        self.zones = [c for c, d in everything.items() if d["tier"] == Tier.ZONE.value]
        villages = [c for c in self.codes if not c.endswith("000")]
        self.hot = [*self.rng.sample(villages, 3), *self.rng.sample(self.codes, 2), self.rng.choice(LATE)]

    # Random words

    def day(self) -> date:
        """Now and then one of a few days, on which things begin and end together."""
        few = self.rng.random() < 0.4
        return FIRST_DAY + timedelta(self.rng.choice([214, 215, 579, 700]) if few else self.rng.randrange(DAYS))

    def place(self) -> str:
        return self.rng.choice(self.hot if self.rng.random() < 0.7 else self.codes)

    def fact(self, metrics: list[Metric]) -> Fact:
        r, start = self.rng, self.day()
        end = None if r.random() < 0.4 else start + timedelta(r.choice([1, 1, 30, 200, 365, 366, 800]))
        metric = r.choice(metrics)
        if metric is FLOW and r.random() < 0.9:
            end = None
        amount = 1 if r.random() < 0.7 else r.choice([2, -3, "0.5", "12.25"])
        return Fact(metric=metric, division=self.place(), start=start, end=end, amount=amount)

    def subject(self) -> tuple[str, str]:
        service = self.rng.choice(["registry", "registry", "registry", "training", "coordination"])
        return service, f"person:{self.rng.randrange(6)}"

    def facts_of(self, service: str) -> list[Fact]:
        mine = [m for m in (*PRESENT, *STOCKS, FLOW) if OWNER.get(m, "registry") == service]
        weighted = mine + [m for m in mine if m in (Metric.UNIT, Metric.POINT_OPEN)] * 3
        return [self.fact(weighted) for _ in range(self.rng.randint(1, 6))]

    # Batches of the feeds: (service, states)

    def batch(self) -> tuple[str, list[SubjectState]]:
        kind = self.rng.random()
        if kind < 0.6:
            return self.words()
        if kind < 0.7 and self.waiting:
            first = [c for c, d in self.waiting.items() if d["parent"] not in self.waiting]  # as in the registry's feed
            code = self.rng.choice(first)
            return self.moved(code, self.waiting.pop(code))
        if kind < 0.85:
            return self.rearranged()
        return self.merged()

    def words(self) -> tuple[str, list[SubjectState]]:
        service, _ = self.subject()
        states = {}
        for _ in range(self.rng.randint(1, 4)):
            subject = f"person:{self.rng.randrange(6)}"
            states[subject] = self.said[service, subject] = self.another(service, self.said.get((service, subject), []))
        return service, [SubjectState(subject=s, facts=f) for s, f in states.items()]

    def another(self, service: str, old: list[Fact]) -> list[Fact]:
        """Retract, close, move to another division, say the same twice, or say something new."""
        way, day = self.rng.random(), self.day()
        if old and way < 0.15:
            return []
        if old and way < 0.3:
            ends = [max(day, f.start + timedelta(1)) for f in old]
            return [f.model_copy(update={"end": min(f.end or END, e)}) for f, e in zip(old, ends, strict=True)]
        if old and way < 0.5:
            first, cut = old[0], max(day, old[0].start + timedelta(1))
            if first.end is not None and first.end <= cut:
                return [first, first]
            return [first.model_copy(update={"end": cut}),
                    first.model_copy(update={"start": cut, "end": None, "division": self.place()})]  # fmt: skip
        return self.facts_of(service)

    def rearranged(self) -> tuple[str, list[SubjectState]]:
        """From a day on a division has another parent, or another zone, or none."""
        code = self.target()
        d, day = self.divisions[code], self.day()
        start = date.min if self.rng.random() < 0.7 else self.day()  # before its first placement it lay there, too
        before = d["placements"] or [{"start": start.isoformat(), "parent": d["parent"], "zone": d["zone"]}]
        day = max(day, date.fromisoformat(before[-1]["start"]) + timedelta(1))
        now = dict(before[-1], start=day.isoformat())
        tier = Tier(d["tier"])
        if tier in (Tier.STREET, Tier.VILLAGE) and self.rng.random() < 0.5:
            now["zone"] = self.rng.choice([*self.zones, None])
        elif tier is not Tier.ZONE:
            above = {Tier.VILLAGE: Tier.STREET, Tier.STREET: Tier.DISTRICT, Tier.DISTRICT: Tier.CITY}[tier]
            now["parent"] = self.rng.choice([c for c, x in self.divisions.items() if x["tier"] == above.value])
        placements = [*before, now]
        return self.moved(code, {**d, "parent": now["parent"], "zone": now["zone"], "placements": placements})

    def merged(self) -> tuple[str, list[SubjectState]]:
        """A division ends and another one of its tier stands for it; or the merger is undone, or it just ends."""
        zones = [c for c in self.zones if c in self.divisions]
        code = self.target() if self.rng.random() < 0.7 else self.rng.choice(zones)
        d = self.divisions[code]
        same = [c for c, x in self.divisions.items() if x["tier"] == d["tier"] and c != code and self.last(c) != code]
        near = [c for c in same if c in self.hot]
        if d["successor"] or not same or d["tier"] == Tier.CITY.value:
            return self.moved(code, {**d, "successor": None, "valid_to": None})
        to = self.rng.choice(near or same) if self.rng.random() < 0.9 else None
        return self.moved(code, {**d, "successor": to, "valid_to": self.day().isoformat()})

    def last(self, code: str) -> str:
        while (d := self.divisions.get(code)) and d["successor"]:
            code = d["successor"]
        return code

    def target(self) -> str:
        known = [c for c in self.divisions if self.divisions[c]["tier"] != "city"]
        near = [c for c in self.hot if c in known]
        return self.rng.choice(near if near and self.rng.random() < 0.6 else known)

    def moved(self, code: str, record: dict) -> tuple[str, list[SubjectState]]:
        self.divisions[code] = record
        return "registry", [SubjectState(subject=f"division:{code}", facts=[], record=record)]

    def first_states(self) -> list[SubjectState]:
        return [SubjectState(subject=f"division:{c}", facts=[], record=d) for c, d in self.divisions.items()]

    # The reading, by brute force

    def standing(self, code: str, day: date) -> str:
        while (d := self.divisions.get(code)) and d["successor"] and date.fromisoformat(d["valid_to"]) <= day:
            code = d["successor"]
        return code

    def lies(self, code: str, day: date) -> tuple[str | None, str | None]:
        """Parent and zone on a day, each stood for by whoever took it over."""
        parent, zone = self.said_to_lie(code, day)
        return parent and self.standing(parent, day), zone and self.standing(zone, day)

    def said_to_lie(self, code: str, day: date) -> tuple[str | None, str | None]:
        if code in ("000000000000", ""):
            return None, None
        d = self.divisions.get(code)
        parent, zone = (self.above(code), None) if d is None else (d["parent"], d["zone"])
        if d and d["placements"]:
            past = [p for p in d["placements"] if date.fromisoformat(p["start"]) <= day] or d["placements"][:1]
            parent, zone = past[-1]["parent"], past[-1]["zone"]
        return parent, zone

    def children(self, code: str, day: date) -> set[str]:
        """What lies right below a division, or is managed by it without lying in something else it manages."""
        found = set()
        for child in self.divisions:
            parent, zone = self.lies(child, day)
            above, own_zone = self.said_to_lie(child, day)
            managed = zone == code and self.said_to_lie(above or "", day)[1] != own_zone
            if self.standing(child, day) == child and child != code and (parent == code or managed):
                found.add(child)
        return found

    @staticmethod
    def above(code: str) -> str:
        for digits in (9, 6, 4, 2, 0):
            if (parent := code[:digits].ljust(12, "0")) != code:
                return parent
        raise AssertionError(code)

    def over(self, code: str, day: date) -> set[str]:
        """The unit itself and every division it lies in."""
        found, here = {code}, code
        if code not in self.divisions:  # until the registry speaks of it, it strictly follows its code
            return {code[:n].ljust(12, "0") for n in (0, 2, 4, 6, 9, 12)}
        while True:
            parent, zone = self.lies(here, day)
            found |= {zone} if zone else set()
            if parent is None:
                return found
            found.add(parent)
            here = parent

    def tier(self, code: str) -> Tier:
        return Tier(self.divisions[code]["tier"]) if code in self.divisions else tier_by_code(code)

    def alive(self, day: date) -> list[Fact]:
        return [f for facts in self.said.values() for f in facts if f.start <= day and (f.end is None or day < f.end)]

    def table(self, day: date, on_map: int) -> dict[tuple[str, str], float]:
        """Every number there is on a day: (division, name) → value."""
        values: dict[tuple[str, str], float] = defaultdict(float)
        present: dict[tuple[str, Tier], set[Metric]] = defaultdict(set)
        for f in self.alive(day):
            where = END if on_map == TODAY else f.start if f.metric is FLOW else day
            unit = self.standing(f.division, where)
            if f.metric in PRESENT:
                present[unit, self.tier(f.division)].add(f.metric)
                continue
            for division in self.over(unit, where):
                values[division, f.metric.value] += float(f.amount)
        for (unit, tier), has in present.items():
            for cover in (*covers(has), *has):
                for division in self.over(unit, END if on_map == TODAY else day):
                    values[division, f"{cover}@{tier.value}"] += 1
        return values

    def gaps(self, code: str, day: date, on_map: int) -> Counter[tuple[str, str]]:
        """Units below (and itself) that exist and are not effective, by what they lack and tier."""
        present: dict[tuple[str, Tier], set[Metric]] = defaultdict(set)
        for f in self.alive(day):
            if f.metric in PRESENT:
                unit = self.standing(f.division, END if on_map == TODAY else day)
                present[unit, self.tier(f.division)].add(f.metric)
        found: Counter[tuple[str, str]] = Counter()
        for (unit, tier), has in present.items():
            near = code in self.over(unit, END if on_map == TODAY else day)
            if near and "exists" in covers(has) and "effective" not in covers(has):
                lacks = [Metric.POINT_OPEN not in has, Metric.POINT_STAFFED not in has, True]
                found[("no_point", "shell", "no_contract")[lacks.index(True)], tier.value] += 1
        return found

    def days(self) -> list[date]:
        """Every day on which anything begins or ends."""
        facts = [f for said in self.said.values() for f in said]
        starts = {f.start for f in facts} | {f.end for f in facts if f.end}
        moves = {date.fromisoformat(p["start"]) for d in self.divisions.values() for p in d["placements"]}
        ends = {date.fromisoformat(d["valid_to"]) for d in self.divisions.values() if d["valid_to"]}
        return sorted(d for d in starts | moves | ends if d.year > 1)


def covers(has: set[Metric]) -> list[str]:
    if Metric.UNIT not in has:
        return []
    paid = Metric.POINT_CONTRACTED in has or Metric.POINT_OWN_STAFF in has
    truths = (True, Metric.POINT_OPEN in has, {Metric.POINT_OPEN, Metric.POINT_STAFFED} <= has and paid,
              Metric.SERVICE_DELIVERED in has)  # fmt: skip
    return [name for name, true in zip(COVERS, truths, strict=True) if true]
