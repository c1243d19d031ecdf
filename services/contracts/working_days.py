"""Days that are not what their weekday says, and when a clock of working days ends (ID-09)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.text import Line, Name

MOST_DAYS = 100  # of a year's table


class DayKind(StrEnum):
    """What a day is that is not what its weekday says (ID-09)."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"  # a Saturday or Sunday made up for


class SpecialDay(Request):
    on: Day
    kind: DayKind
    name: Name


class SetHolidays(Request):
    """The whole table of a year, as it was published; it takes the place of the one before."""

    division: DivisionCode
    year: Annotated[int, Field(ge=2000, lt=2100)]
    source: Annotated[Line, Field(min_length=2)]
    days: Annotated[list[SpecialDay], Field(min_length=1, max_length=MOST_DAYS)]


class HolidayOut(BaseModel):
    """`entered_by`, `entered_at`: who set the year's table that holds now."""

    id: UUID
    division: DivisionCode
    on: date
    kind: DayKind
    name: str
    source: str
    entered_by: str | None = None
    entered_at: datetime | None = None


class HolidaysSet(BaseModel):
    division: DivisionCode
    year: int
    days: int


class Deadline(BaseModel):
    """`due_on` is None where it cannot be decided, for want of the table of some year: `estimated_on` then takes every
    Monday to Friday of that year for a working day.
    """

    due_on: date | None
    estimated_on: date
    missing_years: list[int]
