"""Every page there is: axe, 360 px, no complaint of the browser (the content security policy among them), a picture."""

import pytest

from tests.browser.conftest import LICHENG, stations
from tests.browser.looks import look

pytestmark = pytest.mark.anyio
CITY, STREET, VILLAGE = "370100000000", "370112001000", stations()[2]["所在区划代码"]
PAGES = (
    "/work", f"/map/{CITY}", f"/map/{LICHENG}", f"/map/{STREET}", f"/map/{VILLAGE}", f"/map/{CITY}/gaps",
    "/indicators", "/indicators/certified_people", "/targets",
    f"/explain?metric=established@street&division={LICHENG}", "/people", "/organizations", "/organizations/new",
    "/service-points", "/service-points/new", "/certificates", "/registrations", "/imports", "/imports/new", "/status",
    "/help", "/about", "/password", "/registration-applications", "/verifications", "/holidays",
    "/reconciliation",
    "/exams", "/exam-passes",
)  # fmt: skip
# A list, and what is opened of its first record.
RECORDS = [
    ("/people", ""), ("/people", "/assign"), ("/organizations", ""), ("/organizations", "/edit"),
    ("/service-points", ""), ("/service-points", "/edit"), ("/service-points", "/close"),
    ("/service-points", "/assign"),
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
async def test_a_page(desk, path):
    async with desk.page() as page:
        answer = await page.goto(path)
        assert answer.status == 200
        await look(page, path)


@pytest.mark.parametrize(("who", "path"), [("audit_admin", "/identity-audit"), ("security_admin", "/accounts")])
async def test_a_page_of_an_administrator(desk, who, path):
    async with desk.page(who) as page:
        answer = await page.goto(path)
        assert answer.status == 200
        await look(page, path)


@pytest.mark.parametrize(("register", "below"), RECORDS)
async def test_a_record_and_its_forms(desk, register, below):
    async with desk.page() as page:
        await page.goto(register)
        record = await page.locator("tbody th a").first.get_attribute("href")
        answer = await page.goto(record.partition("?")[0] + below)
        assert answer.status == 200
        await look(page, f"{register}-one{below}")


async def test_the_end_of_an_assignment(desk):
    async with desk.page() as page:
        await page.goto("/service-points?q=B-1")
        await page.locator("tbody th a").first.click()
        await page.get_by_role("link", name="登记离岗").first.click()
        await look(page, "/assignments-end")


async def test_the_sign_in_of_a_stranger(desk):
    async with desk.page(None) as page:
        await page.goto("/login")
        await look(page, "/login")


@pytest.mark.parametrize(("who", "path", "status"), [("district", "/nothing-here", 404), ("city", "/imports/new", 403)])
async def test_a_page_that_is_refused(desk, who, path, status):
    async with desk.page(who, refused=status) as page:
        answer = await page.goto(path)
        assert answer.status == status
        await look(page, f"refused-{status}")
