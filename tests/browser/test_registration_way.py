"""A registration by its pages, on the whole system: from a draft to the certificate, the paper and its verification."""

import re
from html import unescape

import httpx
import pytest

from services.kernel.clock import today
from tests import rosters
from tests.browser.conftest import stations

pytestmark = pytest.mark.anyio
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Pages:
    """The dashboard as somebody's browser without scripts asks it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def reads(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    async def sends(self, path: str, **typed: str) -> httpx.Response:
        known = {name: unescape(value) for name, value in HIDDEN.findall(await self.reads(path))}
        return await self.client.post(path, data={**known, **typed})

    async def goes(self, path: str, **typed: str) -> str:
        """To where the form leads."""
        answer = await self.sends(path, **typed)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].partition("?")[0]


@pytest.fixture
async def pages(system):
    found: list[httpx.AsyncClient] = []

    async def of(name: str) -> Pages:
        client = httpx.AsyncClient(base_url=system.dashboard, timeout=30, trust_env=False)
        found.append(client)
        who = system.account(name)
        await Pages(client).goes("/login", username=who["username"], password=who["password"])
        return Pages(client)

    yield of
    for client in found:
        await client.aclose()


async def test_from_a_draft_to_a_paper_that_anybody_can_verify(system, pages):
    street = stations()[1]
    line = rosters.worker(
        950, street["所在区划代码"], street["所在区划名称"], 登记日期="", 登记有效期止="", 批准日期=str(today())
    )
    district, city = await system.signed_in("district"), await system.signed_in("city")
    await rosters.imported(district, rosters.a_roster([line]), prefix="/registry")
    number = {"q": line["管理号"], "limit": 1}
    [person] = (await district.get("/registry/people", params=number)).json()["items"]
    editor, final = await pages("street"), await pages("city")

    person_page = await editor.reads(f"/people/{person['id']}")
    paper = re.search(r'href="(/certificates/[0-9a-f-]{36})"', person_page)
    certificate = paper[1].rpartition("/")[2]
    new = f"/registration-applications/new?kind=initial&certificate_id={certificate}"
    here = await editor.goes(new, **{"place": "workplace", "items.form": "true"})
    wanting = await editor.reads(here)
    everything = {f"items.{i}": "true" for i in ("identity", "certificate", "form", "photo", "capacity", "ethics")}
    await editor.goes(f"{here}/edit", **everything)
    await editor.goes(f"{here}/submit")
    for who in (district, city):  # their desk has tests of its own
        passed = await who.post(f"/registry/registration-applications/{here.rpartition('/')[2]}/approve", json={})
        assert passed.status_code == 200, passed.text
    await final.goes(f"{here}/register")
    await final.goes(f"{here}/issue", number="演示-950")
    term = re.search(r'href="(/registrations/[0-9a-f-]{36})"', await editor.reads(f"/certificates/{certificate}"))
    extract = await editor.sends(f"{term[1]}/prove", kind="extract")
    link = re.search(r'<code class="secret">([^<]+)</code>', (await editor.sends(f"{term[1]}/prove", kind="link")).text)
    public = await (await system.anonymous()).get(f"/verify/{link[1].rpartition('/')[2]}")
    answer = await editor.sends("/verifications", purpose="employment", numbers=line["管理号"])

    assert "具有完全民事行为能力的声明" in wanting
    assert "条件未齐" in wanting
    assert "已出证" in await editor.reads(here)
    assert extract.content.startswith(b"%PDF"), extract.text
    assert public.json()["verdict"] == "valid"
    assert "有效" in answer.text
