"""Whether a page can be read by everybody: axe at both widths, nothing beyond the edge, and a picture to look at."""

import re

from axe_playwright_python.async_playwright import Axe
from axe_playwright_python.base import AxeResults
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.conftest import SHOTS, WIDE

# Of what passes one node is enough: that alone makes axe three times as fast. Colours are the same at every width.
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
AGAIN = {**RULES, "rules": {"color-contrast": {"enabled": False}}}
NARROW: ViewportSize = {"width": 360, "height": 740}
AXE = Axe().axe_script
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def look(page: Page, name: str, *sizes: ViewportSize) -> None:
    """Raise on any violation, at both widths unless told; its picture is kept as `name` where SHOTS says."""
    await expect(page.locator(".chart:empty")).to_have_count(0)
    if SHOTS:
        file = SHOTS / f"{re.sub(r'[^0-9a-z]+', '-', name).strip('-')}.png"
        await page.screenshot(path=file, full_page=True, animations="disabled")
    await page.evaluate(AXE)  # once: it stays while the page does
    for n, size in enumerate(sizes or (WIDE, NARROW)):
        await page.set_viewport_size(size)
        found = AxeResults(await page.evaluate("options => axe.run(options)", AGAIN if n else RULES))
        assert not found.response["violations"], f"{name} at {size['width']} px:\n{found.generate_report()}"
    wide = await page.evaluate(BEYOND)
    assert wide <= 0, f"{name}: {wide} px beyond the edge at 360 px"
    await page.set_viewport_size(WIDE)
