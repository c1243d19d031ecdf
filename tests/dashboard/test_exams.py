"""Exams on pages: pass rates that open to their candidates, passes that end soon, a person's further certificate."""

from uuid import UUID

import httpx
import pytest

from services.contracts.exams import ExamPassOut, ExamResultOut, PassRate, PassRates
from services.contracts.registrations import Terms
from services.kernel.paging import Page
from services.registry.examples import NEW_CERTIFICATE
from services.registry.exams.examples import PASS, RATE, RESULT
from tests.dashboard.scripted import (
    PERSON_ID,
    Script,
    a_certificate,
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
ID = UUID(int=5)
RATES, RESULTS, PASSES = "/registry/exams/pass-rates", "/registry/exams/results", "/registry/exam-passes"
PERSON, CERTIFICATE = f"/people/{PERSON_ID}", f"/certificates/{PERSON_ID}"
READER = an_official(permissions={"registry:read": [JINAN]})


def a_rate(**over: object) -> PassRate:
    return PassRate.model_validate({**RATE, **over})


def a_pass(**over: object) -> ExamPassOut:
    return ExamPassOut.model_validate({**PASS, "id": ID, "person_id": PERSON_ID, **over})


def script(**answers: object) -> Script:
    return Script(**{
        RATES: PassRates(items=[a_rate(), a_rate(district=None, district_name=None, unit_type="student", rate=None)]),
        RESULTS: Page[ExamResultOut](items=[ExamResultOut.model_validate(RESULT)], next=None),
        PASSES: Page[ExamPassOut](items=[a_pass(state="ending")], next=None), f"{PASSES}/{ID}": a_pass(),
        f"/registry{PERSON}": a_person(may=["assign", "certify", "pass"]),
        f"/registry{CERTIFICATE}": a_certificate(level="senior", senior_ground="cannot_decide", may=["complete"]),
        f"/registry{CERTIFICATE}/terms": Terms(items=[]), **answers,
    })  # fmt: skip


def links(response: httpx.Response) -> set[str]:
    return {a.get("href") or "" for a in check(response).all("a")}


async def sending(asked: Script, path: str, at: str, /, told: object, **typed: str) -> httpx.Response:
    client = browser(asked)
    data = {**await filled(client, path), **typed}
    asked.answers[at] = told
    return await client.post(path, data=data)


async def test_pass_rates_are_narrowed_and_open_to_their_candidates():
    asked = script()

    page = await browser(asked).get("/exams?from_year=2024&unit_type=&by=&level=assistant")

    assert dict(asked.last(RATES).url.params) == {"by": "district", "from_year": "2024", "level": "assistant"}
    assert "2025 助理社会工作师 历城区 1,200 960 288 2 30.0%" in text_of(page.text)
    here = "from_year=2025&to_year=2025&level=assistant&district=370112000000"
    assert {f"/exams/results?{here}", f"/exams/results?verdict=passed&{here}", "/exam-passes"} <= links(page)
    assert "在校学生" in page.text and "—" in text_of(page.text)  # noqa: PT018


@pytest.mark.parametrize("path", ["/exams", "/exams/results", "/exam-passes", f"/exam-passes/{ID}"])
async def test_no_exam_page_fails_without_anything_to_show_or_without_an_answer(path):
    empty = {RATES: PassRates(items=[]), **dict.fromkeys((RESULTS, PASSES), Page(items=[], next=None))}
    page = await browser(script(**empty, **{"/auth/me": READER})).get(path)
    away = await browser(
        script(**dict.fromkeys((RATES, RESULTS, PASSES, f"{PASSES}/{ID}"), refused(503, "没有应答。")))
    ).get(path)

    assert "/imports/new?kind=exam-results" not in links(page)
    assert "还没有" in page.text
    assert (away.status_code, "没有应答" in text_of(check(away) and away.text)) == (503, True)


async def test_candidates_come_masked_with_their_papers():
    text = text_of((await browser(script()).get("/exams/results")).text)

    assert "演示·丙 9990**********0020 2025 社会工作师 山大路街道 城乡社区" in text
    assert "综合能力 72.0，法规与政策 65.5，实务 缺考 部分科目合格" in text


async def test_cert_04_whose_pass_ends_soon_is_listed_and_its_review_entered():
    asked = script()
    page = await browser(asked).get("/exam-passes?state=ending")
    assert "演示·甲 2024 2024-09-20 2027-09-19 还没有 即将到期" in text_of(check(page) and page.text)
    assert dict(asked.last(PASSES).url.params) == {"state": "ending", "limit": "50"}
    assert f"/exam-passes/{ID}/review" in links(await browser(asked).get(f"/exam-passes/{ID}"))

    late = refused(409, "评审和公示都应在成绩合格证明的有效期内。", "outside_validity")
    days = {"result": "passed", "reviewed_on": "2026-01-10", "publicized_on": "2026-01-20"}
    wrong = await sending(asked, f"/exam-passes/{ID}/review", f"{PASSES}/{ID}/review", late, **days)
    done = await sending(asked, f"/exam-passes/{ID}/review", f"{PASSES}/{ID}/review", a_pass(), **days)

    assert (wrong.status_code, "有效期内" in wrong.text) == (409, True)
    assert done.headers["location"] == f"/exam-passes/{ID}?done=review"
    assert sent(asked.last(f"{PASSES}/{ID}/review")) == days


async def test_cert_07_a_person_gets_a_further_certificate_and_a_pass():
    asked = script()
    assert {f"{PERSON}/certify", f"{PERSON}/pass"} <= links(await browser(asked).get(PERSON))
    order = {name: str(value) for name, value in NEW_CERTIFICATE.items() if name != "scan_sha256"}
    at = f"/registry{PERSON}/certificates"

    taken = await sending(
        asked, f"{PERSON}/certify", at, refused(409, "该管理号已登记给另一人。", "number_taken"), **order
    )
    added = await sending(asked, f"{PERSON}/certify", at, a_certificate(), **order)
    recorded = await sending(
        asked, f"{PERSON}/pass", f"/registry{PERSON}/exam-passes", a_pass(), exam_year="2024", passed_on="2024-09-20"
    )

    assert (taken.status_code, "登记给另一人" in taken.text, order["management_number"] in taken.text) == (
        409,
        True,
        True,
    )
    assert sent(asked.last(at)) == {n: v for n, v in NEW_CERTIFICATE.items() if n != "scan_sha256"}
    assert (added.headers["location"], recorded.headers["location"]) == (
        f"{PERSON}?done=certify", f"{PERSON}?done=pass",
    )  # fmt: skip
    assert "证书已增加" in (await browser(asked).get(f"{PERSON}?done=certify")).text


async def test_cert_04_a_senior_certificate_without_a_pass_says_so_and_is_completed():
    asked = script()
    page = await browser(asked).get(CERTIFICATE)
    assert "没有登记，无法判断" in text_of(check(page) and page.text)
    assert f"{CERTIFICATE}/complete" in links(page)

    done = await sending(asked, f"{CERTIFICATE}/complete", f"/registry{CERTIFICATE}", a_certificate(), exam_year="2024")

    assert done.headers["location"] == f"{CERTIFICATE}?done=complete"
    request = asked.last(f"/registry{CERTIFICATE}")
    assert (request.method, request.headers["if-match"], sent(request)["exam_year"]) == ("PATCH", '"1"', 2024)
