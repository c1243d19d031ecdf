"""What single words of a feed do, and what is refused."""

from datetime import date

import pytest

from gateway.coverage import fold, reads
from gateway.coverage.numbering import ONE, THEN, TODAY, Unfoldable, number_of
from services.contracts.divisions import Tier
from services.contracts.facts import Fact, SubjectState
from services.contracts.metrics import Metric
from tests.coverage.histories import take
from tests.coverage.world import base_world, division

CITY, DISTRICT, STREET, VILLAGE, ZONE = (
    "370100000000", "370101000000", "370101001000", "370101001001", "370176000000",
)  # fmt: skip
DAY = date(2026, 1, 1)


def a_division(code: str, **over: object) -> SubjectState:
    return SubjectState(subject=f"division:{code}", facts=[], record={**base_world()[code], **over})


def says(subject: str, *facts: Fact) -> SubjectState:
    return SubjectState(subject=subject, facts=list(facts))


def a_fact(metric: Metric = Metric.CERTIFIED_PEOPLE, division: str = VILLAGE, **over) -> Fact:
    return Fact(metric=metric, division=division, start=over.pop("start", date(2025, 5, 1)), **over)


async def value(db, division: str, name: str, day: date = DAY, on_map: int = THEN) -> float:
    [found] = await reads.points(db, int(division), [(number_of(name), day)], on_map)
    return found / ONE


async def everything(db) -> list[tuple]:
    rows = [await db.fetch(f"select * from {t} order by 1, 2, 3, 4") for t in ("fact", "curve", "place")]
    return [tuple(r) for table in rows for r in table]


async def test_the_same_page_twice_changes_nothing(db):
    page = [says("person:1", a_fact(), a_fact(Metric.UNIT), a_fact(Metric.POINT_OPEN))]
    await take(db, "registry", [a_division(STREET), a_division(VILLAGE)])
    await take(db, "registry", page)
    before = await everything(db)

    await take(db, "registry", page)

    assert await everything(db) == before
    assert await value(db, CITY, "established@village") == 1


async def test_two_services_may_speak_of_one_person(db):
    await take(db, "registry", [says("person:1", a_fact())])
    await take(db, "training", [says("person:1", a_fact(Metric.SUPERVISORS))])

    await take(db, "training", [says("person:1")])

    assert (await value(db, CITY, "certified_people"), await value(db, CITY, "supervisors")) == (1, 0)


async def test_two_rooms_in_a_village_are_one_covered_village(db):
    open_room = a_fact(Metric.POINT_OPEN)
    await take(db, "registry", [says("unit", a_fact(Metric.UNIT)), says("a", open_room), says("b", open_room)])
    assert await value(db, CITY, "established@village") == 1

    await take(db, "registry", [says("a")])

    assert await value(db, CITY, "established@village") == 1


async def test_a_street_does_not_cover_its_villages(db):
    await take(db, "registry", [says("units", a_fact(Metric.UNIT, STREET), a_fact(Metric.UNIT, VILLAGE))])

    await take(db, "registry", [says("a", a_fact(Metric.POINT_OPEN, STREET))])

    found = [await value(db, DISTRICT, f"established@{tier}") for tier in ("street", "village")]
    assert found == [1, 0]


async def test_a_zone_is_known_only_by_its_record(db):
    await take(db, "registry", [says("unit", a_fact(Metric.UNIT, ZONE))])
    assert await value(db, CITY, "exists@district") == 1

    await take(db, "registry", [a_division(ZONE)])

    assert [await value(db, CITY, f"exists@{tier}") for tier in ("district", "zone")] == [0, 1]


async def test_a_street_counts_in_its_zone_too_and_once_in_the_city(db):
    await take(db, "registry", [a_division(c) for c in (CITY, ZONE, DISTRICT)])
    await take(db, "registry", [a_division(STREET, zone=ZONE), a_division(VILLAGE, zone=ZONE)])

    await take(db, "registry", [says("person:1", a_fact())])

    assert [await value(db, c, "certified_people") for c in (ZONE, DISTRICT, CITY)] == [1, 1, 1]


async def test_what_happened_stays_where_it_happened(db):
    """A district that moves to another city takes its people along, but not the hours of the past."""
    other = "370200000000"
    await take(db, "registry", [a_division(c) for c in (CITY, other, DISTRICT, STREET, VILLAGE)])
    await take(db, "registry", [says("p", a_fact())])
    await take(db, "training", [says("h", a_fact(Metric.HOURS_ATTENDED, amount="4.5"))])
    moved = [{"start": "0001-01-01", "parent": CITY}, {"start": "2025-09-01", "parent": other}]

    await take(db, "registry", [a_division(DISTRICT, parent=other, placements=moved)])

    assert [await value(db, c, "certified_people") for c in (CITY, other)] == [0, 1]
    assert [await value(db, c, "hours_attended") for c in (CITY, other)] == [4.5, 0]
    assert [await value(db, c, "hours_attended", on_map=TODAY) for c in (CITY, other)] == [0, 4.5]


async def test_a_feed_that_restarts_is_forgotten_first(db):
    await take(db, "registry", [says("person:1", a_fact(), a_fact(Metric.UNIT))])
    await take(db, "training", [says("person:1", a_fact(Metric.SUPERVISORS))])

    async with db.transaction():
        await fold.forget(db, "registry")

    found = [await value(db, CITY, name) for name in ("certified_people", "exists@village", "supervisors")]
    assert found == [0, 0, 1]


@pytest.mark.parametrize(
    "item",
    [
        says("person:1", a_fact(start=date(1204, 1, 1))),
        says("person:1", a_fact(amount="0.00001")),
        SubjectState(subject=f"division:{VILLAGE}", facts=[], record={"code": VILLAGE}),
        SubjectState(subject=f"division:{VILLAGE}", facts=[], record=dict(base_world()[STREET])),
        a_division(STREET, successor=STREET, valid_to="2020-01-01"),
        a_division(STREET, parent=VILLAGE),
    ],
    ids=["too old", "too fine", "half a record", "another division", "successor of itself", "below its own child"],
)
async def test_a_word_that_cannot_be_folded_is_refused_whole(db, item):
    await take(db, "registry", [a_division(STREET), a_division(VILLAGE), says("p", a_fact())])
    before = await everything(db)

    with pytest.raises(Unfoldable):
        await take(db, "registry", [item])

    assert await everything(db) == before


async def test_a_division_taken_back_follows_its_code_again(db):
    other = division("370102009000", Tier.STREET, DISTRICT)  # its record says otherwise than its code
    page = SubjectState(subject="division:370102009000", facts=[], record=other)
    await take(db, "registry", [page, says("p", a_fact(division="370102009000"))])
    assert await value(db, DISTRICT, "certified_people") == 1

    await take(db, "registry", [SubjectState(subject="division:370102009000", facts=[])])

    assert [await value(db, c, "certified_people") for c in (DISTRICT, "370102000000")] == [0, 1]


async def test_a_merger_taken_back_leaves_no_trace(db):
    other = "370101001002"
    await take(db, "registry", [a_division(c) for c in (STREET, VILLAGE, other)])
    await take(db, "registry", [says("p", a_fact(Metric.UNIT)), says("q", a_fact(Metric.POINT_OPEN, other))])
    before = await everything(db)

    await take(db, "registry", [a_division(other, successor=VILLAGE, valid_to="2025-08-01")])
    merged = await value(db, CITY, "established@village")
    await take(db, "registry", [a_division(other)])

    assert merged == 1
    assert [r for r in await everything(db) if r[-1] != []] == before
