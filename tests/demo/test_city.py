"""The demo city in memory: the same for the same seed, nobody's, and of the shape that was promised."""

from collections import Counter
from datetime import date, timedelta

import pytest

from deploy.demo.city import City, make_city
from deploy.demo.names import LONG
from deploy.demo.numbers import REGION
from deploy.demo.points import Shell
from deploy.demo.rosters import point_lines, waves, workbook
from deploy.demo.rows import id_of
from deploy.demo.shape import DISTRICTS, HOLDERS, SMALL
from services.contracts.registry import Level, PointTier
from services.contracts.training_practice import PlaceKind
from services.registry.organizations.rules import uscc
from services.registry.people.rules import resident_id

AS_OF = date(2026, 11, 24)
PROVINCES = {"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
             "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
             "91"}  # fmt: skip


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(AS_OF)


def at(city: City, tier: PointTier) -> list[int]:
    return [n for n, point in enumerate(city.points) if point.tier is tier]


def test_the_same_seed_makes_the_same_city_and_another_another() -> None:
    first = make_city(AS_OF, size=SMALL)

    assert first.digest() == make_city(AS_OF, size=SMALL).digest()
    assert first.digest() != make_city(AS_OF, size=SMALL, seed=55).digest()


def test_the_same_lines_make_the_same_workbook() -> None:
    lines = list(point_lines(make_city(AS_OF, size=SMALL).points))

    assert workbook("站点", lines) == workbook("站点", lines)


def test_what_was_before_2026_does_not_depend_on_the_day() -> None:
    early, late = (make_city(day, size=SMALL) for day in (date(2026, 1, 5), AS_OF))

    assert [h.id_number for h in early.holders] == [h.id_number for h in late.holders[: len(early.holders)]]
    assert [p.number for p in early.points] == [p.number for p in late.points if p.opened <= date(2026, 1, 5)]
    assert [a for a in early.attendances if a.day.year < 2026] == [a for a in late.attendances if a.day.year < 2026]
    assert [s for s in early.services if s.day.year < 2025] == [s for s in late.services if s.day.year < 2025]
    assert contracts_before_2026(early) == contracts_before_2026(late)


def contracts_before_2026(city: City) -> list[tuple[object, ...]]:
    return [(c.number, c.start, c.value, p.name) for p in city.projects for c in p.contracts if c.start.year < 2026]


def test_numbers_are_valid_and_nobodys(city: City) -> None:
    numbers = [h.id_number for h in city.holders]
    codes = {p.operator.uscc for p in city.points} | {h.employer.uscc for h in city.holders if h.employer}

    assert len(set(numbers)) == len(numbers)
    assert all(resident_id(n, AS_OF) == n and n.startswith(REGION) for n in numbers)
    assert all(uscc(code) == code and code[2:8] == REGION for code in codes)
    assert REGION[:2] not in PROVINCES  # nor is 9 + 99 a province of a foreigner's card
    assert all(line["手机"].startswith("00000") for wave in waves(city.holders) for line in wave)


def test_every_organization_and_point_says_that_it_is_a_demonstration(city: City) -> None:
    names = {p.name for p in city.points} | {h.employer.name for h in city.holders if h.employer}
    names |= {p.name for p in city.projects} | {s.title for s in city.sessions} | {p.name for p in city.practice}

    assert all("演示" in name for name in names)


def test_names_are_common_with_a_few_long_and_rare_ones(city: City) -> None:
    names = Counter(h.name for h in city.holders)

    assert names.keys() & set(LONG)
    assert max(len(name) for name in names if name not in LONG) <= 4


def test_holders_grow_as_they_did(city: City) -> None:
    by_year = {year: sum(h.year <= year for h in city.holders) for year in HOLDERS}
    levels = Counter(h.certificates[-1].level for h in city.holders)

    assert by_year == HOLDERS
    assert 0.87 < levels[Level.ASSISTANT] / 17000 < 0.89
    assert levels[Level.SENIOR] == 34
    assert 6000 <= sum(h.direct for h in city.holders) <= 7000
    assert 0.68 < sum(bool(h.terms) for h in city.holders) / 17000 < 0.74


def test_every_tier_has_its_points_and_one_station_in_twelve_is_a_shell(city: City) -> None:
    tiers = Counter(p.tier for p in city.points)
    shells = Counter(p.shell for p in city.points if p.tier is PointTier.STREET_STATION and p.shell)

    assert tiers[PointTier.CITY_GUIDANCE_CENTRE] == 1
    assert tiers[PointTier.DISTRICT_MAIN_STATION] == 13
    assert tiers[PointTier.STREET_STATION] == 161
    assert 0.38 < tiers[PointTier.VILLAGE_SERVICE_ROOM] / 5752 < 0.43
    assert shells.total() == 13
    assert shells[Shell.UNPAID] in (6, 7)
    assert max(p.opened for p in city.points if p.tier is PointTier.STREET_STATION) == date(2021, 10, 31)


def test_a_shell_has_nobody_registered_and_every_other_station_has(city: City) -> None:
    stations = [p for p in city.points if p.tier is not PointTier.VILLAGE_SERVICE_ROOM]
    staffed = {p.number for p in stations if any(h.registered(AS_OF) for h in p.staff)}

    assert {p.number for p in stations} - staffed == {
        p.number for p in stations if p.shell in (Shell.NOBODY, Shell.LAPSED)
    }


def test_some_districts_do_visibly_better(city: City) -> None:
    rooms = Counter(p.district for p in city.points if p.tier is PointTier.VILLAGE_SERVICE_ROOM)
    share = {d: rooms[d] / len(city.places.villages[d]) for d in DISTRICTS}

    assert share["370102"] > 0.8
    assert share["370126"] < 0.25


def test_projects_contracts_and_their_staff(city: City) -> None:
    contracts = [c for p in city.projects for c in p.contracts]
    in_force = [c for c in contracts if c.start <= AS_OF < c.end]

    assert len(city.projects) == 250
    assert 95 <= len(in_force) <= 125
    assert all(p.contracts for p in city.projects)
    assert qualified(city, date(2019, 12, 31)) < 0.56
    assert 0.80 < qualified(city, AS_OF) < 0.87


def qualified(city: City, day: date) -> float:
    there = [s for p in city.projects for s in p.staff if s.start <= day and (s.end is None or day < s.end)]
    return sum(not s.person.startswith("?") for s in there) / len(there)


def test_contracts_follow_one_another_and_are_never_overpaid(city: City) -> None:
    for project in city.projects:
        for one, following in zip(project.contracts, project.contracts[1:], strict=False):
            assert one.end == following.start
        for contract in project.contracts:
            assert sum(y.amount for y in project.payments if y.contract == contract.number) <= contract.value


@pytest.mark.parametrize(
    ("day", "supervisors", "bases", "sites"),
    [(date(2021, 12, 31), 30, 2, 8), (date(2022, 12, 31), 85, 5, 17), (AS_OF, 120, 9, 34)],
)
def test_supervisors_bases_and_sites_in_force(city: City, day: date, supervisors: int, bases: int, sites: int) -> None:
    places = Counter(p.kind for p in city.practice if p.start <= day < p.end)

    assert sum(s.start <= day < s.end for s in city.supervisors) == supervisors
    assert (places[PlaceKind.BASE], places[PlaceKind.SITE]) == (bases, sites)


def test_more_than_half_of_those_in_scope_reach_the_sixty_hours_of_2025(city: City) -> None:
    minutes = {s.key: s.minutes for s in city.sessions}
    reached: Counter[str] = Counter()
    for a in city.attendances:
        reached[a.person] += minutes[a.session] if a.day.year == 2025 else 0
    bound = [h for h in city.holders if h.direct and h.year < 2025]

    assert 0.55 < sum(reached[h.key] >= 60 * 45 for h in bound) / len(bound) < 0.75


def test_most_points_were_served_lately(city: City) -> None:
    lately = {s.point for s in city.services if s.day > AS_OF - timedelta(days=90)}
    stations = [city.points[n].number in lately for n in at(city, PointTier.STREET_STATION)]
    rooms = [city.points[n].number in lately for n in at(city, PointTier.VILLAGE_SERVICE_ROOM)]

    assert 0.86 < sum(stations) / len(stations) < 0.94
    assert 0.65 < sum(rooms) / len(rooms) < 0.75


def test_an_id_is_a_version_seven_of_its_day() -> None:
    one = id_of(date(2025, 3, 1), "session", "a")

    assert (one.version, one.variant) == (7, "specified in RFC 4122")
    assert one == id_of(date(2025, 3, 1), "session", "a")
    assert one < id_of(date(2025, 3, 2), "session", "a")
