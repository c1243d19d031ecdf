"""The rules of two records of one person, without a database."""

from datetime import date
from uuid import UUID

import pytest

from services.contracts.facts import Period
from services.contracts.registry import IdType
from services.registry.models import METADATA
from services.registry.people import rules as people
from services.registry.same_people import moving, rules
from services.registry.same_people.rules import Stay

POINT, OTHER = UUID(int=1), UUID(int=2)


def stay(n: int, start: str, end: str | None, at: UUID = POINT) -> Stay:
    return Stay(UUID(int=n), at, Period(date.fromisoformat(start), date.fromisoformat(end) if end else None))


def test_nobody_works_twice_at_a_point_and_no_day_is_lost():
    kept = [stay(10, "2024-02-01", "2024-06-01"), stay(11, "2024-09-01", None)]
    merged = [
        stay(20, "2024-01-01", "2024-03-01"),  # grows the first one backwards
        stay(21, "2024-05-01", "2024-10-01"),  # fills the gap between the two
        stay(22, "2023-01-01", "2023-02-01"),  # meets neither
        stay(23, "2024-03-01", None, OTHER),  # elsewhere
        stay(24, "2024-10-01", "2024-11-01"),  # says nothing new
    ]

    found = rules.settled(kept, merged)

    assert found.moves == [UUID(int=22), UUID(int=23)]
    assert found.widened == {UUID(int=10): Period(date(2024, 1, 1), date(2024, 9, 1))}


def test_a_merge_can_be_undone_for_thirty_days_the_last_included():
    until = rules.undo_until(date(2024, 1, 31))

    assert until == date(2024, 3, 1)
    rules.check_undo(False, until, until)
    for undone, day, code in ((False, date(2024, 3, 2), "undo_too_late"), (True, until, "undone_already")):
        with pytest.raises((rules.UndoTooLate, rules.UndoneAlready)) as refused:
            rules.check_undo(undone, until, day)
        assert refused.value.code == code


def test_n02_every_form_of_the_dot_is_one_and_what_only_chooses_a_drawing_is_none():
    for dot in "\u00b7\u0387\u2022\u2027\u2219\u22c5\u2e31\u30fb\ua78f\uff0e\uff65.":
        assert people.canonical(f"古丽 {dot} 买买提") == "古丽·买买提", hex(ord(dot))
    assert people.canonical("葛\U000e0100城") == people.canonical("葛\ufe00城") == "葛城"


def test_n04_n07_the_database_and_the_import_look_at_the_same_characters():
    rare = ["𠮷", "\U00030000", "\ue001", "\U000f0000", "〇", "？", "?", "*"]
    assert all(people.is_rare(f"演示{c}") for c in rare)
    assert not any(people.is_rare(name) for name in ("演示甲", "古丽·买买提", "㐂", "Wang"))


def test_id_02_a_birth_date_is_known_of_documents_that_tell_it_and_of_no_others():
    assert people.born_on(IdType.RESIDENT_ID_CARD, "11010519491231002X") == date(1949, 12, 31)
    assert people.born_on(IdType.RESIDENCE_PERMIT, "810000199408230021") == date(1994, 8, 23)
    assert people.born_on(IdType.RESIDENCE_PERMIT, "810000199413230021") is None
    assert people.born_on(IdType.PASSPORT, "110105194912310021") is None


# What is said of somebody for good, whoever they became; or what others say, who follow the merge themselves.
STAYS = {
    "correction", "destroyed_key", "education_credit", "notice_seen", "person_former_name", "person_index",
    "person_key", "reconciliation_line", "reveal", "restriction", "rights_request",
}  # fmt: skip


def test_every_table_that_names_a_person_moves_with_a_merge_or_is_known_to_stay():
    naming = {name for name, table in METADATA.tables.items() if "person_id" in table.columns}
    moved = {"certificate", "registration", "registration_application", *moving.BY_ID}

    assert naming - moved - STAYS == set()
    assert moved | STAYS <= naming
