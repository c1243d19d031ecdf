"""Service points and assignments: what the registry takes, answers and says of them."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.text import Line, Name, Phone


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
