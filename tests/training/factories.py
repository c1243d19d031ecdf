"""Invented people, places and sessions. No id here belongs to anybody."""

from datetime import date, timedelta
from uuid import UUID

from services.contracts.divisions import tier_by_code
from services.contracts.facts import SubjectState
from services.contracts.registry import (
    DivisionRecord,
    HeldRecord,
    Level,
    OrganizationRecord,
    PeriodRecord,
    PersonRecord,
)
from services.training.examples import NEW_PLACE, NEW_SESSION, NEW_SUPERVISOR

TODAY = date(2026, 11, 24)
CITY, LICHENG, LIXIA = "370100000000", "370112000000", "370102000000"
STREET, OTHER_STREET, ZONE_STREET, ZONE = "370112001000", "370112002000", "370102016000", "370176000000"
NAMES = {
    CITY: "济南市", LICHENG: "历城区", LIXIA: "历下区", STREET: "山大路街道", OTHER_STREET: "洪家楼街道",
    ZONE_STREET: "舜华路街道", ZONE: "济南高新区",
}  # fmt: skip
AGENCY = UUID(int=9_000)


def person_id(n: int) -> UUID:
    return UUID(int=1_000 + n)


def a_division(code: str) -> SubjectState:
    record = DivisionRecord(
        code=code, name=NAMES[code], tier="zone" if code == ZONE else tier_by_code(code), kind="x", parent=None,
        zone=ZONE if code == ZONE_STREET else None, counts=True, valid_from=date(2000, 1, 1), valid_to=None,
        successor=None,
    )  # fmt: skip
    return SubjectState(subject=f"division:{code}", facts=[], record=record.model_dump(mode="json"))


def a_person(n: int = 0, **over: object) -> SubjectState:
    """Certified in 2022, registered from 2023-05-01 for three years, bound by the yearly hours."""
    said: dict[str, object] = {
        "level": Level.SOCIAL_WORKER,
        "employer_id": AGENCY,
        "division": STREET,
        "related_major": True,
        "direct_service": True,
        "certificates": [HeldRecord(level=Level.SOCIAL_WORKER, start=date(2022, 8, 1), end=None)],
        "certified": [PeriodRecord(start=date(2022, 8, 1), end=None)],
        "registered": [PeriodRecord(start=date(2023, 5, 1), end=date(2026, 5, 1))],
    }
    record = PersonRecord.model_validate(said | over)
    return SubjectState(subject=f"person:{person_id(n)}", facts=[], record=record.model_dump(mode="json"))


def an_agency() -> SubjectState:
    record = OrganizationRecord(name="演示社会工作服务中心", kind="social_work_agency", division=STREET, uscc=None)
    return SubjectState(subject=f"organization:{AGENCY}", facts=[], record=record.model_dump(mode="json"))


def a_corner() -> list[SubjectState]:
    """Five people: two in a street of Licheng, one each in another, in the zone, and one of whom little is known."""
    return [
        *map(a_division, NAMES), an_agency(), a_person(0), a_person(1), a_person(2, division=OTHER_STREET),
        a_person(3, division=ZONE_STREET), a_person(4, direct_service=None),
    ]  # fmt: skip


def a_session(first: str = "2026-11-02", days: int = 1, minutes: int = 360, **over: object) -> dict[str, object]:
    start = date.fromisoformat(first)
    held = [{"day": (start + timedelta(days=n)).isoformat(), "minutes": minutes} for n in range(days)]
    return {**NEW_SESSION, "days": held, **over}


def from_to(starts_at: str, ends_at: str, **over: object) -> list[dict[str, object]]:
    return [{"starts_at": starts_at, "ends_at": ends_at, **over}]


def a_supervisor(**over: object) -> dict[str, object]:
    return {**NEW_SUPERVISOR, **over}


def an_internal(n: int = 0, **over: object) -> dict[str, object]:
    inside = {"type": "internal", "person_id": str(person_id(n)), "expert_name": None, "affiliation": None}
    return {**NEW_SUPERVISOR, **inside, **over}


def a_place(**over: object) -> dict[str, object]:
    return {**NEW_PLACE, **over}
