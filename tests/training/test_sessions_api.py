"""Sessions and attendances over HTTP, and the statement made of them."""

from datetime import date

import pytest

from tests.training.asking import attend, attended, enter, listed, made, moved
from tests.training.conftest import facts_of
from tests.training.factories import (
    AGENCY,
    LICHENG,
    LIXIA,
    OTHER_STREET,
    STREET,
    ZONE,
    ZONE_STREET,
    a_session,
    from_to,
    person_id,
)

pytestmark = pytest.mark.anyio
READ, WRITE = "training:read", "training:write"
DAY = date(2026, 11, 2)
INSTANTS = (1762041600, "1762041600", "2026-11-02", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z")


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_session_is_split_by_days_in_shanghai(city):
    """T09, CE-12: fourteen to eighteen o'clock in Greenwich lies on two days here."""
    night = from_to("2026-11-02T14:00:00Z", "2026-11-02T18:00:00Z")
    session = await made(city, "/sessions", a_session() | {"days": [*night, {"day": "2026-11-09", "minutes": 90}]})

    assert [(d["day"], d["minutes"]) for d in session["days"]] == [
        ("2026-11-02", 120),
        ("2026-11-03", 120),
        ("2026-11-09", 90),
    ]
    assert (session["first_day"], session["last_day"], session["class_hours"]) == ("2026-11-02", "2026-11-09", "7.33")
    assert session["may"] == ["update", "cancel", "attend"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": from_to("2026-11-02T00:00:00Z", "2026-11-03T01:00:00Z")},  # T01
        {"days": [{"day": "2026-11-02", "minutes": 1500}]},
        {"days": from_to("2026-11-02T05:00:00Z", "2026-11-02T04:00:00Z")},  # T05
        {"days": from_to("2026-11-02T05:00:00Z", "2026-11-02T05:00:00Z")},
        {"days": []},
        *({"days": [{"day": "2026-11-02", "minutes": m}]} for m in (-1, 0, 0.5, True, "60", None)),  # T06
        *({"days": [{"day": d, "minutes": 60}]} for d in ("0001-01-01", "9999-12-31", "2026-13-01", "2026-02-29", 1)),
        *({"days": from_to(i, "2026-11-02T04:00:00Z")} for i in INSTANTS),
        {"days": from_to("2026-11-02T04:00:00", "2026-11-02T05:00:00Z")},  # no zone said
        {"state": "cancelled"},
        {"organizer_id": str(AGENCY)},
        {"organizer_name": None},
        {"organizer_name": None, "organizer_id": str(person_id(0))},
        {"division": "370199000000"},
        {"title": "\x00"},
        {"title": "\ud800"},
        {"capacity": 0},
        {"surprise": 1},
    ],
    ids=str,
)  # fmt: skip
async def test_t01_t05_t06_t13_a_session_that_cannot_be_is_refused(client, wrong):
    nation = client(READ, WRITE, at="000000000000")
    body = a_session() | wrong

    answer = await nation.post("/sessions", content=as_json(body), headers={"content-type": "application/json"})

    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["detail"]


def as_json(body: object) -> str:
    import json

    return json.dumps(body)


@pytest.mark.parametrize("minutes", ["NaN", "Infinity", "-Infinity", "1e400", "1e5"])
async def test_t06_numbers_that_are_none_are_refused(city, minutes):
    body = as_json(a_session()).replace('"minutes": 360', f'"minutes": {minutes}')

    answer = await city.post("/sessions", content=body, headers={"content-type": "application/json"})

    assert answer.status_code in (400, 422), answer.text


async def test_a_planned_session_is_held_when_it_has_begun(city):
    later = await made(city, "/sessions", a_session("2026-12-01", state="planned"))
    now = await made(city, "/sessions", a_session("2026-11-24", state="planned"))

    assert (await city.post(f"/sessions/{later['id']}/hold")).json()["code"] == "not_held_yet"
    assert (await city.post("/sessions", json=a_session("2026-12-01"))).status_code == 409
    assert (await attend(city, now["id"], 0)).json()["code"] == "not_held"
    assert (await city.post(f"/sessions/{now['id']}/hold")).json()["state"] == "held"
    assert (await attend(city, now["id"], 0)).status_code == 201


async def test_a_session_is_changed_by_whoever_has_read_it_last(city):
    session = await made(city, "/sessions", a_session())
    path = f"/sessions/{session['id']}"
    tag = (await city.get(path)).headers["etag"]

    changed = await city.patch(path, json={"title": "改名", "capacity": None}, headers={"if-match": tag})

    assert (changed.json()["title"], changed.json()["capacity"], changed.json()["version"]) == ("改名", None, 2)
    assert (await city.patch(path, json={"title": "再改"}, headers={"if-match": tag})).status_code == 412
    assert (await city.patch(path, json={"title": "再改"})).status_code == 428
    tag = changed.headers["etag"]
    assert (await city.patch(path, json={"title": None}, headers={"if-match": tag})).status_code == 422
    moved = await city.patch(path, json={"days": [{"day": "2026-11-03", "minutes": 45}]}, headers={"if-match": tag})
    assert (moved.json()["first_day"], moved.json()["class_hours"]) == ("2026-11-03", "1.00")
    assert (await attend(city, session["id"], 0)).status_code == 201
    late = {"days": [{"day": "2026-11-04", "minutes": 45}]}
    refused = await city.patch(path, json=late, headers={"if-match": moved.headers["etag"]})
    assert refused.json()["code"] == "already_attended"


async def test_cancelling_takes_the_hours_back(training, city):
    held = await attended(city, 0, 1)
    await enter(city, held["id"], 2)
    assert len([f for f in await facts_of(training, "person") if f[0] == "hours_attended"]) == 2

    answer = await city.post(f"/sessions/{held['id']}/cancel", json={"reason": "授课人未到"})

    assert (answer.json()["state"], answer.json()["cancelled_reason"]) == ("cancelled", "授课人未到")
    assert [f for f in await facts_of(training, "person") if f[0] == "hours_attended"] == []
    assert sorted(a["state"] for a in await listed(city, "/attendances")) == ["rejected", "reversed", "reversed"]
    assert (await city.post(f"/sessions/{held['id']}/cancel", json={"reason": "x"})).status_code == 409
    assert (await city.post(f"/sessions/{held['id']}/cancel", json={"reason": " "})).status_code == 422


async def test_sessions_are_found_by_place_day_state_kind_and_title(city):
    await made(city, "/sessions", a_session("2026-11-02", days=2, title="百分之百%的课"))
    await made(city, "/sessions", a_session("2026-10-01", division=ZONE_STREET, kind="workshop", state="planned"))

    async def found(**params) -> list[str]:
        return [s["first_day"] for s in await listed(city, "/sessions", **params)]

    assert await found() == ["2026-11-02", "2026-10-01"]
    assert await found(division=LICHENG) == await found(state="held") == await found(kind="lecture") == ["2026-11-02"]
    assert await found(division=ZONE) == await found(division=LIXIA) == ["2026-10-01"]
    assert await found(on="2026-11-03") == await found(q="百%") == ["2026-11-02"]
    assert await found(on="2026-11-04") == await found(q="百_") == []
    assert await found(**{"from": "2026-11-03"}) == ["2026-11-02"]
    assert await found(to="2026-10-31") == ["2026-10-01"]
    for path in ("/sessions", "/sessions/export", "/attendances"):
        turned = await city.get(path, params={"from": "2026-11-03", "to": "2026-11-02"})
        assert (turned.status_code, turned.json()["code"]) == (422, "period_reversed"), path
    for sort, wanted in (("-day", -1), ("day", 1), ("division", 1), ("-division", -1)):
        first = (await city.get("/sessions", params={"limit": 1, "sort": sort})).json()
        pages = [first["items"][0]["first_day"], *await found(cursor=first["next"], sort=sort)]
        assert pages == ["2026-10-01", "2026-11-02"][::wanted], sort


# ── attendances ──────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_all_rows_are_entered_or_none(training, city):
    session = await made(city, "/sessions", a_session())

    answer = await attend(city, session["id"], 0, 77, 1, 78)

    assert answer.status_code == 422
    assert [(e["row"], e["code"]) for e in answer.json()["errors"]] == [(2, "no_such_person"), (4, "no_such_person")]
    assert await listed(city, "/attendances") == []


async def test_t17_entering_the_same_again_changes_nothing(training, city):
    session = await made(city, "/sessions", a_session())
    await attend(city, session["id"], 0, 1)
    before = await facts_of(training, "person")

    again = (await attend(city, session["id"], 0, 1, 2)).json()

    assert (again["new"], again["unchanged"]) == (1, 2)
    assert len(await listed(city, "/attendances")) == 3
    assert set(before) <= set(await facts_of(training, "person"))


async def test_entering_needs_a_key_and_the_same_key_answers_the_same(city):
    session = await made(city, "/sessions", a_session())
    path, key = f"/sessions/{session['id']}/attendances", {"idempotency-key": "first-and-only"}
    order = {"rows": [{"person_id": str(person_id(0))}]}

    assert (await city.post(path, json=order)).status_code == 428
    first, second = await city.post(path, json=order, headers=key), await city.post(path, json=order, headers=key)

    assert first.json() == second.json()
    assert first.json()["new"] == 1


async def test_t03_nobody_attends_two_sessions_at_once(city):
    day = from_to("2026-11-02T01:00:00Z", "2026-11-02T04:00:00Z")
    later = from_to("2026-11-02T03:59:00Z", "2026-11-02T05:00:00Z")
    next_ = from_to("2026-11-02T04:00:00Z", "2026-11-02T05:00:00Z")
    first, second, third = [await made(city, "/sessions", a_session() | {"days": d}) for d in (day, later, next_)]
    await attend(city, first["id"], 0)

    answer = await attend(city, second["id"], 0, 1)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "overlapping")
    assert (await attend(city, third["id"], 0, 1)).status_code == 201


async def test_t14_what_is_entered_late_needs_a_reason_which_is_kept(city):
    session = await made(city, "/sessions", a_session("2026-09-01"))

    assert (await attend(city, session["id"], 0, reason=None)).json()["code"] == "backdated"
    entered = await attend(city, session["id"], 0, reason="签到表遗失后补")

    assert (entered.json()["warned"], entered.json()["warnings"][0]["field"]) == (1, "day")
    [attendance] = await listed(city, "/attendances")
    assert (attendance["reason"], attendance["day"]) == ("签到表遗失后补", "2026-09-01")
    assert attendance["entered_at"][:10] != attendance["day"]


async def test_ce11_a_claim_needs_evidence_and_both_sides(training, city):
    session = await made(city, "/sessions", a_session())
    assert (await enter(city, session["id"], 0, state="claimed")).json()["code"] == "evidence_missing"
    await enter(city, session["id"], 0, state="claimed", evidence="结业证书")
    [claimed] = await listed(city, "/attendances", state="claimed")

    async def act(verb: str, **order) -> int:
        return (await moved(city, f"/attendances/{claimed['id']}", verb, **order)).status_code

    assert await act("approve") == 409
    assert await act("confirm") == 200
    assert await facts_of(training, f"person:{person_id(0)}") == [
        ("staff_in_scope", STREET, date(2022, 8, 1), None, "1")
    ]
    assert await act("approve") == 200
    assert ("hours_attended", STREET, DAY, None, "8.00") in await facts_of(training, f"person:{person_id(0)}")
    assert await act("reverse") == 422
    assert await act("reverse", reason="重复") == 200
    assert await act("approve") == 409
    assert (await attend(city, session["id"], 0)).json()["new"] == 1


async def test_the_organizer_confirms_and_whoever_is_responsible_for_the_person_approves(client, training):
    """404 outside the area, 403 inside it for the wrong side."""
    organizer, reviewer = client(READ, WRITE, at=STREET), client(READ, WRITE, at=OTHER_STREET, id="account:b")
    stranger, reader = client(READ, WRITE, at=LIXIA), client(READ, at=OTHER_STREET)
    colleague = client(READ, WRITE, at=STREET, id="account:c")
    session = await made(organizer, "/sessions", a_session())
    path = f"/sessions/{session['id']}"

    assert (await enter(organizer, session["id"], 0, 2)).status_code == 201
    [theirs] = await listed(reviewer, "/attendances")
    assert (theirs["person_id"], theirs["may"]) == (str(person_id(2)), ["approve", "reject"])
    decision = f"/attendances/{theirs['id']}/approve"

    assert (await organizer.post(decision, json={})).json()["code"] == "not_your_side"
    assert (await stranger.post(decision, json={})).status_code == 404
    assert (await reader.post(decision, json={})).status_code == 403
    assert (await stranger.post(f"{path}/attendances/approve")).status_code == 404
    approved = (await reviewer.post(f"{path}/attendances/approve")).json()
    assert (approved["approved"], approved["left"]) == (1, 1)
    assert (await colleague.post(f"{path}/attendances/approve")).json()["approved"] == 1
    assert (await organizer.get(path)).json()["waiting"] == 0
    assert (await attend(stranger, session["id"], 0)).status_code == 404
    assert (await reviewer.post(f"{path}/cancel", json={"reason": "x"})).status_code == 404


async def test_ce11_nobody_approves_what_he_entered(client, training):
    """Neither with the entry, nor one by one, nor all of a session at once."""
    entering, other = client(READ, WRITE), client(READ, WRITE, id="account:other")
    session = await made(entering, "/sessions", a_session())
    assert (await enter(entering, session["id"], 0, state="approved")).status_code == 422
    await enter(entering, session["id"], 0, 1)
    first, second = await listed(entering, "/attendances")

    assert first["may"] == ["reject"]
    refused = await entering.post(f"/attendances/{first['id']}/approve", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_entry")
    all_ = (await entering.post(f"/sessions/{session['id']}/attendances/approve")).json()
    assert (all_["approved"], all_["left"]) == (0, 2)
    assert [f for f in await facts_of(training, "person") if f[0] == "hours_attended"] == []
    assert (await other.post(f"/attendances/{second['id']}/approve", json={})).json()["state"] == "approved"
    assert (await other.post(f"/sessions/{session['id']}/attendances/approve")).json()["approved"] == 1


async def test_t01_t03_another_district_cannot_take_a_persons_day_by_claiming_it(client):
    """Whoever confirms it is told that the day is taken."""
    here, away = client(READ, WRITE, at=LICHENG), client(READ, WRITE, at=LIXIA, id="account:away")
    day = from_to("2026-11-02T01:00:00Z", "2026-11-02T04:00:00Z")
    for n, days in enumerate(([{"day": "2026-11-02", "minutes": 1440}], day)):
        claimed = await made(away, "/sessions", a_session() | {"days": days, "division": LIXIA})
        claim = {"state": "claimed", "evidence": "结业证书"}
        assert (await enter(away, claimed["id"], n, **claim)).status_code == 201
        held = await made(here, "/sessions", a_session() | {"days": day})
        assert (await enter(here, held["id"], n)).status_code == 201
        [theirs] = await listed(away, "/attendances", session_id=claimed["id"])
        answer = await away.post(f"/attendances/{theirs['id']}/confirm", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, ("over_24_hours", "overlapping")[n])


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_statement_says_what_counts_and_what_cannot_be_decided(client, city):
    await attended(city, 0, 4, first="2026-03-02", days=1, minutes=1440)
    held = await made(city, "/sessions", a_session("2026-05-04", days=2, minutes=900))
    for day in ("2026-05-04", "2026-05-05"):
        assert (await attend(city, held["id"], 0, 4, row={"day": day})).status_code == 201

    bound = (await city.get(f"/people/{person_id(0)}/statement", params={"year": 2026})).json()
    unsaid = (await city.get(f"/people/{person_id(4)}/statement")).json()
    before = (await city.get(f"/people/{person_id(0)}/statement", params={"year": 2025})).json()

    assert (bound["class_hours"], bound["compliant_since"], len(bound["items"])) == ("72.00", "2026-05-05", 3)
    assert [r["verdict"] for r in bound["requirements"]] == ["met", "not_met"]
    assert (unsaid["class_hours"], unsaid["compliant_since"]) == ("72.00", None)
    assert unsaid["requirements"][0]["verdict"] == "cannot_decide"
    assert unsaid["requirements"][0]["missing"] == ["direct_service"]
    assert (before["class_hours"], before["items"]) == ("0.00", [])
    for path in (f"/people/{person_id(99)}/statement", "/people/x/statement"):
        assert (await city.get(path)).status_code in (404, 422)
    assert (await client(READ, at=LIXIA).get(f"/people/{person_id(0)}/statement")).status_code == 404
    assert (await city.get(f"/people/{person_id(0)}/statement", params={"year": 1})).status_code == 422
