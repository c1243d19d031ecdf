"""The review desk by keyboard alone: twenty cases, passed, returned and refused, each after the other."""

import asyncio

import pytest
from playwright.async_api import expect

from services.kernel.clock import today
from tests import rosters
from tests.browser.conftest import stations
from tests.browser.looks import NARROW, look

pytestmark = pytest.mark.anyio
CASES = 20
ITEMS = ["identity", "certificate", "form", "photo", "capacity", "ethics"]
APPLICATIONS = "/registry/registration-applications"


@pytest.fixture
async def waiting(system) -> list[str]:
    """Handed in by a street, complete."""
    street = stations()[1]
    place = street["所在区划代码"], street["所在区划名称"]
    fresh = {"登记日期": "", "登记有效期止": "", "批准日期": str(today())}
    lines = [rosters.worker(n, *place, **fresh) for n in range(960, 960 + CASES)]
    numbers = {line["管理号"] for line in lines}
    district, editor = await system.signed_in("district"), await system.signed_in("street")
    await rosters.imported(district, rosters.a_roster(lines), prefix="/registry")
    held = (await editor.get("/registry/certificates", params={"limit": 500})).json()["items"]

    async def handed_in(certificate: str) -> str:
        order = {"kind": "initial", "certificate_id": certificate, "items": ITEMS}
        begun = await editor.post(APPLICATIONS, json=order)
        submitted = await editor.post(f"{APPLICATIONS}/{begun.json()['id']}/submit")
        assert submitted.status_code == 200, submitted.text
        return str(begun.json()["id"])

    return [await handed_in(c["id"]) for c in held if c["management_number"] in numbers]


async def test_twenty_cases_with_the_keyboard_alone(desk, system, waiting):
    assert len(waiting) == CASES
    async with desk.page("district") as page:
        await page.goto("/review")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/review/queues/first-review")
        await page.keyboard.press("j")
        await expect(page.locator("[data-row]").first).to_be_focused()
        await page.keyboard.press("n")
        await expect(page.locator("[data-decide]")).to_be_visible()
        await look(page, "/review-case", NARROW)
        await page.keyboard.press("?")
        await expect(page.locator("#keys.overlay")).to_be_visible()
        await page.keyboard.press("Escape")

        for n in range(CASES):
            here = page.url
            await page.keyboard.press("23"[n] if n < 2 else "1")
            await expect(page.locator("#reason")).to_be_focused()
            await page.keyboard.insert_text("演示理由")
            await page.keyboard.press("Enter")
            await expect(page.locator("#confirming")).to_contain_text("请确认")
            await page.keyboard.press("Enter")
            await page.wait_for_url(lambda url, here=here: url != here)

        await expect(page.locator("h1")).to_have_text("审核台")
    district = await system.signed_in("district")
    found = await asyncio.gather(*(district.get(f"{APPLICATIONS}/{id}") for id in waiting))
    states = [answer.json()["state"] for answer in found]
    expected = {"needs_correction": 1, "first_review_rejected": 1, "first_review_passed": CASES - 2}
    assert {state: states.count(state) for state in states} == expected
