"""How numbers, days and states are written, and how a coverage answer is laid out."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.contracts.coverage import Map, SourceState, TargetStatus
from services.contracts.divisions import Tier
from services.dashboard import links, numbers, tables, words
from tests.dashboard.scripted import LICHENG, city, tier
from tests.keys import JINAN


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "—"), (0, "0"), (1234567, "1,234,567"), (Decimal("15000"), "15,000"), (Decimal("12.50"), "12.5"),
     (Decimal("1000"), "1,000"), (Decimal("-660"), "-660"), (Decimal("1E+3"), "1,000")],
)  # fmt: skip
def test_numbers(value: int | Decimal | None, written: str):
    assert numbers.number(value) == written


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [(0, 0, "—"), (0, 7, "0.0%"), (7, 7, "100.0%"), (9999, 10000, "99.9%"), (2, 3, "66.6%"), (8, 7, "114.2%")],
)
def test_a_share_is_rounded_down_and_a_share_of_nothing_is_not_known(part: int, whole: int, written: str):
    assert numbers.percent(numbers.percentage(part, whole)) == written


def test_a_half_open_period_shows_its_last_day():
    assert numbers.last_day(date(2027, 5, 2)) == "2027-05-01"
    assert numbers.last_day(None) == "至今"


def test_instants_are_shown_as_the_clock_in_jinan():
    assert numbers.moment(datetime(2026, 11, 23, 16, 0, 1, tzinfo=UTC)) == "2026-11-24 00:00:01"


@pytest.mark.parametrize(
    ("seconds", "written"), [(-5, "0 秒前"), (59, "59 秒前"), (60, "1 分钟前"), (7200, "2 小时前"), (180000, "2 天前")]
)
def test_an_age_is_said_in_its_largest_unit(seconds: int, written: str):
    at = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
    assert numbers.age(datetime.fromtimestamp(at.timestamp() - seconds, UTC), at) == written


def test_every_state_has_colour_shape_and_word():
    assert set(words.LIGHTS) == set(words.STANDINGS) == set(TargetStatus)
    assert set(words.SOURCES) == set(SourceState)
    assert all(light.css.startswith("st-") and light.word for light in words.LIGHTS.values())


@pytest.mark.parametrize(
    ("metric", "name"),
    [("established@street", "街镇 · 已建站"), ("exists@village", "村居 · 应覆盖"),
     ("point_open@village", "村居 · 有站点"), ("certified_people", "持证社会工作专业人才"), ("unit", "单位数"),
     ("unheard_of", "unheard_of")],
)  # fmt: skip
def test_metrics_have_chinese_names(metric: str, name: str):
    assert words.metric_words(metric).name == name


def test_a_view_keeps_what_is_not_usual_in_the_address():
    assert links.map_link(JINAN, links.View()) == f"/map/{JINAN}"
    view = links.View.model_validate({"on": "2021-12-31", "by": "zone", "map": "today"})
    assert links.map_link(JINAN, view) == f"/map/{JINAN}?on=2021-12-31&by=zone&map=today"
    assert links.map_link(LICHENG, view, on=None, map=Map.THEN) == f"/map/{LICHENG}?by=zone"


@pytest.mark.parametrize(
    ("record", "page"),
    [("/api/v1/registry/people/0198f000-0000-7000-8000-000000000001", "/people/0198f000-0000-7000-8000-000000000001"),
     (f"/api/v1/registry/divisions/{JINAN}", f"/map/{JINAN}"), ("/api/v1/training/courses/1", None), (None, None),
     ("/api/v1/registry/people/../../logout", None), ("https://evil.example/registry/people/0198f0000000", None)],
)  # fmt: skip
def test_a_record_leads_to_its_page_or_nowhere(record: str | None, page: str | None):
    assert links.record_page(record) == page


def test_a_table_has_the_columns_of_what_lies_below():
    answer = city()

    table, zones, quasi = tables.table_of(answer), tables.zones_of(answer), tables.quasi_of(answer)

    assert (table.own, table.below) == (Tier.DISTRICT, [Tier.STREET])
    assert [row.child.code for row in table.rows] == [LICHENG]
    assert table.rows[0].own == tier(Tier.DISTRICT, 1, 1, 1)
    assert table.total[Tier.STREET].units == 161
    assert [row.child.name for row in zones.rows] == ["济南高新区"]
    assert zones.total == {}
    assert [child.name for child in quasi] == ["商河经济开发区"]


def test_a_division_without_children_has_an_empty_table():
    table = tables.table_of(city(children=[]))

    assert (table.own, table.below, table.rows) == (None, [], [])
