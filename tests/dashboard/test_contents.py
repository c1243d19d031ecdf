"""What stands on the pages: numbers and their way to the records, panels, lists, names."""

from datetime import date

import httpx
import pytest

from services.contracts.coverage import SourceState
from services.contracts.registry import PersonOut
from services.kernel.paging import Page
from tests.dashboard.scripted import (
    LICHENG,
    PERSON_ID,
    POINT_ID,
    VILLAGE,
    Html,
    Script,
    a_person,
    an_official,
    below,
    browser,
    city,
    explanation,
    fresh,
    refused,
    silent,
    status,
    text_of,
)
from tests.dashboard.test_pages import EXPLAIN, check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio


async def test_the_home_page_is_ones_own_division():
    assert (await browser().get("/")).headers["location"] == f"/map/{JINAN}"
    admin = an_official(permissions={"grants:write": [JINAN]})
    assert (await browser(Script(**{"/auth/me": admin})).get("/")).headers["location"] == "/status"


async def test_the_menu_offers_what_one_may():
    admin = an_official(permissions={"grants:write": [JINAN]})

    menu = {a.get("href") for a in check(await browser(Script(**{"/auth/me": admin})).get("/help")).all("a")}
    assert not {"/people", "/imports"} & menu
    assert (await browser(Script(**{"/auth/me": admin})).get("/imports/new")).status_code == 403

    all_of_it = {a.get("href") for a in check(await browser().get("/imports/new")).all("a")}
    assert {"/people", "/service-points", "/imports", "/status"} <= all_of_it


async def test_the_map_asks_for_the_day_and_the_map_that_were_asked_for():
    script = Script()

    response = await browser(script).get(f"/map/{JINAN}?on=2021-12-31&map=today")

    assert dict(script.last(f"/coverage/{JINAN}").url.params) == {
        "on": "2021-12-31",
        "map": "today",
        "pack": "jinan-2020-54",
    }
    assert dict(script.last(f"/indicators/{JINAN}").url.params) == {
        "on": "2021-12-31",
        "map": "today",
        "pack": "jinan-2020-54",
    }
    assert f"/map/{LICHENG}?on=2021-12-31&amp;map=today" in response.text


async def test_every_number_of_the_map_opens_to_its_records():
    page = check(await browser().get(f"/map/{JINAN}?on=2026-11-24"))

    linked = {a["href"] for a in page.all("a") if (a.get("href") or "").startswith("/explain")}
    for metric in (
        "certified_people",
        "registered_workers",
        "established@street",
        "exists@street",
    ):
        assert f"/explain?metric={metric}&division={JINAN}&on=2026-11-24" in linked
    for metric in ("served@street", "effective@street", "established@village"):
        assert f"/explain?metric={metric}&division={LICHENG}&on=2026-11-24" in linked


async def test_numbers_are_written_as_officials_write_them():
    text = text_of((await browser().get(f"/map/{JINAN}")).text)

    assert "14,340 人" in text
    assert "100.0%" in text
    assert "40.0%" in text  # 2301 of 5752 is 40.003…
    assert "目标 15,000 人，2025-12-31 前；到期未完成" in text


async def test_the_zone_and_the_quasi_units_stand_apart():
    statutory = text_of((await browser().get(f"/map/{JINAN}")).text)
    by_zone = text_of((await browser().get(f"/map/{JINAN}?by=zone")).text)

    assert "不与上表相加" in statutory
    assert "商河经济开发区 370126400000" in statutory
    assert "各级覆盖明细（1 个）" in statutory
    assert "各级覆盖明细" not in by_zone
    assert "— 济南高新区 5/8 62.5%" in by_zone, "the ranking is of the zones"


async def test_stale_sources_are_said_above_the_numbers():
    late = city(sources=fresh(SourceState.STALE))

    response = await browser(Script(**{f"/coverage/{JINAN}": late})).get(f"/map/{JINAN}")

    assert "数据停在 2026-11-24 10:31:07" in response.text
    assert response.text.index("数据停在") < response.text.index("主要指标")


async def test_a_part_that_is_away_costs_its_panel_only():
    response = await browser(Script(**{f"/indicators/{JINAN}": silent})).get(f"/map/{JINAN}")

    assert response.status_code == 200
    check(response)
    assert "没有应答" in response.text
    assert "历城区" in response.text


async def test_a_village_shows_its_room_and_its_people():
    script = Script()

    text = text_of((await browser(script).get(f"/map/{VILLAGE}")).text)

    assert "山大路街道社工站" in text
    assert "政府购买" in text
    assert "张*" in text
    assert script.last("/registry/people").url.params["division"] == VILLAGE


async def test_a_village_whose_registry_is_away_still_shows_its_coverage():
    away = Script(**{"/registry/people": silent, "/registry/service-points": silent})

    response = await browser(away).get(f"/map/{VILLAGE}")

    assert response.status_code == 200
    assert response.text.count("没有应答") == 2


async def test_nothing_below_is_said_rather_than_drawn():
    nothing = {f"/coverage/{JINAN}": city(children=[]), f"/indicators/{JINAN}/children": below(items=[])}

    response = await browser(Script(**nothing)).get(f"/map/{JINAN}")

    assert "这一天没有下级区划" in response.text


async def test_an_explanation_links_each_fact_to_its_record_and_adds_up():
    response = await browser().get(EXPLAIN)
    text = text_of(response.text)

    assert f'href="/people/{PERSON_ID}"' in response.text
    assert "历城区" in text
    assert "不在您管辖范围内（2 条，只计数，不列明细） 2" in text
    assert "逐条相加等于上面的总数" in text


async def test_an_explanation_of_several_pages_shows_the_pages_own_sum_and_calls_nothing_equal():
    first = await browser(Script(**{"/explain": explanation(next="c2")})).get(f"{EXPLAIN}&on=2026-11-24")
    following = next(a["href"] for a in Html(first.text).all("a") if a.get("rel") == "next")
    second = Script(**{"/explain": explanation(total="3", outside=None)})
    last = await browser(second).get(following or "")

    assert dict(httpx.URL(following or "").params).keys() == {"metric", "division", "on", "cursor"}
    assert second.last("/explain").url.params["cursor"] == "c2"
    for page in (first, last):
        assert "本页合计 1 " in text_of(page.text)
        assert "总数 3" in text_of(page.text)
        assert "只是本页各条之和，不是总数" in page.text
        assert "逐条相加" not in page.text


async def test_a_crafted_link_cannot_bend_a_sum():
    crafted = Script(**{"/explain": explanation(total="5")})

    response = await browser(crafted).get(f"{EXPLAIN}&sum=99999&count=7&outside=2&hidden=88888")

    assert "本页合计 1 " in text_of(response.text)
    assert "逐条相加" not in response.text
    assert not [lie for lie in ("99,999", "99999", "88,888", "88888") if lie in text_of(response.text)]


async def test_a_sum_that_does_not_match_is_not_called_equal():
    response = await browser(Script(**{"/explain": explanation(total="5")})).get(EXPLAIN)

    assert "逐条相加" not in response.text


async def test_a_presence_opens_to_the_units_and_what_was_said_of_them():
    inner = {"service": "registry", "subject": f"service_point:{POINT_ID}", "metric": "point_open", "division": LICHENG,
             "start": "2021-09-01", "end": "2027-05-02", "amount": "1",
             "record": f"/api/v1/registry/service-points/{POINT_ID}"}  # fmt: skip
    unit = {
        **inner,
        "metric": "established@street",
        "record": f"/api/v1/registry/divisions/{LICHENG}",
        "facts": [inner],
    }
    found = explanation(metric="established@street", items=[unit], total="1", outside=None)

    text = text_of((await browser(Script(**{"/explain": found})).get(EXPLAIN)).text)

    assert "街镇 · 已建站：1" in text
    assert "有站点：山大路街道社工站2021-09-01 至 2027-05-01" in text


async def test_names_that_cannot_be_asked_leave_their_codes():
    away = Script(**{f"/registry/divisions/{LICHENG}": silent, f"/registry/people/{PERSON_ID}": refused(404, "无")})

    response = await browser(away).get(EXPLAIN)

    assert response.status_code == 200
    assert LICHENG in text_of(response.text)


async def test_nothing_behind_a_number_is_said_with_what_to_do():
    nothing = explanation(items=[], total="0", outside=None)

    response = await browser(Script(**{"/explain": nothing})).get(EXPLAIN)

    assert "没有记录计入这个数" in response.text


async def test_a_list_keeps_its_filter_while_paging():
    script = Script()

    response = await browser(script).get("/people?q=张&division=&on=2026-11-24&level=senior")

    asked = dict(script.last("/registry/people").url.params)
    assert asked == {"limit": "50", "q": "张", "on": "2026-11-24", "level": "senior"}
    following = next(a["href"] for a in Html(response.text).all("a") if a.get("rel") == "next")
    assert dict(httpx.URL(following or "").params) == {
        "q": "张", "on": "2026-11-24", "level": "senior", "cursor": "next-people"
    }  # fmt: skip


async def test_a_search_that_cannot_be_made_can_be_mended_where_it_was_typed():
    script = Script(**{"/registry/people": refused(422, "请至少输入姓名中的两个字再查询。")})

    response = await browser(script).get("/people?q=张")

    assert response.status_code == 422
    page = check(response)
    assert "请至少输入姓名中的两个字再查询。" in response.text
    assert next(a for a in page.all("input") if a.get("name") == "q")["value"] == "张"


async def test_an_empty_list_says_what_to_do():
    response = await browser(Script(**{"/registry/people": Page[PersonOut](items=[], next=None)})).get("/people?q=x")

    assert "没有符合条件的人员" in response.text
    assert "清除筛选" in response.text


async def test_hostile_names_are_text():
    svg = "<svg onload=alert(1)>'\"&"
    script = Script(
        **{
            f"/registry/people/{PERSON_ID}": a_person(name=svg, employer_name=svg, major=svg),
            "/auth/me": an_official(name=svg),
            f"/coverage/{JINAN}": city(division={"code": JINAN, "name": svg, "tier": "city"}),
            "/explain": explanation(division={"code": JINAN, "name": svg, "tier": "city"}),
        }
    )

    for path in (f"/people/{PERSON_ID}", f"/map/{JINAN}", EXPLAIN):
        response = await browser(script).get(path)
        check(response)
        assert "<svg onload" not in response.text
        assert "&lt;svg onload=alert(1)&gt;" in response.text


async def test_the_status_page_names_each_part_and_answers_also_when_the_gateway_is_away():
    text = text_of((await browser(signed_in=False).get("/status")).text)
    assert "人员与站点名册 最新" in text
    assert "培训与督导 未连通 自 2026-11-24 09:00:00" in text

    response = await browser(Script(**{"/status": silent}), signed_in=False).get("/status")
    assert response.status_code == 200
    assert "没有应答" in response.text
    assert status().parts[0].part == "registry"


async def test_htmx_gets_the_block_it_replaces_and_a_history_restore_the_page():
    htmx = {"hx-request": "true", "hx-request-type": "partial", "hx-target": "section#drill"}
    client = browser()

    part = await client.get(f"/map/{JINAN}", headers=htmx)
    whole = await client.get(f"/map/{JINAN}", headers={**htmx, "hx-history-restore-request": "true"})
    unknown = await client.get(f"/map/{JINAN}", headers={**htmx, "hx-target": "section#__class__"})

    assert "<html" not in part.text
    assert "历城区" in part.text
    assert "<html" in whole.text
    assert "<html" in unknown.text
    assert "HX-Target" in part.headers["vary"]


async def test_the_quick_days_are_those_officials_ask_for():
    from services.dashboard.maps import quick_days

    days = quick_days(date(2026, 11, 24))

    assert list(days.values()) == [date(2026, 11, 24), date(2025, 12, 31), date(2021, 12, 31), date(2025, 12, 31)]
