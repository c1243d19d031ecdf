"""Lists with chosen columns, searches that are kept, and looking for a number, on pages."""

from uuid import UUID

import pytest

from services.contracts.search import PersonFound, SavedSearchOut
from services.dashboard.people import PeopleFilter
from services.kernel.paging import Page
from services.registry.search.examples import SAVED
from tests.dashboard.scripted import PERSON_ID, Script, a_person, an_official, browser, refused, sent, text_of
from tests.dashboard.test_forms import filled
from tests.dashboard.test_pages import check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
API, ID, NUMBER = "/registry/saved-searches", UUID(int=5), "999000199001010015"
MAY = ("registry:read", "registry:keep", "registry:search")
KEPT = SavedSearchOut.model_validate({**SAVED, "id": ID})


def script(**answers) -> Script:
    me = an_official(permissions={p: [JINAN] for p in MAY})
    return Script(**{"/auth/me": me, API: Page[SavedSearchOut](items=[KEPT], next=None), **answers})


def links(response) -> set[str]:
    return {a.get("href") or "" for a in check(response).all("a")}


def test_columns_are_chosen_by_name_and_none_or_all_are_all():
    assert PeopleFilter().hidden == ""
    assert PeopleFilter(columns=["level,division", "x"]).hidden == "without-2 without-4 without-5 without-7"
    assert PeopleFilter(columns=list(PeopleFilter.optional)).wanted["columns"] is None
    some = PeopleFilter(q="王小", columns=["level"], cursor="c", limit="20")
    assert some.saved == "q=%E7%8E%8B%E5%B0%8F&columns=level"
    assert not PeopleFilter(columns=["level"]).narrowed


async def test_the_columns_go_with_the_address_into_sorting_export_and_what_is_saved():
    asked = script()
    page = await browser(asked).get("/people?level=senior&columns=level&columns=division")

    assert 'class="table cards without-2 without-4 without-5 without-7"' in page.text
    assert {
        "/people?sort=-division&level=senior&columns=level%2Cdivision",
        "/people/export?format=xlsx&level=senior&columns=level%2Cdivision",
        "/saved-searches/new?page=people&query=level%3Dsenior%26columns%3Dlevel%252Cdivision",
        "/people/search",
    } <= links(page)
    assert "columns" not in dict(asked.last("/registry/people").url.params)


async def test_a_search_is_saved_used_renamed_and_deleted():
    asked = script()
    client = browser(asked)
    form = "/saved-searches/new?page=people&query=level%3Dsenior"

    new = check(await client.get(form))
    asked.answers[API] = refused(409, "您已有同名的查询，请换一个名称。", "name_taken")
    taken = await client.post(form, data={**await filled(client, form), "name": "高级"})
    asked.answers[API] = Page[SavedSearchOut](items=[KEPT], next=None)
    saved = await client.post(form, data={**await filled(client, form), "name": " 高级 "})
    assert new
    assert (taken.status_code, "请换一个名称" in text_of(taken.text)) == (409, True)
    assert (saved.status_code, saved.headers["location"]) == (303, "/saved-searches?page=people&done=saved")
    assert sent(asked.last(API)) == {"page": "people", "name": "高级", "query": "level=senior"}

    page = await client.get("/saved-searches?page=people&done=saved")
    assert {"/people?level=senior&columns=level%2Cdivision", "/saved-searches"} <= links(page)
    hidden = await filled(client, "/saved-searches")
    asked.answers[f"{API}/{ID}/rename"] = refused(409, "您已有同名的查询，请换一个名称。", "name_taken")
    again = await client.post(f"/saved-searches/{ID}/rename", data={**hidden, "name": "同名"})
    asked.answers[f"{API}/{ID}/rename"] = asked.answers[f"{API}/{ID}/delete"] = KEPT
    moved = [await client.post(f"/saved-searches/{ID}/{verb}", data={**hidden, "name": "新名"}) for verb in
             ("rename", "delete")]  # fmt: skip
    assert check(again)
    assert (again.status_code, 'value="同名"' in again.text) == (409, True)
    assert [m.headers["location"] for m in moved] == ["/saved-searches?done=renamed", "/saved-searches?done=deleted"]
    assert (await client.get("/saved-searches/new?page=nothing")).status_code == 404
    asked.answers[API] = Page[SavedSearchOut](items=[], next=None)
    assert "还没有保存的查询" in text_of((await client.get("/saved-searches")).text)


async def test_a_number_stands_in_no_address_and_leads_to_whoever_it_is():
    asked = script(**{"/registry/people/search": PersonFound(person=a_person())})
    client = browser(asked)
    hidden = await filled(client, "/people/search")

    found = await client.post("/people/search", data={**hidden, "id_number": NUMBER, "id_type": ""})
    asked.answers["/registry/people/search"] = PersonFound(person=None)
    nobody = await client.post("/people/search", data={**hidden, "id_number": NUMBER, "id_type": ""})
    asked.answers["/registry/people/search"] = refused(422, "身份证号码校验位不符。", "id_check_digit")
    wrong = await client.post("/people/search", data={**hidden, "id_number": NUMBER, "id_type": ""})
    empty = await client.post("/people/search", data={**hidden, "id_number": " "})

    assert (found.status_code, found.headers["location"]) == (303, f"/people/{PERSON_ID}")
    assert sent(asked.last("/registry/people/search")) == {"id_number": NUMBER, "id_type": None}
    assert "没有这个证件号码的人员" in text_of(check(nobody) and nobody.text)
    assert NUMBER not in nobody.text
    assert (wrong.status_code, "校验位不符" in wrong.text, NUMBER in wrong.text) == (422, True, True)
    assert check(empty)
    assert empty.status_code == 422
    assert not [r for r in asked.asked if NUMBER in str(r.url)]
