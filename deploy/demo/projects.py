"""Seven years of bought services: projects, their contracts of twelve months, instalments and staff."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from deploy.demo.dice import day_between, dice, years_on
from deploy.demo.organizations import Organization, Organizations
from deploy.demo.people import Holder
from deploy.demo.places import Places
from deploy.demo.points import Point, Support
from deploy.demo.shape import DISTRICTS, FIRST_OPEN_YEAR, PROJECTS, QUALIFIED, ZONE, Size
from services.contracts.practice import PracticeField
from services.contracts.procurement import StaffRole
from services.contracts.registry import PointTier

F = PracticeField
STATION_FIELDS = (F.SOCIAL_ASSISTANCE, F.COMMUNITY_SERVICE, F.ELDERLY_SERVICE, F.FAMILY_SERVICE)
SPECIAL = {
    F.ELDERLY_SERVICE: "居家养老社会工作服务",
    F.COMMUNITY_CORRECTION: "社区矫正社会工作服务",
    F.EDUCATION_TUTORING: "困境儿童成长陪伴",
    F.COMMUNITY_DRUG_REHABILITATION: "社区戒毒康复社会工作服务",
    F.HEALTH_SERVICE: "医务社会工作服务",
    F.FAMILY_SERVICE: "家庭关系促进服务",
    F.EMPLOYMENT_SERVICE: "就业困难人员帮扶",
    F.DISPUTE_MEDIATION: "基层纠纷调解社会工作服务",
    F.LEGAL_AID: "法律援助社会工作服务",
    F.RURAL_REVITALIZATION: "乡村社会工作服务",
    F.SAFETY_EDUCATION: "社区安全科普服务",
    F.RESETTLEMENT_SUPPORT: "安置帮教社会工作服务",
    F.POVERTY_ALLEVIATION: "困难群众帮扶服务",
    F.PARTY_BUILDING: "党建引领社区治理服务",
    F.DISASTER_RELIEF: "受灾群众心理援助",
}
EARLY = 43  # station projects of 2021 that others have followed since
INSTALMENTS = ((20, Decimal("0.4")), (190, Decimal("0.4")), (385, Decimal("0.2")))  # days after the start, share


class Contract(NamedTuple):
    number: str
    signed: date
    start: date
    end: date
    value: Decimal
    points: tuple[str, ...]
    divisions: tuple[str, ...]


class Payment(NamedTuple):
    contract: str
    document: str
    day: date
    amount: Decimal
    approved: bool


class Staff(NamedTuple):
    """`person` is the number of a holder's certificate, or starts with `?`: somebody without any."""

    person: str
    role: StaffRole
    fte: Decimal
    start: date
    end: date | None


@dataclass(eq=False)
class Project:
    number: str
    name: str
    district: str
    buyer: Organization
    provider: Organization
    fields: tuple[PracticeField, ...]
    yearly: int  # yuan
    start: date
    until: date | None  # None: bought anew every year
    points: list[Point] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    staff: list[Staff] = field(default_factory=list)

    def completed(self, as_of: date) -> bool:
        return self.contracts[-1].end <= as_of


def make(
    seed: int, size: Size, places: Places, organizations: Organizations, points: Sequence[Point],
    holders: Sequence[Holder], as_of: date,
) -> list[Project]:  # fmt: skip
    running = list(of_points(seed, size, organizations, points))
    many = max(1, size.of(PROJECTS) - len(running))
    projects = [p for p in (*running, *specials(seed, many, places, organizations)) if p.start <= as_of]
    crowd = by_district(holders)
    for n, project in enumerate(sorted(projects, key=lambda p: (p.start, p.name))):
        project.number = f"济社购〔{project.start.year}〕{n + 1:03}号"
        chance = dice(seed, "project", project.name, project.start)
        project.contracts = list(contracts(chance, project, as_of))
        project.payments = [pay for c in project.contracts for pay in payments(c, as_of)]
        chance = dice(seed, "project staff", project.name, project.start)
        project.staff = list(staff(chance, project, crowd[project.district], as_of))
    return projects


def by_district(holders: Sequence[Holder]) -> dict[str, list[Holder]]:
    found: dict[str, list[Holder]] = defaultdict(list)
    for holder in holders:
        if holder.direct and holder.year < FIRST_OPEN_YEAR:
            found[holder.district].append(holder)
    return found


# ── the projects ─────────────────────────────────────────────────────────────────────────────────────────────────────
def of_points(seed: int, size: Size, organizations: Organizations, points: Sequence[Point]) -> Iterator[Project]:
    """One for each main station, one for one or two street stations with the rooms of their streets."""
    chance = dice(seed, "station projects")
    rooms: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        if point.tier is PointTier.VILLAGE_SERVICE_ROOM and point.support is Support.CONTRACT:
            rooms[point.place.code[:9]].append(point)
    bought = [p for p in points if p.tier is not PointTier.VILLAGE_SERVICE_ROOM and p.support is not Support.OWN_STAFF]
    early = size.of(EARLY)
    while bought:
        first = bought.pop(0)
        group = [first]
        if first.tier is PointTier.STREET_STATION and bought and chance.random() < 0.5 and joins(first, bought[0]):
            group.append(bought.pop(0))
        covered = [*group, *(room for p in group for room in rooms.get(p.place.code[:9], ()))]
        followed = first.tier is PointTier.STREET_STATION and early > 0 and chance.random() < 0.6
        early -= followed
        yield from generations(chance, organizations, covered, group, followed=followed)


def joins(one: Point, other: Point) -> bool:
    return other.tier is one.tier and other.district == one.district and other.shell is one.shell


def generations(
    chance: Random, organizations: Organizations, covered: list[Point], group: Sequence[Point], *, followed: bool
) -> Iterator[Project]:
    """What nobody pays for any more was bought until some time ago."""
    first = group[0]
    start = first.opened + timedelta(days=chance.randint(0, 20))
    start = max(start, date(2021, 3, 20)).replace(day=1) + timedelta(days=chance.choice((0, 14)))
    until = None if first.support is Support.CONTRACT else date(chance.choice((2023, 2024)), chance.randint(2, 11), 1)
    name = "、".join(p.name.removesuffix("（演示）") for p in group)
    rooms = sum(p.opened.year < FIRST_OPEN_YEAR for p in covered) - len(group)
    yearly = 114_000 * len(group) + 53_500 * sum(p.seats for p in group) + 9_000 * rooms
    buyer = organizations.bureaus["3701" if first.tier is PointTier.CITY_GUIDANCE_CENTRE else first.district]
    fields = STATION_FIELDS[: chance.randint(2, 4)]

    def bought(title: str, start: date, until: date | None) -> Project:
        called = f"{name}{title}（演示）"
        return Project("", called, first.district, buyer, first.operator, fields, yearly, start, until, list(covered))

    if followed and until is None:
        turn = years_on(start, 2)
        yield bought("运营服务（首期）", start, turn)
        yield bought("运营服务（二期）", turn, until)
    else:
        yield bought("运营服务", start, until)


def specials(seed: int, many: int, places: Places, organizations: Organizations) -> Iterator[Project]:
    """Bought for a field of practice, without a station; most of them before there were any."""
    chance = dice(seed, "special projects")
    for n in range(many):
        practice = list(SPECIAL)[n % len(SPECIAL)]
        district = chance.choices(list(DISTRICTS), [d.people for d in DISTRICTS.values()])[0]
        recent = n % 9 == 0
        start = day_between(chance, date(2025 if recent else 2019, 1, 10), date(2025 if recent else 2023, 11, 20))
        start = start.replace(day=1)
        provider = chance.choice(organizations.agencies[district])
        name = f"{places.districts[district].name}{SPECIAL[practice]}项目（{start.year}-{n + 1}，演示）"
        until = None if recent else years_on(start, chance.choice((1, 1, 1, 2)))
        yield Project("", name, district, organizations.bureaus[district], provider, (practice,),
                      chance.randint(8, 36) * 10_000, start, until)  # fmt: skip


# ── what follows from a project ──────────────────────────────────────────────────────────────────────────────────────
def contracts(chance: Random, project: Project, as_of: date) -> Iterator[Contract]:
    """Twelve months each, one after the other, dearer by a little every year."""
    start, growth, n = project.start, Decimal(1), 1
    while start <= as_of and (project.until is None or start < project.until):
        end = years_on(start, 1)
        rooms = [p for p in project.points if p.opened < end]
        divisions = {p.place.code for p in rooms if p.place.district != ZONE} or {f"{project.district}000000"}
        value = (project.yearly * growth).quantize(Decimal(1000)).quantize(Decimal("0.01"))
        yield Contract(
            f"{project.number}合同{n}", start - timedelta(days=chance.randint(3, 25)), start, end, value,
            tuple(p.number for p in rooms), tuple(sorted(divisions)),
        )  # fmt: skip
        start, n = end, n + 1
        growth *= Decimal("1.03") + Decimal(chance.randint(0, 2)) / 100


def payments(contract: Contract, as_of: date) -> Iterator[Payment]:
    """Whatever was asked for in the last three weeks still waits to be approved."""
    for n, (days, share) in enumerate(INSTALMENTS, start=1):
        day = contract.start + timedelta(days=days)
        if day <= as_of:
            amount = (contract.value * share).quantize(Decimal("0.01"))
            yield Payment(contract.number, f"{contract.number}付款{n}", day, amount, (as_of - day).days > 21)


def staff(chance: Random, project: Project, crowd: Sequence[Holder], as_of: date) -> Iterator[Staff]:
    """Each seat is held by somebody unqualified until the share of its year asks for another one."""
    known = [h for p in project.points if p.opened.year < FIRST_OPEN_YEAR for h in p.staff]
    able, taken = [*known, *chance.sample(crowd, min(len(crowd), 60))], set[str]()
    seats = min(12, 3 + round(project.yearly / 110_000))
    for seat in range(seats):
        threshold, start, lead = (seat + chance.random()) / seats, project.start, seat == 0
        turn = next((c.start for c in project.contracts if QUALIFIED[c.start.year] >= threshold), None)
        turn = project.start if lead else turn
        role = StaffRole.LEAD if lead else chance.choice((StaffRole.SOCIAL_WORKER, StaffRole.ASSISTANT))
        end = None if project.until is None else project.contracts[-1].end
        if turn is None or turn > start:
            yield Staff(f"?{project.number}-{seat}", StaffRole.ASSISTANT, Decimal(1), start, turn or end)
        if turn is not None and (holder := qualified(able, taken, turn)) is not None:
            yield Staff(holder.key, role, Decimal("0.5") if end is None else Decimal(1), turn, end)


def qualified(able: Sequence[Holder], taken: set[str], day: date) -> Holder | None:
    for holder in able:
        if holder.certificates[0].approved <= day and holder.key not in taken:
            taken.add(holder.key)
            return holder
    return None
