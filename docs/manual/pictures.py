"""The pictures of the manual, taken from a running system that holds the demo city: `make pictures`.

Reads the addresses and the accounts from the demo.json of the running system (or of the one named as argument). What
it uploads, and what the scenes change, it takes back afterwards. Needs Chromium; with Pillow the files become smaller.
"""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Error as BrowserError
from playwright.async_api import Page, async_playwright

from deploy.local.settings import from_environment
from docs.manual.scenes import SCENES
from docs.manual.studio import ARGS, FOLDER, HEIGHT, NoPicture, Studio, browser_path, kept, opened
from tests.rosters import XLSX, a_roster, worker

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
    Picture("pictures/own-account.png", "/account", height=900),
    Picture("pictures/accounts.png", "/accounts", who="system_admin", height=620),
    Picture("pictures/new-account.png", "/accounts/new", who="system_admin", height=620),
    Picture("pictures/policy.png", "/policy", who="security_admin"),
)
FILES = (*(picture.file for picture in PICTURES), *(file for scene in SCENES for file in scene.files))


def shape(route: str) -> str:
    """An address of a route, as a pattern."""
    return re.sub(r"\\{(\w+)\\}", lambda found: IDS[found[1]], re.escape(route))


async def taken(studio: Studio, picture: Picture) -> None:
    async with studio.page(picture.who, picture.height) as page:
        await opened(page, picture.path)
        if picture.to:
            await opened(page, await link_on(page, picture))
        await page.wait_for_function("document.querySelectorAll('.chart:empty').length === 0")
        await kept(page, picture.file)


async def link_on(page: Page, picture: Picture) -> str:
    pattern = re.compile(shape(picture.to) + r"(\?.*)?")
    for link in await page.locator("main a[href]").filter(has_text=picture.text).all():
        href = await link.get_attribute("href") or ""
        if pattern.fullmatch(href) and href.split("?")[0] != picture.path.split("?")[0]:
            return href
    raise NoPicture(f"{picture.path} 上没有通往 {picture.to} 的链接{picture.text and f'“{picture.text}”'}")


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
    path = browser_path()
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
        for scene in SCENES:
            try:
                await scene.play(studio)
            except (NoPicture, BrowserError) as error:
                missing.append(f"{'、'.join(scene.files)}：{error}")
        await chromium.close()
    return missing


def main() -> None:
    file = Path(sys.argv[1]) if sys.argv[1:] else from_environment().var / "demo.json"
    if not file.exists():
        sys.exit(f"没有 {file}：请先运行 make run 和 make demo。")
    demo = json.loads(file.read_text(encoding="utf-8"))
    accounts = {account["username"]: account["password"] for account in demo["accounts"]}
    missing = asyncio.run(all_taken(demo["dashboard"], accounts))
    kilobytes = sum((FOLDER / file).stat().st_size for file in FILES if (FOLDER / file).exists()) // 1000
    note = "" if find_spec("PIL") else "（没有 Pillow，未压缩，不宜提交）"
    print(f"{len(FILES)} 张图片，共 {kilobytes} KB{note}")
    if missing:
        sys.exit("下列图片没有重新生成：\n" + "\n".join(f"  · {line}" for line in missing))


if __name__ == "__main__":
    main()
