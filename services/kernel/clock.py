"""The only place that asks the machine for the time. Business dates are dates in Shanghai."""

from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return datetime.now(UTC)


def business_date(at: datetime) -> date:
    """The date in Shanghai at an instant."""
    return at.astimezone(SHANGHAI).date()


def today() -> date:
    return business_date(now())


Today = Annotated[date, Depends(today)]
Now = Annotated[datetime, Depends(now)]
