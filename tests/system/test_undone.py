"""An import taken back takes along whatever was entered for its people meanwhile, through every process."""

import asyncio
import time
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from services.kernel.clock import today
from tests import rosters
from tests.apps import System

pytestmark = pytest.mark.anyio
STREET, NAME, LICHENG = "370112001000", "山大路街道", "370112000000"
MEANWHILE = {"certified_people", "supervisors", "persons_served", "hours_attended"}
DAY = str(today() - timedelta(days=3))


async def numbers(door: httpx.AsyncClient) -> dict[str, float]:
    """What was entered for people who are there, by metric."""
    found = {}
    for metric in sorted(MEANWHILE):
        query = {"metric": metric, "division": LICHENG, "on": str(today())}
        items = (await door.get("/explain", params=query)).raise_for_status().json()["items"]
        found[metric] = sum(float(i["amount"]) for i in items)
    return found


async def until(door: httpx.AsyncClient, right) -> dict[str, float]:
    end = time.monotonic() + 20
    while not right(found := await numbers(door)):
        assert time.monotonic() < end, found
        await asyncio.sleep(0.1)
    return found


async def said(door: httpx.AsyncClient, path: str, **order: object) -> str:
    """Said again as long as the registry's word has not come through."""
    for _ in range(100):
        answer = await door.post(path, json=order, headers={"idempotency-key": str(uuid4())})
        if answer.status_code != 422:
            break
        await asyncio.sleep(0.1)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json().get("id"))


async def at_work(system: System, person: str) -> None:
    """A supervisor who trains and serves."""
    district, organizer = await system.signed_in("district"), await system.signed_in("organizer")
    supervisor = await said(
        organizer, "/training/supervisors", type="internal", person_id=person, level="junior", term_start=DAY,
        division=LICHENG, on=DAY,
    )  # fmt: skip
    for verb in ("review", "publicise", "appoint"):
        await said(district, f"/training/supervisors/{supervisor}/{verb}", on=DAY)
    session = await said(
        organizer, "/training/sessions", title="演示培训班", kind="lecture", organizer_name="演示协会",
        division=LICHENG, days=[{"day": DAY, "minutes": 180}], state="held",
    )  # fmt: skip
    await said(organizer, f"/training/sessions/{session}/attendances", rows=[{"person_id": person}])
    await said(district, f"/training/sessions/{session}/attendances/approve")
    await said(
        district, "/coordination/service-records", division=STREET, day=DAY, kind="emotional_support", persons=12,
        workers=[person],
    )  # fmt: skip


async def test_what_was_entered_for_people_whose_import_is_taken_back_counts_no_more(system):
    door = await system.signed_in("district")
    roster = rosters.a_roster([rosters.worker(9100, STREET, NAME)])
    before = await numbers(door)
    for turn in range(2):
        done = await rosters.imported(door, roster, prefix="/registry")
        assert done.state == "done", done
        [person] = (await door.get("/registry/people", params={"division": STREET})).json()["items"]
        await at_work(system, person["id"])
        counting = await until(door, lambda found: all(found[m] > before[m] for m in MEANWHILE))
        assert counting["persons_served"] == 12, turn

        assert (await rosters.asked(door, done.id, "undo", prefix="/registry")).state == "undone"
        assert await until(door, lambda found: found == before) == before
