"""Parameters that the endpoints of procurement share."""

from datetime import date, timedelta
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request, Response

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.procurement import ContractOut, PaymentOut, ProjectOut, StaffOut
from services.contracts.text import Search
from services.kernel.actor import Actor, Requires
from services.kernel.clock import Today
from services.kernel.versions import etag, not_modified

A = TypeVar("A", bound=ProjectOut | ContractOut | StaffOut | PaymentOut)
READ, WRITE, PAY = "procurement:read", "procurement:write", "procurement:pay"

Reading = Annotated[Actor, Requires("procurement:read")]
Writing = Annotated[Actor, Requires("procurement:write")]
Paying = Annotated[Actor, Requires("procurement:pay", fresh=True)]  # deciding on money: who has lately proved herself

Text = Annotated[Search | None, Query(description="按字面查询")]
Within = Annotated[DivisionCode | None, Query(description="只看这个区划及其下级")]
OnDay = Annotated[Day | None, Query(description="看哪一天的情况")]


async def _on(today: Today, on: OnDay = None) -> date:
    return on or today


On = Annotated[date, Depends(_on)]


def tagged(response: Response, answer: A) -> A:
    """With the ETag that a change must bring back."""
    response.headers["etag"] = etag(answer.version, answer)
    return answer


def unless_known(request: Request, response: Response, answer: A) -> A | Response:
    """304 for whoever has just this already."""
    return not_modified(request, etag(answer.version, answer)) or tagged(response, answer)


def last_day(end: date | None) -> date | None:
    """As people write a half-open period: its last day."""
    return None if end is None else end - timedelta(days=1)
