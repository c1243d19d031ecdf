"""The small promises of the kernel: time, text, pages, versions, keys, settings."""

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from services.contracts.divisions import CodeRange, Tier, parent_by_code, subtree, tier_by_code
from services.contracts.facts import Period, merged, overlap
from services.contracts.text import Name, Note
from services.kernel import paging, versions
from services.kernel.clock import business_date
from services.kernel.errors import PreconditionMissing, StaleVersion
from services.kernel.settings import DatabaseSettings


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 16, 0, 0, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(1988, 6, 30, 15, 30, tzinfo=UTC), date(1988, 7, 1)),  # summer time, +9
    ],
)
def test_a_business_date_is_a_date_in_shanghai(instant, day):
    assert business_date(instant) == day


def test_text_is_trimmed_and_normal_and_keeps_rare_characters():
    name = TypeAdapter(Name)
    assert name.validate_python("  古丽·买买提 ") == "古丽·买买提"
    assert name.validate_python("𠮷田") == "𠮷田"
    assert name.validate_python("e\u0301") == "é"
    assert TypeAdapter(Note).validate_python("一\r\n二\t三") == "一\n二 三"


@pytest.mark.parametrize("bad", ["", "   ", "\u200b", "\u202e甲", "a\x00b", "a\nb", "a\x1b[31m", "长" * 101])
def test_text_that_no_field_holds_is_refused(bad):
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(bad)


def test_pages_go_on_where_they_ended():
    rows, following = paging.page_of([1, 2, 3], 2, lambda n: [n])
    assert list(rows) == [1, 2]
    assert following is not None
    assert paging.decode_cursor(following, 1) == [2]
    assert paging.page_of([1, 2], 2, lambda n: [n]) == ([1, 2], None)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "!",
        "e30",
        "W10",
        "WzEsMl0",
        "WzEuNV0",
        "\ud800",
        "WyJcdTAwMDAiXQ",
        "WyJcdWQ4MDAiXQ",
        "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
    ],
)
def test_a_cursor_that_we_never_gave_is_refused(bad):
    with pytest.raises(paging.BadCursor):
        paging.decode_cursor(bad, 1)


def test_a_stale_version_is_refused():
    versions.check_version(3, '"3"')
    with pytest.raises(StaleVersion):
        versions.check_version(4, '"3"')
    with pytest.raises(PreconditionMissing):
        versions.check_version(3, None)


def test_missing_settings_end_the_process_and_name_themselves(monkeypatch):
    monkeypatch.delenv("SHEGONG_DATABASE_URL", raising=False)
    monkeypatch.setenv("SHEGONG_KEYS", "keys")
    with pytest.raises(SystemExit) as ended:
        DatabaseSettings.load()
    assert "SHEGONG_DATABASE_URL" in str(ended.value)


def test_codes_are_ranges():
    assert subtree("370112000000") == CodeRange("370112000000", "370112999999")
    assert subtree("370112001002") == CodeRange("370112001002", "370112001002")
    assert "370112001002" in subtree("370100000000")
    assert "370212001002" not in subtree("370100000000")
    assert "371100000000" not in subtree("370100000000")
    assert subtree("000000000000") == CodeRange("000000000000", "999999999999")
    tiers = [tier_by_code(c) for c in ("000000000000", "370000000000", "370100000000", "370110000000", "370112010000")]
    assert tiers == [Tier.NATION, Tier.PROVINCE, Tier.CITY, Tier.DISTRICT, Tier.STREET]
    assert parent_by_code("370112001002") == "370112001000"
    assert parent_by_code("000000000000") is None


def test_periods_join_and_meet():
    a, b, c = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    assert merged([Period(b, c), Period(a, b)]) == [Period(a, c)]
    assert merged([Period(a, None), Period(b, c)]) == [Period(a, None)]
    assert overlap([Period(a, c)], [Period(b, None)]) == [Period(b, c)]
    assert overlap([Period(a, b)], [Period(b, c)]) == []
