"""What an official does with mouse, keyboard and paper, in a real browser."""

import io

import pypdf
import pytest
from playwright.async_api import Page, expect

from tests import rosters
from tests.browser.conftest import LICHENG, sign_in, stations
from tests.browser.looks import look

pytestmark = pytest.mark.anyio
CITY, STREET = "370100000000", stations()[1]["所在区划名称"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABS = 120  # links before the last shape of the map


def file_of(lines) -> dict[str, object]:
    return {"name": "站点.xlsx", "mimeType": XLSX, "buffer": rosters.a_roster(lines)}


async def tab_to(page: Page, href: str) -> None:
    """By the Tab key alone."""
    for _ in range(TABS):
        await page.keyboard.press("Tab")
        if (await page.evaluate("document.activeElement.getAttribute('href')") or "").startswith(href):
            return
    raise AssertionError(f"Tab does not reach {href}")


async def test_drilling_down_by_keyboard_from_the_city_to_a_village_and_back(desk):
    async with desk.page("city") as page:
        title, (street, village) = page.locator("h1"), stations()[1:3]
        down = [(d["所在区划代码"], d["所在区划名称"]) for d in (street, village)]
        await page.goto(f"/map/{CITY}")

        for code, name in ((LICHENG, "历城区"), *down):
            await tab_to(page, f"/map/{code}")
            await page.keyboard.press("Enter")
            await expect(title).to_contain_text(name)
            await expect(title).to_be_focused()
            assert code in page.url
        for name in (STREET, "历城区", "济南市"):
            await page.go_back()
            await expect(title).to_contain_text(name)
        await page.go_forward()
        await expect(title).to_contain_text("历城区")
        await expect(page.locator(".chart svg")).to_have_count(1)


async def test_drilling_down_by_mouse(desk):
    async with desk.page("city") as page:
        await page.goto(f"/map/{CITY}")

        await page.locator(f"svg a[href^='/map/{LICHENG}']").first.click()
        await expect(page.locator("h1")).to_contain_text("历城区")
        await page.get_by_role("link", name=STREET).first.click()
        await expect(page.locator("h1")).to_contain_text(STREET)


async def test_without_javascript_a_district_is_still_a_click_away(desk):
    async with desk.page(scripts=False) as page:
        await page.goto(f"/map/{CITY}")

        await page.locator(f"a[href^='/map/{LICHENG}']").first.click()

        await expect(page.locator("h1")).to_contain_text("历城区")


async def test_from_a_number_to_the_record_behind_it(desk):
    async with desk.page() as page:
        await page.goto(f"/map/{LICHENG}?on=2025-12-31")

        await page.locator("a[href^='/explain?metric=effective']").first.click()
        await page.get_by_role("link", name="演示站点1").first.click()

        await expect(page.locator("h1")).to_contain_text("演示站点1")


async def test_an_import_with_errors_then_corrected_then_undone(desk):
    async with desk.page() as page:
        lines = [{**s, "站点编号": f"N-{n}", "站点名称": f"新站点{n}"} for n, s in enumerate(stations())]
        wrong = [dict(line) for line in lines]
        wrong[2]["所在区划名称"] = "不是这里"

        await page.goto("/imports/new?kind=service-points")
        await page.set_input_files("#file", file_of(wrong))
        await page.get_by_role("button", name="上传并检查").click()
        await expect(page.get_by_role("row").filter(has_text="不是这里")).to_contain_text("4")
        await expect(page.get_by_role("button", name="确认导入")).to_have_count(0)
        await look(page, "import-invalid")

        await page.goto("/imports/new?kind=service-points")
        await page.set_input_files("#file", file_of(lines))
        await page.get_by_role("button", name="上传并检查").click()
        await expect(page.get_by_role("button", name="确认导入")).to_be_visible()
        await look(page, "import-ready")
        await page.get_by_role("button", name="确认导入").click()
        await expect(page.get_by_text("已入库")).to_be_visible()
        await look(page, "import-done")
        page.on("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="撤销本次导入").click()
        await expect(page.get_by_text("已整体撤销")).to_be_visible()
        await look(page, "import-undone")


@pytest.mark.parametrize("path", ["/service-points", f"/map/{CITY}/gaps"])
async def test_what_is_only_for_the_screen_is_not_printed(desk, path):
    async with desk.page() as page:
        await page.goto(path)
        screen_only = page.locator("nav.topnav, form.filter")
        shown = await screen_only.locator("visible=true").count()
        await page.emulate_media(media="print")

        assert shown == await screen_only.count() == 2
        assert await screen_only.locator("visible=true").count() == 0


async def test_a_list_is_printed_with_all_its_rows(desk):
    async with desk.page() as page:
        await page.goto("/service-points")
        paper = pypdf.PdfReader(io.BytesIO(await page.pdf(format="A4")))

    printed = "".join(sheet.extract_text() for sheet in paper.pages)
    assert [s["站点编号"] for s in stations() if s["站点编号"] not in printed] == []


async def test_what_was_typed_outlives_the_end_of_a_session(desk):
    """Of this tab and this person; once it is taken nothing of it is left."""
    path, account = "/organizations/new", desk.system.account("district")
    async with desk.page(None) as page:
        await page.goto(f"/login?next={path}")
        await sign_in(page, account)
        await page.fill("#name", "演示没有写完的机构")
        await page.select_option("#kind", label="社会工作服务机构")
        [session] = [c for c in await page.context.cookies() if c["name"] == "shegong_session"]
        door = await desk.system.anonymous()
        ended = await door.post("/auth/logout", headers={"authorization": f"Bearer {session['value']}"})
        assert ended.status_code == 204

        await page.get_by_role("button", name="保存").click()
        await page.wait_for_url("**/login**")
        await sign_in(page, account)
        await page.goto(path)
        await expect(page.locator("#name")).to_have_value("演示没有写完的机构")
        await expect(page.locator("#kind option:checked")).to_have_text("社会工作服务机构")
        await expect(page.get_by_role("status").first).to_contain_text("已恢复上次没有提交的内容")
        await page.get_by_role("button", name="保存").click()
        await expect(page.get_by_role("status").first).to_contain_text("机构已登记")
        await page.goto(path)
        await expect(page.locator("#name")).to_have_value("")


async def test_somebody_else_in_the_same_tab_sees_nothing_of_what_was_typed(desk):
    async with desk.page(None) as page:
        await page.goto("/login?next=/organizations/new")
        await sign_in(page, desk.system.account("district"))
        await page.fill("#name", "演示没有写完的机构")
        await page.context.clear_cookies()

        await page.goto("/login?next=/organizations/new")
        await sign_in(page, desk.system.account("street"))
        await expect(page.locator("#name")).to_have_value("")
        assert "没有写完" not in await page.evaluate("JSON.stringify(sessionStorage)")


async def test_a_session_about_to_end_says_so_and_can_be_kept(desk):
    async with desk.page(None) as page:
        await page.clock.install()
        await page.goto("/login?next=/organizations/new")
        await sign_in(page, desk.system.account("district"))
        idle = int(await page.evaluate("document.body.dataset.idle"))
        warning = page.get_by_role("alertdialog")

        await page.clock.fast_forward((idle - 290) * 1000)
        await expect(warning).to_contain_text("约 5 分钟后将自动退出登录")
        await warning.get_by_role("button", name="继续使用").click()
        await expect(warning).to_be_hidden()
        await page.clock.fast_forward((idle + 10) * 1000)
        await expect(warning).to_contain_text("登录已超时")
        assert "/login?next=%2Forganizations%2Fnew" in (await warning.get_by_role("link").get_attribute("href") or "")
