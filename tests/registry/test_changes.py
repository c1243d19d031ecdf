"""REG-19: a change is of a person, never of a term; gaps between terms [4]; a term as it was known on a day."""

from datetime import date, datetime, time, timedelta

import asyncpg
import pytest
from sqlalchemy import text

from services.kernel.clock import SHANGHAI
from services.kernel.db import run
from services.registry.keys.erasing import erase_person_key
from services.registry.keys.opening import key_row
from tests.conftest import Databases
from tests.keys import LICHENG, LIXIA, a_vault
from tests.registry.applying import TODAY, Desk
from tests.registry.factories import STREET
from tests.registry.test_disclosure import events, everywhere

pytestmark = pytest.mark.anyio
HERE = "/registration-applications"
PERSON = text("select person_id from certificate where id = cast(:id as uuid)")
KEY = text("insert into person_key values (:person_id, :wrapped, :master, :generation)")
FORMER = text("select name, source, end_on from person_former_name where person_id = :id")
CHANGED = text("select name, canonical, phone_masked, division from person where id = :id")
KEPT = text("""
select row::text from registration_application_history union all select a::text from registration_application a""")
PHONE, NAME = "13900000017", "演示·新名"


@pytest.fixture
def desk(app, client, city) -> Desk:
    return Desk(app, client, city)


async def with_key(desk: Desk, certificate: str):
    """The holder, with a key of her own, as everybody has who came by an import."""
    vault = a_vault()
    async with everywhere(desk.app.state.database) as tx:
        person = (await run(tx, PERSON, {"id": certificate})).scalar_one()
        await run(tx, KEY, key_row(vault, person, vault.own_key()))
    return person


async def test_reg_19_name_phone_and_place_change_and_no_day_of_a_term(desk, client):
    certificate = await desk.enrolled(since="2026-09-01")
    person, before = await with_key(desk, certificate), await desk.terms(certificate)

    change = {"name": NAME, "phone": PHONE, "division": "370112002000"}
    id = await desk.brought(certificate, "change", change=change)
    shown = (await desk.city.get(f"{HERE}/{id}")).json()["change"]

    assert shown == {"employer_id": None, "division": "370112002000", "name": NAME, "phone": "139****0017"}
    assert await desk.terms(certificate) == before
    async with everywhere(desk.app.state.database) as tx:
        assert tuple((await run(tx, CHANGED, {"id": person})).one()) == (NAME, NAME, "139****0017", "370112002000")
        assert tuple((await run(tx, FORMER, {"id": person})).one()) == ("演示0", "renamed", TODAY)
        everything = "\n".join((await run(tx, KEPT, {})).scalars())
        assert PHONE not in everything
    [told] = await events(client, "PersonChanged")
    assert (told["body"]["division"], told["body"]["fields"]) == ("370112002000", ["division", "name", "phone"])

    async with everywhere(desk.app.state.database) as tx:
        await erase_person_key(tx, person)
        left = "\n".join((await run(tx, KEPT, {})).scalars())
    assert NAME in everything
    assert (NAME in left, "139****0017" in left) == (False, False), "erased with the person"


@pytest.mark.parametrize(
    ("change", "code"),
    [({}, "no_change"), ({"division": STREET, "employer_id": "0198f000-0000-7000-8000-000000000000"}, "one_change")],
)
async def test_reg_19_a_change_says_what(desk, change, code):
    certificate = await desk.enrolled(since="2026-09-01")
    order = {"kind": "change", "certificate_id": certificate, "change": change}

    refused = await desk.editor.post(HERE, json=order)

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)


TERM = text("""
insert into registration (person_id, certificate_id, start_on, end_on)
select person_id, id, :start, :end from certificate where id = cast(:id as uuid)""")


async def added(desk: Desk, certificate: str, start: str, end: str) -> None:
    days = {"start": date.fromisoformat(start), "end": date.fromisoformat(end), "id": certificate}
    async with everywhere(desk.app.state.database) as tx:
        await run(tx, TERM, days)


async def test_gaps_are_the_days_between_two_terms_of_somebody_whatever_the_certificate(desk, client):
    broken = await desk.enrolled(0, approved="2019-08-15", since="2020-02-29")  # until 2023-02-28, exclusive
    await added(desk, broken, "2023-03-01", "2026-03-01")
    whole = await desk.enrolled(1, approved="2019-08-15", since="2020-01-01")
    await added(desk, whole, "2023-01-01", "2026-01-01")
    other = await desk.enrolled(2, approved="2019-08-15", since="2020-01-01")
    higher = await desk.enrolled(3, approved="2022-08-15", since="2022-12-31", level="senior", of=other)
    await added(desk, higher, "2026-06-01", "2029-06-01")

    async def gaps(**asked: str) -> list[tuple[str, str, int]]:
        found = (await desk.city.get("/registrations/gaps", params=asked)).json()["items"]
        return sorted((g["start"], g["end"], g["days"]) for g in found)

    one, two = ("2023-02-28", "2023-03-01", 1), ("2025-12-31", "2026-06-01", 152)
    assert await gaps() == [one, two]
    assert await gaps(division=LICHENG) == [one, two]
    assert await gaps(division=LIXIA) == []
    assert await gaps(to="2023-02-27") == []
    assert await gaps(to="2023-02-28", **{"from": "2023-02-28"}) == [one]
    assert await gaps(**{"from": "2023-03-01"}) == [two], "the first day of the next term is none of the gap"
    assert await gaps(**{"from": "2026-05-31"}) == [two]
    assert await gaps(**{"from": "2026-06-01"}) == []
    page = (await desk.city.get("/registrations/gaps", params={"limit": 1})).json()
    rest = (await desk.city.get("/registrations/gaps", params={"limit": 1, "cursor": page["next"]})).json()
    assert len({g["registration_id"] for g in page["items"] + rest["items"]}) == 2


AGED = """
update registration_history set
  recorded_from = case when recorded_to is null then $1 else $1::timestamptz - interval '10 days' end,
  recorded_to = case when recorded_to is null then null else $1 end"""


async def aged(databases: Databases, at: datetime) -> None:
    """As if what is known now had been written at this moment, and what was known before ten days earlier."""
    db = await asyncpg.connect(databases.admin("registry"))
    await db.execute(AGED, at)
    await db.close()


async def test_a_term_stands_on_a_day_as_it_was_known_on_another(desk, databases, client):
    certificate = await desk.enrolled(since="2026-09-01")
    [term] = (await desk.city.get(f"/certificates/{certificate}/terms")).json()["items"]
    path, day = f"/registrations/{term['id']}", timedelta(days=1)
    revoking = {"ground": "obtained_by_fraud", "reason": "演示处理决定"}
    assert (await desk.final.post(f"{path}/revoke", json=revoking)).status_code == 200

    async def state(on: date, known: date) -> str | None:
        answer = await desk.city.get(f"{path}/standing", params={"on": str(on), "known": str(known)})
        return answer.json()["state"]

    await aged(databases, datetime.combine(TODAY, time(23, 59, 59), SHANGHAI))
    assert await state(TODAY, TODAY) == "revoked"
    assert await state(TODAY, TODAY - day) == "active", "yesterday nobody knew"
    assert await state(TODAY - day, TODAY) == "active", "it was in force until today"
    assert await state(date(2026, 8, 31), TODAY - day) == "upcoming"
    assert await state(date(2029, 9, 1), TODAY - day) == "expired"
    assert await state(TODAY, TODAY - 11 * day) is None, "before it was entered nothing was known"
    await aged(databases, datetime.combine(TODAY + day, time.min, SHANGHAI))
    assert await state(TODAY, TODAY) == "active", "at midnight in Shanghai it is tomorrow that knows"
    assert await state(TODAY, TODAY + day) == "revoked"
    assert (await client("registry:read", at=LIXIA).get(f"{path}/standing")).status_code == 404
