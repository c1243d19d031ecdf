"""Several at once on the same certificate, with real commits: one application, one term, and no renewal of what is
revoked.
"""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.contracts.registrations import RevokeRegistration
from services.kernel.db import run
from services.registry.registrations import terms
from tests.keys import LICHENG, an_actor
from tests.registry.applying import EVERYTHING, TODAY, Desk
from tests.registry.test_disclosure import everywhere

pytestmark = pytest.mark.anyio
REVOKING = {"ground": "obtained_by_fraud", "reason": "演示处理决定"}


@pytest.fixture
def desk(app, client, city) -> Desk:
    return Desk(app, client, city)


async def test_a_renewal_begun_by_many_at_once_is_one(desk):
    certificate = await desk.enrolled(approved="2023-08-15", since="2024-01-10")
    order = {"kind": "renewal", "certificate_id": certificate, "items": EVERYTHING}

    answers = await asyncio.gather(*(desk.editor.post("/registration-applications", json=order) for _ in range(4)))

    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"begun_already"}


async def test_a_renewal_registered_by_many_at_once_makes_one_term(desk):
    certificate = await desk.enrolled(approved="2023-08-15", since="2024-01-10")
    id = await desk.brought(certificate, "renewal", to="final_review_passed")

    answers = await asyncio.gather(*(desk.does(desk.final, id, "register") for _ in range(4)))

    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    assert [s for _, _, s in await desk.terms(certificate)] == ["renewal_window", "upcoming"]


OVERLAPPING = text("""
insert into registration (person_id, certificate_id, start_on, end_on)
select person_id, certificate_id, end_on - 1, end_on + 1 from registration""")


async def test_the_database_itself_takes_no_second_term_for_the_same_days(desk, app):
    certificate = await desk.enrolled(approved="2023-08-15", since="2024-01-10")

    async with everywhere(app.state.database) as tx:
        with pytest.raises(DBAPIError, match="ex_registration_never_twice"):
            await run(tx, OVERLAPPING, {})
        await tx.rollback()
    assert len(await desk.terms(certificate)) == 1


@pytest.mark.parametrize("void", [False, True])
async def test_revocation_beats_renewal_whichever_comes_first(desk, void):
    for n, revoked_first in enumerate((False, True, False, True)):
        certificate = await desk.enrolled(n, approved="2023-08-15", since="2024-01-10")
        id = await desk.brought(certificate, "renewal", to="final_review_passed")
        [term] = (await desk.city.get(f"/certificates/{certificate}/terms")).json()["items"]
        path = f"/certificates/{certificate}/void" if void else f"/registrations/{term['id']}/revoke"
        order = {"void_on": str(TODAY), "document": "演示公告"} if void else REVOKING
        calls = [desk.does(desk.final, id, "register"), desk.final.post(path, json=order)]
        calls = calls[::-1] if revoked_first else calls

        answers = await asyncio.gather(*calls) if n < 2 else [await call for call in calls]

        registered, revoked = answers[::-1] if revoked_first else answers
        assert (revoked.status_code, registered.status_code in (200, 409)) == (200, True), revoked.text
        assert {s for _, _, s in await desk.terms(certificate, TODAY.replace(year=2027))} == {"revoked"}


WAITING = text("select exists (select from pg_locks where not granted)")


async def test_a_renewal_waits_for_a_revocation_under_way_and_sees_it(desk, app):
    """Between its checks and its end nothing is committed behind its back."""
    certificate = await desk.enrolled(approved="2023-08-15", since="2024-01-10")
    id = await desk.brought(certificate, "renewal", to="final_review_passed")
    [term] = (await desk.city.get(f"/certificates/{certificate}/terms")).json()["items"]

    async with everywhere(app.state.database) as tx:
        await terms.revoke(tx, an_actor("registry:review"), UUID(term["id"]), RevokeRegistration(**REVOKING), TODAY)
        renewing = asyncio.create_task(desk.does(desk.final, id, "register"))
        async with asyncio.timeout(5):
            while not (await run(tx, WAITING, {})).scalar_one():  # noqa: ASYNC110 — what is waited for is in PostgreSQL
                await asyncio.sleep(0.01)

    assert (await renewing).status_code == 409
    assert {s for _, _, s in await desk.terms(certificate)} == {"revoked"}


async def test_what_two_reviewers_decide_at_once_is_decided_once(desk, client):
    certificate = await desk.enrolled()
    id = await desk.brought(certificate, to="submitted")
    other = client("registry:review", at=LICHENG, id="account:other")

    answers = await asyncio.gather(
        desk.does(desk.district, id, "approve"), desk.does(other, id, "reject", reason="材料不实")
    )

    assert [a.status_code for a in answers].count(200) == 1
    assert {a.status_code for a in answers} < {200, 403, 409}  # the state that the other has left, or its level
