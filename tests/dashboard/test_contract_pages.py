"""Contracts of purchased projects: their list, signing, putting right, ending early, and asking for a payment."""

import httpx
import pytest

from services.contracts import procurement as pr
from services.kernel.errors import FieldError
from services.kernel.paging import Page
from tests.dashboard.buying import (
    CONTRACT,
    CONTRACT_ID,
    PROJECT_ID,
    a_contract,
    a_payment,
    filled,
    made,
    script,
    somebody,
)
from tests.dashboard.scripted import (
    POINT_ID,
    STREET,
    browser,
    hidden,
    refused,
    sent,
    text_of,
)
from tests.dashboard.test_pages import check

pytestmark = pytest.mark.anyio
BUYER, READER = somebody("procurement:write"), somebody()
HERE, CONTRACT_PAGE = f"/projects/{PROJECT_ID}", f"/contracts/{CONTRACT_ID}"


async def test_contracts_of_a_point_on_a_day():
    s = script(READER)

    response = await browser(s).get(f"/contracts?service_point_id={POINT_ID}&on=2026-11-24")

    check(response)
    asked = {"service_point_id": str(POINT_ID), "on": "2026-11-24", "limit": "50"}
    assert dict(s.last("/procurement/contracts").url.params) == asked
    assert "服务站点：山大路街道社工站" in text_of(response.text)


async def test_a_contract_is_signed_with_what_it_serves_by_name_and_number():
    s = script(BUYER, **{"/procurement/contracts": made(a_contract())})

    response = await filled(
        s, f"{HERE}/sign", number="合2", signed_on="2026-12-01", start="2027-01-10", end="2027-12-31", value="120000",
        served_divisions=f"山大路街道\n{STREET} 山大路街道", service_point_ids="LC-001", stable="true",
    )  # fmt: skip

    assert (response.status_code, response.headers["location"]) == (303, f"{HERE}?done=sign")
    assert sent(s.last("/procurement/contracts")) == {
        "project_id": str(PROJECT_ID), "number": "合2", "signed_on": "2026-12-01", "start": "2027-01-10",
        "end": "2028-01-01", "value": "120000.00", "stable": True, "served_divisions": [STREET],
        "service_point_ids": [str(POINT_ID)],
    }  # fmt: skip


async def test_what_is_wrong_with_a_contract_is_said_at_its_field_and_nothing_is_lost():
    s = script(BUYER)

    response = await filled(
        s, f"{HERE}/sign", number="", start="2027-01-10", end="明年", value="12,000", served_divisions="没有的街道",
        service_point_ids="X-9",
    )  # fmt: skip

    assert response.status_code == 422
    check(response)
    for field, said in {
        "number": "请填写此项", "end": "日期应写成", "value": "不带逗号",
        "served_divisions": "“没有的街道”没有找到这个区划",
        "service_point_ids": "“X-9”没有找到这个站点",
    }.items():  # fmt: skip
        assert said in response.text.partition(f'id="{field}-error">')[2].partition("</p>")[0]
    assert 'value="12,000"' in response.text
    assert not [r for r in s.asked if r.method == "POST"]


async def test_a_new_contract_begins_where_the_last_one_ends():
    page = (await browser(script(BUYER)).get(f"{HERE}/sign")).text

    assert 'name="start" type="date" value="2027-01-10"' in page


async def test_a_contract_keeps_the_places_it_has_when_they_stand_as_they_were_told():
    s = script(BUYER, **{CONTRACT: made(a_contract(), get=a_contract())})
    page = (await browser(s).get(f"{CONTRACT_PAGE}/update")).text
    assert f"{STREET} 山大路街道" in page

    await filled(
        s, f"{CONTRACT_PAGE}/update", signed_on="2026-01-05", start="2026-01-10", end="2027-01-09", value="130000.5",
        served_divisions=f"{STREET} 山大路街道", service_point_ids="LC-001",
    )  # fmt: skip

    assert sent(s.last(CONTRACT)) == {
        "signed_on": "2026-01-05", "start": "2026-01-10", "end": "2027-01-10", "value": "130000.50", "stable": False,
        "served_divisions": [STREET], "service_point_ids": [str(POINT_ID)],
    }  # fmt: skip


async def test_a_contract_that_somebody_else_changed_is_shown_beside_what_was_typed():
    now = a_contract(value="1.00", version=9)
    answers = iter([a_contract(), a_contract(), now])
    stale = refused(412, "已被他人修改。", "stale_version")

    def both(request: httpx.Request) -> httpx.Response:
        return stale if request.method == "PATCH" else httpx.Response(200, text=next(answers).model_dump_json())

    response = await filled(
        script(BUYER, **{CONTRACT: both}), f"{CONTRACT_PAGE}/update", signed_on="2026-01-05", start="2026-01-10",
        end="2027-01-09", value="777", served_divisions=f"{STREET} 山大路街道", service_point_ids="LC-001",
    )  # fmt: skip

    assert response.status_code == 412
    check(response)
    assert "合同金额 1.00 777" in text_of(response.text)
    assert "服务的区划" not in response.text.partition("<form")[0].rpartition("<table")[2]
    assert hidden(response.text, "version") == "9"


async def test_a_contract_ends_early_and_a_payment_is_asked_for():
    s = script(BUYER, **{f"{CONTRACT}/terminate": a_contract(), "/procurement/payments": made(a_payment())})

    ended = await filled(s, f"{CONTRACT_PAGE}/terminate", ended_on="2026-12-01", reason="解除")
    asked = await filled(
        script(BUYER),
        f"{CONTRACT_PAGE}/request_payment",
        amount="-1",
        paid_on="2026-11-24",
        payee="",
        document_number="",
    )

    assert ended.headers["location"] == f"{CONTRACT_PAGE}?done=terminate"
    assert sent(s.last(f"{CONTRACT}/terminate")) == {"ended_on": "2026-12-01", "reason": "解除"}
    assert asked.status_code == 422
    assert "金额应写成" in asked.text


async def test_a_payment_is_asked_for_once_and_what_the_api_finds_wrong_is_at_its_field():
    payments = Page[pr.PaymentOut](items=[], next=None)
    wrong = [FieldError(field="payee", code="x", detail="收款单位不符")]
    answers = iter([refused(409, "合同余额为 57999.50 元，不足以支付。", "overspent", wrong), a_payment()])
    s = script(BUYER, **{"/procurement/payments": lambda r: made(next(answers), get=payments)(r) if r.method == "POST"
                         else made(payments, get=payments)(r)})  # fmt: skip
    typed = {"amount": "99999999", "paid_on": "2026-11-24", "payee": "青禾中心", "document_number": "凭9"}

    refusal = await filled(s, f"{CONTRACT_PAGE}/request_payment", **typed)
    taken = await filled(s, f"{CONTRACT_PAGE}/request_payment", **{**typed, "amount": "10"})

    assert "不足以支付" in refusal.text.partition('id="amount-error">')[2].partition("</p>")[0]
    assert "收款单位不符" in refusal.text.partition('id="payee-error">')[2].partition("</p>")[0]
    assert taken.headers["location"] == f"{CONTRACT_PAGE}?done=request_payment"
    order = s.last("/procurement/payments")
    assert sent(order) == {**typed, "contract_id": str(CONTRACT_ID), "amount": "10.00"}
    assert order.headers["idempotency-key"]
