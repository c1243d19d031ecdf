"""Money: what is an amount, what a contract bears, who may pay, and what comes back."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from services.kernel.clock import now
from services.kernel.db import run
from tests.procurement.conftest import BUYING, PAYING, Buyer, says
from tests.procurement.factories import TODAY, a_contract, a_payment

pytestmark = pytest.mark.anyio
NOT_MONEY = [
    "-1.00", "0", "0.00", "0.001", "1e13", "10000000000000.00", "1,000.00", "１００", "1e3", "+1", " 1", ".5", "1.",
    "NaN", "Infinity", "", "٣", 100, 100.5, True, None, [], {},
]  # fmt: skip


@pytest.mark.parametrize("amount", NOT_MONEY)
async def test_m01_what_is_no_amount_is_refused(buying, amount):
    project = await buying.project()

    refused = await buying.post("/contracts", a_contract(project["id"]) | {"value": amount}, 422)

    assert [e["field"] for e in refused["errors"]] == ["value"]


@pytest.mark.parametrize(("amount", "kept"), [("1", "1.00"), ("0.01", "0.01"), ("9999999999.99", "9999999999.99")])
async def test_m01_what_is_one_keeps_its_cents(buying, amount, kept):
    _, contract = await buying.active(value=amount)

    assert contract["value"] == kept


async def test_m01_a_payment_is_money_too(buying):
    _, contract = await buying.active()

    for amount in ("-1.00", "0.001", 5, "１"):
        await buying.post("/payments", a_payment(contract["id"]) | {"amount": amount}, 422)


async def test_m04_sixty_payments_at_once_on_the_last_ten_yuan(buying, procurement):
    _, contract = await buying.active(value="1000.00")
    await buying.payment(contract, 1, amount="990.00")
    calls = [
        buying.http.post(
            "/payments", json=a_payment(contract["id"], n, amount="1.00"), headers={"idempotency-key": f"m04-{n:05}"}
        )
        for n in range(2, 62)
    ]

    statuses = [answer.status_code for answer in await asyncio.gather(*calls)]

    assert {status: statuses.count(status) for status in set(statuses)} == {201: 10, 409: 50}
    async with procurement.hot() as db:
        row = await db.fetchrow("select committed, (select sum(amount) from payment) as sum from contract")
    assert (row["committed"], row["sum"]) == (Decimal("1000.00"), Decimal("1000.00"))


async def test_m04_a_contract_says_what_is_left(buying):
    _, contract = await buying.active(value="100.00")
    await buying.payment(contract, 1, amount="99.99")

    refused = await buying.post("/payments", a_payment(contract["id"], 2, amount="0.02"), 409)

    assert refused["code"] == "overspent"
    assert "0.01" in refused["detail"]


async def test_m06_a_contract_is_not_lowered_below_its_payments(buying):
    _, contract = await buying.active(value="100.00")
    await buying.payment(contract, 1, amount="60.00")
    path = f"/contracts/{contract['id']}"

    assert (await buying.change(path, {"value": "59.99"}, 409))["code"] == "below_payments"
    assert (await buying.change(path, {"value": "60.00"}))["value"] == "60.00"


@pytest.mark.parametrize("bought", ["project", "contract", "payment"])
async def test_m13_nobody_pays_what_she_bought(buying, client, bought):
    """Whoever entered the project, its contract or the payment, even with the role of a payer."""
    both = Buyer(client(*BUYING, "procurement:pay", id="account:both"))
    by = {name: both if name == bought else buying for name in ("project", "contract", "payment")}
    project = await by["project"].project()
    contract = await by["contract"].contract(project)
    payment = await by["payment"].payment(contract)

    for verb, order in (("approve", {}), ("reject", {"reason": "x"})):
        refused = await both.http.post(f"/payments/{payment['id']}/{verb}", json=order)
        assert (refused.status_code, refused.json()["code"]) == (403, "own_purchase")
    assert (await both.http.get(f"/payments/{payment['id']}")).json()["may"] == []


async def test_m13_a_role_lost_between_two_clicks_is_lost(buying, client):
    _, contract = await buying.active()
    payment = await buying.payment(contract)
    lost = client("procurement:read", id="account:payer")

    assert (await lost.post(f"/payments/{payment['id']}/approve")).status_code == 403


async def test_a_decision_on_money_needs_a_proof_of_the_last_five_minutes(buying, client):
    _, contract = await buying.active()
    payment = await buying.payment(contract)
    orders = {"approve": None, "reject": {"reason": "x"}, "reverse": {"reversed_on": str(TODAY), "reason": "x"}}
    for proved_at in (None, now() - timedelta(minutes=5, seconds=1)):
        payer = client(*PAYING, id="account:payer", proved_at=proved_at)
        for verb, order in orders.items():
            refused = await payer.post(
                f"/payments/{payment['id']}/{verb}", json=order, headers={"idempotency-key": f"stale-payer-{verb}"}
            )
            assert (refused.status_code, refused.json()["code"]) == (403, "step_up_required"), verb

    lately = client(*PAYING, id="account:payer", proved_at=now() - timedelta(minutes=4, seconds=50))
    assert (await lately.post(f"/payments/{payment['id']}/approve")).status_code == 200


async def test_m14_two_approvers_at_once_make_one_change(buying, client, procurement):
    _, contract = await buying.active()
    payment = await buying.payment(contract)
    payers = [client(*PAYING, id=f"account:payer{n}") for n in range(8)]

    answers = await asyncio.gather(*(p.post(f"/payments/{payment['id']}/approve") for p in payers))

    assert sorted(a.status_code for a in answers) == [200] + [409] * 7
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"payment_approved"}
    async with procurement.hot() as db:
        assert await db.fetchval("select count(*) from event where kind = 'PaymentApproved'") == 1
        assert await db.fetchval("select paid from contract") == Decimal("100.00")


async def test_m14_approved_and_rejected_at_once_is_one_of_them(buying, client, procurement):
    _, contract = await buying.active()
    payment = await buying.payment(contract)
    path = f"/payments/{payment['id']}"
    approving, rejecting = (client(*PAYING, id=f"account:payer{n}") for n in range(2))

    answers = await asyncio.gather(
        approving.post(f"{path}/approve"), rejecting.post(f"{path}/reject", json={"reason": "x"})
    )

    assert sorted(a.status_code for a in answers) == [200, 409]
    async with procurement.hot() as db:
        row = await db.fetchrow("select committed, paid, state from contract, payment")
    assert (row["committed"], row["paid"]) in {(Decimal(100), Decimal(100)), (Decimal(0), Decimal(0))}
    assert (row["state"] == "approved") == (row["paid"] > 0)


async def test_m15_a_payment_replayed_is_one_payment(buying, procurement):
    _, contract = await buying.active()
    order, headers = a_payment(contract["id"]), {"idempotency-key": "once-only"}
    calls = [buying.http.post("/payments", json=order, headers=headers) for _ in range(6)]

    answers = await asyncio.gather(*calls)

    assert {a.status_code for a in answers} == {201}
    assert len({a.text for a in answers}) == 1
    other = await buying.http.post("/payments", json=order | {"amount": "2.00"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await buying.http.post("/payments", json=order)).status_code == 428
    async with procurement.hot() as db:
        assert await db.fetchval("select count(*) from payment") == 1


async def test_m15_a_document_is_paid_once_unless_it_was_rejected(buying, payer):
    _, contract = await buying.active()
    payment = await buying.payment(contract)

    assert (await buying.post("/payments", a_payment(contract["id"]), 409))["code"] == "document_known"
    await payer.post(f"/payments/{payment['id']}/reject", json={"reason": "缺少材料"})
    await buying.payment(contract)


async def test_only_what_is_approved_counts_as_paid_from_its_day(buying, payer, procurement):
    project, contract = await buying.active()
    payment = await buying.payment(contract)
    assert await says(procurement, "payment:") == []

    await payer.post(f"/payments/{payment['id']}/approve")

    [(_, fact)] = await says(procurement, "payment:")
    assert (fact.metric, fact.division, fact.start.isoformat(), fact.end, fact.amount) == (
        "amount_paid", project["division"], "2026-03-01", None, Decimal(100),
    )  # fmt: skip


async def test_nothing_is_approved_before_its_day(buying, payer):
    _, contract = await buying.active()
    payment = await buying.payment(contract, paid_on="2026-11-25")

    refused = await payer.post(f"/payments/{payment['id']}/approve")

    assert (refused.status_code, refused.json()["code"]) == (409, "not_yet_paid")
    early = a_payment(contract["id"], 2, paid_on="2025-12-19")
    assert (await buying.post("/payments", early, 409))["code"] == "before_signing"


async def test_m18_no_more_comes_back_than_was_paid(buying, paying, procurement):
    _, contract = await buying.active()
    payment = await buying.payment(contract)
    await paying.decide(payment, "approve")

    more = await paying.decide(payment, "reverse", 409, reversed_on="2026-04-01", amount="100.01")
    early = await paying.decide(payment, "reverse", 409, reversed_on="2026-02-28")
    await paying.decide(payment, "reverse", 422, reversed_on="2026-04-01", reason=" ")
    await paying.decide(payment, "reverse", reversed_on="2026-04-01", amount="40.00")

    assert (more["code"], early["code"]) == ("reversed_too_much", "reversed_before_paid")
    facts = [(f.start.isoformat(), f.amount) for _, f in await says(procurement, "payment:")]
    assert facts == [("2026-03-01", Decimal(100)), ("2026-04-01", Decimal(-40))]
    now = (await buying.http.get(f"/contracts/{contract['id']}")).json()
    assert (now["committed"], now["paid"]) == ("60.00", "60.00")


async def test_the_database_itself_refuses_to_overspend(procurement, buying):
    await buying.active()

    async with procurement.writing() as tx:
        with pytest.raises(Exception, match="ck_contract_never_overpaid"):
            await run(tx, text("update contract set committed = value + 0.01"), {})
