"""Training's API: what each route answers to whom."""

import csv
import io
from datetime import date

import pytest

from services.training.examples import CHANGED_PLACE, CHANGED_SUPERVISOR
from tests.routes import filled, routes_of
from tests.training.asking import attended, listed, made, moved
from tests.training.conftest import facts_of, told
from tests.training.factories import (
    AGENCY,
    CITY,
    LICHENG,
    LIXIA,
    OTHER_STREET,
    STREET,
    ZONE_STREET,
    a_person,
    a_place,
    a_session,
    a_supervisor,
    an_internal,
    person_id,
)

pytestmark = pytest.mark.anyio
READ, WRITE = "training:read", "training:write"
DAY = date(2026, 11, 2)
INSTANTS = (1762041600, "1762041600", "2026-11-02", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z")


async def states(client, path: str, body: object, *verbs: str, **step) -> list[str]:
    """Made, and taken through these steps."""
    record = await made(client, path, body)
    found = [record["state"]]
    for verb in verbs:
        answer = await moved(client, f"{path}/{record['id']}", verb, reason="按程序办理", **step)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["state"])
    return found


# ── supervisors ──────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_sup07_a_supervisor_is_appointed_suspended_and_dismissed(training, city):
    verbs = ("review", "publicise", "appoint", "suspend", "resume", "dismiss")
    taken = await states(city, "/supervisors", an_internal(0, on="2026-01-05"), *verbs, on="2026-02-02")

    assert taken == ["nominated", "reviewed", "publicised", "appointed", "suspended", "appointed", "dismissed"]
    assert await facts_of(training, "supervisor") == []
    [shown] = await listed(city, "/supervisors")
    assert (shown["state"], shown["counted"], shown["may"]) == ("dismissed", False, [])
    assert [s["state"] for s in await listed(city, "/supervisors", on="2026-01-31")] == ["nominated"]


async def test_sup02_an_appointment_counts_and_expires_by_itself(training, city):
    body = a_supervisor(term_start="2025-02-01", term_end="2026-06-01", on="2025-01-05")
    await states(city, "/supervisors", body, "review", "publicise", "appoint", on="2025-03-01")

    assert await facts_of(training, "supervisor") == [("supervisors", STREET, date(2025, 3, 1), date(2026, 6, 1), "1")]
    assert [s["state"] for s in await listed(city, "/supervisors", on="2026-05-31", counted=True)] == ["appointed"]
    assert [s["state"] for s in await listed(city, "/supervisors", state="expired")] == ["expired"]
    assert (
        await listed(city, "/supervisors", counted=True) == await listed(city, "/supervisors", state="appointed") == []
    )
    [shown] = await listed(city, "/supervisors", q="演示·丙")
    assert shown["may"] == []
    answer = await city.post(f"/supervisors/{shown['id']}/suspend", json={"reason": "x"})
    assert (answer.status_code, answer.json()["rule"]) == (409, "SUP-07")


async def test_sup02_two_appointments_of_one_person_count_once(training, city):
    for over in ({"division": STREET}, {"division": OTHER_STREET, "level": "junior"}):
        await states(city, "/supervisors", an_internal(0, **over, on="2025-02-01"), "review", "publicise", "appoint")

    assert [f[1] for f in await facts_of(training, "supervisor")] == [STREET]


async def test_level_and_term_are_settled_by_the_appointment(city):
    body = a_supervisor(term_end=None)
    supervisor = await made(city, "/supervisors", body)
    assert supervisor["term_end"] == "2028-02-01"
    path = f"/supervisors/{supervisor['id']}"
    tag = (await city.get(path)).headers["etag"]
    changed = await city.patch(path, json={"level": "junior", **CHANGED_SUPERVISOR}, headers={"if-match": tag})
    assert (changed.json()["level"], changed.json()["max_load"]) == ("junior", 6)
    for verb in ("review", "publicise", "appoint"):
        answer = await moved(city, path, verb)
    tag = answer.headers["etag"]
    assert (await city.patch(path, json={"level": "senior"}, headers={"if-match": tag})).json()["code"] == "settled"
    assert (await city.patch(path, json={"term_end": "2024-01-01"}, headers={"if-match": tag})).status_code == 409
    assert (await city.patch(path, json={"max_load": 99}, headers={"if-match": tag})).status_code == 200
    [shown] = await listed(city, "/supervisors")
    assert [(f["rule"], f["verdict"]) for f in shown["findings"]] == [("SUP-04", "not_met")]
    steps = (await city.get(path)).json()["steps"]
    assert [s["state"] for s in steps] == ["nominated", "reviewed", "publicised", "appointed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "internal"},
        {"person_id": str(person_id(0))},
        {"type": "internal", "expert_name": None, "person_id": str(person_id(99))},
        {"term_end": "2025-02-01"},
        {"on": "2030-01-01"},
        {"appointing_id": str(person_id(0))},
        {"max_load": 10**30},
    ],
    ids=str,
)
async def test_a_nomination_that_cannot_be_is_refused(city, wrong):
    assert (await city.post("/supervisors", json=a_supervisor(**wrong))).status_code == 422


async def test_a_supervisor_is_somebody_of_the_askers_area(client):
    """Of anybody else it is not said whether there is such a person."""
    lixia = client(READ, WRITE, at=LIXIA)
    answers = [await lixia.post("/supervisors", json=an_internal(n, division=LIXIA)) for n in (0, 99)]

    assert {(a.status_code, a.json()["code"]) for a in answers} == {(422, "no_such_person")}
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert (await lixia.post("/supervisors", json=an_internal(3, division=LIXIA))).status_code == 201


async def test_what_the_registry_says_of_a_supervisor_is_told_only_where_the_person_is(training, client, city):
    found = await made(city, "/supervisors", an_internal(0))
    await told(training, [a_person(0, division=LIXIA)])

    for who, verdict in ((city, "met"), (client(READ, at=STREET), "cannot_decide")):
        findings = (await who.get(f"/supervisors/{found['id']}")).json()["findings"]
        assert {f["verdict"] for f in findings if f["code"] in ("level", "registered")} - {"not_met"} == {verdict}


@pytest.mark.parametrize(
    ("path", "body", "before", "verb"),
    [
        ("/supervisors", a_supervisor(), ("review", "publicise"), "appoint"),
        ("/bases", a_place(), ("check-site",), "approve"),
        ("/sites", a_place(), ("check-site",), "approve"),
    ],
)
async def test_nobody_decides_on_what_he_entered(training, client, path, body, before, verb):
    entering, other = client(READ, WRITE, at=STREET), client(READ, WRITE, at=STREET, id="account:other")
    record = f"{path}/{(await made(entering, path, body))['id']}"
    for step in before:
        assert (await entering.post(f"{record}/{step}", json={})).status_code == 200

    refused = await entering.post(f"{record}/{verb}", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_entry")
    assert verb not in (await entering.get(record)).json()["may"]
    assert verb not in (await listed(entering, path))[0]["may"]
    assert verb in (await other.get(record)).json()["may"]
    assert (await other.post(f"{record}/{verb}", json={})).status_code == 200
    table = "supervisor_step" if path == "/supervisors" else "practice_place_step"
    async with training.hot() as db:
        taken = [r[0] for r in await db.fetch(f"select actor from {table} order by seq")]
    assert taken == ["account:test"] * (len(before) + 1) + ["account:other"]


# ── training bases and internship sites ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("path", "metric"), [("/bases", "training_bases"), ("/sites", "internship_sites")])
async def test_int06_a_place_counts_while_approved_and_its_agreement_is_in_force(training, city, path, metric):
    place = await made(city, path, a_place(on="2025-01-06"))
    other = "/sites" if path == "/bases" else "/bases"
    subject = f"{path[1:-1]}:{place['id']}"

    async def step(verb: str, on: str) -> dict:
        answer = await moved(city, f"{path}/{place['id']}", verb, on=on, reason="按程序办理")
        assert answer.status_code == 200, answer.text
        return answer.json()

    await step("check-site", "2025-01-20")
    assert await facts_of(training, subject) == []
    assert (await step("approve", "2025-03-01"))["counted"]
    assert await facts_of(training, subject) == [(metric, STREET, date(2025, 3, 1), date(2028, 2, 1), "1")]
    assert (await city.get(f"{other}/{place['id']}")).status_code == 404
    assert await listed(city, other) == []
    await step("suspend", "2025-06-01")
    await step("resume", "2025-07-01")
    tag = (await city.get(f"{path}/{place['id']}")).headers["etag"]
    renewed = {"agreement_start": "2025-02-01", "agreement_end": "2025-12-31", **CHANGED_PLACE}
    changed = await city.patch(f"{path}/{place['id']}", json=renewed, headers={"if-match": tag})
    assert (changed.json()["counted"], changed.json()["capacity"]) == (False, 40)
    assert [(f[2], f[3]) for f in await facts_of(training, subject)] == [
        (date(2025, 3, 1), date(2025, 6, 1)),
        (date(2025, 7, 1), date(2025, 12, 31)),
    ]
    await step("withdraw", "2025-09-01")
    assert [f[3] for f in await facts_of(training, subject)] == [date(2025, 6, 1), date(2025, 9, 1)]
    assert [p["state"] for p in await listed(city, path, on="2025-08-31", counted=True, q="演示")] == ["approved"]
    assert await listed(city, path, counted=True) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"agreement_end": None},
        {"agreement_end": "2020-01-01"},
        {"partner_id": str(AGENCY)},
        {"checklist": {"law_abiding": "maybe"}},
        {"mentors": "x" * 2001},
        {"name": "　"},
    ],
    ids=str,
)
async def test_a_place_that_cannot_be_is_refused(city, wrong):
    assert (await city.post("/bases", json=a_place(**wrong))).status_code == 422


# ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_another_district_gets_404_and_lists_nothing(client, city):
    other, nobody = client(READ, WRITE, at=LIXIA), client(READ, at=CITY)
    paths = {"/sessions": a_session(), "/supervisors": a_supervisor(), "/bases": a_place(), "/sites": a_place()}
    for path, body in paths.items():
        record = await made(city, path, body)
        one = f"{path}/{record['id']}"
        assert (await other.post(path, json=body)).status_code == 404
        assert (await nobody.post(path, json=body)).status_code == 403
        assert (await other.get(one)).status_code == 404
        assert (await other.patch(one, json={}, headers={"if-match": '"1"'})).status_code == 404
        assert (await other.get(path, params={"division": LICHENG})).status_code == 404
        assert await listed(other, path) == await listed(other, path, division=CITY) == []
        assert [r["may"] for r in await listed(nobody, path)] == [[]]
        verb = {"/sessions": "cancel", "/supervisors": "review"}.get(path, "check-site")
        assert (await other.post(f"{one}/{verb}", json={"reason": "x"})).status_code == 404
        assert (
            await city.get(one, headers={"if-none-match": (await city.get(one)).headers["etag"]})
        ).status_code == 304
    await attended(city, 0)
    [attendance] = await listed(city, "/attendances", division=STREET, person_id=str(person_id(0)))
    assert (await city.get(f"/attendances/{attendance['id']}")).json() == attendance
    assert (await other.get(f"/attendances/{attendance['id']}")).status_code == 404
    assert await listed(other, "/attendances") == []


@pytest.mark.parametrize(("sort", "field"), [("division", "division"), ("ending", "term_end")])
async def test_supervisors_come_in_order_page_by_page(city, sort, field):
    for n, (day, place) in enumerate([("2029-03-01", LICHENG), ("2028-03-01", STREET), ("2030-03-01", ZONE_STREET)]):
        order = a_supervisor(expert_name=f"专家{n}", term_start="2026-01-01", term_end=day, division=place)
        await made(city, "/supervisors", order)
    for way in ("", "-"):
        seen, cursor = [], {}
        while cursor is not None:
            page = (await city.get("/supervisors", params={"limit": 1, "sort": way + sort, **cursor})).json()
            seen += [item[field] for item in page["items"]]
            cursor = {"cursor": page["next"]} if page["next"] else None
        assert seen == sorted(seen, reverse=way == "-")
        assert len(set(seen)) == 3


async def test_every_list_is_a_file_too(city):
    await attended(city, 0, title="=1+1")
    await made(city, "/supervisors", a_supervisor())
    await made(city, "/bases", a_place())
    await made(city, "/sites", a_place())
    for path, state in (("sessions", "held"), ("attendances", "approved"), ("supervisors", "nominated"),
                        ("bases", "applied"), ("sites", "applied")):  # fmt: skip
        book = await city.get(f"/{path}/export", params={"state": state})
        sheet = await city.get(f"/{path}/export", params={"format": "csv", "division": LICHENG, "state": state})
        assert (book.status_code, sheet.status_code) == (200, 200), book.text
        note, _, line = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
        assert LICHENG in note[0]
        assert state not in note[0]
        assert not any(cell.startswith("=") for cell in line)


async def test_nobody_may_be_anything_but_found(city):
    """An address that could be real, with nothing behind it."""
    for method, route in routes_of(city._transport.app):  # type: ignore[attr-defined]
        if "{id}" in route.path and not route.path.startswith("/internal"):
            body = {"reason": "x", "rows": [{"person_id": str(person_id(0))}]} if "attendances" in route.path else {}
            body = {"reason": "x"} if route.path.endswith("cancel") else body
            body = body if "attend" in route.path.rsplit("/")[-1] else {k: v for k, v in body.items() if k == "reason"}
            headers = {"if-match": '"1"', "idempotency-key": "12345678"}
            answer = await city.request(method, filled(route.path), json=body, headers=headers)
            assert answer.status_code == 404, f"{method} {route.path} {answer.text}"
