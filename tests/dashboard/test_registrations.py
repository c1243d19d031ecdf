"""Applications for registration: the list, the record with its checklist and clocks, and every form about it."""

import httpx
import pytest

from services.contracts.personal_links import PersonalLinkMade, PersonalLinkOut
from services.contracts.registrations import ITEMS, ApplicationOut
from services.kernel.paging import Page
from services.registry.registrations import parameters
from tests.dashboard.buying import filled, made, shown
from tests.dashboard.registering import (
    APPLICATION,
    APPLICATION_ID,
    APPLICATIONS,
    CERTIFICATE_ID,
    CHECKLIST,
    EDITOR,
    LINK_ID,
    LINKS,
    REVIEWER,
    TERMS,
    VIEWER,
    a_checklist,
    a_link,
    a_waiting,
    an_application,
    script,
)
from tests.dashboard.scripted import LICHENG, PERSON_ID, STREET, Html, browser, refused, sent, silent, text_of
from tests.dashboard.test_pages import check

pytestmark = pytest.mark.anyio
HERE, PATH = f"/registration-applications/{APPLICATION_ID}", "/registration-applications"
NEW = f"{PATH}/new?kind={{}}&certificate_id={CERTIFICATE_ID}"
SUBMITTED = an_application(state="submitted")


def test_a_form_asks_for_whatever_the_registry_may_want():
    for kind, offered in ITEMS.items():
        assert set(offered) == {*parameters.REQUIRED[kind], *parameters.USUAL[kind]}, kind


async def test_the_list_is_narrowed_sorted_and_taken_out_as_a_file():
    s = script(VIEWER, **{f"{APPLICATIONS}/export": silent})
    asked = f"state=submitted&kind=initial&level=senior&division={LICHENG}&overdue=true"

    response = await browser(s).get(f"{PATH}?{asked}&sort=deadline")
    await browser(s).get(f"{PATH}/export?format=csv&{asked}")

    page = check(response)
    narrowed = dict(httpx.QueryParams(asked))
    assert dict(s.last(APPLICATIONS).url.params) == {**narrowed, "sort": "deadline", "limit": "50"}
    assert dict(s.last(f"{APPLICATIONS}/export").url.params) == {**narrowed, "format": "csv"}
    text = text_of(response.text)
    assert "首次登记 第 17 号 张* 社会工作师 待审核 山大路街道 2026-11-20 不能确定" in text
    assert any(a.get("href") == "/holidays?year=2027" for a in page.all("a")), "the way to the missing table"
    assert any("cursor=next-applications" in (a.get("href") or "") for a in page.all("a"))


async def test_the_list_that_is_empty_or_away_says_so():
    empty = await browser(script(EDITOR, **{APPLICATIONS: Page[ApplicationOut](items=[], next=None)})).get(PATH)
    away = await browser(script(EDITOR, **{APPLICATIONS: silent})).get(PATH)

    assert [empty.status_code, away.status_code] == [200, 503]
    assert "还没有登记申请" in text_of(check(empty) and empty.text)


async def test_every_unmet_step_names_itself_says_what_to_do_and_leads_there():
    response = await browser(script(EDITOR)).get(HERE)

    page, text = check(response), text_of(response.text)
    for row in ("证书有效 已完成 — REG-01", "在受理期内 未完成 已过受理期", "照片 提示 请补交照片",
                "提交 未完成 请经办人员提交"):  # fmt: skip
        assert row in text, row
    hrefs = {a.get("href") for a in page.all("a")}
    assert {f"{HERE}/edit#late_reason", f"{HERE}/edit#items.photo", f"{HERE}/submit", f"{HERE}/withdraw"} <= hrefs
    assert "受理期最后一天 2026-06-30" in text
    assert f"/certificates/{CERTIFICATE_ID}" in hrefs


async def test_buttons_are_there_for_what_may_be_done_only_and_the_rest_is_refused():
    away = Page[PersonalLinkOut](items=[a_link(may=[])], next=None)
    s = script(VIEWER, **{APPLICATION: a_waiting(may=[]), CHECKLIST: silent, LINKS: away})

    response = await browser(s).get(HERE)

    hrefs = {a.get("href") or "" for a in check(response).all("a")}
    assert {h for h in hrefs if h.startswith(f"{HERE}/")} <= {f"{HERE}/history"}
    assert "没有应答" in response.text, "the checklist alone is missing"
    assert "不能确定" in text_of(response.text)
    assert (await browser(s).get(f"{HERE}/edit")).status_code == 403


async def test_the_clock_tells_its_day_and_what_is_late():
    due = {"due_on": "2026-11-20", "estimated_on": "2026-11-20", "missing_years": []}
    late = a_waiting(deadline=due, overdue=True, open_days=48)

    text = text_of((await browser(script(VIEWER, **{APPLICATION: late})).get(HERE)).text)

    assert "作出决定（REG-10） 2026-11-20 已过期限，已受理 48 天" in text


async def test_what_became_of_it_is_told_step_by_step():
    done = an_application(
        state="final_review_rejected", submitted_on="2026-09-01", accepted_on="2026-09-10", notified_on="2026-09-03",
        first_on="2026-09-12", first_by="account:2", final_on="2026-09-20", final_by="account:3",
        reason="年限不符", may=[],
    )  # fmt: skip

    text = text_of((await browser(script(VIEWER, **{APPLICATION: done})).get(HERE)).text)

    wanted = ("2026-09-01 首次提交 本人", "2026-09-03 一次性告知补正", "2026-09-10 补正后重新提交",
              "2026-09-12 区县初审 账号 ccount:2", "2026-09-20 市级终审 账号 ccount:3")  # fmt: skip
    assert sorted(wanted, key=text.index) == list(wanted)
    assert "终审未通过：年限不符" in text


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────
KINDS = [
    ("initial", {"items.form": "true", "late_reason": "当年住院", "place": "hukou", "division": LICHENG},
     {"items": ["form"], "late_reason": "当年住院", "place": "hukou", "division": LICHENG}),
    ("renewal", {"items.ce_proof": "true", "place": "workplace"}, {"items": ["ce_proof"], "place": "workplace"}),
    ("change", {"new_division": STREET, "place": "workplace"},
     {"items": [], "change": {"name": None, "phone": None, "employer_id": None, "division": STREET},
      "place": "workplace"}),
    ("cancellation", {"ground": "voluntary", "effective_on": "2026-12-01", "place": "workplace"},
     {"items": [], "cancellation": {"ground": "voluntary", "effective_on": "2026-12-01"}, "place": "workplace"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "typed", "order"), KINDS)
async def test_a_new_one_of_each_kind_is_begun(kind: str, typed: dict[str, str], order: dict[str, object]):
    s = script(EDITOR, **{APPLICATIONS: an_application()})
    client = browser(s)
    page = check(await client.get(NEW.format(kind)))
    hidden = {a["name"]: a.get("value") or "" for a in page.all("input") if a.get("type") == "hidden"}
    action = next(a["action"] for a in page.all("form") if a.get("action", "").startswith(f"{PATH}/new"))

    response = await client.post(action, data={**hidden, **typed})

    assert (response.status_code, response.headers.get("location")) == (303, f"{HERE}?done=new"), response.text
    told = s.last(APPLICATIONS)
    assert sent(told) == {**order, "kind": kind, "certificate_id": str(CERTIFICATE_ID)}
    assert told.headers["idempotency-key"]


async def test_which_kind_is_chosen_beside_the_terms_there_have_been():
    response = await browser(script(EDITOR)).get(f"{PATH}/new?certificate_id={CERTIFICATE_ID}")

    hrefs = {a.get("href") for a in check(response).all("a")}
    assert {NEW.format(k) for k in ITEMS} <= hrefs
    assert "中断 2024-04-01 2024-04-30 没有登记 两期之间断开 30 天" in text_of(response.text)
    assert (await browser(script(VIEWER)).get(NEW.format("initial"))).status_code == 403
    assert (await browser(script(EDITOR, **{TERMS: silent})).get(NEW.format("initial"))).status_code == 200


async def test_what_is_wrong_with_a_change_stands_at_its_field_and_nothing_typed_is_lost():
    both = {"new_division": "37", "place": "workplace"}
    s = script(EDITOR, **{APPLICATIONS: an_application()})
    client = browser(s)
    hidden = shown(await client.get(NEW.format("change")))
    token = {a["name"]: a.get("value") for a in Html((await client.get(NEW.format("change"))).text).all("input")
             if a.get("type") == "hidden"}  # fmt: skip

    response = await client.post(NEW.format("change"), data={**hidden, **token, **both})
    neither = await client.post(NEW.format("change"), data={**hidden, **token, "place": "workplace"})

    assert [response.status_code, neither.status_code] == [422, 422]
    assert "十二位区划代码" in response.text.partition('id="new_division-error">')[2].partition("</p>")[0]
    assert shown(response)["new_division"] == "37"
    assert "请填写要变更的内容" in neither.text
    assert not [r for r in s.asked if r.method == "POST"]


async def test_reg_14_it_is_put_right_with_the_version_that_was_read():
    s = script(EDITOR, **{APPLICATION: made(an_application(version=4), get=an_application())})
    page = await browser(s).get(f"{HERE}/edit")
    assert {"items.identity", "items.form"} <= {a["name"] for a in Html(page.text).all("input") if "checked" in a}, (
        "what there is stays ticked"
    )

    response = await filled(s, f"{HERE}/edit", **{"items.photo": "true", "late_reason": ""})

    assert response.headers["location"] == f"{HERE}?done=edit"
    told = s.last(APPLICATION)
    assert (told.method, told.headers["if-match"]) == ("PATCH", '"3"')
    assert sent(told) == {"items": ["photo"], "late_reason": None}


async def test_reg_19_the_employer_of_a_change_stays_though_no_search_finds_it_and_a_phone_is_typed_again():
    change = {"employer_id": PERSON_ID, "division": None, "name": "新名", "phone": "138****1234"}
    there = an_application(kind="change", change=change, new_employer_name="辖区外的机构")
    s = script(EDITOR, **{APPLICATION: made(there, get=there)})
    form = shown(await browser(s).get(f"{HERE}/edit"))
    assert (form["employer"], form["name"], form["phone"]) == ("辖区外的机构", "新名", "")

    await filled(s, f"{HERE}/edit", employer="辖区外的机构", name="新名", phone="13800001234")

    told = {"employer_id": str(PERSON_ID), "division": None, "name": "新名", "phone": "13800001234"}
    assert sent(s.last(APPLICATION)) == {"items": [], "change": told}


async def test_somebody_elses_change_is_shown_beside_ones_own():
    stale = refused(412, "该申请在您读取之后已被他人修改。", "stale_version")
    now = an_application(version=9, late_reason="他人写的理由")
    s = script(EDITOR, **{APPLICATION: made(stale, get=now)})

    response = await filled(s, f"{HERE}/edit", **{"items.form": "true", "late_reason": "我写的理由"})

    assert response.status_code == 412
    check(response)
    text = text_of(response.text)
    assert "他人写的理由 我写的理由" in text
    assert 'name="version" value="9"' in response.text


async def test_reg_22_the_notice_begins_with_all_that_is_missing():
    s = script(REVIEWER, **{APPLICATION: made(a_waiting(), get=a_waiting()), f"{APPLICATION}/return": a_waiting()})
    page = Html((await browser(s).get(f"{HERE}/return")).text)
    ticked = {a["name"] for a in page.all("input") if "checked" in a}
    assert ticked == {"missing.certificate", "missing.photo", "missing.capacity", "missing.ethics"}

    response = await filled(s, f"{HERE}/return", **{"missing.photo": "true", "reason": "请补照片"})

    assert response.headers["location"] == f"{HERE}?done=return"
    assert sent(s.last(f"{APPLICATION}/return")) == {"missing": ["photo"], "reason": "请补照片"}


async def test_reg_10_a_review_says_its_reason_and_its_ground():
    done = {f"{APPLICATION}/{verb}": a_waiting() for verb in ("approve", "reject")}
    s = script(REVIEWER, **{APPLICATION: a_waiting(), **done})
    hrefs = {a.get("href") for a in Html((await browser(s).get(HERE)).text).all("a")}
    assert HERE.replace("/registration-applications/", "/review/") in hrefs

    passed = await filled(s, f"{HERE}/approve")
    silent_no = await filled(s, f"{HERE}/reject", reason="")
    refusal = await filled(s, f"{HERE}/reject", reason="年限不符", ground="lapsed")

    assert passed.headers["location"] == f"{HERE}?done=approve"
    assert silent_no.status_code == 422
    assert refusal.headers["location"] == f"{HERE}?done=reject"
    assert sent(s.last(f"{APPLICATION}/approve")) == {}
    assert sent(s.last(f"{APPLICATION}/reject")) == {"reason": "年限不符", "ground": "lapsed"}


async def test_an_applicant_is_given_a_link_and_a_code_that_are_shown_once():
    link = PersonalLinkMade.model_validate({**a_link().model_dump(), "url": "https://x.example/a/b", "code": "AB2C"})
    s = script(EDITOR, **{f"{APPLICATION}/personal-links": link, f"{LINKS}/{LINK_ID}/withdraw": a_link(may=[])})
    record = await browser(s).get(HERE)
    assert "没有打开过 可以打开" in text_of(record.text)

    made_once = await filled(s, f"{HERE}/link", days="30", replace="true")
    withdrawn = await filled(s, f"{HERE}/link/{LINK_ID}/withdraw")

    page = check(made_once)
    assert "https://x.example/a/b" in made_once.text
    assert "AB2C" in made_once.text
    assert len(page.all("img")) == 1
    assert sent(s.last(f"{APPLICATION}/personal-links")) == {"days": 30, "replace": True}
    assert withdrawn.headers["location"] == f"{HERE}?done=link_withdrawn"
    assert (await browser(script(VIEWER)).get(f"{HERE}/link")).status_code == 403


async def test_the_city_sends_it_back_to_the_district_and_not_to_the_applicant():
    passed = a_waiting(state="first_review_passed")
    s = script(REVIEWER, **{APPLICATION: passed, f"{APPLICATION}/return": passed})
    page = (await browser(s).get(f"{HERE}/return")).text
    assert "退回区县重新初审" in page
    assert 'name="missing.photo"' not in page

    await filled(s, f"{HERE}/return", reason="请核实单位")

    assert sent(s.last(f"{APPLICATION}/return")) == {"reason": "请核实单位"}


@pytest.mark.parametrize(
    ("verb", "typed", "order"),
    [("submit", {}, {}), ("withdraw", {}, {}), ("register", {"registered_on": "2026-11-24"},
     {"registered_on": "2026-11-24"}), ("register", {"registered_on": ""}, {}),
     ("issue", {"number": "国-2026-1"}, {"number": "国-2026-1"})],
)  # fmt: skip
async def test_it_goes_on_by_its_forms(verb: str, typed: dict[str, str], order: dict[str, str]):
    s = script(EDITOR, **{APPLICATION: an_application(may=[verb]), f"{APPLICATION}/{verb}": SUBMITTED})

    response = await filled(s, f"{HERE}/{verb}", **typed)

    assert response.headers["location"] == f"{HERE}?done={verb}"
    assert sent(s.last(f"{APPLICATION}/{verb}")) == order
    assert s.last(f"{APPLICATION}/{verb}").headers["idempotency-key"]


async def test_reg_20_late_without_a_reason_says_where_to_write_it():
    late = refused(409, "已过受理期。确需受理的，请填写逾期受理的理由。", "window_late")

    response = await filled(script(EDITOR, **{f"{APPLICATION}/submit": late}), f"{HERE}/submit")

    assert response.status_code == 409
    assert "请填写逾期受理的理由" in text_of(check(response) and response.text)


async def test_the_workbench_shows_what_waits_and_leads_to_all_of_it():
    both = script(EDITOR.model_copy(update={"permissions": {**EDITOR.permissions, **REVIEWER.permissions}}))

    response = await browser(both).get("/work")

    check(response)
    asked = [dict(r.url.params) for r in both.asked if r.url.path == f"/api/v1{APPLICATIONS}"]
    assert {"sort": "deadline"}.items() <= next(a for a in asked if "sort" in a).items()
    assert "等待审核的登记申请（1 份以上）" in text_of(response.text)
    assert "等待提交和补正的登记申请" in response.text
    viewer = script(VIEWER)
    assert "登记申请（" not in text_of((await browser(viewer).get("/work")).text)
    assert not [r for r in viewer.asked if r.url.path == f"/api/v1{APPLICATIONS}"]


async def test_a_checklist_that_is_whole_says_so():
    whole = script(REVIEWER, **{APPLICATION: a_waiting(), CHECKLIST: a_checklist(complete=True)})

    response = await browser(whole).get(HERE)

    assert "条件已齐 可以审核通过。" in text_of(response.text)
    assert f'href="/people/{PERSON_ID}"' in response.text


async def test_reg_11_a_renewal_shows_the_hours_asked_for_those_there_are_by_form_and_what_is_missing():
    short = {
        "verdict": "not_met", "start": "2024-05-01", "end": "2027-05-01", "required": "90", "reached": "60.50",
        "missing": "29.50", "heard_on": "2026-11-24",
        "forms": [{"form": "lecture", "hours": "40.00"}, {"form": "online", "hours": "20.50"}],
    }  # fmt: skip
    unheard = {**short, "verdict": "cannot_decide", "reached": None, "missing": None, "forms": [], "heard_on": None}

    async def shown(education: dict) -> str:
        found = a_checklist(education=education)
        response = await browser(script(REVIEWER, **{APPLICATION: a_waiting(), CHECKLIST: found})).get(HERE)
        check(response)
        return text_of(response.text)

    told = await shown(short)
    by_form = "60.50 小时：集中授课 40.00，网络课程 20.50"
    for words in ("未达标", "90 小时，登记有效期 2024-05-01 至 2027-04-30", by_form, "29.50 小时"):
        assert words in told, words
    assert "无法判断" in await shown(unheard)
