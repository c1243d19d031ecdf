"""Payments: the approver's list, one payment, and what is decided of it; and the same on the workbench."""

import pytest

from services.contracts.procurement import PaymentOut
from services.kernel.paging import Page
from tests.dashboard.buying import (
    CONTRACT_ID,
    PAYMENT,
    PAYMENT_ID,
    PROJECT_ID,
    a_payment,
    a_project,
    filled,
    script,
    somebody,
)
from tests.dashboard.scripted import LICHENG, Html, browser, refused, sent, silent, text_of
from tests.dashboard.test_pages import check

pytestmark = pytest.mark.anyio
PAYER, BUYER = somebody("procurement:pay"), somebody("procurement:write")
HERE, PAYMENTS = f"/payments/{PAYMENT_ID}", "/procurement/payments"


async def test_payments_are_asked_for_by_state_and_day():
    s = script(PAYER, **{f"/procurement/projects/{PROJECT_ID}": a_project()})

    response = await browser(s).get(
        f"/payments?state=requested&from=2026-01-01&to=2026-11-24&division={LICHENG}&project_id={PROJECT_ID}&q=凭"
    )

    check(response)
    assert dict(s.last(PAYMENTS).url.params) == {
        "state": "requested", "from": "2026-01-01", "to": "2026-11-24", "division": LICHENG, "q": "凭",
        "project_id": str(PROJECT_ID), "limit": "50",
    }  # fmt: skip
    text = text_of(response.text)
    assert "项目：困境儿童项目" in text
    assert "凭1 困境儿童项目济社购1号 2,000.50 2026-11-20 青禾中心 待审批 批准：凭1 · 驳回：凭1" in text
    [start] = [a for a in Html(response.text).all("input") if a.get("name") == "from"]
    assert start["value"] == "2026-01-01"


async def test_the_file_is_narrowed_as_the_list_is():
    s = script(PAYER, **{f"{PAYMENTS}/export": silent})

    await browser(s).get("/payments/export?format=csv&state=requested&from=2026-01-01")

    assert dict(s.last(f"{PAYMENTS}/export").url.params) == {
        "format": "csv", "state": "requested", "from": "2026-01-01"
    }  # fmt: skip


async def test_the_list_that_is_empty_or_away_or_cannot_be_searched_says_so():
    backwards = refused(422, "起始日期晚于截止日期，请调整后重试。", "backwards")
    empty = await browser(script(PAYER, **{PAYMENTS: Page[PaymentOut](items=[], next=None)})).get("/payments")
    wrong = await browser(script(PAYER, **{PAYMENTS: backwards})).get("/payments?from=2026-02-01&to=2026-01-01")
    away = await browser(script(PAYER, **{PAYMENTS: silent})).get("/payments")

    assert [r.status_code for r in (empty, wrong, away)] == [200, 422, 503]
    assert "还没有付款" in text_of(empty.text)
    assert "起始日期晚于截止日期" in wrong.text
    assert 'value="2026-02-01"' in wrong.text
    for response in (empty, wrong, away):
        check(response)


async def test_a_payment_shows_what_may_be_done_and_nothing_else():
    waiting = (await browser(script(PAYER)).get(HERE)).text
    paid = (await browser(script(PAYER, **{PAYMENT: a_payment(state="approved", may=["reverse"])})).get(HERE)).text
    none = (await browser(script(BUYER, **{PAYMENT: a_payment(may=[])})).get(HERE)).text

    for page, verbs in ((waiting, {"approve", "reject"}), (paid, {"reverse"}), (none, set())):
        assert {v for v in ("approve", "reject", "reverse") if f'href="{HERE}/{v}"' in page} == verbs
    assert f'href="/contracts/{CONTRACT_ID}"' in waiting
    refusal = await browser(script(BUYER, **{PAYMENT: a_payment(may=[])})).get(f"{HERE}/approve")
    assert refusal.status_code == 403


@pytest.mark.parametrize(
    ("verb", "may", "typed", "order"),
    [
        ("approve", ["approve"], {}, {}),
        ("reject", ["reject"], {"reason": "凭证不清"}, {"reason": "凭证不清"}),
        ("reverse", ["reverse"], {"reversed_on": "2026-11-24", "reason": "退回", "amount": "1000"},
         {"reversed_on": "2026-11-24", "reason": "退回", "amount": "1000.00"}),
        ("reverse", ["reverse"], {"reversed_on": "2026-11-24", "reason": "退回", "amount": ""},
         {"reversed_on": "2026-11-24", "reason": "退回"}),
    ],
)  # fmt: skip
async def test_a_payment_is_decided_on(verb: str, may: list[str], typed: dict[str, str], order: dict[str, str]):
    s = script(PAYER, **{PAYMENT: a_payment(may=may), f"{PAYMENT}/{verb}": a_payment()})
    assert "金额 2,000.50 元" in text_of((await browser(s).get(f"{HERE}/{verb}")).text)

    response = await filled(s, f"{HERE}/{verb}", **typed)

    assert (response.status_code, response.headers["location"]) == (303, f"{HERE}?done={verb}")
    told = s.last(f"{PAYMENT}/{verb}")
    assert sent(told) == order
    assert told.headers["idempotency-key"]


async def test_four_eyes_whoever_bought_may_not_approve_and_is_told_so():
    own = refused(403, "项目、合同或付款由您经办，不能由您审批；请由其他付款审批人员办理。", "own_purchase")

    response = await filled(script(PAYER, **{f"{PAYMENT}/approve": own}), f"{HERE}/approve")

    assert response.status_code == 403
    check(response)
    assert "请由其他付款审批人员办理" in text_of(response.text)
    assert "批准付款" in response.text


async def test_what_comes_back_is_refused_at_its_field():
    much = refused(409, "冲回金额不能超过已支付的 2000.50 元，请核对。", "reversed_too_much")
    s = script(PAYER, **{PAYMENT: a_payment(state="approved", may=["reverse"]), f"{PAYMENT}/reverse": much})

    response = await filled(s, f"{HERE}/reverse", reversed_on="2026-11-24", reason="退", amount="9999")

    assert "不能超过" in response.text.partition('id="amount-error">')[2].partition("</p>")[0]
    assert 'value="9999"' in response.text


async def test_the_menu_leads_the_approver_to_payments():
    menu = {a.get("href") for a in Html((await browser(script(PAYER)).get("/projects")).text).all("a")}
    none = {a.get("href") for a in Html((await browser(script(BUYER)).get("/contracts")).text).all("a")}

    assert "/payments" in menu
    assert "/payments" not in none
