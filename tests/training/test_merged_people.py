"""Two records that the registry found to be one person: what is kept for either counts for the one, each once."""

import pytest

from services.contracts.facts import SubjectState
from tests.training.asking import attended, made, moved
from tests.training.conftest import facts_of, told
from tests.training.factories import a_person, an_internal, person_id

pytestmark = pytest.mark.anyio
KEPT, GONE = person_id(0), person_id(1)


def merged() -> list[SubjectState]:
    """As the registry says it."""
    return [a_person(0, merged=[GONE]), a_person(1, merged_into=KEPT, certificates=[], certified=[], registered=[])]


async def test_ce_11_the_hours_and_appointments_of_both_are_the_one_s_and_come_back_when_it_is_undone(training, city):
    await attended(city, 0, 1)  # both names on one list
    await attended(city, 1, first="2026-11-09", minutes=90)
    for n in (0, 1):
        named = await made(city, "/supervisors", an_internal(n, on="2025-03-01"))
        for verb in ("review", "publicise", "appoint"):
            step = await moved(city, f"/supervisors/{named['id']}", verb, on="2025-03-01")
            assert step.status_code == 200, step.text

    async def counted() -> dict[str, list]:
        subjects = (f"person:{KEPT}", f"person:{GONE}", "supervisor:")
        found = {s: await facts_of(training, s) for s in subjects}
        wanted = ("hours_attended", "supervisors")
        return {s: sorted((str(day), n) for m, _, day, _, n in said if m in wanted) for s, said in found.items()}

    before = await counted()
    assert [len(said) for said in before.values()] == [1, 2, 2]

    await told(training, merged())

    now = await counted()
    assert [len(said) for said in now.values()] == [2, 0, 1]
    assert now[f"person:{KEPT}"] == sorted(before[f"person:{GONE}"])
    led = await city.get(f"/people/{GONE}/statement")
    assert (led.status_code, led.json()["params"]) == (410, {"merged_into": str(KEPT)})
    statement = (await city.get(f"/people/{KEPT}/statement", params={"year": 2026})).json()
    assert (statement["minutes"], len(statement["items"])) == (450, 3)
    await attended(city, 1, first="2026-11-16", minutes=45)  # by the number of before
    assert len((await counted())[f"person:{KEPT}"]) == 3

    await told(training, [a_person(0), a_person(1)])

    after = await counted()
    assert (after[f"person:{KEPT}"], after["supervisor:"]) == (before[f"person:{KEPT}"], before["supervisor:"])
    assert len(after[f"person:{GONE}"]) == 3
