"""Where the pictures of the manual are taken: a browser, the demo's accounts, and the reduction of a file."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, StorageState

FOLDER = Path(__file__).parent
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--lang=zh-CN"]
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1366, 760
COLOURS = 64


class NoPicture(Exception):
    """What is missing, said for whoever runs this."""


def browser_path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


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

    async def sign_in(self, page: Page, who: str) -> None:
        await page.goto("/login")
        await page.fill("#username", who)
        await page.fill("#password", self.accounts[who])
        await page.press("#password", "Enter")

    async def _context(self, height: int, session: StorageState | None = None) -> BrowserContext:
        return await self.chromium.new_context(
            base_url=self.address, viewport={"width": WIDTH, "height": height}, locale="zh-CN",
            reduced_motion="reduce", storage_state=session,
        )  # fmt: skip

    async def _signed_in(self, who: str) -> StorageState:
        context = await self._context(HEIGHT)
        page = await context.new_page()
        await self.sign_in(page, who)
        await page.wait_for_url(lambda url: "/login" not in url)
        state = await context.storage_state()
        await context.close()
        return state


async def opened(page: Page, path: str) -> None:
    answer = await page.goto(path)
    if answer is None or answer.status != 200:
        raise NoPicture(f"{path} 没有打开（{answer.status if answer else '没有应答'}）")


async def kept(page: Page, name: str) -> None:
    """What the browser shows now, as a file told from the manual's folder."""
    await page.screenshot(path=FOLDER / name, animations="disabled")
    reduced(FOLDER / name)


def reduced(file: Path) -> None:
    """A few colours do for a page."""
    if not find_spec("PIL"):
        return
    from PIL import Image

    with Image.open(file) as image:
        flat = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    flat.save(file, optimize=True)
