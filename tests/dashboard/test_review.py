"""The review desk's pages: queues, a case with its differences, the decision as a plain form, and reasons."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.contracts import review
from services.kernel.paging import Page
from tests.dashboard.buying import made
from tests.dashboard.registering import APPLICATION, APPLICATION_ID, REVIEWER, a_waiting, script
from tests.dashboard.scripted import Script, browser, hidden, refused, sent, text_of
from tests.dashboard.test_pages import check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
HERE, QUEUES, TEMPLATES = f"/review/{APPLICATION_ID}", "/registry/registration-queues", "/registry/reason-templates"
NEXT = f"{QUEUES}/first-review/next"
UNTIL = datetime(2026, 11, 24, 3, tzinfo=UTC)


def a_claim(**over: object) -> review.ClaimOut:
    known = {"held_by": "account:1", "held_name": "演示·李四", "until": UNTIL, "mine": True}
    return review.ClaimOut.model_validate({**known, **over})


def a_case(**over: object) -> review.CaseOut:
    known = {"application": a_waiting(), "queue": "first-review", "claim": a_claim(), "may": ["release"]}
    return review.CaseOut.model_validate({**known, **over})


def a_template() -> review.TemplateOut:
    known = {"id": APPLICATION_ID, "division": JINAN, "decision": "return", "text": "请补交照片。",
             "set_by": "account:1", "legal_basis": "演示：第六条", "begins": "2026-01-01", "ends": None,
             "in_force": True, "may": ["change", "end"]}  # fmt: skip
    return review.TemplateOut.model_validate(known)


def desk(**over: object) -> Script:
    count = {"queue": "first-review", "count": 17, "overdue": None, "overdue_estimated": 2, "held": 1, "may_take": True,
             "oldest_on": "2026-10-08", "deadline": None}  # fmt: skip
    compared = {"field": "name", "name": "姓名", "before": "演示甲", "now": "演示乙", "differs": True}
    usual = {
        QUEUES: review.QueuesOut.model_validate({"items": [count], "final": 3, "all": 20}),
        f"{QUEUES}/first-review": Page[review.CaseOut](items=[a_case()], next="more"),
        f"{APPLICATION}/case": a_case(),
        f"{APPLICATION}/comparison": review.ComparisonOut.model_validate(
            {"items": [compared], "previous_id": None, "previous_number": None, "previous_reason": None}
        ),
        TEMPLATES: Page[review.TemplateOut](items=[a_template()], next=None),
        f"{TEMPLATES}/{APPLICATION_ID}": a_template(),
        NEXT: review.Taken(case=None),
    }
    return script(REVIEWER, **{**usual, **over})


async def sends(script: Script, path: str, to: str, **typed: str) -> httpx.Response:
    """A form of the page at `path`, with what it hides."""
    client = browser(script)
    page = (await client.get(path)).text
    names = [n for n in ("_form", "key", "version", "queue") if f'name="{n}"' in page]
    return await client.post(to, data={**{n: hidden(page, n) for n in names}, **typed})


async def test_the_desk_shows_queues_cases_differences_and_who_has_them():
    s = desk()
    queues, queue, case, reasons = [
        await browser(s).get(path) for path in ("/review", "/review/queues/first-review", HERE, "/review/reasons")
    ]
    held = desk(**{f"{APPLICATION}/case": a_case(claim=a_claim(mine=False), may=[])})
    others = await browser(held).get(HERE)

    for answer in (queues, queue, case, reasons, others):
        check(answer)
    assert "队列中 17 份，已办结 3 份，共 20 份" in text_of(queues.text)
    assert "不能确定 估计 2" in text_of(queues.text)
    assert "首次登记 第 17 号" in text_of(queue.text)
    assert "姓名 演示甲 演示乙 不同" in text_of(case.text)
    assert "请补交照片。" in reasons.text
    assert "演示·李四 正在审核这份申请" in text_of(others.text)
    assert "data-decide" not in others.text


async def test_a_decision_without_scripts_leads_to_the_next_case_and_a_mistake_keeps_the_form():
    ok = made(a_waiting())
    s = desk(**{f"{APPLICATION}/return": ok, f"{APPLICATION}/reject": ok, NEXT: review.Taken(case=a_case())})

    unchosen = await sends(s, HERE, f"{HERE}/decide")
    returned = await sends(s, HERE, f"{HERE}/decide", verb="return", template=str(APPLICATION_ID))
    without = await sends(s, HERE, f"{HERE}/decide", verb="reject")
    s.answers[f"{APPLICATION}/approve"] = refused(409, "正由他人审核。", code="held_by_another")
    taken = await sends(s, HERE, f"{HERE}/decide", verb="approve")

    assert [unchosen.status_code, without.status_code, taken.status_code] == [422, 422, 409]
    assert "请先选择通过、退回或不予通过" in unchosen.text
    assert "正由他人审核" in taken.text
    assert returned.status_code == 303
    assert urlsplit(returned.headers["location"]).path == HERE
    assert parse_qs(urlsplit(returned.headers["location"]).query) == {"done": ["return"]}
    assert sent(s.last(f"{APPLICATION}/return"))["reason"] == "请补交照片。（演示：第六条）", "copied into the decision"
    assert s.last(f"{APPLICATION}/return").headers["if-match"] == '"3"'


async def test_the_next_case_is_taken_and_an_empty_queue_says_so():
    s = desk()

    empty = await sends(s, "/review", "/review/queues/first-review/next")
    s.answers[NEXT] = review.Taken(case=a_case())
    next = await sends(s, HERE, "/review/queues/first-review/next", after=str(APPLICATION_ID))

    assert empty.headers["location"] == "/review?done=empty"
    assert next.headers["location"] == HERE
    assert sent(s.last(NEXT)) == {"application_id": str(APPLICATION_ID)}
