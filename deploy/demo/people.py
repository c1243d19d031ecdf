"""The holders of certificates: who they are, what they passed when, and for how long they were registered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from deploy.demo import names, numbers
from deploy.demo.dice import day_between, dice, one_of, years_on
from deploy.demo.organizations import Organization
from deploy.demo.points import Point
from deploy.demo.shape import DISTRICTS, FIRST_EXAM, HOLDERS, SENIORS, SOCIAL_WORKERS, UPGRADED, Size
from services.contracts.registry import Level

APPROVED = {2020: (12, 8), 2022: (11, 25)}  # of other years on 16 October
FIRST_REGISTRATION = date(2018, 1, 10)  # older ones were never brought into the register
EDUCATIONS = {"本科": 0.58, "大专": 0.27, "硕士研究生": 0.09, "中专": 0.04, "博士研究生": 0.005, "高中": 0.015}
MAJORS = {
    "社会工作": 0.19, "社会学": 0.04, "心理学": 0.05, "社会保障": 0.04, "法学": 0.10, "行政管理": 0.13,
    "汉语言文学": 0.09, "会计学": 0.08, "护理学": 0.06, "教育学": 0.08, "计算机科学与技术": 0.06,
    "工商管理": 0.08,
}  # fmt: skip


@dataclass(frozen=True)
class Certificate:
    level: Level
    number: str
    approved: date


class Term(NamedTuple):
    """A registration, both days included."""

    certificate: Certificate
    start: date
    last: date


@dataclass(eq=False)
class Holder:
    n: int
    name: str
    id_number: str
    education: str
    major: str
    district: str
    certificates: list[Certificate]
    direct: bool = False
    employer: Organization | None = None
    point: Point | None = None
    started: date | None = None
    terms: list[Term] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The management number of the first certificate: how a holder is found again."""
        return self.certificates[0].number

    @property
    def year(self) -> int:
        return self.certificates[0].approved.year

    def registered(self, day: date) -> bool:
        return any(t.start <= day <= t.last for t in self.terms)


def approval(year: int) -> date:
    month, day = APPROVED.get(year, (10, 16))
    return date(year, month, day)


def make(seed: int, size: Size) -> list[Holder]:
    chance, taken = dice(seed, "holders"), set[str]()
    holders = [a_holder(chance, n, year, taken) for n, year in enumerate(years(chance, size))]
    promote(dice(seed, "levels"), holders)
    return holders


def years(chance: Random, size: Size) -> Iterator[int]:
    """The year of each holder's first certificate."""
    before = 0
    early = {year: (year - FIRST_EXAM + 2) ** 1.6 for year in range(FIRST_EXAM, min(HOLDERS) + 1)}
    for year, total in HOLDERS.items():
        many = size.of(total) - before
        yield from sorted(one_of(chance, early) for _ in range(many)) if not before else [year] * many
        before += many


def a_holder(chance: Random, n: int, year: int, taken: set[str]) -> Holder:
    woman, approved = chance.random() < 0.74, approval(year)
    born = day_between(chance, date(year - 47, 1, 1), date(year - 22, 12, 28))
    sequence = chance.randrange(0, 1000, 2) + (not woman)
    while (number := numbers.id_number(born, sequence)) in taken:
        sequence = (sequence + 2) % 1000
    taken.add(number)
    district = one_of(chance, {code: d.people for code, d in DISTRICTS.items()})
    certificate = Certificate(Level.ASSISTANT, f"YS{year}{n:08}", approved)
    return Holder(
        n, names.a_name(chance, woman=woman), number, one_of(chance, EDUCATIONS), one_of(chance, MAJORS), district,
        [certificate],
    )  # fmt: skip


def promote(chance: Random, holders: Sequence[Holder]) -> None:
    """Some began higher, some passed again: 88 % assistants, 11.8 % social workers, the rest senior."""
    many = len(holders)
    old = [h for h in holders if h.year <= 2018]
    for holder in chance.sample(old, round(many * SENIORS)):
        first = Certificate(Level.SOCIAL_WORKER, holder.key, approval(holder.year))
        holder.certificates = [first, higher(holder, Level.SENIOR, chance.randint(2020, 2024))]
    ready = [h for h in holders if h.year <= 2022 and len(h.certificates) == 1]
    for holder in chance.sample(ready, round(many * UPGRADED)):
        year = chance.randint(max(2020, holder.year + 2), 2025)
        holder.certificates.append(higher(holder, Level.SOCIAL_WORKER, year))
    rest = [h for h in holders if len(h.certificates) == 1]
    for holder in chance.sample(rest, round(many * (SOCIAL_WORKERS - UPGRADED))):
        holder.certificates = [Certificate(Level.SOCIAL_WORKER, holder.key, approval(holder.year))]


def higher(holder: Holder, level: Level, year: int) -> Certificate:
    return Certificate(level, f"YS{year}{holder.n:08}G", approval(year))


def first_registration(chance: Random, certificate: Certificate) -> date:
    earliest = max(certificate.approved, FIRST_REGISTRATION + timedelta(days=chance.randint(0, 900)))
    return no_leap_day(earliest + timedelta(days=chance.randint(45, 330)))


def register(chance: Random, holder: Holder, first: date, as_of: date, *, renews: float) -> None:
    """Registered for three years within a year of the approval, and again for as long as it is renewed (REG-03–06)."""
    for certificate, following in zip(holder.certificates, [*holder.certificates[1:], None], strict=True):
        start = first if certificate is holder.certificates[0] else first_registration(chance, certificate)
        while start <= as_of and (following is None or start < following.approved):
            end = years_on(start, 3)
            holder.terms.append(Term(certificate, start, end - timedelta(days=1)))
            start = end
            if chance.random() > renews:
                return


def no_leap_day(day: date) -> date:
    return day + timedelta(days=1) if (day.month, day.day) == (2, 29) else day
