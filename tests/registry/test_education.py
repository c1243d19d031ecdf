"""REG-11, CE-02, CE-14: a renewal is judged by the hours that training tells of, and by no others."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.contracts.facts import Period
from services.contracts.registry import Level
from services.contracts.training import Credit, Verdict
from services.kernel import clock
from services.kernel.copies import Source, copying, follower
from services.kernel.db import run
from services.registry.education.following import forget, take_in
from services.registry.education.rules import UNHEARD, Education, standing
from services.registry.publishing import publish_people
from services.registry.registrations import checklist, parameters
from services.training.app import create_app
from services.training.reactions import people_changed
from tests.behind import own
from tests.conftest import an_open_database, client_of
from tests.keys import an_actor, keyring, signed_for
from tests.registry.applying import TODAY, Desk
from tests.registry.test_disclosure import everywhere
from tests.registry.test_registrations_rules import K, a_case, a_standing, a_term
from tests.training.factories import a_session
from tests.wired import wired

pytestmark = pytest.mark.anyio
TERM = Period(date(2024, 1, 10), date(2027, 1, 10))
V = Verdict


def known(*credits: tuple[str, int], heard: date | None = TODAY) -> Education:
    return Education(heard, [Credit(day=date.fromisoformat(d), form="lecture", minutes=m) for d, m in credits])


@pytest.mark.parametrize(
    ("level", "education", "verdict", "reached", "missing"),
    [
        (Level.SOCIAL_WORKER, known(("2024-01-10", 2700), ("2027-01-09", 2700)), V.MET, "90.00", "0"),
        (Level.SOCIAL_WORKER, known(("2024-01-10", 2700), ("2027-01-09", 2699)), V.NOT_MET, "89.98", "0.02"),
        (Level.SOCIAL_WORKER, known(("2024-01-09", 5400), ("2027-01-10", 5400)), V.NOT_MET, "0.00", "90.00"),
        (Level.ASSISTANT, known(("2025-05-01", 4320)), V.MET, "72.00", "0"),
        (Level.SENIOR, known(), V.NOT_MET, "0.00", "90.00"),
        (Level.SENIOR, known(("2025-05-01", 5400), heard=date(2026, 11, 23)), V.MET, "90.00", "0"),
        (Level.SENIOR, known(("2025-05-01", 5400), heard=date(2026, 11, 22)), V.CANNOT_DECIDE, None, None),
        (Level.SENIOR, UNHEARD, V.CANNOT_DECIDE, None, None),
    ],
)
def test_ce_02_the_hours_of_the_term_by_level(level, education, verdict, reached, missing):
    """The first and the last day of the term count, their neighbours do not (CE-12)."""
    found = standing(level, TERM, education, TODAY)

    assert found.verdict is verdict
    assert (found.reached, found.missing) == tuple(None if n is None else Decimal(n) for n in (reached, missing))
    assert sum((f.hours for f in found.forms), Decimal(0)) == Decimal(reached or 0)


@pytest.mark.parametrize(
    ("weight", "education", "state"),
    [
        ("warns", UNHEARD, "warning"), ("warns", known(), "warning"), ("warns", known(("2025-01-01", 5400)), "done"),
        ("required", UNHEARD, "undecided"), ("required", known(), "unmet"), ("waived", known(), "waived"),
    ],
)  # fmt: skip
def test_reg_12_what_the_hours_do_is_a_dated_parameter(monkeypatch, weight, education, state):
    dated = parameters.Dated(date(2026, 1, 1), parameters.Weight(weight))
    monkeypatch.setattr(parameters, "CE_HOURS", (*parameters.CE_HOURS, dated))
    held = a_standing(a_term("2024-01-10", "2027-01-10"))._replace(education=education)

    step = checklist.educated(a_case(K.RENEWAL), held)

    assert (step.state, step.rule) == (state, "REG-12" if weight == "waived" else "REG-11")
    assert ("无法判断" in step.detail) == (education is UNHEARD)
    blocked = [s.code for s in checklist.open_steps(list(checklist.conditions(a_case(K.RENEWAL), held, [])))]
    assert blocked == (["ce_hours"] if state in ("undecided", "unmet") else [])


class Both:
    """A desk of the registry, and training: each follows the other, one step at a time."""

    def __init__(self, desk: Desk, training: FastAPI) -> None:
        self.desk, self.training = desk, training

    async def hear(self) -> None:
        """Each takes in what the other has said since."""
        registry, training = self.desk.app, self.training
        async with client_of(registry) as there, client_of(training) as here:
            people = follower(Source("registry", "登记服务", ""), training, there, copying(people_changed))
            hours = follower(Source("training", "培训服务", ""), registry, here, take_in, forget)
            for following in (people, hours):
                db = await following.database.connect()
                await following.step(db, wait=0)
                await db.close()

    def official(self, name: str) -> httpx.AsyncClient:
        actor = an_actor("training:read", "training:write", id=f"account:{name}")
        return client_of(self.training, **signed_for("training", actor))

    async def attended(self, person: str, days: int) -> list[str]:
        """Approved, fifteen hours a day."""
        organizer, another = self.official("organizer"), self.official("another")
        order = a_session("2026-11-02", days, minutes=900)
        held = (await organizer.post("/sessions", json=order)).json()["id"]
        rows = [{"person_id": person, "day": d["day"]} for d in order["days"]]
        entered = await organizer.post(
            f"/sessions/{held}/attendances", json={"rows": rows, "reason": "补交签到表"},
            headers={"idempotency-key": "attended-01"},
        )  # fmt: skip
        approved = await another.post(f"/sessions/{held}/attendances/approve")
        assert (entered.status_code, approved.status_code) == (201, 200), entered.text
        return [a["id"] for a in (await organizer.get("/attendances")).json()["items"]]


@pytest.fixture
async def both(databases, app, client, city) -> AsyncIterator[Both]:
    async with an_open_database(databases, "training") as opened:
        training = wired(create_app(databases.settings("training"), keyring("training")))
        training.state.database = own(opened)
        training.dependency_overrides[clock.today] = lambda: TODAY
        yield Both(Desk(app, client, city), training)


PERSON = text("select person_id from certificate where id = cast(:id as uuid)")


async def test_reg_11_a_renewal_shows_trainings_hours_until_they_are_reversed_and_keeps_those_it_was_passed_on(both):
    desk = both.desk
    certificate = await desk.enrolled(approved="2023-08-15", since="2024-01-10")
    async with everywhere(desk.app.state.database) as tx:
        person = (await run(tx, PERSON, {"id": certificate})).scalar_one()
        await publish_people(tx, [person])
    id = (await desk.begun(certificate, "renewal"))["id"]

    async def shown() -> tuple[str, str | None, str]:
        found = (await desk.editor.get(f"/registration-applications/{id}/checklist")).json()
        [step] = [s for s in found["steps"] if s["code"] == "ce_hours"]
        return found["education"]["verdict"], found["education"]["reached"], step["state"]

    assert await shown() == ("cannot_decide", None, "warning"), "training was never heard"
    await both.hear()
    assert await shown() == ("not_met", "0.00", "warning")
    attendances = await both.attended(str(person), 6)
    await both.hear()
    assert await shown() == ("met", "90.00", "done")

    await desk.does(desk.editor, id, "submit")
    first = (await desk.does(desk.district, id, "approve")).json()
    reversing = f"/attendances/{attendances[0]}/reverse"
    reversed_ = await both.official("another").post(reversing, json={"reason": "签到不实"})
    await both.hear()

    assert (first["education"]["verdict"], first["education"]["forms"]) == (
        "met", [{"form": "lecture", "hours": "90.00"}],
    )  # fmt: skip
    assert (reversed_.status_code, await shown()) == (200, ("not_met", "75.00", "warning"))
    assert (await desk.editor.get(f"/registration-applications/{id}")).json()["education"] == first["education"]

    final = (await desk.does(desk.final, id, "approve")).json()
    await desk.does(desk.final, id, "register")
    assert (final["education"]["verdict"], final["education"]["missing"]) == ("not_met", "15.00")
    assert await shown() == ("not_met", "75.00", "warning"), "as it was registered, though a new term runs"
