"""Registers of purchase, services and training: lists and records as any page, their forms at 360 px; and used."""

import pytest
from playwright.async_api import expect

from tests.browser.bought import bought
from tests.browser.looks import NARROW, look
from tests.browser.trained import trained

pytestmark = pytest.mark.anyio


# ── purchased projects and services ──────────────────────────────────────────────────────────────────────────────────
BOUGHT = [
    ("buyer", "/projects", ("", "/update", "/sign", "/add_staff", "/complete", "/terminate")),
    ("buyer", "/contracts", ("", "/update", "/terminate", "/request_payment")),
    ("payer", "/payments", ("", "/approve", "/reject")),
    ("district", "/service-records", ("", "/correct", "/withdraw")),
]


@pytest.fixture(scope="module")
async def purchases(system):
    await bought(system)


@pytest.mark.parametrize(("who", "path"), [("buyer", "/projects/new"), ("district", "/service-records/new")])
async def test_a_form_of_something_new(desk, who, path):
    async with desk.page(who) as page:
        assert (await page.goto(path)).status == 200
        await look(page, path, NARROW)


@pytest.mark.parametrize(("who", "register", "below"), BOUGHT)
async def test_a_register_with_its_record_and_forms(desk, purchases, who, register, below):
    async with desk.page(who) as page:
        await page.goto(register)
        await look(page, register)
        record = await page.locator("tbody th a").first.get_attribute("href")
        for form in below:
            assert (await page.goto(record + form)).status == 200
            await look(page, f"{register}-one{form}", *([NARROW] if form else []))


async def test_a_member_of_a_project_is_put_right(desk, purchases):
    async with desk.page("buyer") as page:
        await page.goto("/projects")
        await page.locator("tbody th a").first.click()
        await page.locator("#record a[href^='/project-staff/']").click()
        await look(page, "/project-staff-update")


async def test_one_asks_for_a_payment_and_another_approves_it(desk, purchases):
    async with desk.page("buyer", refused=422) as page:
        await page.goto("/contracts")
        await page.locator("tbody th a").first.click()
        await page.get_by_role("link", name="提请付款").first.click()
        for field, typed in (("amount", "1,000"), ("payee", "演示社工中心"), ("document_number", "凭2")):
            await page.fill(f"#{field}", typed)
        await page.get_by_role("button", name="提请付款").click()
        await expect(page.locator("#amount-error")).to_contain_text("不带逗号")
        await page.fill("#amount", "1000")
        await page.get_by_role("button", name="提请付款").click()
        await expect(page.get_by_role("status").first).to_contain_text("付款已提请")
    async with desk.page("payer") as page:
        await page.goto("/payments?q=凭2")
        await page.locator("tbody a[href$='/approve']").click()
        await page.get_by_role("button", name="批准").click()
        await expect(page.get_by_role("status").first).to_contain_text("付款已批准")


# ── training ─────────────────────────────────────────────────────────────────────────────────────────────────────────
TRAINED = [
    ("/sessions", ("", "/update", "/cancel", "/attend", "/approve")),
    ("/supervisors", ("", "/update", "/review", "/dismiss")),
    ("/bases", ("", "/update", "/check-site")),
    ("/sites", ("", "/update", "/withdraw")),
]


@pytest.fixture(scope="module")
async def training(system):
    await trained(system)


@pytest.mark.parametrize("path", ["/sessions/new", "/supervisors/new", "/bases/new", "/sites/new"])
async def test_a_form_of_something_new_in_training(desk, path):
    async with desk.page() as page:
        assert (await page.goto(path)).status == 200
        await look(page, path, NARROW)


@pytest.mark.parametrize(("register", "below"), TRAINED)
async def test_a_register_of_training_with_its_record_and_forms(desk, training, register, below):
    async with desk.page() as page:
        await page.goto(register)
        await look(page, register)
        record = await page.locator("tbody th a").first.get_attribute("href")
        for form in below:
            assert (await page.goto(record + form)).status == 200
            await look(page, f"{register}-one{form}", *([NARROW] if form else []))


async def test_attendances_are_entered_and_approved_and_stand_on_the_statement(desk, training):
    async with desk.page("organizer") as page:
        await page.goto("/sessions")
        await page.locator("tbody th a").first.click()
        await page.get_by_role("link", name="登记参训").first.click()
        await page.get_by_role("link", name="举办地的人员").click()
        await page.locator("tbody input[type=checkbox]").first.check()
        await page.get_by_role("button", name="登记参训").click()
        await expect(page.get_by_role("status").first).to_contain_text("新登记 2 条")
        await page.get_by_role("link", name="看参训记录").click()
    async with desk.page() as page:
        await page.goto("/sessions")
        await page.locator("tbody th a").first.click()
        await look(page, "/sessions-one-attended")
        await page.get_by_role("button", name="审核通过").first.click()
        await expect(page.get_by_role("status").first).to_contain_text("参训已审核")
        await page.get_by_role("link", name="全部审核").click()
        await page.get_by_role("button", name="全部审核").click()
        await expect(page.get_by_role("status").first).to_contain_text("已审核 1 条参训")
        await page.goto("/attendances")
        await look(page, "/attendances")
        await page.get_by_role("link", name="演示培训班").first.click()
        await look(page, "/attendances-one")
        await page.get_by_role("link", name="冲销").click()
        await look(page, "/attendances-reverse")
        await page.go_back()
        await page.get_by_role("link", name="学时证明").click()
        await expect(page.locator("#requirements + p strong")).to_have_text("6.00")
        await look(page, "/people-hours")
