"""The statement of a year's learning: what is met, what cannot be decided, and who may see it."""

import httpx
import pytest

from tests.dashboard.scripted import (
    PERSON_ID,
    Script,
    browser,
    silent,
    text_of,
)
from tests.dashboard.test_pages import check
from tests.dashboard.training import (
    STATEMENT,
    a_statement,
    script,
)

pytestmark = pytest.mark.anyio


async def test_a_statement_says_what_cannot_be_decided_and_what_is_missing():
    s = script(**{"/training/attendances/export": httpx.Response(200, content=b"file")})
    response = await browser(s).get(f"/people/{PERSON_ID}/hours?year=2026")
    await browser(s).get(f"/people/{PERSON_ID}/hours/export?year=2026&format=csv")

    check(response)
    assert dict(s.last(STATEMENT).url.params) == {"year": "2026"}
    text = text_of(response.text)
    assert "无法判断 未登记是否直接从事社会服务。尚缺：是否直接从事社会服务" in text
    assert "登记有效期继续教育（CE-02）" in text
    assert "督导能力提升班 集中授课 济南社工协会 2026-11-20 180 4.00 已审核" in text
    assert dict(s.last("/training/attendances/export").url.params) == {
        "person_id": str(PERSON_ID), "from": "2026-01-01", "to": "2026-12-31", "format": "csv"
    }  # fmt: skip


async def test_a_statement_without_lines_or_without_the_name():
    response = await browser(
        script(**{STATEMENT: a_statement(items=[]), f"/registry/people/{PERSON_ID}": silent})
    ).get(f"/people/{PERSON_ID}/hours?year=")  # fmt: skip

    assert response.status_code == 200
    check(response)
    assert "这一年没有参训记录" in response.text
    assert "姓名暂不可查" in response.text


async def test_the_page_of_a_person_leads_to_the_statement_if_one_may_read_it():
    page = f"/people/{PERSON_ID}"

    assert f'href="{page}/hours"' in (await browser(script()).get(page)).text
    assert f'href="{page}/hours"' not in (await browser(Script()).get(page)).text
