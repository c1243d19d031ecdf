"""What a number is made of: its facts, a page at a time, each with the way to its record; their sum is the number."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from services.contracts.coverage import Explanation, Map, Outside
from services.contracts.divisions import DivisionCode
from services.dashboard.gateway import SignedIn
from services.dashboard.labels import labels_of
from services.dashboard.links import Day, View, address
from services.dashboard.render import render
from services.dashboard.visitor import WithUser
from services.kernel.clock import Today

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
PAGE = 25
Amount = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=20, decimal_places=4)]
Count = Annotated[int, Field(ge=0, le=10**9)]


class Asked(BaseModel):
    """Which number; and what the pages before came to, so that the last one can show that all adds up."""

    metric: str = Field(max_length=60, pattern=r"^[a-z_]+(@[a-z]+)?$")
    division: DivisionCode
    on: Day = None
    map: Map = Map.THEN
    cursor: str | None = Field(default=None, max_length=500)
    sum: Amount = Decimal(0)
    count: Count = 0
    outside: Amount = Decimal(0)
    hidden: Count = 0

    def after(self, found: Explanation) -> "Asked":
        """The page that follows. What lies outside the own area is said on the first page only."""
        hidden = found.outside or Outside(facts=self.hidden, amount=self.outside)
        listed = self.sum + sum((item.amount for item in found.items), Decimal(0))
        counts = {"sum": listed, "count": self.count + len(found.items)}
        return self.model_copy(
            update={**counts, "outside": hidden.amount, "hidden": hidden.facts, "cursor": found.next}
        )

    def link(self) -> str:
        """Plain values stay out of the address."""
        return address("/explain", **self.model_dump(exclude_defaults=True))

    def first(self) -> str:
        return address(
            "/explain", **self.model_dump(include={"metric", "division", "on", "map"}, exclude_defaults=True)
        )


@router.get("/explain")
async def explain(request: Request, asked: Annotated[Asked, Query()], gateway: SignedIn, today: Today) -> Response:
    found = await ask(gateway, asked, asked.on or today)
    so_far = asked.after(found)
    return render(
        request, "explain.html", found=found, labels=await labels_of(gateway, found.items), asked=asked, so_far=so_far,
        view=View(on=asked.on, map=asked.map),
        complete=found.next is None and so_far.sum + so_far.outside == found.total,
        pages={"first": asked.first() if asked.cursor else None, "next": so_far.link() if found.next else None},
    )  # fmt: skip


async def ask(gateway: SignedIn, asked: Asked, on: date) -> Explanation:
    return await gateway.ask(
        Explanation, "/explain", metric=asked.metric, division=asked.division, on=on, map=asked.map,
        cursor=asked.cursor, limit=PAGE,
    )  # fmt: skip
