"""What training has published is what its rows say, whatever ran at the same time; and every version is kept."""

import asyncio
import random
from collections import defaultdict
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.contracts.facts import SubjectState
from services.kernel import copies
from services.kernel.db import everywhere_over
from services.kernel.listing import plain
from services.training import publishing
from services.training.reactions import people_changed
from tests.training.asking import another, attend, attended, enter, listed, made, moved
from tests.training.conftest import facts_of, published, told
from tests.training.factories import (
    OTHER_STREET,
    STREET,
    ZONE_STREET,
    a_person,
    a_place,
    a_session,
    a_supervisor,
    an_internal,
    from_to,
    person_id,
)

pytestmark = pytest.mark.anyio
HOURS = "select person_id, day, minutes from attendance where state = 'approved'"
PEOPLE = "select subject, record->>'division' as at, record->'direct_service' as bound from known_subject"


async def brute(training) -> dict[str, tuple[dict[str, Decimal], bool, dict[int, date]]]:
    """From the tables, as one would by hand: class hours by year, in scope or not, the day on which 60 were reached."""
    async with training.hot() as db:
        rows = await db.fetch(HOURS + " order by day")
        people = {r["subject"]: r for r in await db.fetch(PEOPLE + " where subject like 'person:%'")}
    minutes: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for r in rows:
        minutes[f"person:{r['person_id']}"].append((r["day"], r["minutes"]))
    found = {}
    for subject, person in people.items():
        years: dict[str, int] = defaultdict(int)
        reached: dict[int, date] = {}
        for day, m in minutes[subject]:
            years[str(day.year)] += m
            if years[str(day.year)] >= 60 * 45:
                reached.setdefault(day.year, day)
        bound = person["bound"] == "true"
        hours = {y: (Decimal(m) / 45).quantize(Decimal("0.01"), "ROUND_HALF_UP") for y, m in years.items()}
        found[subject] = (hours, bound, reached if bound else {})
    return found


def read(state: SubjectState | None) -> tuple[dict[str, Decimal], bool, dict[int, date]]:
    """The same from the facts."""
    hours: dict[str, Decimal] = defaultdict(Decimal)
    bound, reached = False, {}
    for f in state.facts if state else ():
        if f.metric == "hours_attended":
            hours[str(f.start.year)] += f.amount
        bound = bound or f.metric == "staff_in_scope"
        if f.metric == "ce_compliant":
            reached[f.start.year] = f.start
            assert f.end == date(f.start.year + 1, 1, 1)
    return dict(hours), bound, reached


async def compare(training) -> None:
    said = await published(training, "person:")
    assert {s: read(said.get(s)) for s in await brute(training)} == await brute(training)


@pytest.mark.parametrize("seed", [1, 2])
async def test_facts_are_what_the_rows_say_after_many_changes_at_once(training, city, seed):
    rng = random.Random(seed)
    firsts = ["2024-12-30", "2025-12-31", "2026-05-01", "2026-05-03", "2026-11-02"]
    sessions = [await made(city, "/sessions", a_session(f, days=2, minutes=rng.choice([100, 1400]))) for f in firsts]

    async def come() -> int:
        session = rng.choice(sessions)
        day = rng.choice(session["days"])["day"]
        people = rng.sample(range(5), rng.randint(1, 4))
        coming = rng.choice([attend, attend, enter])
        return (await coming(city, session["id"], *people, row={"day": day})).status_code

    async def decide() -> int:
        found = await listed(city, "/attendances", limit=500)
        doable = [a for a in found if a["may"]]
        if not doable:
            return 200
        attendance = rng.choice(doable)
        verb = rng.choice([*attendance["may"], *(["approve"] if attendance["state"] == "organizer_confirmed" else [])])
        return (await moved(city, f"/attendances/{attendance['id']}", verb, reason="复核")).status_code

    async def approve() -> int:
        path = f"/sessions/{rng.choice(sessions)['id']}/attendances/approve"
        return (await city.post(path, headers=another())).status_code

    async def cancel() -> int:
        return (await city.post(f"/sessions/{sessions[-1]['id']}/cancel", json={"reason": "停办"})).status_code

    async def move() -> int:
        over = {"division": rng.choice([STREET, OTHER_STREET]), "direct_service": rng.choice([True, False, None])}
        await told(training, [a_person(rng.randrange(5), **over)])
        return 200

    for _ in range(3):
        kinds = [come] * 6 + [decide] * 4 + [approve] * 2 + [move] * 3 + [cancel] * rng.randrange(2)
        rng.shuffle(kinds)
        statuses = await asyncio.gather(*(kind() for kind in kinds))
        assert set(statuses) <= {200, 201, 409, 422}, statuses
        await compare(training)


async def test_whoever_holds_a_person_holds_until_the_transaction_ends(training):
    """Also where nothing was asked in this transaction before."""
    async with training.writing.begin() as first:
        await publishing.hold(await plain(first), [person_id(0)])
        async with training.writing.begin() as second:
            waiting = asyncio.create_task(publishing.hold(await plain(second), [person_id(0)]))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            await first.commit()
            assert (await waiting)[person_id(0)].division == STREET


async def test_two_confirmations_of_one_person_at_once_are_both_counted(training, city):
    sessions = [await made(city, "/sessions", a_session(f"2026-11-{n:02}", minutes=900)) for n in range(2, 12)]

    answers = await asyncio.gather(*(attend(city, s["id"], 0, 1) for s in sessions))

    assert {a.status_code for a in answers} == {201}
    await compare(training)
    state = (await published(training, f"person:{person_id(0)}"))[f"person:{person_id(0)}"]
    assert state.record
    assert state.record["years"] == {"2026": "200.00"}


async def test_t03_of_two_overlapping_entries_at_once_one_is_refused(training, city):
    days = [from_to("2026-11-02T01:00:00Z", f"2026-11-02T0{n}:00:00Z") for n in (4, 5, 6)]
    sessions = [await made(city, "/sessions", a_session() | {"days": d}) for d in days]

    answers = await asyncio.gather(*(attend(city, s["id"], 0) for s in sessions))

    assert sorted(a.status_code for a in answers) == [201, 409, 409]
    await compare(training)


async def test_t17_the_same_rows_at_once_are_entered_once(training, city):
    session = await made(city, "/sessions", a_session())

    answers = await asyncio.gather(*(attend(city, session["id"], 0, 1) for _ in range(4)))

    assert sorted(a.json()["new"] for a in answers) == [0, 0, 0, 2]
    assert len(await listed(city, "/attendances")) == 2


async def test_t03_the_database_itself_refuses_somebody_in_two_places(training, city):
    day = from_to("2026-11-02T01:00:00Z", "2026-11-02T04:00:00Z")
    held = await made(city, "/sessions", a_session())
    other = await made(city, "/sessions", a_session() | {"days": day})
    await attend(city, other["id"], 0)
    again = """insert into attendance (session_id, person_id, day, starts_at, ends_at, minutes, state)
      select $1::uuid, person_id, '2026-11-02', '2026-11-02T03:00Z', '2026-11-02T05:00Z', 60, 'organizer_confirmed'
      from attendance where session_id = $2::uuid"""
    db = await training.connect()
    try:
        with pytest.raises(Exception, match="ex_attendance_one_place_at_a_time"):
            async with db.transaction(), everywhere_over(db, "as whoever may write everywhere"):
                await db.execute(again, held["id"], other["id"])
    finally:
        await db.close()


# ── the registry's word ──────────────────────────────────────────────────────────────────────────────────────────────
async def test_whoever_moves_takes_the_hours_along(training, city):
    await attended(city, 0, 1, minutes=1440)
    await told(training, [a_person(0, division=ZONE_STREET), a_person(1, direct_service=None)])

    assert await facts_of(training, f"person:{person_id(0)}") == [
        ("hours_attended", ZONE_STREET, date(2026, 11, 2), None, "32.00"),
        ("staff_in_scope", ZONE_STREET, date(2022, 8, 1), None, "1"),
    ]
    assert [f[0] for f in await facts_of(training, f"person:{person_id(1)}")] == ["hours_attended"]
    await compare(training)


async def test_nothing_counts_for_whoever_never_was_until_the_registry_knows_them_again(training, city):
    """An import was taken back; what was entered for its people meanwhile stays in the tables, and comes back."""
    before = await published(training, "supervisor")
    await attended(city, 0)
    appointed = await made(city, "/supervisors", an_internal(0))
    for verb in ("review", "publicise", "appoint"):
        await moved(city, f"/supervisors/{appointed['id']}", verb)
    counting = await published(training)
    assert {f.metric for s in counting.values() for f in s.facts} >= {"hours_attended", "supervisors", "staff_in_scope"}
    void = [SubjectState(subject=f"person:{person_id(n)}", facts=[], record=None) for n in (0, 1)]
    await told(training, void)

    assert [s.facts for s in (await published(training, f"person:{person_id(0)}")).values()] == [[]]
    assert await facts_of(training, "supervisor") == [] == list(before)
    assert await listed(city, "/supervisors", counted=True) == []
    assert not (await city.get(f"/supervisors/{appointed['id']}")).json()["counted"]
    assert (await published(training))[f"person:{person_id(1)}"].facts == []
    assert (await city.post("/supervisors", json=an_internal(1))).status_code == 422
    session = await made(city, "/sessions", a_session())
    assert (await enter(city, session["id"], 1)).json()["errors"][0]["code"] == "no_such_person"

    await told(training, [a_person(0), a_person(1)])
    assert await published(training) == counting
    assert len(await listed(city, "/supervisors", counted=True)) == 1


async def test_whoever_was_never_bound_and_never_came_is_not_spoken_of(training):
    assert f"person:{person_id(4)}" not in await published(training)


async def test_an_entry_waits_for_a_person_who_is_moving(training, city):
    """Whoever enters hours reads where the person is now, and not where the person was."""
    session = await made(city, "/sessions", a_session())
    db = await training.connect()
    try:
        async with db.transaction():
            await people_changed(db, await copies.keep(db, [a_person(0, division=OTHER_STREET)]))
            entering = asyncio.create_task(attend(city, session["id"], 0))
            await asyncio.sleep(0.3)
            assert not entering.done()
        assert (await entering).status_code == 201
    finally:
        await db.close()

    assert {f[1] for f in await facts_of(training, f"person:{person_id(0)}")} == {OTHER_STREET}


async def test_the_registrys_word_is_taken_in_sets(training):
    """As many questions for two hundred people as for two."""

    async def questions(first: int, count: int) -> int:
        db = await training.connect()
        asked: list[str] = []
        db.add_query_logger(lambda record: asked.append(record.query))
        async with db.transaction():
            await people_changed(db, await copies.keep(db, [a_person(n) for n in range(first, first + count)]))
        await db.close()
        return len(asked)

    assert await questions(100, 2) == await questions(200, 200)


# ── supervisors ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("body", [an_internal(0), a_supervisor()], ids=["internal", "expert"])
async def test_sup02_appointing_somebody_twice_at_once_counts_once(training, city, body):
    both = [await made(city, "/supervisors", body) for _ in range(2)]
    for verb in ("review", "publicise", "appoint"):
        steps = [moved(city, f"/supervisors/{s['id']}", verb) for s in both]
        assert {a.status_code for a in await asyncio.gather(*steps)} == {200}

    assert len(await facts_of(training, "supervisor")) == 1


async def test_sup02_no_later_appointment_takes_a_supervisor_from_an_earlier_one(training, city):
    """Whatever its term says: of two, the one counts that was recorded first, in the number and in the list."""
    terms = ({"division": STREET}, {"division": OTHER_STREET, "term_start": "2019-01-01", "term_end": "2029-01-01"})
    for over in terms:
        found = await made(city, "/supervisors", an_internal(0, **over, on="2018-01-05"))
        for verb in ("review", "publicise", "appoint"):
            await moved(city, f"/supervisors/{found['id']}", verb, on="2018-02-01")

    facts = await facts_of(training, "supervisor")
    assert [f[1:4] for f in sorted(facts, key=lambda f: f[2])] == [
        (OTHER_STREET, date(2019, 1, 1), date(2025, 2, 1)),
        (STREET, date(2025, 2, 1), date(2028, 2, 1)),
        (OTHER_STREET, date(2028, 2, 1), date(2029, 1, 1)),
    ]
    for on, where in (("2025-01-31", OTHER_STREET), ("2025-02-01", STREET), ("2028-02-01", OTHER_STREET)):
        assert [s["division"] for s in await listed(city, "/supervisors", on=on, counted=True)] == [where], on
        assert [s["division"] for s in await listed(city, "/supervisors", on=on) if s["counted"]] == [where], on


# ── history and events ───────────────────────────────────────────────────────────────────────────────────────────────
async def test_every_version_of_a_record_is_kept_and_every_change_told(training, city):
    held = await attended(city, 0)
    await city.post(f"/sessions/{held['id']}/cancel", json={"reason": "停办"})
    supervisor = await made(city, "/supervisors", a_supervisor())
    await city.post(f"/supervisors/{supervisor['id']}/review", json={})
    base = await made(city, "/bases", a_place())
    await city.post(f"/bases/{base['id']}/check-site", json={})

    async with training.hot() as db:
        kinds = [r["kind"] for r in await db.fetch("select kind from event order by seq")]
        kept = {
            table: [r[0] for r in await db.fetch(f"select row->>'state' from {table}_history order by recorded_from")]
            for table in ("session", "attendance", "supervisor", "practice_place")
        }
        told_ = "".join(r[0] for r in await db.fetch("select body::text from event"))
    assert kinds == [
        "SessionAdded",
        "AttendanceEntered",
        "AttendanceDecided",
        "SessionCancelled",
        "SupervisorNominated",
        "SupervisorMoved",
        "PlaceApplied",
        "PlaceMoved",
    ]
    assert kept == {
        "session": ["held", "cancelled"],
        "attendance": ["organizer_confirmed", "approved", "reversed"],
        "supervisor": ["nominated", "reviewed"],
        "practice_place": ["applied", "site_checked"],
    }
    assert "演示·丙" not in told_
    assert UUID(held["id"])
