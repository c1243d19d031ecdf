"""The workbench: what waits for whoever is signed in, each part by itself."""

from datetime import timedelta

import pytest

from services.contracts.imports import ImportJob
from services.contracts.procurement import PaymentOut
from services.contracts.registry import PersonOut, RegistrationOut
from services.kernel.clock import today
from services.kernel.paging import Page
from tests.dashboard.scripted import (
    JOB_ID,
    LICHENG,
    PERSON_ID,
    Answer,
    Script,
    an_import,
    an_official,
    browser,
    gaps,
    refused,
    silent,
    text_of,
)
from tests.dashboard.test_pages import check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
IMPORTS, REGISTRATIONS = "/registry/imports", "/registry/registrations"


def jobs(*states: str) -> Page[ImportJob]:
    return Page[ImportJob](items=[an_import(state=s, file_name=f"{s}.xlsx", errors=3) for s in states], next=None)


def ending(*days: int) -> Page[RegistrationOut]:
    """Registrations of which so many days are left after today."""
    known = {"id": PERSON_ID, "person_id": PERSON_ID, "person_name": "张*", "level": "social_worker",
             "certificate_id": PERSON_ID, "start": "2023-12-01", "division": LICHENG}  # fmt: skip
    items = [RegistrationOut.model_validate({**known, "end": today() + timedelta(days=n + 1)}) for n in days]
    return Page[RegistrationOut](items=items, next=None)


async def shown(**answers: Answer) -> str:
    response = await browser(Script(**answers)).get("/work")
    assert response.status_code == 200
    check(response)
    return response.text


async def test_imports_that_wait_say_what_to_do_next():
    script = Script(**{IMPORTS: jobs("ready", "invalid", "checking")})
    response = await browser(script).get("/work")

    check(response)
    text = text_of(response.text)
    assert dict(script.last(IMPORTS).url.params) == {"open": "true", "limit": "10"}
    assert "ready.xlsx 持证社会工作者名册 等待确认 2,000 3 0" in text
    for name, step in (("ready", "核对后确认"), ("invalid", "改正后重新上传"), ("checking", "查看进度")):
        assert f"{step}：{name}.xlsx" in text
    assert response.text.count(f'href="/imports/{JOB_ID}"') == 6


async def test_reg_05_registrations_that_end_soon_are_asked_for_by_their_end():
    script = Script(**{REGISTRATIONS: ending(0, 12)})
    response = await browser(script).get("/work")

    check(response)
    assert dict(script.last(REGISTRATIONS).url.params) == {
        "division": JINAN, "on": str(today()), "renewable": "true", "sort": "ending", "limit": "10",
    }  # fmt: skip
    assert f"2023-12-01 {today()} 今天到期" in text_of(response.text)
    assert f"2023-12-01 {today() + timedelta(days=12)} 12" in text_of(response.text)
    assert f'href="/people/{PERSON_ID}"' in response.text
    assert 'href="/registrations?renewable=true&amp;sort=ending"' in response.text
    assert f"/registration-applications/new?kind=renewal&amp;certificate_id={PERSON_ID}" in response.text


async def test_the_whole_list_is_asked_for_in_the_same_way():
    script = Script(**{REGISTRATIONS: ending(3)})

    response = await browser(script).get("/registrations?renewable=true&sort=ending")

    check(response)
    assert dict(script.last(REGISTRATIONS).url.params) == {"renewable": "true", "sort": "ending", "limit": "50"}
    assert 'aria-sort="ascending"><a href="/registrations?sort=-ending&amp;renewable=true"' in response.text


async def test_payments_wait_for_whoever_may_approve_them():
    known = {"id": JOB_ID, "contract_id": JOB_ID, "contract_number": "合同1", "project_id": JOB_ID,
             "project_name": "困境儿童项目", "division": LICHENG, "amount": "12000.50", "paid_on": "2026-11-20",
             "payee": "某中心", "document_number": "凭证7", "state": "requested", "reason": None, "reversed_on": None,
             "reversed_amount": None, "version": 1}  # fmt: skip
    payer = an_official(permissions={p: [JINAN] for p in ("coverage:read", "procurement:read", "procurement:pay")})
    payments = Page[PaymentOut](items=[PaymentOut.model_validate(known)], next=None)
    script = Script(**{"/auth/me": payer, "/procurement/payments": payments})
    response = await browser(script).get("/work")

    check(response)
    asked = dict(script.last("/procurement/payments").url.params)
    assert asked == {"division": JINAN, "state": "requested", "limit": "10"}
    assert "凭证7 困境儿童项目 12,000.50 某中心 2026-11-20" in text_of(response.text)
    assert "等我审批的付款" not in await shown()


async def test_nothing_that_waits_is_said_with_where_to_go():
    empty = {IMPORTS: jobs(), REGISTRATIONS: ending(), f"/coverage/{JINAN}/gaps": gaps(items=[], counts=[]),
             "/registry/people": Page[PersonOut](items=[], next=None)}  # fmt: skip

    text = text_of(await shown(**empty))

    for said in (
        "没有等您处理的导入。导入名册",
        "没有到期而尚未再登记的人员。登记名录",
        "暂无待办",
        "没有需要提醒登记",
    ):
        assert said in text


@pytest.mark.parametrize("path", [IMPORTS, REGISTRATIONS, "/registry/people", f"/coverage/{JINAN}/gaps"])
@pytest.mark.parametrize("answer", [silent, refused(403, "超出您的管辖范围。")])
async def test_one_part_that_does_not_answer_costs_its_section_only(path: str, answer: Answer):
    usual = {IMPORTS: jobs("ready"), REGISTRATIONS: ending(5)}

    page = await shown(**{**usual, path: answer})

    text = text_of(page)
    assert page.count('href="/work">重试') == 1
    assert ("ready.xlsx" in text) == (path != IMPORTS)
    assert (str(today() + timedelta(days=5)) in text) == (path != REGISTRATIONS)


async def test_whoever_may_not_is_neither_asked_nor_shown():
    viewer = an_official(permissions={"coverage:read": [JINAN], "registry:read": [JINAN]})
    script = Script(**{"/auth/me": viewer, REGISTRATIONS: ending(5)})
    text = text_of((await browser(script).get("/work")).text)
    assert "等我处理的导入" not in text
    assert "登记即将到期的人员" in text
    assert not [r for r in script.asked if r.url.path.endswith(IMPORTS)]

    planner = Script(**{"/auth/me": an_official(permissions={"coverage:read": [JINAN]})})
    text = text_of((await browser(planner).get("/work")).text)
    assert "登记即将到期的人员" not in text
    assert not [r for r in planner.asked if "/registry/" in r.url.path]

    stranger = Script(**{"/auth/me": an_official(permissions={})})
    assert (await browser(stranger).get("/work")).status_code == 403
