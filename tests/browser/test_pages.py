"""What an official does with mouse, keyboard and paper, in a real browser."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, expect

from tests import rosters
from tests.browser.conftest import LICHENG, SHOTS, signed_in, stations

pytestmark = pytest.mark.anyio
CITY, STREET = "370100000000", "370112001000"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = (
    "/work", f"/map/{CITY}", f"/map/{LICHENG}", f"/map/{STREET}", f"/map/{CITY}/gaps", "/indicators",
    "/indicators/certified_people", "/targets", f"/explain?metric=established@street&division={LICHENG}", "/people",
    "/organizations", "/service-points", "/certificates", "/registrations", "/imports", "/imports/new", "/status",
    "/help", "/about", "/password",
)  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def file_of(lines) -> dict[str, object]:
    return {"name": "站点.xlsx", "mimeType": XLSX, "buffer": rosters.a_roster(lines)}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_accessible_narrow_and_within_its_policy(chromium, system, path):
    context = await signed_in(chromium, system)
    page, said = context.pages[0], []
    page.on("console", lambda m: said.append(m) if m.type in ("error", "warning") else None)

    answer = await page.goto(path)
    await page.wait_for_load_state("networkidle")
    found = await Axe().run(page, options=RULES)
    SHOTS.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", path).strip("-")
    await page.screenshot(path=SHOTS / f"{name}.png", full_page=True, animations="disabled")
    await page.set_viewport_size({"width": 360, "height": 740})
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    await context.close()

    assert answer is not None
    assert answer.status == 200
    assert not found.response["violations"], found.generate_report()
    assert wide <= 0, f"{wide} px beyond the edge at 360 px"
    assert not [text(m) for m in said]


def text(message: ConsoleMessage) -> str:
    return message.text


async def test_drilling_down_by_mouse_and_keyboard_and_back(chromium, system):
    context = await signed_in(chromium, system, "city")
    page, title = context.pages[0], context.pages[0].locator("h1")
    await page.goto(f"/map/{CITY}")

    await page.locator(f"svg a[href^='/map/{LICHENG}']").first.focus()
    await page.keyboard.press("Enter")
    await expect(title).to_contain_text("历城区")
    await expect(title).to_be_focused()
    assert LICHENG in page.url
    await page.get_by_role("link", name=stations()[1]["所在区划名称"]).first.click()
    await expect(title).to_contain_text(stations()[1]["所在区划名称"])
    await page.go_back()
    await expect(title).to_contain_text("历城区")
    await page.go_back()
    await expect(title).to_contain_text("济南市")
    await page.go_forward()
    await expect(title).to_contain_text("历城区")
    assert await page.locator(".chart svg").count() <= 1
    await context.close()


async def test_without_javascript_a_district_is_still_a_click_away(chromium, system):
    context = await signed_in(chromium, system, java_script_enabled=False)
    page = context.pages[0]
    await page.goto(f"/map/{CITY}")

    await page.locator(f"a[href^='/map/{LICHENG}']").first.click()

    await expect(page.locator("h1")).to_contain_text("历城区")
    await context.close()


async def test_from_a_number_to_the_record_behind_it(chromium, system):
    context = await signed_in(chromium, system)
    page = context.pages[0]
    await page.goto(f"/map/{LICHENG}?on=2025-12-31")

    await page.locator("a[href^='/explain?metric=effective']").first.click()
    await page.get_by_role("link", name="演示站点1").first.click()

    await expect(page.locator("h1")).to_contain_text("演示站点1")
    await context.close()


async def test_an_import_with_errors_then_corrected_then_undone(chromium, system):
    context = await signed_in(chromium, system)
    page = context.pages[0]
    lines = [{**s, "站点编号": f"N-{n}", "站点名称": f"新站点{n}"} for n, s in enumerate(stations())]
    wrong = [dict(line) for line in lines]
    wrong[2]["所在区划名称"] = "不是这里"

    await page.goto("/imports/new?kind=service-points")
    await page.set_input_files("#file", file_of(wrong))
    await page.get_by_role("button", name="上传并检查").click()
    await expect(page.get_by_role("row").filter(has_text="不是这里")).to_contain_text("4")
    await expect(page.get_by_role("button", name="确认导入")).to_have_count(0)

    await page.goto("/imports/new?kind=service-points")
    await page.set_input_files("#file", file_of(lines))
    await page.get_by_role("button", name="上传并检查").click()
    await page.get_by_role("button", name="确认导入").click()
    await expect(page.get_by_text("已入库")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="撤销本次导入").click()
    await expect(page.get_by_text("已整体撤销")).to_be_visible()
    await context.close()


async def test_a_list_is_printed_with_all_its_rows(chromium, system):
    context = await signed_in(chromium, system)
    page = context.pages[0]
    await page.goto("/service-points")
    rows = page.locator("tbody tr")
    count = await rows.count()
    await page.emulate_media(media="print")

    assert count == len(stations())
    assert await page.locator("nav.menu, form.filter").locator("visible=true").count() == 0
    heights = await rows.evaluate_all("rows => rows.map(r => r.getBoundingClientRect().height)")
    assert all(height > 0 for height in heights)
    assert (await page.pdf(format="A4")).startswith(b"%PDF")
    await context.close()
