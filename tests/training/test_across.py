"""What counts wherever it is, though whoever acts sees a part: hours, a person's time, appointments."""

import pytest

from tests.training.asking import another, attend, enter, listed, made, moved, rows
from tests.training.conftest import facts_of
from tests.training.factories import LIXIA, OTHER_STREET, STREET, a_session, a_supervisor, from_to, person_id

pytestmark = pytest.mark.anyio
BOTH = ("training:read", "training:write")
MORNING = from_to("2026-11-02T01:00:00Z", "2026-11-02T04:00:00Z")
NOON = from_to("2026-11-02T03:00:00Z", "2026-11-02T06:00:00Z")


@pytest.fixture
async def twice(client, city) -> tuple[dict, dict]:
    """Two sessions at the same hour, held by neighbours; somebody of the first one's street attended that one."""
    here, there = client(*BOTH, at=STREET, id="account:here"), client(*BOTH, at=OTHER_STREET, id="account:there")
    first = await made(here, "/sessions", {**a_session(), "days": MORNING})
    second = await made(there, "/sessions", {**a_session(), "days": NOON, "division": OTHER_STREET})
    assert (await attend(here, first["id"], 0)).status_code == 201
    return first, second


async def test_nobody_is_in_two_places_though_the_second_organizer_does_not_see_the_first(client, twice):
    there = client(*BOTH, at=OTHER_STREET, id="account:there")

    answer = await enter(there, twice[1]["id"], 0)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "overlapping"), answer.text
    assert await listed(there, "/attendances") == []


async def test_hours_of_elsewhere_stay_counted_when_an_organizer_who_does_not_see_them_publishes(
    client, training, twice
):
    """Cancelling takes back what was attended there, and nothing else of that person."""
    there = client(*BOTH, at=OTHER_STREET, id="account:there")
    before = await facts_of(training, f"person:{person_id(0)}")
    other = await made(there, "/sessions", {**a_session("2026-11-03"), "division": OTHER_STREET})
    assert (await attend(there, other["id"], 0)).status_code == 201
    assert await facts_of(training, f"person:{person_id(0)}") != before

    cancelled = await there.post(f"/sessions/{other['id']}/cancel", json={"reason": "演示"})

    assert cancelled.status_code == 200
    assert [f[0] for f in before].count("hours_attended") == 1
    assert await facts_of(training, f"person:{person_id(0)}") == before


async def test_the_persons_side_sees_where_a_session_was_and_not_the_session(client, twice):
    """An attendance is seen from both sides; a session by those who are responsible where it is held."""
    there = client(*BOTH, at=OTHER_STREET, id="account:there")
    here = client(*BOTH, at=STREET, id="account:here")
    second = twice[1]["id"]
    assert (await there.post(f"/sessions/{second}/attendances", json={"rows": rows(1), "reason": "补交签到表"},
                             headers={"idempotency-key": "across-00001"})).status_code == 201  # fmt: skip

    seen = {a["session_id"]: a for a in await listed(here, "/attendances")}[second]

    assert seen["session_title"] == a_session()["title"]
    assert (await here.get(f"/sessions/{second}")).status_code == 404
    assert (await here.get(f"/people/{person_id(1)}/statement")).json()["items"][0]["session_id"] == second


async def test_of_two_appointments_one_counts_though_its_district_does_not_see_the_other(client, city):
    both = []
    for division in (STREET, LIXIA):
        both.append(await made(city, "/supervisors", a_supervisor(division=division)))
        for verb in ("review", "publicise", "appoint"):
            answer = await moved(city, f"/supervisors/{both[-1]['id']}", verb)
            assert answer.status_code == 200, answer.text

    first, second = (client(*BOTH, at=at) for at in (STREET, LIXIA))

    assert [s["counted"] for s in await listed(first, "/supervisors")] == [True]
    assert [s["counted"] for s in await listed(second, "/supervisors")] == [False]
    assert await listed(second, "/supervisors", counted=True) == []
    dismissed = await second.post(f"/supervisors/{both[1]['id']}/dismiss", json={"reason": "演示"}, headers=another())
    assert dismissed.status_code == 200
    assert [s["counted"] for s in await listed(first, "/supervisors")] == [True]
