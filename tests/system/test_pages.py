"""The main job as an official does it, page by page, without JavaScript."""

import asyncio
import html
import re

import httpx
import pytest

from tests import rosters
from tests.villages import divisions

pytestmark = pytest.mark.anyio
LICHENG = "370112000000"
POINT_TIERS = {"district": "区县总站", "street": "街镇社工站", "village": "村居社工室"}


class Browser:
    """Follows links and sends forms as they stand on the page."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http, self.page = http, ""

    async def open(self, path: str) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        self.page = answer.text
        return self.page

    def hidden(self) -> dict[str, str]:
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page)
        return {name: html.unescape(value) for name, value in found}

    async def send(self, path: str, fields: dict[str, str], **more: object) -> httpx.Response:
        answer = await self.http.post(path, data=self.hidden() | fields, **more)  # type: ignore[arg-type]
        self.page = answer.text
        return answer

    def link(self, text: str) -> str:
        """Where the first link with this text leads."""
        found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*>(?:<[^>]+>)*\s*{re.escape(text)}\s*<', self.page)
        assert found, f"no link {text!r}"
        return html.unescape(found[1])

    async def sign_in(self, who: dict[str, str]) -> None:
        await self.open("/login")
        answer = await self.send("/login", {"username": who["username"], "password": who["password"]})
        assert answer.status_code == 303, answer.text

    async def upload(self, kind: str, content: bytes) -> str:
        await self.open(f"/imports/new?kind={kind}")
        answer = await self.send("/imports/new", {"code_system": "own"}, files={"file": ("名册.xlsx", content)})
        assert answer.status_code == 303, answer.text
        await self.settled(answer.headers["location"])
        return answer.headers["location"]

    async def settled(self, job: str) -> None:
        """The job's page, as soon as it does not go on by itself."""
        for _ in range(200):
            if "hx-trigger" not in await self.open(job):
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(self.page)

    async def confirmed(self, kind: str, content: bytes) -> str:
        job = await self.upload(kind, content)
        assert "确认导入" in self.page
        assert (await self.send(f"{job}/confirm", {})).status_code == 303
        await self.settled(job)
        assert "已入库" in self.page
        return job


@pytest.fixture
async def browser(system) -> Browser:
    http = httpx.AsyncClient(
        base_url=system.dashboard, timeout=60, trust_env=False, headers={"sec-fetch-site": "same-origin"}
    )
    browser = Browser(await system.closing.enter_async_context(http))
    await browser.sign_in(system.account("district"))
    return browser


def points() -> list[dict[str, str]]:
    """The main station of 历城区, its first street and two villages of that street."""
    inside = [d for d in divisions() if d["code"].startswith("370112") and d["counts"] == "true"]
    places = [next(d for d in inside if d["tier"] == t) for t in ("district", "street")]
    places += [d for d in inside if d["parent"] == places[1]["code"]][:2]
    return [
        {
            "站点编号": f"PAGE-{n}", "站点名称": f"演示站点{n}", "层级": POINT_TIERS[d["tier"]],
            "所在区划代码": d["code"], "所在区划名称": d["name"], "开站日期": "2021-06-01", "人员保障方式": "政府购买",
        }
        for n, d in enumerate(places)
    ]  # fmt: skip


async def test_from_the_roster_to_the_record_behind_the_number(browser):
    wrong = [dict(p) for p in points()]
    wrong[2]["所在区划名称"] = "不是这里"
    await browser.upload("service-points", rosters.a_roster(wrong))
    assert all(word in browser.page for word in ("所在区划名称", "不是这里", ">4<"))
    assert "确认导入" not in browser.page

    await browser.confirmed("service-points", rosters.a_roster(points()))
    street = points()[1]
    staff = [
        rosters.worker(n, street["所在区划代码"], street["所在区划名称"], 服务站点编号="PAGE-1", 到岗日期="2024-06-01")
        for n in range(700, 703)
    ]
    await browser.confirmed("certified-workers", rosters.a_roster(staff))

    for _ in range(100):
        page = await browser.open(f"/map/{LICHENG}?on=2025-12-31")
        if "演示" in page and re.search(r">\s*3\s*<", page):
            break
        await asyncio.sleep(0.1)
    await browser.open(browser.link(street["所在区划名称"]))
    assert street["所在区划名称"] in browser.page
    await browser.open(browser.link(points()[2]["所在区划名称"]))
    await browser.open(f"/explain?metric=effective@street&division={LICHENG}&on=2025-12-31")
    await browser.open(browser.link("演示站点1"))
    assert "PAGE-1" in browser.page
    await browser.open("/people")
    assert rosters.an_id_number(700) not in browser.page
    assert "9990**********" in browser.page


async def test_an_import_is_undone_from_its_page(browser):
    others = [{**p, "站点编号": f"UNDO-{n}", "站点名称": f"待撤站点{n}"} for n, p in enumerate(points())]
    job = await browser.confirmed("service-points", rosters.a_roster(others))
    assert "UNDO-1" in await browser.open("/service-points?q=UNDO-1")
    await browser.open(job)

    assert (await browser.send(f"{job}/undo", {})).status_code == 303
    await browser.settled(job)

    assert "已整体撤销" in browser.page
    assert "待撤站点1" not in await browser.open("/service-points?q=UNDO-1")


async def test_a_stranger_is_sent_to_sign_in_and_back(system):
    async with httpx.AsyncClient(base_url=system.dashboard, trust_env=False) as stranger:
        answer = await stranger.get("/map/370100000000?on=2025-12-31")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=")
