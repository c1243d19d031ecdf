"""What a number is made of: its facts, a page at a time, each with the way to its record."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from services.contracts.coverage import Explanation, Map
from services.contracts.divisions import DivisionCode
from services.dashboard.gateway import SignedIn
from services.dashboard.labels import labels_of
from services.dashboard.links import Day, View, address
from services.dashboard.render import render
from services.dashboard.visitor import WithUser
from services.kernel.clock import Today

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
PAGE = 25


class Asked(BaseModel, populate_by_name=True):
    """Which number, and which page of what it is made of. No sums: whoever makes a link could write anything there."""

    metric: str = Field(max_length=60, pattern=r"^[a-z0-9_]+(@[a-z]+)?$")
    division: DivisionCode
    on: Day = None
    start: Day = Field(default=None, alias="from")
    map: Map = Map.THEN
    cursor: str | None = Field(default=None, max_length=500)

    def link(self, cursor: str | None) -> str:
        """Plain values stay out of the address."""
        return address("/explain", **{**self.model_dump(exclude_defaults=True, by_alias=True), "cursor": cursor})


@router.get("/explain")
async def explain(request: Request, asked: Annotated[Asked, Query()], gateway: SignedIn, today: Today) -> Response:
    found = await ask(gateway, asked, asked.on or today)
    whole = asked.cursor is None and found.next is None
    page_sum = sum((item.amount for item in found.items), Decimal(0))
    outside = found.outside.amount if found.outside else Decimal(0)
    return render(
        request, "explain.html", found=found, labels=await labels_of(gateway, found.items),
        view=View(on=asked.on, map=asked.map), whole=whole, page_sum=page_sum,
        complete=whole and page_sum + outside == found.total,
        pages={
            "first": asked.link(None) if asked.cursor else None,
            "next": asked.link(found.next) if found.next else None,
        },
    )  # fmt: skip


async def ask(gateway: SignedIn, asked: Asked, on: date) -> Explanation:
    return await gateway.ask(
        Explanation, "/explain", metric=asked.metric, division=asked.division, on=on, map=asked.map,
        cursor=asked.cursor, limit=PAGE, **{"from": asked.start},
    )  # fmt: skip
