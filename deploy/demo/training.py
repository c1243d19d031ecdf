"""Two years of training: sessions and who attended them; supervisors; bases and internship sites."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from deploy.demo.dice import day_between, dice, one_of, years_on
from deploy.demo.organizations import Organizations
from deploy.demo.people import Holder
from deploy.demo.places import Place, Places
from deploy.demo.shape import BASES, DISTRICTS, SITES, SUPERVISORS, Size
from services.contracts.registry import Level
from services.contracts.training import SessionKind
from services.contracts.training_practice import PartnerKind, PlaceKind, SupervisorLevel

YEARS = {2024: 0.25, 2025: 1.0, 2026: 0.80}  # how much of the training of a full year there is
LECTURE, MODULE, WORKSHOP = (3, 360), (1, 540), (1, 360)  # days, and minutes of each: 24, 12 and 8 class hours
ROOMFUL = 160
EXPERTS = 23
TOPICS = (
    "社会工作法规与政策", "个案管理实务", "社区治理与五社联动", "老年社会工作", "儿童社会工作", "社会救助与困境家庭",
    "危机干预与心理疏导", "项目设计与评估", "社会工作督导", "社工站规范化运行",
)  # fmt: skip
FIELDS = ("老年", "儿童", "社区", "社会救助", "医务", "禁毒", "司法", "学校")
UNIVERSITIES = (
    "山东泉城大学", "济南齐鲁学院", "山东历山师范大学", "济南明湖职业学院", "山东舜耕财经学院", "济南华山政法学院",
    "山东千佛医学院", "济南大明理工学院",
)  # fmt: skip
FAR = ("北京燕山大学社会学院", "上海浦江大学社会工作系", "广州珠江大学社会工作系", "深圳鹏城大学社会学系")


class Session(NamedTuple):
    key: str
    title: str
    kind: SessionKind
    place: Place
    organizer: str
    days: tuple[date, ...]
    minutes: int


class Attendance(NamedTuple):
    session: str
    day: date
    person: str


class Supervisor(NamedTuple):
    """`expert` is somebody from outside, `person` somebody of the register; appointed on the first day of the term."""

    person: str | None
    expert: str | None
    affiliation: str | None
    level: SupervisorLevel
    fields: tuple[str, ...]
    place: Place
    document: str
    start: date
    end: date


class PracticePlace(NamedTuple):
    kind: PlaceKind
    name: str
    place: Place
    partner_kind: PartnerKind
    partner: str
    number: str
    start: date
    end: date
    capacity: int


def courses(
    seed: int, places: Places, holders: Sequence[Holder], as_of: date
) -> tuple[list[Session], list[Attendance]]:
    """Lectures and workshops in the districts, modules online for all; each session with its days behind it."""
    sessions, attendances = list[Session](), list[Attendance]()
    bound = defaultdict[str, list[Holder]](list)
    for holder in holders:
        if holder.direct:
            bound[holder.district].append(holder)
    for year, share in YEARS.items():
        online = modules(year, places, as_of)
        sessions += online
        for district, people in bound.items():
            chance = dice(seed, "training", year, district)
            local = list(locals_of(chance, year, places.districts[district], len(people), as_of))
            sessions += local
            going = [h for h in people if h.year < year]
            for holder in going:
                attendances += attended(chance, holder, local, online, DISTRICTS[district].trained * share)
    visited = {a.session for a in attendances}
    return [s for s in sessions if s.key in visited], attendances


def modules(year: int, places: Places, as_of: date) -> list[Session]:
    """Online, twelve class hours each, in every month from March on."""
    found = [
        Session(f"{year}-W{month:02}", f"{year}年网络课程第{month - 2}期：{TOPICS[month - 3]}（演示）",
                SessionKind.ONLINE, places.city, "济南市社会工作联合会（演示）", (date(year, month, 20),), MODULE[1])
        for month in range(3, 12)
    ]  # fmt: skip
    return [s for s in found if s.days[-1] <= as_of]


def locals_of(chance: Random, year: int, place: Place, people: int, as_of: date) -> Iterator[Session]:
    """As many lectures and workshops as the district needs rooms for; none on a day of another one of its own."""
    many = 1 + people // ROOMFUL
    for n, start in enumerate(sorted(chance.sample(range(10, 42), min(2 * many, 30)))):
        lecture = n % 2 == 0
        length, minutes = LECTURE if lecture else WORKSHOP
        first = date(year, 1, 5) + timedelta(days=7 * start + chance.randint(0, 1))
        what = "集中培训" if lecture else "实务工作坊"
        title = f"{place.name}{year}年第{n // 2 + 1}期{what}：{chance.choice(TOPICS)}（演示）"
        session = Session(
            f"{year}-{place.district}-{n:02}", title,
            SessionKind.LECTURE if lecture else SessionKind.WORKSHOP, place, f"{place.name}民政局（演示）",
            tuple(first + timedelta(days=k) for k in range(length)), minutes,
        )  # fmt: skip
        if session.days[-1] <= as_of:
            yield session


def attended(
    chance: Random, holder: Holder, local: Sequence[Session], online: Sequence[Session], trained: float
) -> Iterator[Attendance]:
    """A lecture and three modules make the sixty hours; whoever does not get so far has begun, or not even that."""
    enough, some = chance.random() < trained, chance.random() < trained
    lectures = [s for s in local if s.kind is SessionKind.LECTURE]
    workshops = [s for s in local if s.kind is SessionKind.WORKSHOP]
    many = min(len(online), 3 if enough else chance.choice((0, 1, 1, 2)) if some else 0)
    chosen = chance.sample(online, many)
    if lectures and (enough or (some and chance.random() < 0.5)):
        chosen.append(chance.choice(lectures))
    if workshops and some and chance.random() < 0.15:
        chosen.append(chance.choice(workshops))
    return (Attendance(s.key, day, holder.key) for s in chosen for day in s.days)


def supervisors(seed: int, size: Size, places: Places, holders: Sequence[Holder], as_of: date) -> list[Supervisor]:
    """The first ones are experts of universities (SUP-06), the others social workers; most are appointed again."""
    chance, found, again = dice(seed, "supervisors"), list[Supervisor](), list[Supervisor]()
    able = [h for h in holders if h.direct and h.year <= 2018 and h.registered(as_of)]
    able.sort(key=lambda h: (h.certificates[-1].level is Level.ASSISTANT, h.n))
    rest = iter(able)
    for start, many in SUPERVISORS:
        for n in range(size.of(many)):
            if start.year == 2021 and n < size.of(EXPERTS):
                new = expert(chance, places, n, start)
            elif again and again[0].end <= start and chance.random() < 0.9:
                new = again.pop(0)._replace(document=document(start, len(found)), start=start, end=years_on(start, 3))
            else:
                new = internal(chance, places, next(rest), start, len(found))
            found.append(new)
            again.append(new)
    soon = as_of + timedelta(days=35)
    proposed = [internal(chance, places, next(rest), soon, len(found) + n) for n in range(size.of(4))]
    return [*(s for s in found if s.start <= as_of), *proposed]


def document(start: date, n: int) -> str:
    return f"济社督聘〔{start.year}〕{n + 1}号（演示）"


def expert(chance: Random, places: Places, n: int, start: date) -> Supervisor:
    letters = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地"
    return Supervisor(
        None, f"演示专家{letters[n]}", f"{chance.choice(UNIVERSITIES)}（演示）", SupervisorLevel.SENIOR,
        tuple(chance.sample(FIELDS, 2)), places.city, document(start, n), start, years_on(start, 3),
    )  # fmt: skip


def internal(chance: Random, places: Places, holder: Holder, start: date, n: int) -> Supervisor:
    level = one_of(
        chance, {SupervisorLevel.JUNIOR: 0.6, SupervisorLevel.INTERMEDIATE: 0.3, SupervisorLevel.SENIOR: 0.1}
    )
    return Supervisor(
        holder.key, None, None, level, tuple(chance.sample(FIELDS, 2)), places.districts[holder.district],
        document(start, n), start, years_on(start, 3),
    )  # fmt: skip


def practice(seed: int, size: Size, places: Places, organizations: Organizations, as_of: date) -> list[PracticePlace]:
    chance = dice(seed, "practice")
    sites = [
        day_between(chance, date(year, 3, 1), date(year, 11, 30)) for year, many in SITES.items() for _ in range(many)
    ]
    found = [base(chance, places, n, day) for n, day in enumerate(BASES[: size.of(len(BASES))])]
    for n, day in enumerate(sites[: size.of(len(sites))]):
        found.append(site(chance, places, organizations, n, day))
    return [p for p in found if p.start <= as_of]


def base(chance: Random, places: Places, n: int, start: date) -> PracticePlace:
    far = n % 4 == 3
    partner = chance.choice(FAR) if far else UNIVERSITIES[n % len(UNIVERSITIES)]
    return PracticePlace(
        PlaceKind.BASE, f"济南市社会工作教育实习实训基地（{n + 1}，演示）",
        chance.choice(list(places.districts.values())), PartnerKind.UNIVERSITY if far else PartnerKind.LOCAL_UNIVERSITY,
        f"{partner}（演示）", f"济社基地〔{start.year}〕{n + 1}号", start, years_on(start, 7), 40 + 10 * (n % 5),
    )  # fmt: skip


def site(chance: Random, places: Places, organizations: Organizations, n: int, start: date) -> PracticePlace:
    district = one_of(chance, {code: d.people for code, d in DISTRICTS.items()})
    street = chance.choice(places.streets[district])
    return PracticePlace(
        PlaceKind.SITE, f"{street.name}社会工作实习点（演示）", street, PartnerKind.SOCIAL_WORK_AGENCY,
        chance.choice(organizations.agencies[district]).name, f"济社实习〔{start.year}〕{n + 1}号", start,
        years_on(start, 6), 6 + n % 10,
    )  # fmt: skip
