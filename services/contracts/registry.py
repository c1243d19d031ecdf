"""What the registry takes, answers and says: divisions, people, certificates, organizations, service points.

Periods are half-open everywhere: `end`, `…_until`, `ended_on` and `closed_on` name the first day that no longer counts.
Personal data is masked in answers and absent from records and events.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode, Tier
from services.contracts.text import Line, Name, Phone


class Level(StrEnum):
    """The three professional levels, ascending (CERT-01)."""

    ASSISTANT = "assistant"
    SOCIAL_WORKER = "social_worker"
    SENIOR = "senior"


LEVEL_NAMES: dict[Level, str] = {
    Level.ASSISTANT: "助理社会工作师",
    Level.SOCIAL_WORKER: "社会工作师",
    Level.SENIOR: "高级社会工作师",
}


class IdType(StrEnum):
    """Only the resident identity card has a check digit (ID-01, ID-02)."""

    RESIDENT_ID_CARD = "resident_id_card"
    RESIDENCE_PERMIT = "residence_permit"
    TRAVEL_PERMIT = "travel_permit"
    PASSPORT = "passport"
    OTHER = "other"


ID_TYPE_NAMES: dict[IdType, str] = {
    IdType.RESIDENT_ID_CARD: "居民身份证",
    IdType.RESIDENCE_PERMIT: "港澳台居民居住证",
    IdType.TRAVEL_PERMIT: "港澳台居民来往内地通行证",
    IdType.PASSPORT: "护照",
    IdType.OTHER: "其他证件",
}


class OrganizationKind(StrEnum):
    GOVERNMENT = "government"
    PUBLIC_INSTITUTION = "public_institution"
    PUBLIC_INSTITUTION_CLASS1 = "public_institution_class1"
    PUBLIC_INSTITUTION_CLASS2 = "public_institution_class2"
    MASS_ORGANIZATION = "mass_organization"
    COMMITTEE = "committee"  # of a village or community
    SOCIAL_WORK_AGENCY = "social_work_agency"
    PRIVATE_NONPROFIT = "private_nonprofit"
    SOCIAL_ASSOCIATION = "social_association"
    INDUSTRY_ASSOCIATION = "industry_association"
    FOUNDATION = "foundation"
    CHARITY = "charity"
    PROCUREMENT_AGENCY = "procurement_agency"
    ENTERPRISE = "enterprise"
    OTHER = "other"


class PointTier(StrEnum):
    """The four tiers of the service system (COV-01 to COV-04)."""

    CITY_GUIDANCE_CENTRE = "city_guidance_centre"
    DISTRICT_MAIN_STATION = "district_main_station"
    STREET_STATION = "street_station"
    VILLAGE_SERVICE_ROOM = "village_service_room"


POINT_TIER_NAMES: dict[PointTier, str] = {
    PointTier.CITY_GUIDANCE_CENTRE: "市级指导中心",
    PointTier.DISTRICT_MAIN_STATION: "区县总站",
    PointTier.STREET_STATION: "街镇社工站",
    PointTier.VILLAGE_SERVICE_ROOM: "村居社工室",
}


class StaffingBasis(StrEnum):
    GOVERNMENT_PURCHASE = "government_purchase"
    OWN_STAFF = "own_staff"
    NONE = "none"


STAFFING_BASIS_NAMES: dict[StaffingBasis, str] = {
    StaffingBasis.GOVERNMENT_PURCHASE: "政府购买",
    StaffingBasis.OWN_STAFF: "自有人员",
    StaffingBasis.NONE: "无",
}

PointNumber = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z_-]{1,40}$")]
Uscc = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[0-9A-Za-z]{18}$")]


class Request(BaseModel, extra="forbid"):
    """An unknown field is refused rather than ignored."""


# ── divisions ────────────────────────────────────────────────────────────────────────────────────────────────────────
class DivisionOut(BaseModel):
    """`zone` is the functional zone that manages it beside its statutory parent; only `counts` are in a denominator."""

    code: DivisionCode
    name: str
    tier: Tier
    kind: str
    parent: DivisionCode | None
    zone: DivisionCode | None
    counts: bool
    mca_code: str | None
    nbs_code: str | None
    valid_from: date
    valid_to: date | None
    successor: DivisionCode | None


class DivisionVersion(DivisionOut):
    """One version of the record, as it was known in a period."""

    recorded_from: datetime
    recorded_to: datetime | None


class DivisionRecord(BaseModel):
    """What the feed says of `division:<code>`."""

    code: DivisionCode
    name: str
    tier: Tier
    kind: str
    parent: DivisionCode | None
    zone: DivisionCode | None
    counts: bool
    valid_from: date
    valid_to: date | None
    successor: DivisionCode | None


# ── organizations ────────────────────────────────────────────────────────────────────────────────────────────────────
class CreateOrganization(Request):
    name: Name
    kind: OrganizationKind
    division: DivisionCode
    uscc: Uscc | None = None
    address: Line | None = None


class UpdateOrganization(Request):
    """What is left out stays as it is; null empties an optional field."""

    name: Name | None = None
    kind: OrganizationKind | None = None
    division: DivisionCode | None = None
    uscc: Uscc | None = None
    address: Line | None = None


class OrganizationOut(BaseModel):
    id: UUID
    name: str
    kind: OrganizationKind
    division: DivisionCode
    division_name: str
    uscc: str | None
    address: str | None
    version: int
    may: list[str] = Field(default_factory=list)


class OrganizationRecord(BaseModel):
    name: str
    kind: OrganizationKind
    division: DivisionCode
    uscc: str | None


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class AssignmentRef(BaseModel):
    """Where somebody works on the day asked for."""

    id: UUID
    service_point_id: UUID
    service_point_name: str
    started_on: date


class PersonOut(BaseModel):
    """`level` is the highest certificate active on the day (CERT-08); without an employer the place is 未定."""

    id: UUID
    name: str
    id_type: IdType
    id_number: str  # masked
    phone: str | None  # masked
    level: Level | None
    registered_until: date | None
    employer_id: UUID | None
    employer_name: str | None
    division: DivisionCode
    division_name: str
    assignment: AssignmentRef | None
    education: str | None
    major: str | None
    related_major: bool
    direct_service: bool | None
    version: int
    may: list[str] = Field(default_factory=list)


class PeriodRecord(BaseModel):
    start: date
    end: date | None


class HeldRecord(PeriodRecord):
    """A certificate of a level, valid over a period."""

    level: Level


class PersonRecord(BaseModel):
    """What the feed says of `person:<id>`; nothing by which a stranger could be recognized.

    `level` is the highest among the certificates that have no end; for a day, see `certificates`. `direct_service` is
    whether the yearly class hours bind this person (0.5); null: nobody has said.
    """

    level: Level | None
    employer_id: UUID | None
    division: DivisionCode
    related_major: bool
    direct_service: bool | None
    certificates: list[HeldRecord]
    certified: list[PeriodRecord]
    registered: list[PeriodRecord]


class CertificateOut(BaseModel):
    id: UUID
    person_id: UUID
    person_name: str
    level: Level
    management_number: str
    approved_on: date
    ended_on: date | None
    division: DivisionCode
    may: list[str] = Field(default_factory=list)


class RegistrationOut(BaseModel):
    id: UUID
    person_id: UUID
    person_name: str
    certificate_id: UUID
    level: Level
    start: date
    end: date
    division: DivisionCode
    may: list[str] = Field(default_factory=list)


# ── service points ───────────────────────────────────────────────────────────────────────────────────────────────────
class CreateServicePoint(Request):
    number: PointNumber
    name: Name
    tier: PointTier
    division: DivisionCode
    opened_on: Day
    address: Line | None = None
    manager: Name | None = None
    phone: Phone | None = None
    operator_id: UUID | None = None
    staffing_basis: StaffingBasis = StaffingBasis.NONE


class UpdateServicePoint(Request):
    """A point that moves is closed and opened anew: number, tier and division stay."""

    name: Name | None = None
    opened_on: Day | None = None
    address: Line | None = None
    manager: Name | None = None
    phone: Phone | None = None
    operator_id: UUID | None = None
    staffing_basis: StaffingBasis | None = None


class CloseServicePoint(Request):
    closed_on: Day  # the first day it is closed


class ServicePointOut(BaseModel):
    id: UUID
    number: str
    name: str
    tier: PointTier
    division: DivisionCode
    division_name: str
    address: str | None
    manager: str | None
    phone: str | None  # masked
    operator_id: UUID | None
    operator_name: str | None
    opened_on: date
    closed_on: date | None
    staffing_basis: StaffingBasis
    staff: int  # people assigned on the day asked for
    version: int
    may: list[str] = Field(default_factory=list)


class ServicePointRecord(BaseModel):
    """What the feed says of `service_point:<id>`."""

    number: str
    name: str
    tier: PointTier
    division: DivisionCode
    operator_id: UUID | None
    staffing_basis: StaffingBasis
    opened_on: date
    closed_on: date | None


class CreateAssignment(Request):
    person_id: UUID
    service_point_id: UUID
    started_on: Day


class EndAssignment(Request):
    ended_on: Day  # the first day on which the person no longer works there


class AssignmentOut(BaseModel):
    id: UUID
    person_id: UUID
    person_name: str
    service_point_id: UUID
    service_point_number: str
    service_point_name: str
    division: DivisionCode
    started_on: date
    ended_on: date | None
    may: list[str] = Field(default_factory=list)


# ── imports ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class ImportKind(StrEnum):
    CERTIFIED_WORKERS = "certified-workers"
    SERVICE_POINTS = "service-points"


class CodeSystem(StrEnum):
    """Whose division codes a file uses: ours, the statistics bureau's or the civil-affairs ministry's (ID-07)."""

    OWN = "own"
    NBS = "nbs"
    MCA = "mca"


class RowNote(BaseModel):
    """What an official should look at again; it refuses nothing."""

    row: int
    field: str
    detail: str


class ImportResult(BaseModel):
    """Every row is one of new, changed, unchanged. `warnings` lists the first of them, `warned` counts all."""

    kind: ImportKind
    rows: int
    new: int
    changed: int
    unchanged: int
    warned: int = 0
    warnings: list[RowNote] = Field(default_factory=list)
    file_sha256: str
    batch_id: UUID
