"""Training bases and internship sites: conditions, and what somebody else has answered."""

import pytest

from tests.dashboard.buying import filled, made, shown
from tests.dashboard.scripted import (
    browser,
    refused,
    text_of,
)
from tests.dashboard.test_pages import check
from tests.dashboard.training import (
    BASE,
    NO_ORGANIZATION,
    PLACE_ID,
    a_place,
    script,
)

pytestmark = pytest.mark.anyio


async def test_a_base_has_the_conditions_of_CE_16_and_a_site_has_none():
    base = text_of((await browser(script()).get(f"/bases/{PLACE_ID}")).text)
    site = text_of((await browser(script()).get(f"/sites/{PLACE_ID}")).text)

    assert "有自编的教学大纲和教材 是" in base
    assert "遵纪守法 未知" in base
    assert "CE-16" not in site


async def test_what_somebody_else_has_changed_is_told_condition_by_condition():
    s = script(**{**NO_ORGANIZATION, BASE: made(refused(412, "记录已被他人修改。", "stale_version"), get=a_place())})
    here = f"/bases/{PLACE_ID}/update"
    typed = {**shown(await browser(s).get(here)), "checklist.own_materials": "no", "version": "4"}

    response = await filled(s, here, **typed)

    assert response.status_code == 412
    check(response)
    assert "有自编的教学大纲和教材 是 否" in text_of(response.text).partition("他人修改之后的登记内容")[2]
    assert 'name="version" value="5"' in response.text
