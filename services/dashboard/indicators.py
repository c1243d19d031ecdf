"""The indicators with their definitions and histories, and the table of dated targets."""

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from services.contracts.coverage import ChildValues, Indicator, Indicators, TargetList
from services.contracts.divisions import DivisionCode
from services.contracts.metrics import METRICS, Definition, Metric
from services.dashboard import trend
from services.dashboard.gateway import SignedIn
from services.dashboard.links import PACK, Day, Name, PackId, Place, View
from services.dashboard.panels import Panel, panel
from services.dashboard.ranking import lists_of
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.dashboard.words import PACK_NAMES
from services.kernel.clock import Today

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])


class Asked(BaseModel):
    """Of which division, on which day, by whose targets."""

    division: Place = None
    on: Day = None
    pack: PackId = PACK


class AskedOne(BaseModel):
    division: Place = None
    to: Day = None
    pack: PackId = PACK
    step: trend.Step = trend.Step.QUARTER


@router.get("/indicators")
async def indicators(
    request: Request, asked: Annotated[Asked, Query()], gateway: SignedIn, me: CurrentUser, today: Today
) -> Response:
    on, division = asked.on or today, asked.division or me.home
    found = await gateway.ask(Indicators, f"/indicators/{division}", on=on, pack=asked.pack)
    view = View(on=asked.on, pack=asked.pack)
    return render(request, "indicators.html", found=found, asked=asked, on=on, division=division, view=view)


@router.get("/indicators/{id}")
async def indicator(
    request: Request, id: Name, asked: Annotated[AskedOne, Query()], gateway: SignedIn, me: CurrentUser, today: Today
) -> Response:
    on, division = asked.to or today, asked.division or me.home
    values, line, targets = await asyncio.gather(
        gateway.ask(ChildValues, f"/indicators/{division}/children", id=id, on=on, pack=asked.pack),
        trend.ask(gateway, id, division, asked.step, on, pack=asked.pack),
        panel(gateway.ask(TargetList, "/targets", division=division, on=on, pack=asked.pack)),
    )
    mine = [t for t in targets.found.items if t.indicator == id] if targets.found else []
    return render(
        request, "indicator.html", values=values, whole=values.whole, line=line, targets=mine, asked=asked, on=on,
        division=division, view=View(on=asked.to, pack=asked.pack, indicator=id), trend=trend,
        definitions=definitions(values.whole),
        rows=lists_of(values, None).rows,
    )  # fmt: skip


def definitions(indicator: Indicator) -> list[tuple[str, Definition | None]]:
    """Each number it is made of, with what the metric registry says of it."""
    names = [part.metric.partition("@")[0] for part in indicator.parts]
    found = {m.value: METRICS[m] for m in Metric}
    return [(part.metric, found.get(name)) for part, name in zip(indicator.parts, names, strict=True)]


@router.get("/targets")
async def targets(
    request: Request, asked: Annotated[Asked, Query()], gateway: SignedIn, me: CurrentUser, today: Today
) -> Response:
    """Of both packs, closed periods as well: a target that is over stays where it can be seen."""
    on, division = asked.on or today, asked.division or me.home
    packs = await asyncio.gather(*(_targets(gateway, division, on, pack) for pack in PACK_NAMES))
    found = dict(zip(PACK_NAMES, packs, strict=True))
    return render(request, "targets.html", packs=found, on=on, asked=asked, division=division)


async def _targets(gateway: SignedIn, division: DivisionCode, on: date, pack: str) -> Panel[TargetList]:
    return await panel(gateway.ask(TargetList, "/targets", division=division, on=on, pack=pack))
