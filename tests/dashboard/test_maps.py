"""The map page's own parts: the drawing, the ranking, the trend, the comparison, the CSV; and what htmx is told."""

from datetime import date
from decimal import Decimal

import pytest

from services.contracts.coverage import IndicatorTarget
from services.contracts.divisions import Tier
from services.dashboard import shapes, trend
from services.dashboard.ranking import Sort, as_csv, lists_of, sort_by
from services.dashboard.words import PACK_NAMES
from tests.dashboard.scripted import (
    LICHENG,
    Html,
    Script,
    a_child_value,
    a_series,
    below,
    browser,
    indicators,
    refused,
    share,
    text_of,
)
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
HTMX = {"hx-request": "true", "hx-request-type": "partial", "hx-target": "section#drill"}


# ── the drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_district_is_drawn_and_no_two_labels_overlap():
    drawing = shapes.drawing("370100")

    assert drawing is not None
    assert len({shape.code for shape in drawing.shapes}) == 12
    boxes = [(shape.label, shapes.LABEL[shape.small]) for shape in drawing.shapes]
    for n, ((x, y), (w, h)) in enumerate(boxes):
        assert -5 < x < drawing.width + 5
        assert all(abs(x - a) + 0.1 >= w + c or abs(y - b) + 0.1 >= h + d for (a, b), (c, d) in boxes[:n])


def test_a_city_without_borders_has_no_drawing():
    assert shapes.drawing("999900") is None


async def test_each_district_is_a_link_that_says_its_number_and_its_state():
    page = Html((await browser().get(f"/map/{JINAN}")).text)

    [shape] = [a for a in page.all("a") if a.get("aria-label") == "历城区，62.5%，滞后"]
    assert shape["href"] == shape["hx-get"] == f"/map/{LICHENG}"
    assert (shape["hx-target"], shape["hx-push-url"]) == ("#drill", "true")


async def test_whatever_htmx_fetches_can_be_opened_without_it():
    page = Html((await browser().get(f"/map/{JINAN}?compare=2025-12-31")).text)

    assert all(a["hx-get"] == a["href"] for a in page.all("a") if "hx-get" in a)
    assert all(a["hx-get"] == a["action"] for a in page.all("form") if "hx-get" in a)


# ── the ranking ──────────────────────────────────────────────────────────────────────────────────────────────────────
def districts(*values: int | None) -> list[object]:
    return [a_child_value(f"3701{n:02}000000", f"区{n}", Tier.DISTRICT, value=v) for n, v in enumerate(values)]


def test_equal_values_share_a_rank_and_unknown_ones_have_none():
    rows = lists_of(below(items=districts(10, 30, None, 30, 20)), None).rows

    assert [(row.child.name, row.rank) for row in rows] == [
        ("区1", 1),
        ("区3", 1),
        ("区4", 3),
        ("区0", 4),
        ("区2", None),
    ]


def test_fewer_than_three_units_are_not_ranked():
    assert [row.rank for row in lists_of(below(items=districts(10, 30)), None).rows] == [None, None]


def test_without_a_target_the_map_shows_quarters():
    free = [a_child_value(f"3701{n:02}000000", f"区{n}", Tier.DISTRICT, value=n, target=None, status="no_target")
            for n in range(8)]  # fmt: skip

    assert [row.shade for row in lists_of(below(items=free), None).rows] == [f"q{q}" for q in (4, 4, 3, 3, 2, 2, 1, 1)]


def test_a_target_reached_after_its_day_is_late_and_not_short():
    missed = [a_child_value(LICHENG, "历城区", Tier.DISTRICT, value=v, status="missed") for v in ("80", "79.9")]
    [late, short] = lists_of(below(items=missed), None).rows
    assert (late.late, short.late) == (True, False)
    assert not lists_of(below(items=[a_child_value(LICHENG, "历城区", Tier.DISTRICT, value="90")]), None).rows[0].late


async def test_cards_and_ranking_say_that_a_target_was_reached_late():
    target = IndicatorTarget(
        due="2021-12-31", value=100, clause="15c", status="missed", achieved_on="2022-03-01", gap=0, pace=None
    )
    full = share("street", 161, 161, target=target)
    rows = [a_child_value(LICHENG, "历城区", Tier.DISTRICT, value="100", target=100, status="missed")]
    script = Script(**{
        f"/indicators/{JINAN}": indicators(items=[full]), f"/indicators/{JINAN}/children": below(items=rows),
    })  # fmt: skip

    text = text_of((await browser(script).get(f"/map/{JINAN}")).text)

    assert "已达标，但晚于期限（2022-03-01）" in text
    assert "滞后 已达标，但晚于期限" in text


def test_changes_are_counted_from_the_other_day():
    rows = lists_of(below(items=districts(10, 30)), below(items=districts(12, None))).rows

    assert {row.child.name: row.change for row in rows} == {"区0": Decimal(-2), "区1": None}
    assert [r.child.name for r in sort_by(rows, Sort.NAME, descending=True)] == ["区1", "区0"]


def test_a_file_for_excel_keeps_codes_and_holds_no_formula():
    wild = below(items=[a_child_value(LICHENG, "=1+1", Tier.DISTRICT)])

    text = as_csv(wild, lists_of(wild, None).rows)

    assert text.startswith("\ufeff排名,")
    assert f"{LICHENG}\t,'=1+1," in text


async def test_headers_sort_by_links_that_say_so():
    page = Html((await browser().get(f"/map/{JINAN}?sort=name")).text)

    sorted_by = [a["aria-sort"] for a in page.all("th") if "aria-sort" in a]
    assert sorted_by == ["ascending"]
    assert f"/map/{JINAN}?sort=-name" in {a.get("href") for a in page.all("a")}


# ── trend and comparison ─────────────────────────────────────────────────────────────────────────────────────────────
def test_a_trend_ends_on_the_day_asked_for():
    assert trend.first_day(trend.Step.QUARTER, date(2026, 11, 24)) == date(2025, 1, 1)
    assert trend.first_day(trend.Step.MONTH, date(2026, 11, 24)) == date(2025, 12, 1)
    assert trend.first_day(trend.Step.YEAR, date(2026, 11, 24)) == date(2020, 1, 1)


def test_a_trend_is_said_in_a_sentence():
    said = trend.sentence("村居覆盖率", "%", a_series().points, Decimal(60))

    assert said == "村居覆盖率：2026-09-30 为 35.5%，2026-11-24 为 40%；最高 40%（2026-11-24）；目标 60%。"
    assert "没有数据" in trend.sentence("x", "%", [], None)


async def test_a_comparison_asks_for_the_other_day_and_shows_the_change():
    script = Script()

    text = text_of((await browser(script).get(f"/map/{JINAN}?on=2026-11-24&compare=2025-12-31")).text)

    days = {r.url.params["on"] for r in script.asked if r.url.path.endswith("/children")}
    assert days == {"2026-11-24", "2025-12-31"}
    assert "较 2025-12-31：±0" in text


async def test_an_indicator_that_does_not_exist_costs_its_panel_only():
    gone = {f"/indicators/{JINAN}/children": refused(404, "没有指标“x”，请从指标列表中选择。")}

    response = await browser(Script(**gone)).get(f"/map/{JINAN}?indicator=x")

    assert response.status_code == 200
    assert "请从指标列表中选择" in response.text


# ── htmx ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_refusal_is_shown_over_the_page_and_leaves_it_as_it_is():
    response = await browser(Script(**{f"/coverage/{JINAN}": refused(503, "统计没有应答。")})).get(
        f"/map/{JINAN}", headers=HTMX
    )

    assert (response.status_code, response.headers["hx-retarget"]) == (503, "#notices")
    assert response.headers["hx-push-url"] == "false"
    assert "<html" not in response.text
    assert "统计没有应答。" in response.text


async def test_an_ended_session_takes_the_whole_page_to_sign_in():
    ended = Script(**{"/auth/me": refused(401, "登录已失效。")})

    response = await browser(ended).get(f"/map/{JINAN}?on=2026-11-24", headers=HTMX)

    assert response.status_code == 401
    assert response.headers["hx-redirect"] == f"/login?next=/map/{JINAN}%3Fon%3D2026-11-24"


async def test_a_part_brings_its_title():
    response = await browser().get(f"/map/{JINAN}", headers=HTMX)

    assert response.text.startswith("<title>济南市 服务覆盖 ")


# ── care, session, workbench, targets ────────────────────────────────────────────────────────────────────────────────
async def test_larger_type_is_remembered_and_leads_back():
    client = browser()

    chosen = await client.get("/care?next=/help")
    client.cookies.update(chosen.cookies)

    assert chosen.headers["location"] == "/help"
    assert 'class="care"' in (await client.get("/help")).text
    assert (await client.get("/care?next=//evil.example")).headers["location"] == "/"


async def test_whoever_is_still_there_can_say_so():
    assert (await browser().get("/session")).status_code == 204
    assert (await browser(signed_in=False).get("/session")).status_code == 303


async def test_the_workbench_counts_and_lists_what_is_not_covered():
    text = text_of((await browser().get("/work")).text)

    assert "未建站的单位 1" in text
    assert "山大路街道 历城区 没有开放的站点" in text


async def test_targets_of_both_packs_stay_when_they_are_over():
    script = Script()

    text = text_of((await browser(script).get("/targets")).text)

    assert {r.url.params["pack"] for r in script.asked if r.url.path.endswith("/targets")} == set(PACK_NAMES)
    assert "已到期，未完成" in text
