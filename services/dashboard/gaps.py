"""The gap list: which units below a division are not effectively covered, and what each of them lacks."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, BeforeValidator

from services.contracts.coverage import GapKind, Gaps, Lack, Map
from services.contracts.divisions import DivisionCode, Tier
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import Day, address, blank_is_none
from services.dashboard.lists import CursorText
from services.dashboard.panels import Panel, panel
from services.dashboard.render import render
from services.dashboard.visitor import WithUser
from services.dashboard.words import GAP_NAMES
from services.kernel.clock import Today

router = APIRouter(prefix="/map", default_response_class=HTMLResponse, dependencies=[WithUser])
FIRST = 10  # on the map page
LACK_NAMES: dict[Lack, str] = {
    Lack.POINT: "站点",
    Lack.STAFF: "在册社工",
    Lack.CONTRACT: "合同或自有人员",
    Lack.SERVICE: "近期服务",
}


class Asked(BaseModel):
    """How the list is narrowed; blanks of the form count as not given."""

    on: Day = None
    map: Map = Map.THEN
    kind: Annotated[GapKind | None, BeforeValidator(blank_is_none)] = None
    tier: Annotated[Tier | None, BeforeValidator(blank_is_none)] = None
    cursor: CursorText = None

    def at(self, code: str, **over: object) -> str:
        """This list in another way: from its first page."""
        said = self.model_dump(exclude={"map"}) | {"map": None if self.map is Map.THEN else self.map}
        return address(f"/map/{code}/gaps", **{**said, "cursor": None, **over})


@router.get("/{code}/gaps")
async def gap_list(
    request: Request, code: DivisionCode, asked: Annotated[Asked, Query()], gateway: SignedIn, today: Today
) -> Response:
    on = asked.on or today
    found = await gateway.ask(Gaps, f"/coverage/{code}/gaps", **asked.model_dump(exclude={"on"}), on=on)
    return render(
        request, "gaps.html", gaps=found, asked=asked, on=on, names=GAP_NAMES, lacks=LACK_NAMES,
        tiers={c.tier for c in found.counts},
    )  # fmt: skip


async def some_gaps(gateway: Gateway, code: str, on: date, map: Map) -> Panel[Gaps]:
    """The gravest, for the map page."""
    return await panel(gateway.ask(Gaps, f"/coverage/{code}/gaps", on=on, map=map, limit=FIRST))
