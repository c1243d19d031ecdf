"""Parameters that the endpoints of the registry share."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Response

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.text import Search
from services.kernel.actor import Actor, Requires
from services.kernel.clock import Today
from services.kernel.versions import etag

Reading = Annotated[Actor, Requires("registry:read")]
Writing = Annotated[Actor, Requires("registry:write")]

Text = Annotated[Search | None, Query(description="按字面查询")]
Within = Annotated[DivisionCode | None, Query(description="只看这个区划及其下级")]
OnDay = Annotated[Day | None, Query(description="看哪一天的情况")]


async def _on(today: Today, on: OnDay = None) -> date:
    return on or today


On = Annotated[date, Depends(_on)]


def tagged(response: Response, version: int) -> None:
    """With the ETag that a change must bring back."""
    response.headers["etag"] = etag(version)
