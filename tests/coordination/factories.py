"""What the registry is made to say in these tests, and services delivered there. All people are invented."""

from datetime import date, timedelta
from uuid import UUID

from services.contracts.divisions import Tier
from services.contracts.facts import SubjectState
from services.contracts.registry import (
    DivisionRecord,
    PeriodRecord,
    PersonRecord,
    PointTier,
    ServicePointRecord,
    StaffingBasis,
)
from services.kernel.clock import today

CITY, DISTRICT, OTHER_DISTRICT, ZONE = "370100000000", "370112000000", "370102000000", "370176000000"
STREET, VILLAGE, SECOND, ZONE_STREET = "370112001000", "370112001001", "370112001002", "370102016000"
TIERS = {CITY: Tier.CITY, DISTRICT: Tier.DISTRICT, OTHER_DISTRICT: Tier.DISTRICT, ZONE: Tier.ZONE,
         STREET: Tier.STREET, ZONE_STREET: Tier.STREET, VILLAGE: Tier.VILLAGE, SECOND: Tier.VILLAGE}  # fmt: skip
NAMES = {STREET: "山大路街道", VILLAGE: "演示一村", SECOND: "演示二村", ZONE_STREET: "舜华路街道"}


def ago(days: int) -> date:
    return today() - timedelta(days=days)


def uuid(n: int) -> UUID:
    return UUID(int=0x0198C0DE00007000800000000000_0000 + n)


ROOM, STATION, WORKER, UNREGISTERED = uuid(1), uuid(2), uuid(101), uuid(102)


def a_division(code: str, **over: object) -> SubjectState:
    whole = {
        "code": code, "name": NAMES.get(code, code), "tier": TIERS[code], "kind": "subdistrict", "parent": None,
        "zone": ZONE if code == ZONE_STREET else None, "counts": True, "valid_from": date(2000, 1, 1),
        "valid_to": None, "successor": None,
    }  # fmt: skip
    record = DivisionRecord.model_validate(whole | over)
    return SubjectState(subject=f"division:{code}", facts=[], record=record.model_dump(mode="json"))


def a_point(id: UUID = ROOM, division: str = VILLAGE, **over: object) -> SubjectState:
    whole = {
        "number": f"P{id.int % 1000}", "name": "演示社工室", "tier": PointTier.VILLAGE_SERVICE_ROOM,
        "division": division, "operator_id": None, "staffing_basis": StaffingBasis.NONE,
        "opened_on": date(2021, 1, 1), "closed_on": None,
    }  # fmt: skip
    record = ServicePointRecord.model_validate(whole | over)
    return SubjectState(subject=f"service_point:{id}", facts=[], record=record.model_dump(mode="json"))


def a_person(id: UUID = WORKER, *registered: tuple[date, date | None]) -> SubjectState:
    record = PersonRecord(
        level=None, employer_id=None, division=STREET, related_major=False, direct_service=None, certificates=[],
        certified=[], registered=[PeriodRecord(start=start, end=end) for start, end in registered],
    )  # fmt: skip
    return SubjectState(subject=f"person:{id}", facts=[], record=record.model_dump(mode="json"))


def gone(state: SubjectState) -> SubjectState:
    return SubjectState(subject=state.subject, facts=[], record=None)


SINCE = date(2022, 1, 1)
HOUSE = [
    *map(a_division, TIERS),
    a_point(),
    a_point(STATION, ZONE_STREET, tier=PointTier.STREET_STATION, name="演示社工站"),
    a_person(WORKER, (SINCE, None)),
    a_person(UNREGISTERED),
]


def a_service(**over: object) -> dict[str, object]:
    """As it is sent."""
    order = {
        "service_point_id": str(ROOM), "day": ago(3).isoformat(), "kind": "emotional_support", "persons": 12,
        "workers": [str(WORKER)],
    }  # fmt: skip
    return {k: v for k, v in (order | over).items() if v is not ...}
