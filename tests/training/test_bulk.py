"""Whole registers at once: the same facts, events and history as one by one, and again nothing new."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.contracts.training import SessionKind
from services.contracts.training_practice import (
    PartnerKind,
    PlaceKind,
    PlaceState,
    SupervisorLevel,
    SupervisorState,
)
from services.training import bulk
from tests.keys import an_actor
from tests.training.asking import attend, listed, made
from tests.training.conftest import facts_of, published, told
from tests.training.factories import STREET, a_person, a_session, person_id
from tests.training.test_publishing import compare

pytestmark = pytest.mark.anyio
ACTOR = an_actor("training:write")
FIRST = date(2025, 3, 1)


def a_bulk_session(n: int) -> bulk.SessionRow:
    day = FIRST + timedelta(days=n)
    start = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    days = [bulk.DayRow(day, 360, start, start + timedelta(hours=7))]
    return bulk.SessionRow(UUID(int=5_000 + n), f"演示{n}", SessionKind.LECTURE, STREET, days, organizer_name="演示")


async def test_attendances_in_bulk_are_what_they_are_one_by_one(training, city):
    sessions = [a_bulk_session(n) for n in range(9)]
    rows = [bulk.AttendanceRow(s.id, person_id(p), s.days[0].day) for s in sessions for p in range(5)]
    async with training.writing.begin() as tx:
        assert await bulk.add_sessions(tx, ACTOR, sessions) == 9
        assert await bulk.add_attendances(tx, ACTOR, rows) == 45
    async with training.writing.begin() as tx:
        assert await bulk.add_attendances(tx, ACTOR, [*rows, *rows]) == 0

    await compare(training)
    by_hand = [await made(city, "/sessions", a_session(f"2026-03-{n + 1:02}")) for n in range(9)]
    for session in by_hand:
        await attend(city, session["id"], 0)
    [hours] = [s.record["years"] for s in (await published(training, f"person:{person_id(0)}")).values() if s.record]
    assert hours == {"2025": "72.00", "2026": "72.00"}
    compliant = [f[2:4] for f in await facts_of(training, f"person:{person_id(0)}") if f[0] == "ce_compliant"]
    assert compliant == [(date(2025, 3, 8), date(2026, 1, 1)), (date(2026, 3, 8), date(2027, 1, 1))]
    async with training.hot() as db:
        events = dict(await db.fetch("select kind, count(*) from event group by kind"))
        kept = await db.fetchval("select count(*) from attendance_history")
    assert (events["AttendanceEntered"], kept) == (54, 63)
    assert (await listed(city, "/sessions", limit=1, q="演示8"))[0]["attended"] == 5


async def test_people_who_have_not_arrived_yet_are_waited_for(training):
    session = a_bulk_session(0)
    async with training.writing.begin() as tx:
        await bulk.add_sessions(tx, ACTOR, [session])
    rows = [bulk.AttendanceRow(session.id, person_id(50), FIRST)]
    with pytest.raises(bulk.UnknownPeople):
        async with training.writing.begin() as tx:
            await bulk.add_attendances(tx, ACTOR, rows)
    await told(training, [a_person(50)])
    async with training.writing.begin() as tx:
        assert await bulk.add_attendances(tx, ACTOR, rows) == 1


async def test_supervisors_and_places_in_bulk(training, city):
    appointed = [(s, FIRST) for s in (SupervisorState.NOMINATED, SupervisorState.REVIEWED, SupervisorState.APPOINTED)]
    approved = [(s, FIRST) for s in (PlaceState.APPLIED, PlaceState.SITE_CHECKED, PlaceState.APPROVED)]
    term = {"term_start": FIRST, "term_end": date(2028, 3, 1)}
    supervisors = [
        bulk.SupervisorRow(uuid4(), SupervisorLevel.JUNIOR, STREET, **term, steps=appointed, person_id=person_id(0)),
        bulk.SupervisorRow(uuid4(), SupervisorLevel.SENIOR, STREET, **term, steps=appointed, person_id=person_id(0)),
        bulk.SupervisorRow(
            uuid4(),
            SupervisorLevel.SENIOR,
            STREET,
            **term,
            steps=appointed,
            expert_name="演示·丙",
            affiliation="演示大学",
        ),
    ]
    places = [
        bulk.PlaceRow(
            uuid4(), kind, "演示", STREET, PartnerKind.LOCAL_UNIVERSITY, approved,
            agreement_start=FIRST, agreement_end=date(2028, 3, 1),
        )
        for kind in PlaceKind
    ]  # fmt: skip
    async with training.writing.begin() as tx:
        assert await bulk.add_supervisors(tx, ACTOR, supervisors) == 3
        assert await bulk.add_places(tx, ACTOR, places) == 2

    assert len(await facts_of(training, "supervisor")) == 2
    assert [f[0] for f in await facts_of(training, "base")] == ["training_bases"]
    assert [f[0] for f in await facts_of(training, "site")] == ["internship_sites"]
    assert {s["state"] for s in await listed(city, "/supervisors", counted=True)} == {"appointed"}
    assert len(await listed(city, "/bases", counted=True)) == 1
