"""Money by day: what is paid never exceeds the contract on any day, for a contract that is signed and in force."""

import random
from datetime import date, timedelta

import pytest

from tests.procurement.conftest import BUYING, Buyer, says
from tests.procurement.factories import TODAY, a_contract, a_payment, a_project
from tests.procurement.test_together import agree

pytestmark = pytest.mark.anyio
TOMORROW = TODAY + timedelta(1)


def wrong_fields(refused: dict) -> list[tuple[str, str]]:
    return [(e["field"], e["code"]) for e in refused["errors"]]


# ── four eyes ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "did", ["changes the contract", "changes the project", "ends the contract", "ends the project"]
)
async def test_m13_nobody_pays_what_she_changed(buying, client, did):
    """Whoever changes what somebody else bought has bought, too; and what may be done says so."""
    both = Buyer(client(*BUYING, "procurement:pay", id="account:both"))
    project, contract = await buying.active()
    payment = await buying.payment(contract)
    assert (await both.http.get(f"/payments/{payment['id']}")).json()["may"] == ["approve", "reject"]

    if did == "changes the contract":
        await both.change(f"/contracts/{contract['id']}", {"value": "900000.00"})
    elif did == "changes the project":
        await both.change(f"/projects/{project['id']}", {"name": "改名项目"})
    elif did == "ends the contract":
        await both.post(f"/contracts/{contract['id']}/terminate", {"ended_on": "2026-10-01", "reason": "x"}, 200)
    else:
        await both.post(f"/projects/{project['id']}/terminate", {"terminated_on": "2026-10-01", "reason": "x"}, 200)

    assert (await both.decide(payment, "approve", 403))["code"] == "own_purchase"
    assert (await both.decide(payment, "reject", 403))["code"] == "own_purchase"
    assert (await both.http.get(f"/payments/{payment['id']}")).json()["may"] == []
    listed = (await both.http.get("/payments")).json()["items"]
    assert [y["may"] for y in listed] == [[]]


async def test_who_decides_on_payments_has_not_bought(buying, paying):
    _, contract = await buying.active()
    first, second = [await buying.payment(contract, n) for n in (1, 2)]

    await paying.decide(first, "approve")
    await paying.decide(first, "reverse", reversed_on="2026-04-01")
    await paying.decide(second, "approve")


# ── by day ───────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_m18_nothing_has_come_back_before_it_comes_back(buying, paying):
    """A reversal of the future would free the contract today."""
    _, contract = await buying.active()
    payment = await buying.payment(contract, amount="1000.00")
    await paying.decide(payment, "approve")

    refused = await paying.decide(payment, "reverse", 409, reversed_on=TOMORROW)

    assert (refused["code"], wrong_fields(refused)) == (
        "reversed_in_the_future", [("reversed_on", "reversed_in_the_future")]
    )  # fmt: skip
    assert (await buying.post("/payments", a_payment(contract["id"], 2, amount="0.01"), 409))["code"] == "overspent"
    await paying.decide(payment, "reverse", reversed_on=TODAY)


async def test_a_payment_of_an_earlier_day_takes_from_what_was_left_then(buying, paying):
    _, contract = await buying.active()
    payment = await buying.payment(contract, amount="600.00", paid_on="2026-03-01")
    await paying.decide(payment, "approve")
    await paying.decide(payment, "reverse", reversed_on="2026-06-01")

    for n, day in enumerate(("2026-02-01", "2026-04-01", "2026-05-31"), 2):
        early = a_payment(contract["id"], n, amount="400.01", paid_on=day)
        assert (await buying.post("/payments", early, 409))["code"] == "overspent"
    await buying.payment(contract, 5, amount="1000.00", paid_on="2026-06-01")


async def test_m06_a_contract_is_not_lowered_below_what_was_paid_on_any_day(buying, paying):
    _, contract = await buying.active()
    payment = await buying.payment(contract, amount="600.00")
    await paying.decide(payment, "approve")
    await paying.decide(payment, "reverse", reversed_on="2026-06-01", amount="500.00")
    path = f"/contracts/{contract['id']}"

    assert (await buying.change(path, {"value": "599.99"}, 409))["code"] == "below_payments"
    await buying.change(path, {"value": "600.00"})


async def test_m18_what_is_left_of_a_payment_comes_back_later(buying, paying, procurement):
    _, contract = await buying.active()
    payment = await buying.payment(contract)
    await paying.decide(payment, "approve")

    part = await paying.decide(payment, "reverse", reversed_on="2026-04-01", amount="40.00", reason="多付")
    more = await paying.decide(payment, "reverse", 409, reversed_on="2026-05-01", amount="60.01")
    same_day = await paying.decide(payment, "reverse", reversed_on="2026-04-01", amount="10.00")
    rest = await paying.decide(payment, "reverse", reversed_on="2026-03-02", reason="作废")
    over = await paying.decide(payment, "reverse", 409, reversed_on="2026-05-01")

    assert (part["may"], same_day["reversed_amount"], more["code"]) == (["reverse"], "50.00", "reversed_too_much")
    assert (rest["reversed_amount"], rest["reversed_on"], rest["reason"], rest["may"]) == (
        "100.00", "2026-04-01", "作废", [],
    )  # fmt: skip
    assert over["code"] == "payment_reversed"
    facts = [(f.start.isoformat(), int(f.amount)) for _, f in await says(procurement, "payment:")]
    assert facts == [("2026-03-01", 100), ("2026-03-02", -50), ("2026-04-01", -50)]
    now = (await buying.http.get(f"/contracts/{contract['id']}")).json()
    assert (now["committed"], now["paid"]) == ("0.00", "0.00")
    async with procurement.hot() as db:
        said = await db.fetch("select reason, amount, decided_by from reversal order by id")
    assert [(r["reason"], int(r["amount"])) for r in said] == [("多付", 40), ("演示", 10), ("作废", 50)]


async def test_a_reversal_said_again_is_one(buying, paying, payer):
    _, contract = await buying.active()
    payment = await buying.payment(contract)
    await paying.decide(payment, "approve")
    path, order = f"/payments/{payment['id']}/reverse", {"reversed_on": "2026-04-01", "reason": "x", "amount": "10.00"}

    answers = [await payer.post(path, json=order, headers={"idempotency-key": "back-0001"}) for _ in range(2)]

    assert [a.json()["reversed_amount"] for a in answers] == ["10.00", "10.00"]
    assert (await payer.post(path, json=order)).status_code == 428


@pytest.mark.parametrize("seed", range(3))
async def test_on_no_day_is_more_paid_than_the_contract_is_worth(buying, paying, procurement, seed):
    """Random payments of past and future days on one contract, and what comes back of them, day by day."""
    rng = random.Random(seed)
    _, contract = await buying.active()
    payments: list[str] = []
    for n in range(50):
        path, order = one_step(rng, contract, payments, n)
        http = buying.http if path == "/payments" else paying.http
        answer = await http.post(path, json=order, headers={"idempotency-key": f"day-{n:05}"})
        assert answer.status_code in (200, 201, 409), answer.text
        payments += [answer.json()["id"]] if answer.status_code == 201 else []
    await agree(procurement)


def one_step(rng: random.Random, contract: dict, payments: list[str], n: int) -> tuple[str, dict[str, object]]:
    """A payment is asked for, or one of them decided on."""
    day, amount = str(date(2026, 1, 1) + timedelta(rng.randrange(360))), f"{rng.randrange(300, 900)}.00"
    verb = rng.choice(["request", "approve", "reverse", "reverse", "reject"])
    if verb == "request" or not payments:
        return "/payments", a_payment(contract["id"], n, amount=amount, paid_on=day)
    order: dict[str, object] = {} if verb == "approve" else {"reason": "x"}
    if verb == "reverse":
        order |= {"reversed_on": day} | ({"amount": amount} if rng.random() < 0.3 else {})
    return f"/payments/{rng.choice(payments)}/{verb}", order


# ── the contract's own days ──────────────────────────────────────────────────────────────────────────────────────────
async def test_a_contract_is_registered_once_it_is_signed(buying):
    project = await buying.project()

    refused = await buying.post("/contracts", a_contract(project["id"], signed_on=TOMORROW), 422)
    assert (refused["code"], wrong_fields(refused)) == ("not_yet_signed", [("signed_on", "not_yet_signed")])
    contract = await buying.contract(project, signed_on=TODAY)
    assert (await buying.change(f"/contracts/{contract['id']}", {"signed_on": str(TOMORROW)}, 422))["code"] == (
        "not_yet_signed"
    )


async def test_gps_10_a_contract_that_begins_before_it_is_signed_warns(buying):
    _, before = await buying.active(1, signed_on="2026-01-02")
    _, same = await buying.active(2, signed_on="2026-01-01")

    assert [(w["code"], w["rule"]) for w in before["warnings"]] == [("starts_unsigned", "GPS-10")]
    assert same["warnings"] == []


@pytest.mark.parametrize("field", ["signed_on", "start"])
async def test_a_contract_does_not_move_past_its_payments(buying, paying, field):
    """Those that wait included; a rejected one is none."""
    _, contract = await buying.active()
    await paying.decide(await buying.payment(contract, 1, paid_on="2026-02-01"), "reject")
    payment = await buying.payment(contract, 2, paid_on="2026-03-01")
    path = f"/contracts/{contract['id']}"

    for decided in (None, "approve", "reverse"):
        if decided:
            await paying.decide(payment, decided, **({"reversed_on": "2026-04-01"} if decided == "reverse" else {}))
        refused = await buying.change(path, {field: "2026-03-02"}, 409)
        assert (refused["code"], wrong_fields(refused)) == ("paid_before", [(field, "paid_before")])
    await buying.change(path, {field: "2026-03-01"})


async def test_an_advance_stays_one(buying):
    """Paid between signing and start: the start may be put right still."""
    _, contract = await buying.active()
    await buying.payment(contract, paid_on="2025-12-25")

    await buying.change(f"/contracts/{contract['id']}", {"start": "2026-01-02"})


async def ended_at_once(buying: Buyer, by: str, project: dict, contract: dict, status: int = 200) -> dict:
    if by == "contract":
        order = {"ended_on": contract["start"], "reason": "x"}
        return await buying.post(f"/contracts/{contract['id']}/terminate", order, status)
    order = {"terminated_on": "2025-06-01", "reason": "x"}
    return await buying.post(f"/projects/{project['id']}/terminate", order, status)


@pytest.mark.parametrize("by", ["contract", "project"])
async def test_nothing_is_paid_on_a_contract_that_never_was_in_force(buying, paying, by):
    project, contract = await buying.active()
    waiting = await buying.payment(contract)
    await ended_at_once(buying, by, project, contract)

    assert (await paying.decide(waiting, "approve", 409))["code"] == "never_in_force"
    assert (await buying.post("/payments", a_payment(contract["id"], 2), 409))["code"] == "never_in_force"
    assert (await buying.http.get(f"/contracts/{contract['id']}")).json()["may"] == []
    await paying.decide(waiting, "reject")


@pytest.mark.parametrize(("by", "field"), [("contract", "ended_on"), ("project", "terminated_on")])
async def test_what_is_paid_comes_back_before_a_contract_never_was(buying, paying, by, field):
    project, contract = await buying.active()
    payment = await buying.payment(contract)
    await paying.decide(payment, "approve")

    refused = await ended_at_once(buying, by, project, contract, 409)

    assert (refused["code"], wrong_fields(refused)) == ("paid_for_nothing", [(field, "paid_for_nothing")])
    await paying.decide(payment, "reverse", reversed_on="2026-04-01")
    await ended_at_once(buying, by, project, contract)


async def test_work_that_was_done_is_paid_after_the_contract_has_ended(buying, paying):
    _, contract = await buying.active()
    await buying.post(f"/contracts/{contract['id']}/terminate", {"ended_on": "2026-01-02", "reason": "x"}, 200)

    await paying.decide(await buying.payment(contract, paid_on="2026-06-01"), "approve")


async def test_a_project_without_payments_is_terminated_as_of_before(buying):
    project = await buying.post("/projects", a_project(7))

    await buying.post(f"/projects/{project['id']}/terminate", {"terminated_on": "2025-06-01", "reason": "x"}, 200)
