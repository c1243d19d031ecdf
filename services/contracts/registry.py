"""What the registry takes, answers and says: divisions, people, certificates, organizations, service points.

Periods are half-open everywhere: `end`, `…_until`, `ended_on` and `closed_on` name the first day that no longer counts.
Personal data is masked in answers and absent from records and events.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.contracts.divisions import DivisionCode, Tier
from services.contracts.orders import Request as Request
from services.contracts.registry_points import (
    POINT_TIER_NAMES as POINT_TIER_NAMES,
)
from services.contracts.registry_points import (
    STAFFING_BASIS_NAMES as STAFFING_BASIS_NAMES,
)
from services.contracts.registry_points import (
    AssignmentOut as AssignmentOut,
)
from services.contracts.registry_points import (
    CloseServicePoint as CloseServicePoint,
)
from services.contracts.registry_points import (
    CreateAssignment as CreateAssignment,
)
from services.contracts.registry_points import (
    CreateServicePoint as CreateServicePoint,
)
from services.contracts.registry_points import (
    EndAssignment as EndAssignment,
)
from services.contracts.registry_points import (
    PointNumber as PointNumber,
)
from services.contracts.registry_points import (
    PointTier as PointTier,
)
from services.contracts.registry_points import (
    ServicePointOut as ServicePointOut,
)
from services.contracts.registry_points import (
    ServicePointRecord as ServicePointRecord,
)
from services.contracts.registry_points import (
    StaffingBasis as StaffingBasis,
)
from services.contracts.registry_points import (
    UpdateServicePoint as UpdateServicePoint,
)
from services.contracts.text import Line, Name


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


ORGANIZATION_KIND_NAMES: dict[OrganizationKind, str] = {
    OrganizationKind.GOVERNMENT: "机关",
    OrganizationKind.PUBLIC_INSTITUTION: "事业单位",
    OrganizationKind.PUBLIC_INSTITUTION_CLASS1: "公益一类事业单位",
    OrganizationKind.PUBLIC_INSTITUTION_CLASS2: "公益二类事业单位",
    OrganizationKind.MASS_ORGANIZATION: "群团组织",
    OrganizationKind.COMMITTEE: "村（居）民委员会",
    OrganizationKind.SOCIAL_WORK_AGENCY: "社会工作服务机构",
    OrganizationKind.PRIVATE_NONPROFIT: "民办非企业单位",
    OrganizationKind.SOCIAL_ASSOCIATION: "社会团体",
    OrganizationKind.INDUSTRY_ASSOCIATION: "行业协会",
    OrganizationKind.FOUNDATION: "基金会",
    OrganizationKind.CHARITY: "慈善组织",
    OrganizationKind.PROCUREMENT_AGENCY: "采购代理机构",
    OrganizationKind.ENTERPRISE: "企业",
    OrganizationKind.OTHER: "其他",
}


Uscc = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[0-9A-Za-z]{18}$")]


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
    """`level` is the highest certificate active on the day (CERT-08); without an employer the place is 未定.

    `name_incomplete`: a character of the name is to be put right or confirmed. `possible_duplicates`: so many others
    who may be the same person are to be looked at. `merged_into`: this record has become that one.
    """

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
    name_incomplete: bool = False
    possible_duplicates: int = 0
    merged_into: UUID | None = None
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
    whether the yearly class hours bind this person (0.5); null: nobody has said. `merged_into`: this person was found
    to be that one, whose record names it among `merged`: whatever is kept for either is the other's too.
    """

    level: Level | None
    employer_id: UUID | None
    division: DivisionCode
    related_major: bool
    direct_service: bool | None
    certificates: list[HeldRecord]
    certified: list[PeriodRecord]
    registered: list[PeriodRecord]
    merged_into: UUID | None = Field(default=None, exclude_if=lambda of: of is None)
    merged: list[UUID] = Field(default_factory=list, exclude_if=lambda of: not of)


class CheckedBy(StrEnum):
    """How a certificate was looked up (CERT-07)."""

    MANUAL = "manual"
    EXAM_AUTHORITY = "exam_authority"
    NATIONAL_SYSTEM = "national_system"


CHECKED_BY_NAMES: dict[CheckedBy, str] = {
    CheckedBy.MANUAL: "人工核对原件",
    CheckedBy.EXAM_AUTHORITY: "中国人事考试网",
    CheckedBy.NATIONAL_SYSTEM: "全国社会工作信息系统",
}


class Checked(StrEnum):
    CONFIRMED = "confirmed"
    DIFFERENT = "different"
    NOT_FOUND = "not_found"


CHECKED_NAMES: dict[Checked, str] = {
    Checked.CONFIRMED: "一致",
    Checked.DIFFERENT: "不一致",
    Checked.NOT_FOUND: "查无此证",
}


class SeniorGround(StrEnum):
    """Whether a pass of the senior exam lies behind a senior certificate (CERT-04); a warning, and no more."""

    COVERED = "covered"
    OUTSIDE = "outside"
    CANNOT_DECIDE = "cannot_decide"


class CertificateOut(BaseModel):
    """`senior_ground` is null for the other levels."""

    id: UUID
    person_id: UUID
    person_name: str
    level: Level
    management_number: str
    approved_on: date
    ended_on: date | None
    division: DivisionCode
    certificate_number: str | None = None
    exam_year: int | None = None
    issued_on: date | None = None
    issuing_province: str | None = None
    scan_sha256: str | None = None
    checked_by: CheckedBy | None = None
    checked: Checked | None = None
    checked_on: date | None = None
    senior_ground: SeniorGround | None = None
    version: int = 1
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


# ── imports ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class ImportKind(StrEnum):
    CERTIFIED_WORKERS = "certified-workers"
    SERVICE_POINTS = "service-points"
    EXAM_RESULTS = "exam-results"
    NATIONAL_STATUSES = "national-statuses"


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
