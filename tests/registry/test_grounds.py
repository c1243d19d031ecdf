"""REG-17: decisions name a ground of a dated list, which a city edits without rewriting what was decided."""

from datetime import date

import pytest

from services.contracts.grounds import GroundDecision
from services.kernel.errors import DomainError
from services.registry.grounds import rules
from services.registry.grounds.rules import Entry
from tests.keys import JINAN, LICHENG
from tests.registry.applying import TODAY, Desk
from tests.registry.test_disclosure import events

pytestmark = pytest.mark.anyio
HERE = "/registration-grounds"
D = GroundDecision
ENDING = {"division": JINAN, "decision": "void", "code": "x1", "ends": "2027-01-01"}
TOMORROW = date(2026, 11, 25)


def an_entry(text: str, begins: str, ends: str | None = None, code: str = "voluntary") -> Entry:
    until = None if ends is None else date.fromisoformat(ends)
    return Entry(D.CANCELLATION, code, text, None, date.fromisoformat(begins), until, False, JINAN)


def test_reg_17_all_that_is_shipped_is_unsure_and_without_a_basis():
    assert all(e.unsure and e.legal_basis is None for e in rules.SHIPPED)
    assert {e.decision for e in rules.SHIPPED} == set(D)


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("2009-04-07", None),
        ("2026-11-24", "本人申请"),
        ("2026-11-25", "新"),
        ("2027-05-31", "新"),
        ("2027-06-01", None),
    ],
)
def test_what_was_said_last_holds_from_its_day_to_the_day_before_its_end(day, text):
    entries = [*rules.SHIPPED, an_entry("新", "2026-11-25", "2027-06-01")]

    found = rules.found(entries, D.CANCELLATION, "voluntary", date.fromisoformat(day))

    assert (found and found.text) == text


def test_a_decision_on_no_ground_of_the_list_is_refused_and_told_the_list():
    with pytest.raises(DomainError) as refused:
        rules.check_named(rules.SHIPPED, D.REVOCATION, "voluntary", TODAY)

    assert (refused.value.code, refused.value.rule) == ("unknown_ground", "REG-17")
    assert "严重违反职业道德" in refused.value.errors[0].detail


async def test_the_list_is_set_ended_and_asked_for_on_a_day(app, client, city):
    desk = Desk(app, client, city)
    order = {"division": JINAN, "decision": "cancellation", "code": "retired", "text": "退休离岗", "unsure": True}

    made = await desk.final.post(HERE, json={**order, "begins": "2026-11-25"})
    changed = await desk.final.post(
        HERE, json={**order, "begins": "2026-12-01", "text": "已退休", "legal_basis": "演示办法第九条", "unsure": False}
    )
    ended = await desk.final.post(
        f"{HERE}/end", json={"division": JINAN, "decision": "cancellation", "code": "moved_out", "ends": "2026-12-10"}
    )
    refused = [
        await desk.final.post(HERE, json={**order, "begins": "2026-11-23"}),
        await desk.editor.post(HERE, json={**order, "begins": "2026-11-25"}),
        await desk.district.post(HERE, json={**order, "begins": "2026-11-25"}),
        await desk.final.post(f"{HERE}/end", json=ENDING),
    ]  # fmt: skip

    assert [a.status_code for a in (made, changed, ended)] == [201, 201, 200], changed.text
    assert [(r.status_code, r.json()["code"]) for r in refused] == [
        (422, "backdated"), (403, "permission_missing"), (404, "not_found"), (409, "no_ground_to_end"),
    ]  # fmt: skip

    async def listed(on: str) -> dict[str, str]:
        asked = {"division": LICHENG, "decision": "cancellation", "on": on}
        found = (await desk.editor.get(HERE, params=asked)).json()["items"]
        return {g["code"]: g["text"] for g in found if g["in_force"]}

    assert "retired" not in await listed("2026-11-24")
    assert (await listed("2026-11-30"))["retired"] == "退休离岗"
    assert (await listed("2026-12-01"))["retired"] == "已退休"
    assert ("moved_out" in await listed("2026-12-09"), "moved_out" in await listed("2026-12-10")) == (True, False)
    assert [e["body"]["code"] for e in await events(client, "GroundSet")] == ["retired", "retired"]


async def test_whoever_decides_names_a_ground_of_that_day(app, client, city):
    desk = Desk(app, client, city)
    revoked, refused = await desk.enrolled(0, since="2026-09-01"), await desk.enrolled(1)
    [term] = (await desk.city.get(f"/certificates/{revoked}/terms")).json()["items"]
    waiting = await desk.brought(refused, to="submitted")
    own = {"division": LICHENG, "decision": "refusal", "code": "not_here", "text": "不在本区工作", "begins": str(TODAY)}
    assert (await desk.district.post(HERE, json=own)).status_code == 201

    wrong = await desk.final.post(f"/registrations/{term['id']}/revoke", json={"ground": "voluntary", "reason": "演示"})
    right = await desk.final.post(
        f"/registrations/{term['id']}/revoke", json={"ground": "obtained_by_fraud", "reason": "演示处理决定"}
    )
    unknown = await desk.does(desk.district, waiting, "reject", reason="不在本区", ground="obtained_by_fraud")
    rejected = await desk.does(desk.district, waiting, "reject", reason="不在本区", ground="not_here")
    cancelling = await desk.begun(
        await desk.enrolled(2, since="2026-09-01"), "cancellation",
        cancellation={"ground": "made_up", "effective_on": str(TOMORROW)},
    )  # fmt: skip
    submitted = await desk.does(desk.editor, cancelling["id"], "submit")
    usual = await desk.begun(
        await desk.enrolled(3, since="2026-09-01"), "cancellation",
        cancellation={"ground": "voluntary", "effective_on": str(TOMORROW)},
    )  # fmt: skip
    lists = [
        (await desk.editor.get(f"/registration-applications/{a['id']}/checklist")).json() for a in (cancelling, usual)
    ]

    steps = [next(s for s in found["steps"] if s["code"] == "ground") for found in lists]
    assert [(s["state"], found["complete"]) for s, found in zip(steps, lists, strict=True)] == [
        ("unmet", False), ("warning", True),
    ]  # fmt: skip
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_ground")
    assert right.json()["ground"] == "obtained_by_fraud"
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_ground")
    assert (rejected.json()["state"], rejected.json()["refusal_ground"]) == ("first_review_rejected", "not_here")
    assert (submitted.status_code, submitted.json()["code"], submitted.json()["rule"]) == (
        422,
        "unknown_ground",
        "REG-17",
    )
