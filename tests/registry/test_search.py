"""Looking for people: by the number of a document, recorded and counted; by former names; and searches kept."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from services.contracts.registry import IdType
from services.kernel.errors import DomainError
from services.registry.people.rules import BadIdNumber
from services.registry.search import rules
from tests.keys import LICHENG, LIXIA
from tests.registry.factories import an_id_number
from tests.registry.test_disclosure import at, enrolled, events

pytestmark = pytest.mark.anyio
TODAY, NOON = date(2026, 11, 24), datetime(2026, 11, 24, 4, tzinfo=UTC)
NUMBER = an_id_number(0)
OLD = NUMBER[:6] + NUMBER[8:17]
SEEK = ("registry:read", "registry:search")


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)


@pytest.mark.parametrize(
    "typed", [NUMBER, f" {NUMBER[:6]} {NUMBER[6:14]}-{NUMBER[14:]} ", NUMBER.lower(), wide(NUMBER), OLD]
)
def test_all_forms_of_an_identity_number_are_one(typed):
    assert rules.readings(None, typed, TODAY) == [(IdType.RESIDENT_ID_CARD, NUMBER)]


def test_id_02_what_looks_like_an_identity_number_is_no_passport_and_a_permit_is():
    wrong = NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")
    with pytest.raises(BadIdNumber) as refused:
        rules.readings(None, wrong, TODAY)
    assert refused.value.code == "id_check_digit"

    assert IdType.RESIDENCE_PERMIT in dict(rules.readings(None, f"83{NUMBER[2:]}", TODAY))
    assert {kind for kind, _ in rules.readings(None, "e1234567", TODAY)} == set(IdType) - {IdType.RESIDENT_ID_CARD}
    assert rules.readings(IdType.PASSPORT, "e 1234567", TODAY) == [(IdType.PASSPORT, "E1234567")]


def test_the_quota_is_of_an_hour_and_says_when_it_ends():
    recent = [NOON - timedelta(seconds=n) for n in range(rules.QUOTA)]
    rules.check_quota(recent[1:], NOON)
    with pytest.raises(DomainError) as refused:
        rules.check_quota(recent, NOON)
    assert (refused.value.code, refused.value.retry_after) == ("search_quota", 3600 - rules.QUOTA + 1)


@pytest.mark.usefixtures("worker")
async def test_somebody_is_found_by_number_within_reach_only_masked_and_the_search_is_told_without_it(
    client, city, app, monkeypatch
):
    [person] = await enrolled(city)
    here, there = client(*SEEK, at=LICHENG, id="account:here"), client(*SEEK, at=LIXIA, id="account:there")

    found = await here.post("/people/search", json={"id_number": f"{OLD[:6]} {OLD[6:]}"})
    away = await there.post("/people/search", json={"id_number": NUMBER})
    nobody = await here.post("/people/search", json={"id_number": an_id_number(5)})
    unread = await city.post("/people/search", json={"id_number": NUMBER})

    assert found.json()["person"]["id"] == person
    assert NUMBER[6:14] not in found.text
    assert found.headers["cache-control"] == "no-store"
    assert away.json() == nobody.json() == {"person": None}
    assert unread.status_code == 403
    told = await events(client, "PersonSought")
    assert [(e["actor"], e["subject"], e["body"]["person_id"]) for e in told] == [
        ("account:here", f"person:{person}", person), ("account:there", "account:there", None),
        ("account:here", "account:here", None),
    ]  # fmt: skip
    assert not any(n in str(told) for n in (NUMBER, OLD, an_id_number(5)))

    # What is used up is used up, however many ask at once, and comes back with the hour.
    monkeypatch.setattr(rules, "QUOTA", 4)
    monkeypatch.setattr("services.registry.search.queries.QUOTA", 4)
    at(app, NOON)
    later = client(*SEEK, id="account:later")
    answers = await asyncio.gather(*(later.post("/people/search", json={"id_number": NUMBER}) for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [200] * 4 + [429] * 2
    assert len(await events(client, "SearchQuotaReached")) == 1
    at(app, NOON + timedelta(hours=1, seconds=1))
    assert (await later.post("/people/search", json={"id_number": NUMBER})).status_code == 200

    # Former names are found like names, in any form of the dot; the record is the same.
    kept = await city.post(f"/people/{person}/former-names", json={"name": "阿依古丽·买买提", "note": "户口簿"})
    assert kept.is_success, kept.text
    for q in ("古丽•买", "买买提", "演示"):
        assert [p["id"] for p in (await city.get("/people", params={"q": q})).json()["items"]] == [person], q
    assert (await client(*SEEK, at=LIXIA).get("/people", params={"q": "买买提"})).json()["items"] == []
    short = await city.get("/people", params={"q": "买"})
    assert (short.status_code, "两个字" in short.json()["detail"]) == (422, True)

    # An export holds the columns that were asked for, and names no others.
    some = await city.get("/people/export", params={"format": "csv", "columns": "level,division"})
    wrong = await city.get("/people/export", params={"format": "csv", "columns": "level,id_number_clear"})
    assert some.text.split("\r\n")[1] == '"姓名","证书级别","所在区划代码","所在区划"'
    assert (wrong.status_code, wrong.json()["code"]) == (422, "no_such_column")


async def test_a_saved_search_is_its_owners_alone_named_once_and_fifty_at_most(client, monkeypatch):
    mine, other = (client("registry:read", "registry:keep", id=f"account:{name}") for name in ("mine", "other"))
    order = {"name": "高级", "page": "people", "query": "level=senior&columns=level,division"}

    saved = await mine.post("/saved-searches", json=order)
    again = await mine.post("/saved-searches", json=order)
    theirs = await other.post("/saved-searches", json=order)
    id = saved.json()["id"]
    strange = [
        await other.get(f"/saved-searches/{id}"), await other.post(f"/saved-searches/{id}/delete"),
        await other.post(f"/saved-searches/{id}/rename", json={"name": "别人的"}),
    ]  # fmt: skip
    renamed = await mine.post(f"/saved-searches/{id}/rename", json={"name": "高级社工"})
    monkeypatch.setattr(rules, "MOST_SAVED", 1)
    full = await mine.post("/saved-searches", json=order)

    assert (saved.status_code, theirs.status_code) == (201, 201)
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    assert [a.status_code for a in strange] == [404] * 3
    assert (renamed.json()["name"], full.json()["code"]) == ("高级社工", "too_many_saved")
    assert [s["id"] for s in (await mine.get("/saved-searches", params={"page": "people"})).json()["items"]] == [id]
    assert (await mine.post(f"/saved-searches/{id}/delete")).status_code == 204
    assert (await mine.get("/saved-searches")).json()["items"] == []
    assert (await client("registry:read").post("/saved-searches", json=order)).status_code == 403
