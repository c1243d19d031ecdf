"""The whole system with a little data, and a real browser before it."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

from tests import rosters
from tests.apps import System, whole_system
from tests.villages import divisions

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--lang=zh-CN"]  # fmt: skip
# The same engine without a desktop's window and menus opens a page for half the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SHOTS = Path(os.environ["SHOTS"]) if os.environ.get("SHOTS") else None  # a folder for pictures of all pages
WIDE: ViewportSize = {"width": 1366, "height": 900}
LICHENG = "370112000000"
TIERS = {"district": "区县总站", "street": "街镇社工站", "village": "村居社工室"}


def stations() -> list[dict[str, str]]:
    """The main station of 历城区, its first street and two villages of that street."""
    inside = [d for d in divisions() if d["code"].startswith("370112") and d["counts"] == "true"]
    places = [next(d for d in inside if d["tier"] == t) for t in ("district", "street")]
    places += [d for d in inside if d["parent"] == places[1]["code"]][:2]
    return [
        {"站点编号": f"B-{n}", "站点名称": f"演示站点{n}", "层级": TIERS[d["tier"]], "所在区划代码": d["code"],
         "所在区划名称": d["name"], "开站日期": "2021-06-01", "人员保障方式": "政府购买"}
        for n, d in enumerate(places)
    ]  # fmt: skip


async def furnished(door: httpx.AsyncClient) -> None:
    street = stations()[1]
    there = street["所在区划代码"], street["所在区划名称"]
    staff = [rosters.worker(n, *there, 服务站点编号="B-1", 到岗日期="2024-06-01") for n in range(900, 903)]
    for kind, lines in (("service-points", stations()), ("certified-workers", staff)):
        done = await rosters.imported(door, rosters.a_roster(lines), kind, prefix="/registry")
        assert done.state == "done", done


@pytest.fixture(scope="package")
async def system(databases, tmp_path_factory) -> AsyncIterator[System]:
    async with whole_system(databases, tmp_path_factory.mktemp("browser")) as found:
        await furnished(await found.signed_in("district"))
        yield found


@pytest.fixture(scope="package")
async def chromium() -> AsyncIterator[Browser]:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("页面测试需要 Chromium：运行 make test，它会安装或说明怎么装。")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=ARGS)
        yield opened
        await opened.close()


@dataclass
class Desk:
    """Browsers for officials, each signed in once; whatever a page complains of fails the test that opened it."""

    chromium: Browser
    system: System
    kept: dict[tuple[str, bool], BrowserContext] = field(default_factory=dict)

    @asynccontextmanager
    async def page(
        self, who: str | None = "district", *, refused: int = 0, scripts: bool = True
    ) -> AsyncIterator[Page]:
        """A new page of somebody's; None: of a stranger, each time another. Chromium notes a refused page's status:
        that is expected.
        """
        context = self.kept.get((who, scripts)) if who else None
        context = context or await self._opened(who, scripts)
        page, said = await context.new_page(), []
        page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        await (page if who else context).close()
        expected = f"the server responded with a status of {refused} "
        assert [text for text in said if expected not in text] == []

    async def _opened(self, who: str | None, scripts: bool) -> BrowserContext:
        context = await self.chromium.new_context(
            viewport=WIDE, locale="zh-CN", reduced_motion="reduce", base_url=self.system.dashboard,
            java_script_enabled=scripts,
        )  # fmt: skip
        context.set_default_timeout(10_000)
        if who:
            page = await context.new_page()
            await page.goto("/login")
            await sign_in(page, self.system.account(who))
            await page.close()
            self.kept[who, scripts] = context
        return context


async def sign_in(page: Page, account: dict[str, str]) -> None:
    await page.fill("#username", account["username"])
    await page.fill("#password", account["password"])
    await page.press("#password", "Enter")
    await page.wait_for_url(lambda url: "/login" not in url)


@pytest.fixture(scope="package")
def desk(chromium: Browser, system: System) -> Desk:
    return Desk(chromium, system)
