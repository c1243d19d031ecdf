"""Corrections: against what was read, by one, approved by another, carried out at once; and the history of it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.contracts.corrections import Correctable, CorrectionAction, CorrectionState, NewValue, Of
from services.kernel.db import run
from services.kernel.errors import DomainError
from services.registry.corrections import fields, rules
from services.registry.corrections.queries import place
from services.registry.keys.erasing import erase_person_key
from tests.keys import LIXIA, a_vault, signed_by
from tests.registry.factories import TODAY, a_roster, a_worker, an_id_number
from tests.registry.test_disclosure import events, everywhere, reviewer
from tests.rosters import imported

pytestmark = pytest.mark.anyio
F, S, A = Correctable, CorrectionState, CorrectionAction
PERSON = {
    F.NAME: "演示0", F.ID_TYPE: "resident_id_card", F.ID_NUMBER: an_id_number(0), F.PHONE: None, F.EDUCATION: "本科",
    F.MAJOR: None, F.DIRECT_SERVICE: "true",
}  # fmt: skip
TERM = {F.START_ON: "2024-01-01", F.END_ON: "2026-09-28"}
WHY = {"reason": "录入有误", "evidence": "与原件核对一致"}


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("of", "values", "changes", "code"),
    [
        (Of.PERSON, PERSON, {F.NAME: ""}, "may_not_be_empty"),
        (Of.PERSON, PERSON, {F.ID_NUMBER: an_id_number(1)[:17] + "?"}, "id_form"),
        (Of.PERSON, PERSON, {F.ID_TYPE: "passport", F.ID_NUMBER: "x"}, "bad_id_number"),
        (Of.PERSON, PERSON, {F.LEVEL: "senior"}, "no_such_field"),
        (Of.PERSON, PERSON, {F.DIRECT_SERVICE: "maybe"}, "no_such_choice"),
        (Of.PERSON, PERSON, {F.PHONE: "abc"}, "bad_phone"),
        (Of.PERSON, PERSON, {F.EDUCATION: "本科", F.PHONE: ""}, "nothing_changes"),
        (Of.REGISTRATION, TERM, {F.END_ON: "2027-01-02"}, "registration_too_long"),
        (Of.REGISTRATION, TERM, {F.END_ON: "2023-01-02"}, "registration_backwards"),
        (Of.REGISTRATION, TERM, {F.START_ON: "2024-2-30"}, "bad_day"),
        (Of.REGISTRATION, TERM, {F.START_ON: "0001-01-01"}, "bad_day"),
    ],
)
def test_what_cannot_be_put_right_so_is_refused_by_name(of, values, changes, code):
    asked = [NewValue(field=f, value=v) for f, v in changes.items()]
    with pytest.raises(DomainError) as refused:
        rules.wanted(of, asked, values, TODAY)
    assert refused.value.code == code


def test_only_what_changes_is_kept_in_the_form_of_the_register():
    asked = [NewValue(field=f, value=v) for f, v in ((F.ID_NUMBER, f" {an_id_number(3).lower()}"), (F.NAME, "演示0"))]
    assert rules.wanted(Of.PERSON, asked, PERSON, TODAY) == {F.ID_NUMBER: an_id_number(3)}
    assert fields.shown(F.ID_NUMBER, an_id_number(3)) == f"9990**********{an_id_number(3)[-4:]}"
    assert fields.shown(F.END_ON, "2026-09-28") == "2026-09-27"
    assert fields.told(PERSON).keys() == {F.ID_TYPE, F.DIRECT_SERVICE}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("reviews", [True, False])
def test_who_may_do_what_next(state, own, reviews):
    found = rules.may(state, own=own, reviews=reviews)
    waits = state is S.REQUESTED
    assert found == ([A.WITHDRAW] if waits and own else [A.APPROVE, A.REFUSE] if waits and reviews else [])


# ── through the API ──────────────────────────────────────────────────────────────────────────────────────────────────
async def opened(who, of: str, id: str) -> dict:
    answer = await who.get("/corrections/opening", params={"of": of, "record_id": id})
    assert answer.status_code == 200, answer.text
    return answer.json()


def feed(client):
    asker = client()
    asker.headers.update(signed_by("gateway", "registry"))
    return asker


async def asked(who, of: str, id: str, seen: str = "", **changes: object):
    seen = seen or (await opened(who, of, id))["seen"]
    told = [{"field": name, "value": value} for name, value in changes.items()]
    return await who.post("/corrections", json={"of": of, "record_id": id, "seen": seen, "changes": told, **WHY})


async def decided(who, answer, verb: str = "approve", **order: object):
    assert answer.status_code == 201, answer.text
    return await who.post(f"/corrections/{answer.json()['id']}/{verb}", json=order)


@pytest.mark.usefixtures("worker")
async def test_a_correction_is_asked_for_by_one_approved_by_another_and_remains_in_the_history(client, city, app):
    await imported(city, a_roster([a_worker(0), a_worker(1)]))
    first = (await city.get("/people", params={"sort": "newest"})).json()["items"][-1]
    assert first["name"] == "演示0"
    id, checker = first["id"], reviewer(client)
    opening = await opened(city, "person", id)
    assert an_id_number(0) not in str(opening)
    assert next(f for f in opening["fields"] if f["field"] == "id_number")["value"] is None

    # A number of somebody else is refused, whoever that is; one's own version must be the last.
    taken = await asked(city, "person", id, id_number=an_id_number(1))
    asking = await asked(
        city, "person", id, opening["seen"], name="演示·零", id_number=an_id_number(7), education="硕士"
    )
    twice = await asked(city, "person", id, opening["seen"], education="博士")
    sides = {s["field"]: (s["before"], s["now"], s["after"]) for s in asking.json()["sides"]}
    assert (taken.status_code, taken.json()["code"]) == (409, "number_taken")
    assert (twice.status_code, twice.json()["code"]) == (409, "open_already")
    assert sides["education"] == ("本科", "本科", "硕士")
    assert an_id_number(7) not in asking.text
    assert (await city.get("/people", params={"q": "演示0"})).json()["items"][0]["id"] == id

    # Four eyes, in the area, by whoever reviews; in the database, too.
    both = client("registry:read", "registry:write", "registry:review", id="account:test")
    own = await decided(both, asking)
    away = await decided(reviewer(client, at=LIXIA), asking)
    unread = await decided(city, asking)
    assert (own.status_code, own.json()["code"]) == (403, "own_correction")
    assert (away.status_code, unread.status_code) == (404, 403)

    done = await decided(checker, asking, note="与原件一致")
    assert (done.status_code, done.json()["state"], done.json()["may"]) == (200, "approved", [])
    now = (await city.get(f"/people/{id}")).json()
    assert (now["name"], now["education"], now["version"]) == ("演示·零", "硕士", first["version"] + 1)
    assert now["id_number"].endswith(an_id_number(7)[-4:])
    clear = await checker.post(
        f"/people/{id}/reveal",
        json={"purpose": "inspection", "reason": "核对", "fields": ["id_number", "phone"]},
    )
    assert (clear.json()["id_number"], clear.json()["phone"]) == (an_id_number(7), "13900000000")
    seeker = client("registry:read", "registry:search", id="account:seeker")
    numbers = [an_id_number(n) for n in (0, 7)]
    found = [(await seeker.post("/people/search", json={"id_number": n})).json()["person"] for n in numbers]
    assert (found[0], found[1]["id"]) == (None, id)
    assert [p["id"] for p in (await city.get("/people", params={"q": "演示0"})).json()["items"]] == [id]
    again = await decided(checker, asking)
    late = await asked(city, "person", id, opening["seen"], education="博士")
    assert (again.status_code, again.json()["code"]) == (409, "correction_decided")
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    assert "硕士" in late.text

    # What became of it, and nothing of whom.
    told = str(await events(client, "CorrectionRequested") + await events(client, "CorrectionDecided"))
    assert not any(text in told for text in (an_id_number(0), an_id_number(7), "演示", "硕士"))
    history = (await city.get(f"/people/{id}/history")).json()["items"]
    kinds = [e["kind"] for e in history]
    assert kinds[0] == "CorrectionDecided"
    assert history[0]["what"].startswith("批准更正：")
    assert not {"PersonRevealed", "PersonSought"} & set(kinds)
    change = next(e for e in history if e["kind"] == "PersonChanged")
    said = {c["name"]: (c["before"], c["after"]) for c in change["changes"]}
    assert said["姓名"] == ("演示0", "演示·零")
    assert said["证件号码"][0].startswith("9990***")
    assert change["actor"] == "account:reviewer"
    assert not any(n in str(history) for n in numbers)
    page = (await city.get(f"/people/{id}/history", params={"limit": 2})).json()
    rest = (await city.get(f"/people/{id}/history", params={"limit": 200, "cursor": page["next"]})).json()
    assert [e["id"] for e in page["items"] + rest["items"]] == [e["id"] for e in history]
    assert (await client("registry:read", at=LIXIA).get(f"/people/{id}/history")).status_code == 404

    with pytest.raises(IntegrityError, match="four_eyes"):
        async with everywhere(app.state.database) as tx:
            await run(tx, text("update correction set decided_by = requested_by"), {})

    # Whoever is erased leaves nothing of it.
    async with everywhere(app.state.database) as tx:
        sealed = (await run(tx, text("select contents from correction"), {})).scalar_one()
        assert an_id_number(7) in a_vault().open(sealed, place(asking.json()["id"]))
        await erase_person_key(tx, id)
    gone = (await city.get(f"/corrections/{asking.json()['id']}")).json()
    assert (gone["sides"], gone["fields"]) == ([], ["name", "id_number", "education"])


@pytest.mark.usefixtures("worker")
async def test_what_has_changed_since_is_not_put_right_and_facts_follow_what_is(client, city):
    await imported(city, a_roster([a_worker(0)]))
    registration = (await city.get("/registrations")).json()["items"][0]
    certificate = (await city.get("/certificates")).json()["items"][0]
    checker, second = reviewer(client), client("registry:read", "registry:write", id="account:second")

    asking = await asked(city, "registration", registration["id"], end_on="2026-12-01")
    withdrawn = await second.post(f"/corrections/{asking.json()['id']}/withdraw")
    refused = await decided(checker, asking, "refuse", reason="没有依据")
    assert (withdrawn.status_code, withdrawn.json()["code"]) == (409, "not_the_requester")
    assert (refused.json()["state"], refused.json()["note"]) == ("refused", "没有依据")

    # The roster says another end meanwhile: the correction of before no longer fits.
    stale = await asked(city, "registration", registration["id"], end_on="2026-12-01")
    await imported(city, a_roster([a_worker(0, 登记有效期止="2026-10-31")]))
    seen = (await city.get(f"/corrections/{stale.json()['id']}")).json()
    late = await decided(checker, stale)
    assert (seen["stale"], seen["sides"][0]["now"]) == (True, "2026-10-31")
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    assert (await city.post(f"/corrections/{stale.json()['id']}/withdraw")).json()["state"] == "withdrawn"

    done = await decided(checker, await asked(city, "registration", registration["id"], end_on="2026-12-01"))
    assert done.json()["state"] == "approved", done.text
    assert (await city.get(f"/people/{registration['person_id']}")).json()["registered_until"] == "2026-12-01"
    level = await decided(checker, await asked(city, "certificate", certificate["id"], level="senior"))
    assert level.json()["sides"][0] | {"now": None} == {
        "field": "level", "name": "证书级别", "before": "社会工作师", "now": None, "after": "高级社会工作师",
    }  # fmt: skip
    said = (await feed(client).get("/internal/subjects", params={"limit": 5000})).json()["items"]
    record = next(i["record"] for i in said if i["subject"] == f"person:{registration['person_id']}")
    assert (record["level"], record["registered"][0]["end"]) == ("senior", "2026-12-01")
    body = (await events(client, "CorrectionDecided"))[-1]["body"]
    assert (body["before"], body["after"]) == ({"level": "social_worker"}, {"level": "senior"})
    history = (await city.get(f"/registrations/{registration['id']}/history")).json()["items"]
    changes = [c for e in history for c in e["changes"] if c["field"] == "end_on" and c["before"]]
    assert (changes[0]["before"], changes[0]["after"]) == ("2026-10-31", "2026-11-30")
    waiting = (await city.get("/corrections", params={"state": "requested"})).json()["items"]
    assert waiting == []
