"""Registration through the API: the whole way, its refusals, what it makes and ends, and who is told (REG-01…22)."""

from datetime import date

import pytest

from tests.keys import JINAN, LICHENG, LIXIA
from tests.registry.applying import EVERYTHING, TODAY, Desk
from tests.registry.factories import STREET, a_roster, a_worker
from tests.registry.test_api import listed
from tests.registry.test_disclosure import events, everywhere
from tests.registry.test_imports import errors
from tests.rosters import imported

pytestmark = pytest.mark.anyio
HERE = "/registration-applications"
# An invented year of holidays.
NEW_YEAR = {"on": "2026-12-31", "kind": "holiday", "name": "演示假日"}


@pytest.fixture
def desk(app, client, city) -> Desk:
    return Desk(app, client, city)


async def test_reg_13_from_draft_to_certificate(desk, client):
    certificate = await desk.enrolled()
    draft = await desk.begun(certificate, items=["form"])
    id, path = draft["id"], f"{HERE}/{draft['id']}"

    before = (await desk.editor.get(f"{path}/checklist")).json()
    submitted = (await desk.does(desk.editor, id, "submit")).json()
    early = await desk.does(desk.district, id, "approve")
    missing = {"reason": "请补齐材料", "missing": ["identity", "certificate"]}
    returned = (await desk.does(desk.district, id, "return", **missing)).json()
    tag = (await desk.editor.get(path)).headers["etag"]
    stale = await desk.editor.patch(path, json={"items": EVERYTHING}, headers={"if-match": '"1"'})
    edited = await desk.editor.patch(path, json={"items": EVERYTHING}, headers={"if-match": tag})
    desk.on(date(2026, 11, 30))
    again = (await desk.does(desk.editor, id, "submit")).json()
    twice = await desk.does(desk.district, id, "return", reason="还缺材料")
    refused = [
        await desk.does(desk.editor, id, "approve"),
        await desk.does(desk.final, id, "register"),
        await desk.does(client("registry:review", at=STREET), id, "approve"),
        await desk.does(client("registry:review", at=LIXIA), id, "approve"),
        await desk.does(client("registry:review", id="account:editor"), id, "approve"),
    ]
    first = (await desk.does(desk.district, id, "approve")).json()
    locked = await desk.editor.patch(path, json={"items": []}, headers={"if-match": str(first["version"])})
    level = await desk.does(desk.district, id, "approve")
    final = (await desk.does(desk.final, id, "approve")).json()
    registered = (await desk.does(desk.final, id, "register")).json()
    issued = (await desk.does(desk.final, id, "issue", number="演示-2026-1")).json()
    after = (await desk.editor.get(f"{path}/checklist")).json()

    assert {s["code"]: s["state"] for s in before["steps"] if s["state"] != "done"} == {
        "capacity": "unmet", "ethics": "unmet", "identity": "unmet", "certificate": "unmet", "photo": "warning",
        "submit": "unmet", "first_review": "unmet", "final_review": "unmet", "register": "unmet", "issue": "unmet",
    }  # fmt: skip
    assert (before["complete"], before["window_last"]) == (False, "2027-08-15")
    assert (submitted["state"], submitted["accepted_on"], submitted["may"]) == (
        "submitted",
        str(TODAY),
        ["edit", "withdraw"],
    )
    assert submitted["deadline"] == {"due_on": None, "estimated_on": "2027-01-05", "missing_years": [2026, 2027]}
    assert (early.status_code, early.json()["code"]) == (409, "not_complete")
    assert {e["field"] for e in early.json()["errors"]} == {"capacity", "ethics", "identity", "certificate"}
    assert (returned["state"], returned["missing"]) == ("needs_correction", ["certificate", "identity"])
    assert (stale.status_code, edited.status_code) == (412, 200)
    assert (again["submitted_on"], again["accepted_on"]) == (str(TODAY), "2026-11-30")
    assert (twice.status_code, twice.json()["code"], twice.json()["rule"]) == (409, "notified_already", "REG-22")
    assert [(r.status_code, r.json()["code"]) for r in refused] == [
        (403, "permission_missing"), (409, "wrong_state"), (403, "other_level"), (404, "not_found"),
        (403, "own_application"),
    ]  # fmt: skip
    assert (first["state"], first["first_by"]) == ("first_review_passed", "account:district")
    assert (locked.status_code, level.status_code, level.json()["code"]) == (409, 403, "other_level")
    assert (final["state"], final["final_by"]) == ("final_review_passed", "account:final")
    assert (registered["state"], registered["registered_on"]) == ("registered", "2026-11-30")
    assert (issued["state"], issued["registration_number"], issued["may"]) == ("cert_issued", "演示-2026-1", [])
    assert {s["state"] for s in after["steps"]} == {"done"}
    assert await desk.terms(certificate, date(2029, 11, 29)) == [("2026-11-30", "2029-11-30", "renewal_window")]
    verbs = [e["body"]["verb"] for e in await events(client, "ApplicationMoved")]
    assert verbs == ["submit", "return", "edit", "submit", "approve", "approve", "register", "issue"]
    assert [e["body"]["start"] for e in await events(client, "RegistrationAdded")] == ["2026-11-30"]


async def test_what_is_registered_counts_from_its_first_day_to_its_last(desk, app):
    certificate = await desk.enrolled()
    await desk.brought(certificate)

    async with everywhere(app.state.database) as tx:
        connection = await tx.connection()
        found = await connection.exec_driver_sql("select facts from subject where subject like 'person:%'")
        facts = [f for f in found.scalar_one() if f["metric"] == "registered_workers"]
    assert [(f["start"], f["end"]) for f in facts] == [("2026-11-24", "2029-11-24")]


async def test_reg_06_a_renewal_follows_without_a_gap_and_each_term_is_a_row(desk):
    certificate = await desk.enrolled(approved="2023-08-15", since="2024-01-10")
    await desk.brought(certificate, "renewal")

    assert await desk.terms(certificate) == [
        ("2024-01-10", "2027-01-10", "renewal_window"), ("2027-01-10", "2030-01-10", "upcoming"),
    ]  # fmt: skip
    again = await desk.editor.post(HERE, json={"kind": "renewal", "certificate_id": certificate, "items": EVERYTHING})
    early = await desk.does(desk.editor, again.json()["id"], "submit")
    assert (early.status_code, early.json()["code"], early.json()["rule"]) == (409, "window_early", "REG-05")


async def test_reg_20_what_is_late_is_taken_with_a_reason_or_in_an_amnesty_and_leaves_a_gap(desk, client):
    late, lucky = (
        await desk.enrolled(0, approved="2023-08-15", since="2023-10-01"),
        await desk.enrolled(1, approved="2024-01-05"),
    )
    bare = await desk.begun(late, "renewal")

    refused = await desk.does(desk.editor, bare["id"], "submit")
    await desk.does(desk.editor, bare["id"], "withdraw")
    await desk.brought(late, "renewal", late_reason="住院治疗，附证明")
    amnesty = {
        "division": JINAN,
        "kind": "initial",
        "first_on": "2026-11-01",
        "last_on": "2026-11-30",
        "source": "演示通知",
    }
    opened = await desk.final.post("/amnesty-windows", json=amnesty)
    await desk.brought(lucky)

    assert (refused.status_code, refused.json()["code"]) == (409, "window_late")
    assert await desk.terms(late) == [
        ("2023-10-01", "2026-10-01", "expired"), ("2026-11-24", "2029-11-24", "active"),
    ]  # fmt: skip
    assert opened.status_code == 201
    assert [a["id"] for a in await listed(desk.editor, "/amnesty-windows", division=STREET)] == [opened.json()["id"]]
    assert [s for _, _, s in await desk.terms(lucky)] == ["active"]
    assert [e["body"]["late"] for e in await events(client, "ApplicationMoved") if e["body"]["verb"] == "register"] == [
        True, False,
    ]  # fmt: skip
    wrong = [{"kind": "change"}, {"last_on": "2026-10-31"}, {"division": "370199000000"}]
    assert [(await desk.final.post("/amnesty-windows", json=amnesty | w)).status_code for w in wrong] == [422] * 3


async def test_reg_21_a_higher_level_supersedes_the_lower_one(desk):
    lower = await desk.enrolled(approved="2023-08-15", since="2024-06-01", level="assistant")
    higher = await desk.enrolled(1, of=lower)
    await desk.brought(higher)

    assert await desk.terms(lower) == [("2024-06-01", "2026-11-24", "superseded")]
    assert await desk.terms(lower, date(2026, 11, 23)) == [("2024-06-01", "2026-11-24", "active")]
    assert await desk.terms(higher) == [("2026-11-24", "2029-11-24", "active")]


async def test_reg_19_a_change_moves_the_person_and_no_day_of_a_term(desk, client):
    certificate = await desk.enrolled(approved="2023-08-15", since="2024-06-01")
    before = await desk.terms(certificate)
    employer = (
        await desk.city.post("/organizations", json={"name": "演示新单位", "kind": "other", "division": LIXIA})
    ).json()
    await desk.brought(certificate, "change", change={"employer_id": employer["id"]})

    [person] = await listed(desk.city, "/people")
    assert (person["division"], person["employer_name"]) == (LIXIA, "演示新单位")
    assert await desk.terms(certificate) == before
    assert (await events(client, "PersonChanged"))[-1]["body"]["fields"] == ["division", "employer_id"]
    wrong = [{}, {"change": {}}, {"change": {"division": LICHENG}, "cancellation": {"ground": "voluntary"}}]
    order = {"kind": "change", "certificate_id": certificate}
    assert [(await desk.city.post(HERE, json=order | w)).status_code for w in wrong] == [422] * 3


async def test_reg_17_a_cancellation_ends_the_term_on_its_day(desk):
    certificate = await desk.enrolled(approved="2023-08-15", since="2024-06-01")
    cancelled = {"ground": "voluntary", "effective_on": "2026-12-01"}
    id = await desk.brought(certificate, "cancellation", cancellation=cancelled)

    assert await desk.terms(certificate) == [("2024-06-01", "2026-12-01", "active")]
    assert await desk.terms(certificate, date(2026, 12, 1)) == [("2024-06-01", "2026-12-01", "cancelled")]
    nothing = await desk.does(desk.final, id, "issue", number="演示-2026-2")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_issue")


async def test_reg_18_a_void_certificate_forces_every_registration_to_be_revoked(desk, client):
    certificate = await desk.enrolled(approved="2023-08-15", since="2024-01-10")
    await desk.brought(certificate, "renewal")
    waiting = await desk.brought(certificate, "change", to="final_review_passed", change={"division": LICHENG})
    notice = {"void_on": "2026-11-20", "document": "演示公告第 1 号"}
    path = f"/certificates/{certificate}/void"

    district = await desk.district.post(path, json=notice)
    future = await desk.final.post(path, json=notice | {"void_on": "2026-11-25"})
    voided = await desk.final.post(path, json=notice)
    twice = await desk.final.post(path, json=notice)
    too_late = await desk.does(desk.final, waiting, "register")
    anew = await desk.editor.post(HERE, json={"kind": "initial", "certificate_id": certificate, "items": EVERYTHING})
    never = await desk.does(desk.editor, anew.json()["id"], "submit")

    assert (district.status_code, district.json()["code"]) == (403, "other_level")
    assert [t["state"] for t in voided.json()["items"]] == ["revoked", "upcoming"]
    assert await desk.terms(certificate, date(2027, 1, 10)) == [
        ("2024-01-10", "2026-11-20", "revoked"), ("2027-01-10", "2027-01-10", "revoked"),
    ]  # fmt: skip
    assert [(a.status_code, a.json()["code"]) for a in (future, twice, too_late)] == [
        (409, "void_in_the_future"), (409, "void_already"), (409, "not_complete"),
    ]  # fmt: skip
    assert (never.status_code, never.json()["code"]) == (409, "certificate_valid")
    [person] = await listed(desk.city, "/people", on=str(TODAY))
    assert (person["level"], person["registered_until"]) == (None, None)
    assert len(await events(client, "RegistrationEnded")) == 2


@pytest.mark.usefixtures("worker")
async def test_a_roster_does_not_bring_back_what_was_revoked(desk, city):
    line = a_worker(0, 登记日期="2024-06-01", 登记有效期止="2027-05-31")
    await imported(city, a_roster([line]))
    [term] = await listed(city, "/registrations")
    order = {"ground": "serious_ethics_breach", "reason": "演示处理决定"}
    revoked = await desk.final.post(f"/registrations/{term['id']}/revoke", json=order)
    twice = await desk.final.post(f"/registrations/{term['id']}/revoke", json=order)

    again = await imported(city, a_roster([line]))

    assert [code for _, _, code in errors(again)] == ["ended_early"]
    assert (revoked.json()["state"], revoked.json()["granted_until"]) == ("revoked", "2027-06-01")
    assert (twice.status_code, twice.json()["code"]) == (409, "not_registered")
    assert await desk.terms(term["certificate_id"]) == [("2024-06-01", "2026-11-24", "revoked")]


async def test_a_batch_decides_each_for_itself_and_none_at_all_if_none_can_be(desk, client):
    ids = [(await desk.begun(await desk.enrolled(n)))["id"] for n in range(3)]
    for id in ids[:2]:
        await desk.does(desk.editor, id, "submit")
    every = {"verb": "approve", "applications": [{"application_id": id} for id in ids]}
    stale = {"verb": "approve", "applications": [{"application_id": ids[0], "version": 1}]}

    refused = [
        await desk.district.post(f"{HERE}/decisions", json=order)
        for order in (stale, every | {"verb": "register"}, every | {"verb": "reject"})
    ]
    away = await client("registry:review", at=LIXIA).post(f"{HERE}/decisions", json=every)
    decided = (await desk.district.post(f"{HERE}/decisions", json=every)).json()["items"]
    passed = (await desk.final.post(f"{HERE}/decisions", json=every)).json()["items"]

    assert [(a.status_code, a.json()["code"]) for a in refused] == [
        (409, "none_decided"), (422, "not_in_batch"), (422, "reason_missing"),
    ]  # fmt: skip
    assert away.status_code == 404
    assert [(d["state"], d["code"]) for d in decided] == [
        ("first_review_passed", None), ("first_review_passed", None), ("draft", "wrong_state"),
    ]  # fmt: skip
    assert [d["state"] for d in passed] == ["final_review_passed", "final_review_passed", "draft"]


async def test_reg_10_the_list_is_by_deadline_and_holidays_move_it(desk, client):
    first = await desk.brought(await desk.enrolled(0), to="submitted")
    desk.on(date(2026, 11, 27))
    second = await desk.brought(await desk.enrolled(1), to="first_review_passed")
    await desk.begun(await desk.enrolled(2))
    table = {"division": JINAN, "source": "演示通知"}

    async def waiting(**params: object) -> list[tuple[str, dict, bool | None]]:
        return [(a["id"], a["deadline"]["due_on"], a["overdue"]) for a in await listed(desk.editor, HERE, **params)]

    bare = await waiting(sort="deadline")
    for year, days in ((2026, [NEW_YEAR]), (2027, [{"on": "2027-01-01", "kind": "holiday", "name": "演示假日"}])):
        answer = await desk.final.post("/holidays", json=table | {"year": year, "days": days})
        assert answer.status_code == 201, answer.text
    known = await waiting(sort="deadline")
    desk.on(date(2027, 1, 8))
    late = await waiting(overdue=True)
    page = (await desk.editor.get(HERE, params={"sort": "deadline", "limit": 1})).json()
    rest = (await desk.editor.get(HERE, params={"sort": "deadline", "cursor": page["next"]})).json()

    assert bare == [(first, None, None), (second, None, None)]
    assert known == [(first, "2027-01-07", False), (second, "2027-01-12", False)]
    assert late == [(first, "2027-01-07", True)]
    assert [a["id"] for a in page["items"] + rest["items"]] == [first, second]
    assert [a["state"] for a in await listed(desk.editor, HERE, state="draft")] == ["draft"]
    assert await listed(client("registry:read", at=LIXIA), HERE) == []
    held = await listed(desk.editor, "/holidays", year=2026, division=STREET)
    assert [(h["on"], h["kind"]) for h in held] == [("2026-12-31", "holiday")]
    wrong = [{"on": "2025-12-31"}, {"kind": "workday"}, {}]
    order = table | {"year": 2026, "days": [NEW_YEAR]}
    refused = [
        await desk.final.post("/holidays", json=order | {"days": [NEW_YEAR | w, NEW_YEAR] if not w else [NEW_YEAR | w]})
        for w in wrong
    ]
    refused.append(await desk.final.post("/holidays", json=order | {"division": STREET}))
    assert [r.status_code for r in refused] == [422] * 4
    assert (await desk.district.post("/holidays", json=order)).status_code == 404


async def test_there_is_one_application_of_a_kind_at_a_time_and_only_within_reach(desk, client):
    certificate = await desk.enrolled()
    draft = await desk.begun(certificate)
    order = {"kind": "initial", "certificate_id": certificate}

    twice = await desk.editor.post(HERE, json=order)
    away = await client("registry:write", at=LIXIA).post(HERE, json=order)
    elsewhere = await desk.editor.post(HERE, json=order | {"division": LIXIA})
    await desk.does(desk.editor, draft["id"], "withdraw")
    again = await desk.editor.post(HERE, json=order)

    assert (twice.status_code, twice.json()["params"]) == (409, {"number": draft["number"]})
    assert (away.status_code, elsewhere.status_code, again.status_code) == (404, 404, 201)
