"""The pictures of the manual, taken from a running system that holds the demo city: `make pictures`.

Reads the addresses and the accounts from the demo.json of the running system (or of the one named as argument). What
it uploads for the pictures of an import it cancels afterwards. Needs Chromium; with Pillow the files become smaller.
"""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Browser, BrowserContext, Page, StorageState, async_playwright
from playwright.async_api import Error as BrowserError

from deploy.local.settings import from_environment
from tests.rosters import XLSX, a_roster, worker

FOLDER = Path(__file__).parent
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--lang=zh-CN"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1366, 760
COLOURS = 64
IDS = {"code": "[0-9]{12}", "id": "[0-9a-f-]{36}"}  # as they stand in an address
CITY, LICHENG, STREET = "370100000000", "370112000000", "370112001000"
WRONG, GOOD = "十二月持证名册.xlsx", "十二月持证名册（已改正）.xlsx"


class Picture(NamedTuple):
    """`to`: the page that the first link of that kind on `path` leads to, a route; `text` is what the link says.

    `file` is told from the manual's folder; `who` is a demo account, "" a stranger.
    """

    file: str
    path: str
    to: str = ""
    text: str = ""
    who: str = "district"
    height: int = HEIGHT


PICTURES = (
    Picture("pictures/login.png", "/login", who="", height=520),
    Picture("pictures/work.png", "/work", height=1000),
    Picture("../pictures/coverage.png", f"/map/{CITY}", who="city", height=1350),
    Picture("pictures/district.png", f"/map/{LICHENG}?compare=2024-12-31", height=1100),
    Picture("pictures/village.png", f"/map/{STREET}", to="/map/{code}", text="甸柳"),
    Picture("pictures/explain.png", f"/map/{LICHENG}", to="/explain"),
    Picture("pictures/gaps.png", f"/map/{LICHENG}/gaps"),
    Picture("pictures/indicators.png", "/indicators", who="city"),
    Picture("pictures/indicator.png", f"/indicators/certified_people?division={CITY}", who="city", height=900),
    Picture("pictures/targets.png", "/targets", who="city"),
    Picture("pictures/import.png", "/imports/new", height=700),
    Picture("pictures/wrong.png", "/imports", to="/imports/{id}", text=WRONG),
    Picture("pictures/check.png", "/imports", to="/imports/{id}", text=GOOD),
    Picture("pictures/people.png", "/people"),
    Picture("pictures/person.png", "/people?registered=true", to="/people/{id}", height=900),
    Picture("pictures/registrations.png", "/registrations?renewable=true&sort=ending"),
    Picture("pictures/organizations.png", "/organizations"),
    Picture("pictures/point.png", "/service-points?tier=street_station", to="/service-points/{id}", height=900),
    Picture("pictures/sessions.png", "/sessions"),
    Picture("pictures/session.png", "/sessions", to="/sessions/{id}", height=900),
    Picture("pictures/supervisors.png", "/supervisors?counted=true"),
    Picture("pictures/bases.png", "/bases", who="city"),
    Picture("pictures/projects.png", "/projects?in_force=true", who="buyer"),
    Picture("pictures/project.png", "/projects?in_force=true", to="/projects/{id}", who="buyer", height=1200),
    Picture("pictures/records.png", "/service-records"),
    Picture("pictures/status.png", "/status", height=620),
)


def shape(route: str) -> str:
    """An address of a route, as a pattern."""
    return re.sub(r"\\{(\w+)\\}", lambda found: IDS[found[1]], re.escape(route))


class NoPicture(Exception):
    """What is missing, said for whoever runs this."""


class Studio:
    """One browser, and for each account the session in which it signed in."""

    def __init__(self, chromium: Browser, address: str, accounts: Mapping[str, str]) -> None:
        self.chromium, self.address, self.accounts = chromium, address, accounts
        self.sessions: dict[str, StorageState] = {}

    @asynccontextmanager
    async def page(self, who: str, height: int = HEIGHT) -> AsyncIterator[Page]:
        if who and who not in self.sessions:
            self.sessions[who] = await self._signed_in(who)
        context = await self._context(height, self.sessions.get(who))
        yield await context.new_page()
        await context.close()

    async def _context(self, height: int, session: StorageState | None = None) -> BrowserContext:
        return await self.chromium.new_context(
            base_url=self.address, viewport={"width": WIDTH, "height": height}, locale="zh-CN",
            reduced_motion="reduce", storage_state=session,
        )  # fmt: skip

    async def _signed_in(self, who: str) -> StorageState:
        context = await self._context(HEIGHT)
        page = await context.new_page()
        await page.goto("/login")
        await page.fill("#username", who)
        await page.fill("#password", self.accounts[who])
        await page.press("#password", "Enter")
        await page.wait_for_url(lambda url: "/login" not in url)
        state = await context.storage_state()
        await context.close()
        return state


async def opened(page: Page, path: str) -> None:
    answer = await page.goto(path)
    if answer is None or answer.status != 200:
        raise NoPicture(f"{path} 没有打开（{answer.status if answer else '没有应答'}）")


async def taken(studio: Studio, picture: Picture) -> None:
    async with studio.page(picture.who, picture.height) as page:
        await opened(page, picture.path)
        if picture.to:
            await opened(page, await link_on(page, picture))
        await page.wait_for_function("document.querySelectorAll('.chart:empty').length === 0")
        file = FOLDER / picture.file
        await page.screenshot(path=file, animations="disabled")
        reduced(file)


async def link_on(page: Page, picture: Picture) -> str:
    pattern = re.compile(shape(picture.to) + r"(\?.*)?")
    for link in await page.locator("main a[href]").filter(has_text=picture.text).all():
        href = await link.get_attribute("href") or ""
        if pattern.fullmatch(href) and href.split("?")[0] != picture.path.split("?")[0]:
            return href
    raise NoPicture(f"{picture.path} 上没有通往 {picture.to} 的链接{picture.text and f'“{picture.text}”'}")


def reduced(file: Path) -> None:
    """A few colours do for a page."""
    if not find_spec("PIL"):
        return
    from PIL import Image

    with Image.open(file) as image:
        flat = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    flat.save(file, optimize=True)


# ── an import with errors, and the same corrected: both waiting, until the pictures are taken ────────────────────────
@asynccontextmanager
async def uploaded(studio: Studio) -> AsyncIterator[None]:
    async with studio.page("district") as page:
        jobs: list[str] = []
        try:
            for name in (WRONG, GOOD):
                jobs.append(await upload(page, name, wrong=name == WRONG))
            yield
        finally:
            for job in jobs:
                await page.goto(job)
                await page.locator(f"form[action$='{job}/cancel'] button").click()
                await page.wait_for_load_state()


async def upload(page: Page, name: str, *, wrong: bool) -> str:
    await opened(page, "/imports/new")
    await page.set_input_files("#file", {"name": name, "mimeType": XLSX, "buffer": roster(wrong=wrong)})
    await page.get_by_role("button", name="上传并检查").click()
    await page.wait_for_url(re.compile(shape("/imports/{id}") + "$"))
    await page.wait_for_selector("form[action$='/cancel']")
    await page.wait_for_selector("#job progress", state="detached")
    return re.sub(r"^\w+://[^/]+", "", page.url)


def roster(*, wrong: bool) -> bytes:
    """Twelve people who are in no register yet; three of their rows are wrong."""
    over = {3: {"证件号码": "999000197001010001"}, 6: {"批准日期": "去年六月"}, 9: {"证书级别": "中级社工"}}
    return a_roster(
        worker(n, STREET, "山大路街道", 证件类型="居民身份证", **over.get(n - 88000, {}) if wrong else {})
        for n in range(88000, 88012)
    )


async def all_taken(address: str, accounts: Mapping[str, str]) -> Sequence[str]:
    """What could not be taken, and why."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        return ["没有找到 Chromium"]
    missing = []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=ARGS)
        studio = Studio(chromium, address, accounts)
        async with uploaded(studio):
            for picture in PICTURES:
                try:
                    await taken(studio, picture)
                except (NoPicture, BrowserError) as error:
                    missing.append(f"{picture.file}：{error}")
        await chromium.close()
    return missing


def main() -> None:
    file = Path(sys.argv[1]) if sys.argv[1:] else from_environment().var / "demo.json"
    if not file.exists():
        sys.exit(f"没有 {file}：请先运行 make run 和 make demo。")
    demo = json.loads(file.read_text(encoding="utf-8"))
    accounts = {account["username"]: account["password"] for account in demo["accounts"]}
    missing = asyncio.run(all_taken(demo["dashboard"], accounts))
    kilobytes = sum((FOLDER / p.file).stat().st_size for p in PICTURES if (FOLDER / p.file).exists()) // 1000
    note = "" if find_spec("PIL") else "（没有 Pillow，未压缩，不宜提交）"
    print(f"{len(PICTURES) - len(missing)} / {len(PICTURES)} 张图片，共 {kilobytes} KB{note}")
    if missing:
        sys.exit("下列图片没有生成：\n" + "\n".join(f"  · {line}" for line in missing))


if __name__ == "__main__":
    main()
