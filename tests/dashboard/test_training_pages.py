"""The registers of training: their lists, what can be done to a record, and each step as it reaches the API."""

import httpx
import pytest
from pydantic import BaseModel

from services.kernel.errors import FieldError
from services.kernel.paging import Page
from tests.dashboard.buying import filled, made, shown
from tests.dashboard.scripted import (
    LICHENG,
    PERSON_ID,
    Answer,
    Html,
    browser,
    hidden,
    refused,
    sent,
    silent,
    text_of,
)
from tests.dashboard.test_pages import check
from tests.dashboard.training import (
    ATTENDANCE,
    BASE,
    NEW_SESSION,
    NO_ORGANIZATION,
    PLACE_ID,
    READER,
    SESSION,
    SESSION_ID,
    SESSION_ORDER,
    SITE,
    SUPERVISOR,
    SUPERVISOR_ID,
    a_place,
    a_session,
    a_supervisor,
    an_attendance,
    script,
)
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
NOTHING = Page[BaseModel](items=[], next=None)
# Address of the list, its API, what it is narrowed by, a word of its first line.
LISTS = [
    ("/sessions", "/training/sessions",
     {"q": "督导", "division": LICHENG, "kind": "lecture", "state": "held", "from": "2026-01-01", "to": "2026-12-31"},
     "督导能力提升班 集中授课 2026-11-20 至 2026-11-21 历城区 济南社工协会 已举办 7.33 12 3"),
    ("/attendances", "/training/attendances",
     {"division": LICHENG, "state": "claimed", "session_id": str(SESSION_ID), "person_id": str(PERSON_ID)},
     "张* 督导能力提升班 2026-11-20 180 4.00 历城区 主办方已确认"),
    ("/supervisors", "/training/supervisors",
     {"q": "演示", "level": "junior", "state": "nominated", "counted": "false", "type": "internal"},
     "张* 本系统社工 初级督导 历城区民政局 2026-10-01 至 2029-09-30 历城区 已提名 否"),
    ("/bases", "/training/bases", {"q": "演示", "state": "applied", "counted": "true", "on": "2026-11-01"},
     "演示实训基地 历城区 齐鲁学院驻济高校 2026-01-01 至 2026-12-31 30 已申报 否"),
    ("/sites", "/training/sites", {"division": LICHENG}, "演示实习点 历城区"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "api", "asked", "line"), LISTS)
async def test_a_list_is_narrowed_and_exported_by_the_api(path: str, api: str, asked: dict[str, str], line: str):
    s = script(**{f"{api}/export": httpx.Response(200, content=b"file")})

    response = await browser(s).get(path, params=asked)
    exported = await browser(s).get(f"{path}/export", params={**asked, "format": "csv"})

    check(response)
    assert dict(s.last(api).url.params) == {**asked, "limit": "50"}
    assert line in text_of(response.text)
    assert exported.content == b"file"
    assert dict(s.last(f"{api}/export").url.params) == {**asked, "format": "csv"}


@pytest.mark.parametrize(("path", "api", "asked", "line"), LISTS)
async def test_an_empty_list_says_what_to_do_and_one_that_is_away_says_so(
    path: str, api: str, asked: object, line: str
):
    empty = await browser(script(**{api: NOTHING})).get(path)
    reader = await browser(script(READER, **{api: NOTHING})).get(path)
    away = await browser(script(**{api: silent})).get(path)

    assert "还没有" in text_of(empty.text)
    assert f'href="{path}/new"' not in reader.text
    assert path == "/attendances" or f'href="{path}/new"' in empty.text
    assert [r.status_code for r in (empty, reader, away)] == [200, 200, 503]
    for response in (empty, reader, away):
        check(response)


@pytest.mark.parametrize(
    ("path", "api"), [("/sessions", "/training/sessions"), ("/attendances", "/training/attendances")]
)
async def test_a_search_that_cannot_be_made_keeps_its_form(path: str, api: str):
    turned = refused(422, "起始日期晚于截止日期，请核对。", "period_reversed")

    response = await browser(script(**{api: turned})).get(f"{path}?from=2026-11-03&to=2026-11-02")

    assert response.status_code == 422
    check(response)
    assert "起始日期晚于截止日期" in response.text
    assert 'value="2026-11-03"' in response.text


async def test_lists_name_people_or_say_why_not():
    s = script(**{"/registry/people": silent})

    for path in ("/supervisors", "/attendances", f"/sessions/{SESSION_ID}", f"/supervisors/{SUPERVISOR_ID}"):
        response = await browser(s).get(path)

        assert response.status_code == 200
        check(response)
        assert "姓名暂不可查" in response.text


async def test_the_menu_leads_to_every_register():
    links = {a.get("href") for a in Html((await browser(script()).get("/attendances")).text).all("a")}

    assert {"/sessions", "/supervisors", "/bases", "/sites"} <= links


# ── one record ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_can_be_done_is_what_the_api_says():
    async def links_of(path: str, **answers: Answer) -> set[str]:
        page = Html((await browser(script(**answers)).get(path)).text)
        found = [a.get("href") or "" for a in page.all("a")] + [a.get("action") or "" for a in page.all("form")]
        return {href.rpartition("/")[2] for href in found}

    here = f"/sessions/{SESSION_ID}"
    assert {"attend", "update", "cancel", "approve", "reject"} <= await links_of(here)
    none = await links_of(
        here, **{SESSION: a_session(may=[], waiting=0), "/training/attendances": one(an_attendance(may=[]))}
    )
    assert not none & {"attend", "update", "cancel", "approve", "reject", "hold"}
    assert {"review", "dismiss", "update"} <= await links_of(f"/supervisors/{SUPERVISOR_ID}")
    assert {"check-site", "withdraw"} <= await links_of(f"/bases/{PLACE_ID}")
    assert "check-site" not in await links_of(f"/sites/{PLACE_ID}", **{SITE: a_place(kind="site", may=[])})


def one(record: BaseModel) -> Answer:
    return Page[BaseModel](items=[record], next=None)


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────────
NEW = [
    ("/sessions", "/training/sessions", NEW_SESSION, SESSION_ORDER),
    ("/supervisors", "/training/supervisors",
     {"type": "internal", "person": "张*", "level": "junior", "fields": "老年\n\n儿童", "appointing": "",
      "term_start": "2026-10-01", "term_end": "2029-09-30", "max_load": "8", "on": "2026-10-01"},
     {"type": "internal", "person_id": str(PERSON_ID), "level": "junior", "fields": ["老年", "儿童"],
      "term_start": "2026-10-01", "term_end": "2029-10-01", "max_load": 8, "division": JINAN, "on": "2026-10-01"}),
    ("/bases", "/training/bases",
     {"name": "新基地", "partner_kind": "university", "partner": "某大学", "agreement_start": "2026-01-01",
      "agreement_end": "2026-12-31", "checklist.law_abiding": "yes", "checklist.own_materials": "", "on": "2026-11-01"},
     {"name": "新基地", "partner_kind": "university", "partner_name": "某大学", "agreement_start": "2026-01-01",
      "agreement_end": "2027-01-01", "division": JINAN, "on": "2026-11-01",
      "checklist": {"law_abiding": "yes", "own_materials": "unknown", "independent_legal_person": "unknown",
                    "premises_and_funds": "unknown", "two_years_of_experience": "unknown",
                    "teacher_for_each_course": "unknown"}}),
    ("/sites", "/training/sites", {"name": "新点", "partner_kind": "other", "on": "2026-11-01"},
     {"name": "新点", "partner_kind": "other", "division": JINAN, "on": "2026-11-01"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "api", "typed", "order"), NEW)
async def test_something_new_is_registered(path: str, api: str, typed: dict[str, str], order: dict[str, object]):
    s = script(**{**NO_ORGANIZATION, api: made(a_session())})

    response = await filled(s, f"{path}/new", **typed)

    assert (response.status_code, response.headers["location"]) == (303, f"{path}/{SESSION_ID}?done=new")
    assert sent(s.last(api)) == order
    assert s.last(api).headers["idempotency-key"]


STEPS = [
    ("/sessions", SESSION, a_session(may=["hold"]), "hold", {}, {}),
    ("/sessions", SESSION, a_session(), "cancel", {"reason": "没有办成"}, {"reason": "没有办成"}),
    ("/attendances", ATTENDANCE, an_attendance(may=["confirm"]), "confirm", {}, {}),
    ("/attendances", ATTENDANCE, an_attendance(), "approve", {}, {}),
    ("/attendances", ATTENDANCE, an_attendance(), "reject", {"reason": "未到场"}, {"reason": "未到场"}),
    ("/attendances", ATTENDANCE, an_attendance(may=["reverse"]), "reverse", {"reason": "有误"}, {"reason": "有误"}),
    *(("/supervisors", SUPERVISOR, a_supervisor(may=[verb]), verb, {"on": "2026-11-20", "reason": "理由"},
       {"on": "2026-11-20", "reason": "理由"})
      for verb in ("review", "publicise", "appoint", "suspend", "resume", "dismiss")),
    *((f"/{kind}s", api, a_place(may=[verb], kind=kind), verb, {"on": "2026-11-20", "reason": ""},
       {"on": "2026-11-20"})
      for kind, api in (("base", BASE), ("site", SITE)) for verb in ("check-site", "approve", "resume")),
    *((f"/{kind}s", api, a_place(may=[verb], kind=kind), verb, {"on": "2026-11-20", "reason": "撤并"},
       {"on": "2026-11-20", "reason": "撤并"})
      for kind, api in (("base", BASE), ("site", SITE)) for verb in ("suspend", "withdraw")),
]  # fmt: skip


@pytest.mark.parametrize(("path", "api", "record", "verb", "typed", "order"), STEPS)
async def test_a_step_is_taken(
    path: str, api: str, record: BaseModel, verb: str, typed: dict[str, str], order: dict[str, object]
):
    s = script(**{api: record, f"{api}/{verb}": record})
    here = f"{path}/{api.rpartition('/')[2]}"
    assert path not in ("/attendances", "/supervisors") or "张* 002X" in (await browser(s).get(f"{here}/{verb}")).text

    response = await filled(s, f"{here}/{verb}", **typed)

    assert (response.status_code, response.headers["location"]) == (303, f"{here}?done={verb}")
    assert sent(s.last(f"{api}/{verb}")) == order
    check(await browser(s).get(response.headers["location"]))


CHANGES = [
    ("/sessions", SESSION, a_session(), {"title": "改名"}, {"title": "改名", "organizer_name": "济南社工协会",
     "days": [{"day": "2026-11-20", "minutes": 180},
              {"starts_at": "2026-11-21T01:00:00Z", "ends_at": "2026-11-21T04:00:00Z", "minutes": 150}]}),
    ("/supervisors", SUPERVISOR, a_supervisor(), {"max_load": "8"}, {"max_load": 8, "term_end": "2029-10-01"}),
    ("/bases", BASE, a_place(), {"checklist.own_materials": "no"}, {"agreement_end": "2027-01-01"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "api", "record", "typed", "order"), CHANGES)
async def test_a_record_is_put_right_with_its_version(
    path: str, api: str, record: BaseModel, typed: dict[str, str], order: dict[str, object]
):
    s = script(**{**NO_ORGANIZATION, api: made(record, get=record)})
    here = f"{path}/{api.rpartition('/')[2]}/update"

    response = await filled(s, here, **{**shown(await browser(s).get(here)), **typed})

    assert response.status_code == 303, text_of(response.text)
    told = s.last(api)
    assert (told.method, told.headers["if-match"]) == ("PATCH", f'"{record.model_dump()["version"]}"')
    body = sent(told)
    assert {name: body[name] for name in order} == order
    if path == "/bases":
        assert body["checklist"]["own_materials"] == "no"  # type: ignore[index]
        assert body["checklist"]["law_abiding"] == "unknown"  # type: ignore[index]


@pytest.mark.parametrize("register", [("/supervisors", SUPERVISOR, a_supervisor()), ("/sites", SITE, a_place())])
async def test_a_wrong_day_is_told_at_the_day(register: tuple[str, str, BaseModel]):
    path, api, record = register
    verb = record.model_dump()["may"][1]
    late = refused(422, "生效日期不能晚于今天，请核对。", "wrong_day",
                   [FieldError(field="on", code="wrong_day", detail="不能晚于今天")])  # fmt: skip

    response = await filled(
        script(**{api: record, f"{api}/{verb}": late}), f"{path}/{api.rpartition('/')[2]}/{verb}", on="2026-12-31"
    )

    assert "不能晚于今天" in response.text.partition('id="on-error">')[2].partition("</p>")[0]
    assert 'value="2026-12-31"' in response.text


async def test_a_new_record_needs_the_permission():
    for path in ("/sessions/new", "/supervisors/new", "/bases/new", "/sites/new", f"/sessions/{SESSION_ID}/approve"):
        assert (await browser(script(READER)).get(path)).status_code == 403


@pytest.mark.parametrize(("path", "missing"), [
    ("/sessions/new", ["培训名称", "培训形式", "主办机构", "培训日期和时长"]),
    (f"/bases/{PLACE_ID}/withdraw", ["理由"]),
])  # fmt: skip
async def test_what_must_be_filled_in_is_named_and_nothing_is_sent(path, missing):
    s = script(**{BASE: a_place(may=["withdraw"])})
    page = await browser(s).get(path)
    blank = {n: hidden(page.text, n) for n in ("_form", "key")} | {"on": "2026-11-20", "state": "planned"}

    answer = await browser(s).post(path, data=blank)

    assert answer.status_code == 422
    summary = answer.text.partition("errsum")[2].partition("</ul>")[0]
    assert [name for name in missing if f"{name}：请填写此项" not in summary] == []
    assert not [r for r in s.asked if r.method == "POST"]
