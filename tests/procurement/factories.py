"""What the registry says of an invented corner of the city, and orders that a buyer there could give."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.contracts.divisions import Tier, parent_by_code, tier_by_code
from services.contracts.facts import SubjectState
from services.contracts.registry import (
    DivisionRecord,
    HeldRecord,
    Level,
    OrganizationKind,
    OrganizationRecord,
    PeriodRecord,
    PersonRecord,
    PointTier,
    ServicePointRecord,
    StaffingBasis,
)
from tests.keys import JINAN, LICHENG, LIXIA

TODAY = date(2026, 11, 24)
STREET, VILLAGE, OTHER_STREET, ZONE = "370112001000", "370112001001", "370102016000", "370176000000"
CODES = (JINAN, LICHENG, LIXIA, STREET, VILLAGE, OTHER_STREET)
EVER = date(2000, 1, 1)


def an_id(n: int) -> UUID:
    return UUID(int=0x0198C0DE_0000_7000_8000_000000000000 + n)


BUYER, PROVIDER, LIXIA_BUYER, CLASS1, MASS, UNCLASSED = (an_id(n) for n in range(1, 7))
POINT, VILLAGE_POINT, LIXIA_POINT = (an_id(n) for n in range(10, 13))
CERTIFIED, RELATED, UNQUALIFIED, ELSEWHERE = (an_id(n) for n in range(20, 24))


def said(subject: str, record) -> SubjectState:
    return SubjectState(subject=subject, facts=[], record=record.model_dump(mode="json"))


def a_division(code: str) -> SubjectState:
    zone = ZONE if code == OTHER_STREET else None
    tier = Tier.ZONE if code == ZONE else tier_by_code(code)
    return said(
        f"division:{code}",
        DivisionRecord(
            code=code, name=f"区划{code}", tier=tier, kind=tier.value, parent=parent_by_code(code), zone=zone,
            counts=True, valid_from=EVER, valid_to=None, successor=None,
        ),
    )  # fmt: skip


def an_organization(id: UUID, kind: OrganizationKind, division: str = LICHENG) -> SubjectState:
    record = OrganizationRecord(name=f"机构{kind.value}", kind=kind, division=division, uscc=None)
    return said(f"organization:{id}", record)


def a_person(
    id: UUID, *certified: tuple[date, date | None], related: bool = False, employer: UUID | None = None,
    division: str = LICHENG,
) -> SubjectState:  # fmt: skip
    held = [HeldRecord(level=Level.ASSISTANT, start=s, end=e) for s, e in certified]
    periods = [PeriodRecord(start=s, end=e) for s, e in certified]
    record = PersonRecord(
        level=None, employer_id=employer, division=division, related_major=related, direct_service=None,
        certificates=held, certified=periods, registered=periods,
    )  # fmt: skip
    return said(f"person:{id}", record)


def a_point(
    id: UUID, division: str = STREET, opened_on: date = date(2021, 6, 1), closed_on: date | None = None
) -> SubjectState:
    tier = PointTier.STREET_STATION if division.endswith("000") else PointTier.VILLAGE_SERVICE_ROOM
    record = ServicePointRecord(
        number=f"P-{id.hex[-4:]}", name=f"站点{id.hex[-2:]}", tier=tier, division=division, operator_id=None,
        staffing_basis=StaffingBasis.NONE, opened_on=opened_on, closed_on=closed_on,
    )  # fmt: skip
    return said(f"service_point:{id}", record)


def a_corner() -> Sequence[SubjectState]:
    return [
        *map(a_division, (*CODES, ZONE)),
        an_organization(BUYER, OrganizationKind.GOVERNMENT),
        an_organization(LIXIA_BUYER, OrganizationKind.GOVERNMENT, LIXIA),
        an_organization(PROVIDER, OrganizationKind.SOCIAL_WORK_AGENCY),
        an_organization(CLASS1, OrganizationKind.PUBLIC_INSTITUTION_CLASS1),
        an_organization(MASS, OrganizationKind.MASS_ORGANIZATION),
        an_organization(UNCLASSED, OrganizationKind.PUBLIC_INSTITUTION),
        a_point(POINT),
        a_point(VILLAGE_POINT, VILLAGE),
        a_point(LIXIA_POINT, OTHER_STREET),
        a_person(CERTIFIED, (date(2020, 1, 1), None)),
        a_person(RELATED, related=True),
        a_person(UNQUALIFIED),
        a_person(ELSEWHERE, (date(2020, 1, 1), None), division=LIXIA),
    ]


# ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────────
Order = dict[str, object]


def a_project(n: int = 1, **over: object) -> Order:
    order = {"number": f"LC-{n:04}", "name": f"演示项目{n}", "buyer_id": BUYER, "provider_id": PROVIDER,
             "fields": ["community_service"]}  # fmt: skip
    return said_plainly(order | over)


def a_contract(project: object, n: int = 1, **over: object) -> Order:
    order = {"project_id": project, "number": f"HT-{n:04}", "signed_on": "2025-12-20", "start": "2026-01-01",
             "end": "2027-01-01", "value": "1000.00", "service_point_ids": [POINT]}  # fmt: skip
    return said_plainly(order | over)


def a_member(project: object, person: UUID = CERTIFIED, **over: object) -> Order:
    order = {"project_id": project, "person_id": person, "role": "social_worker", "fte": "1.00",
             "start": "2026-01-01"}  # fmt: skip
    return said_plainly(order | over)


def a_payment(contract: object, n: int = 1, **over: object) -> Order:
    order = {"contract_id": contract, "amount": "100.00", "paid_on": "2026-03-01", "payee": "演示社会工作服务中心",
             "document_number": f"ZF-{n:04}"}  # fmt: skip
    return said_plainly(order | over)


def said_plainly(order: Order) -> Order:
    """As JSON carries it."""

    def plain(value: object) -> object:
        if isinstance(value, list):
            return [plain(v) for v in value]
        return str(value) if isinstance(value, UUID | date) else value

    return {name: plain(value) for name, value in order.items()}
