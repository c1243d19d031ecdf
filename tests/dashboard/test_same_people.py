"""Possible duplicates, merges and names on pages: side by side, decided with a reason, led on, refused in words."""

from uuid import UUID

import httpx
import pytest

from services.contracts.registry import PersonOut
from services.contracts.same_people import FormerName, MergeOut, NameGiven, PairOut, SideBySide
from services.kernel.errors import Problem
from services.kernel.paging import Page
from services.registry.examples import PERSON_OUT
from services.registry.same_people.examples import BESIDE, FORMER, MERGED, NAMED, PAIR, PAIR_PERSON, SIDE
from tests.dashboard.scripted import (
    PERSON_ID,
    Script,
    a_division,
    a_person,
    an_official,
    browser,
    refused,
    sent,
    text_of,
)
from tests.dashboard.test_forms import filled
from tests.dashboard.test_pages import check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
ID, OTHER = UUID(int=5), UUID(int=6)
PAIRS, MERGES = "/possible-duplicates", "/person-merges"
BOTH = [{**PAIR_PERSON, "id": str(PERSON_ID)}, {**PAIR_PERSON, "id": str(OTHER), "name": "演示•甲"}]
REASON = {"reason": "对照证件原件"}


def a_pair(**over: object) -> SideBySide:
    sides = [SIDE, {**SIDE, "person": {**PERSON_OUT, "phone": None, "id": str(OTHER)}, "certificates": []}]
    return SideBySide.model_validate({**BESIDE, "id": str(ID), "people": BOTH, "sides": sides, **over})


def a_merge(**over: object) -> MergeOut:
    return MergeOut.model_validate({**MERGED, "id": str(ID), **over})


def script(**answers) -> Script:
    may = {p: [JINAN] for p in ("registry:read", "registry:write", "registry:review")}
    people = Page[PersonOut](items=[a_person(name_incomplete=True, may=["name"])], next=None)
    return Script(**{
        "/auth/me": an_official(permissions=may),
        f"/registry/divisions/{JINAN}": a_division(code=JINAN, name="济南市", tier="city", parent=None),
        f"/registry{PAIRS}": Page[PairOut](items=[PairOut.model_validate(PAIR)], next=None),
        f"/registry{PAIRS}/{ID}": a_pair(), f"/registry{MERGES}": Page[MergeOut](items=[a_merge()], next=None),
        f"/registry{MERGES}/{ID}": a_merge(), "/registry/people": people,
        f"/registry/people/{PERSON_ID}": a_person(may=["name", "former-names"], possible_duplicates=1),
        f"/registry/people/{PERSON_ID}/former-names":
            Page[FormerName](items=[FormerName.model_validate(FORMER)], next=None),
        **answers,
    })  # fmt: skip


async def test_two_records_stand_side_by_side_and_each_difference_is_said_in_words():
    answer = await browser(script()).get(f"{PAIRS}/{ID}")

    page, text = check(answer), text_of(answer.text)
    assert "证件号码（部分隐去）" in text
    assert (text.count("不同") >= 2, "相同" in text) == (True, True)
    assert {f"{PAIRS}/{ID}/{verb}" for verb in ("keep-first", "keep-second", "dismiss")} <= {
        a.get("href") for a in page.all("a")
    }
    elsewhere = a_pair(people=BOTH[:1], sides=[SIDE], elsewhere=True, may=[], differing=[])
    alone = await browser(script(**{f"/registry{PAIRS}/{ID}": elsewhere})).get(f"{PAIRS}/{ID}")
    assert "联系市级" in text_of(alone.text)
    assert f"{PAIRS}/{ID}/dismiss" not in {a.get("href") for a in check(alone).all("a")}
    for path in (PAIRS, MERGES, f"{MERGES}/{ID}", "/incomplete-names", f"/people/{PERSON_ID}"):
        check(await browser(script()).get(path))


@pytest.mark.parametrize(
    ("path", "at", "made", "told"),
    [
        (f"{PAIRS}/{ID}/keep-second", f"{PAIRS}/{ID}/merge", a_merge(), {"kept_id": str(OTHER)}),
        (f"{PAIRS}/{ID}/dismiss", f"{PAIRS}/{ID}/dismiss", PairOut.model_validate(PAIR), {}),
        (f"{MERGES}/{ID}/undo", f"{MERGES}/{ID}/undo", a_merge(may=[]), {}),
    ],
)
async def test_what_is_decided_is_sent_with_its_reason_and_a_refusal_leaves_the_form(path, at, made, told):
    asked = script()
    client = browser(asked)
    blank = await filled(client, path)
    asked.answers[f"/registry{at}"] = refused(409, "其中一人已并入另一条记录，请刷新后查看。", code="merged_already")
    answer = await client.post(path, data={**blank, **REASON})
    assert (answer.status_code, "已并入另一条记录" in answer.text, REASON["reason"] in answer.text) == (409, True, True)
    assert (await client.post(path, data=blank)).status_code == 422

    asked.answers[f"/registry{at}"] = made
    done = await client.post(path, data={**await filled(client, path), **REASON})

    assert done.status_code == 303
    assert sent(asked.last(f"/registry{at}")) == {**told, **REASON}


async def test_a_name_is_put_right_from_the_queue_and_shown_with_its_former_ones():
    asked = script(**{f"/registry/people/{PERSON_ID}/name": NameGiven.model_validate(NAMED)})
    client, path = browser(asked), f"/incomplete-names/{PERSON_ID}/name"
    assert path in (await client.get("/incomplete-names")).text

    answer = await client.post(
        path, data={**await filled(client, path), "name": "演示·丙", "kind": "completed", **REASON}
    )

    assert answer.status_code == 303, text_of(answer.text)
    assert answer.headers["location"] == f"/people/{PERSON_ID}?done=name"
    order = sent(asked.last(f"/registry/people/{PERSON_ID}/name"))
    assert order == {"name": "演示·丙", "kind": "completed", **REASON}
    page = (await client.get(f"/people/{PERSON_ID}", params={"done": "name"})).text
    assert all(said in page for said in ("曾用名", "演示•？", "可能是同一人"))


async def test_one_entered_by_hand_who_is_known_already_is_said_at_the_number():
    asked = script()
    client, path = browser(asked), "/people/new"
    typed = {**await filled(client, path), "name": "演示甲", "id_type": "resident_id_card", "id_number": "999000"}
    listing = asked.answers["/registry/people"]
    asked.answers["/registry/people"] = refused(409, "这个证件号码已在另一区县登记，请联系市级核对。", code="ask_city")
    answer = await client.post(path, data=typed)
    assert (answer.status_code, "请联系市级核对" in answer.text) == (409, True)

    asked.answers["/registry/people"] = a_person()
    done = await client.post(path, data={**typed, **await filled(client, path), **typed, "key": "another-key-1"})

    assert (done.status_code, done.headers["location"]) == (303, f"/people/{PERSON_ID}?done=new")
    assert sent(asked.last("/registry/people"))["division"] == JINAN
    asked.answers["/registry/people"] = listing
    assert "/people/new" in (await client.get("/people")).text


async def test_whoever_asks_for_a_merged_record_is_led_to_the_one_that_was_kept():
    known = Problem(
        type="urn:x", title="x", status=410, detail="已合并。", code="person_merged", params={"merged_into": str(OTHER)}
    )
    headers = {"content-type": "application/problem+json"}
    gone = httpx.Response(410, text=known.model_dump_json(), headers=headers)
    asked = script(**{f"/registry/people/{PERSON_ID}": gone, f"/training/people/{PERSON_ID}/statement": gone})

    for below in ("", "/hours"):
        answer = await browser(asked).get(f"/people/{PERSON_ID}{below}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/people/{OTHER}{below}?done=merged")
