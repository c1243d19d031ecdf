"""The pictures of the manual that need something done first: an authenticator, a reveal, a grant. Undone at the end.

A scene is played by the demo's accounts. A reveal, and a grant that was ended, remain on record: nobody can erase them.
"""

import base64
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from playwright.async_api import Page

from docs.manual.studio import NoPicture, Studio, kept, opened
from gateway.identity.factors.codes import STEP, code_of

BECAUSE = "演示：编写使用手册"
PERSON = "/people?registered=true"


class Scene(NamedTuple):
    files: tuple[str, ...]
    play: Callable[[Studio], Awaitable[None]]


async def press(page: Page, button: str) -> None:
    await page.get_by_role("button", name=button, exact=True).click()
    await page.wait_for_load_state()


async def headed(page: Page, title: str) -> None:
    await page.get_by_role("heading", level=1, name=title).wait_for()


async def followed(page: Page, link: str) -> None:
    """The page of a link's address, as a page of its own."""
    address = await page.locator(f"main a[href*='{link}']").first.get_attribute("href")
    if not address:
        raise NoPicture(f"{page.url} 上没有通往 {link} 的链接")
    await opened(page, address)


async def proved(page: Page, proof: str, picture: str = "") -> None:
    """Once more who one is, before something that weighs."""
    await opened(page, "/confirm")
    if picture:
        await kept(page, picture)
    await page.fill("#proof", proof)
    await press(page, "确认")
    await page.wait_for_url(lambda url: "/confirm" not in url)


# ── the authenticator of somebody who has none: enrolled, asked for, removed ────────────────────────────────────────
async def second_factor(studio: Studio, who: str = "street") -> None:
    async with studio.page(who, 780) as page:
        codes = await enrolled(page)
        try:
            async with studio.page("", 520) as elsewhere:
                await studio.sign_in(elsewhere, who)
                await headed(elsewhere, "输入验证码")
                await kept(elsewhere, "pictures/code.png")
        finally:
            await proved(page, codes[0])
            await opened(page, "/second-factor")
            await press(page, "解绑")
    del studio.sessions[who]


async def enrolled(page: Page) -> list[str]:
    """The recovery codes."""
    await opened(page, "/second-factor")
    await press(page, "开始绑定")
    await headed(page, "绑定验证器")
    secret = base64.b32decode(await page.locator("code.secret").inner_text())
    await kept(page, "pictures/enrol.png")
    await page.fill("#code", code_of(secret, int(time.time()) // STEP))
    await press(page, "绑定")
    await headed(page, "恢复码")
    await kept(page, "pictures/recovery.png")
    return await page.locator("code.secret").all_inner_texts()


# ── one person's number in clear, and the auditor who sees that ─────────────────────────────────────────────────────
async def reveal(studio: Studio, who: str = "district") -> None:
    async with studio.page(who, 740) as page:
        await proved(page, studio.accounts[who], "pictures/confirm.png")
        await opened(page, PERSON)
        await followed(page, "/people/0")
        await followed(page, "/reveal")
        await page.select_option("#purpose", "certificate_check")
        await page.fill("#reason", BECAUSE)
        await page.check("#fields-id_number")
        await kept(page, "pictures/reveal.png")
        await press(page, "记录并查看")
        await page.get_by_text("已记录本次查看").wait_for()
    async with studio.page("audit_admin", 480) as page:
        await opened(page, "/reveals")
        await kept(page, "pictures/reveals.png")


# ── a grant that waits for a second administrator ───────────────────────────────────────────────────────────────────
async def grant(studio: Studio, who: str = "security_admin", other: str = "security_admin_2") -> None:
    async with studio.page(who, 1000) as page:
        await proved(page, studio.accounts[who])
        await opened(page, "/accounts?search=village")
        await followed(page, "/accounts/0")
        account = page.url
        await followed(page, "/grants")
        await page.select_option("#role", "reviewer")
        await page.fill("#divisions", "370112001000")
        await page.fill("#reason", BECAUSE)
        await kept(page, "pictures/grant.png")
        await press(page, "授权")
        await page.wait_for_url(lambda url: url.startswith(account) and "/grants" not in url)
        try:
            await kept(page, "pictures/account.png")
            async with studio.page(other, 480) as second:
                await opened(second, "/grants/pending")
                await kept(second, "pictures/pending.png")
        finally:
            await followed(page, "/end")
            await page.fill("#reason", BECAUSE)
            await press(page, "结束授权")
            await page.wait_for_url(lambda url: url.startswith(account) and "/grants" not in url)


SCENES = (
    Scene(("pictures/enrol.png", "pictures/recovery.png", "pictures/code.png"), second_factor),
    Scene(("pictures/confirm.png", "pictures/reveal.png", "pictures/reveals.png"), reveal),
    Scene(("pictures/grant.png", "pictures/account.png", "pictures/pending.png"), grant),
)
